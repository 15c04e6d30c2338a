/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spares: filler and repeats. They fill the time while no item is ready, and
 * cost nothing. */

#include "playout-private.h"

#include <cjson/cJSON.h>
#include <string.h>

#define SECOND ((gint64) GST_SECOND)
/* The pause after a spare clip that cannot be played. It doubles with each
 * round through the filler, or through the repeats, in which none could be
 * played. */
#define PAUSE SECOND
#define PAUSE_MAX (300 * SECOND)

/* Returns TRUE if a repeat that failed would fail again. It was whole on air
 * before; so for other reasons, such as a machine that is too busy, it is
 * kept. */
static gboolean
is_lost (const gchar *reason)
{
  static const gchar *const lasting[] = { "no-file", "not-found", "settings",
    "decode", "damaged", "expired", NULL };

  return reason && g_strv_contains (lasting, reason);
}

static guint
count_locked (PlayoutCore *core, PlayoutEntryKind kind)
{
  return kind == PLAYOUT_ENTRY_FILLER
             ? core->filler_items->len
             : seedance_rundown_count_replays (core->rundown);
}

/* Without a pause the worker would try broken files in a tight loop. */
void
playout_note_spare_failed_locked (PlayoutCore *core, PlayoutEntryKind kind,
    const SeedanceItem *item, const gchar *reason, gint64 now)
{
  PlayoutPause *pause = &core->pauses[kind];
  const guint rounds = pause->failures / MAX (count_locked (core, kind), 1);

  pause->failures++;
  pause->until = now + MIN (PAUSE << MIN (rounds, 10), PAUSE_MAX);
  if (kind == PLAYOUT_ENTRY_REPLAY && is_lost (reason))
    seedance_rundown_forget_replay (core->rundown, item);
}

static void
warn (PlayoutCore *core, const gchar *path, const GError *why)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  g_autoptr (GError) error =
      g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
          "The filler \"%s\" is left out: %s.", shown, why->message);
  PlayoutEvent *event = playout_event_new ("filler", NULL);

  event->message =
      gst_message_new_warning (GST_OBJECT (core->element), error, NULL);
  g_mutex_lock (&core->lock);
  playout_core_push_event_locked (core, event);
  g_mutex_unlock (&core->lock);
}

/* Its id is its path, which may be longer than the id of a line. */
static void
add_filler (PlayoutCore *core, const gchar *path, const gchar *uri)
{
  cJSON *json = cJSON_CreateObject ();
  g_autoptr (GError) error = NULL;
  char *line;
  SeedanceItem *item;

  cJSON_AddStringToObject (json, "id", "filler");
  cJSON_AddStringToObject (json, "uri", uri);
  line = cJSON_PrintUnformatted (json);
  item = seedance_item_from_json (line, NULL, &error);
  cJSON_free (line);
  cJSON_Delete (json);
  if (item) {
    g_free (item->id);
    item->id = g_filename_display_name (path);
    g_ptr_array_add (core->filler_items, item);
  } else if (!core->filler_listed) {
    warn (core, path, error);
  }
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* A folder stands for the files in it, sorted by name. */
static void
add_filler_of (PlayoutCore *core, const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const gchar *name;

  if (!dir) {
    add_filler (core, path, path);
    return;
  }
  while ((name = g_dir_read_name (dir))) {
    if (name[0] != '.')
      g_ptr_array_add (paths, g_build_filename (path, name, NULL));
  }
  g_ptr_array_sort (paths, compare_names);
  for (guint i = 0; i < paths->len; i++) {
    const gchar *file = g_ptr_array_index (paths, i);
    g_autofree gchar *whole = g_canonicalize_filename (file, NULL);
    g_autofree gchar *uri = g_filename_to_uri (whole, NULL, NULL);

    add_filler (core, file, uri);
  }
}

void
playout_list_filler (PlayoutCore *core)
{
  g_clear_pointer (&core->filler_items, g_ptr_array_unref);
  core->filler_items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);
  core->next_filler = 0;
  for (gchar **path = core->settings.filler; path && *path; path++)
    add_filler_of (core, *path);
  core->filler_listed = TRUE;
}

static gboolean
has_spare_locked (PlayoutCore *core)
{
  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (entry->kind != PLAYOUT_ENTRY_ITEM)
      return TRUE;
  }

  return FALSE;
}

/* No other spare would be begun beside a repeat that may not be shown any
 * more. */
static void
drop_unused_locked (PlayoutCore *core)
{
  for (guint i = core->entries->len; i-- > 0;) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);

    if (entry->kind == PLAYOUT_ENTRY_REPLAY &&
        !playout_core_repeats_locked (core, entry))
      playout_core_drop_locked (core, entry);
  }
}

/* Repeats take the place of filler when none of it could be played. */
static gboolean
may_repeat_locked (PlayoutCore *core)
{
  return core->settings.on_empty == PLAYOUT_EMPTY_LOOP &&
         core->pauses[PLAYOUT_ENTRY_FILLER].failures >= core->filler_items->len;
}

static gboolean
wants_filler_locked (PlayoutCore *core, gint64 now)
{
  return !has_spare_locked (core) && !playout_core_is_at_end_locked (core) &&
         core->settings.filler &&
         now >= core->pauses[PLAYOUT_ENTRY_FILLER].until;
}

/* Lists the folders again after each round, because a run may last for days. */
static SeedanceItem *
next_filler (PlayoutCore *core)
{
  if (core->next_filler >= core->filler_items->len)
    playout_list_filler (core);
  if (core->filler_items->len == 0)
    return NULL;

  return seedance_item_ref (
      g_ptr_array_index (core->filler_items, core->next_filler++));
}

static SeedanceItem *
next_repeat_locked (PlayoutCore *core, gint64 now)
{
  if (has_spare_locked (core) || !may_repeat_locked (core) ||
      now < core->pauses[PLAYOUT_ENTRY_REPLAY].until)
    return NULL;

  return seedance_rundown_replay (core->rundown);
}

SeedanceItem *
playout_choose_spare (PlayoutCore *core, gint64 now, PlayoutEntryKind *kind)
{
  SeedanceItem *item = NULL;
  gboolean wanted;

  g_mutex_lock (&core->lock);
  drop_unused_locked (core);
  wanted = wants_filler_locked (core, now);
  g_mutex_unlock (&core->lock);
  *kind = PLAYOUT_ENTRY_FILLER;
  if (wanted)
    item = next_filler (core);
  if (item)
    return item;
  *kind = PLAYOUT_ENTRY_REPLAY;
  g_mutex_lock (&core->lock);
  if (wanted)
    playout_note_spare_failed_locked (
        core, PLAYOUT_ENTRY_FILLER, NULL, "no-file", now);
  item = next_repeat_locked (core, now);
  g_mutex_unlock (&core->lock);

  return item;
}
