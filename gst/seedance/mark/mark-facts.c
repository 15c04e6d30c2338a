/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ways to the facts of a clip: a search upstream for its seedancesrc, and a
 * look into the ledger. */

#include "mark-facts.h"

#include "error.h"
#include "gstseedancemessages.h"
#include "gstseedancesrc.h"
#include "ledger-list.h"

typedef struct {
  GHashTable *seen; /* source pads that were found; owns them */
  GQueue *todo;     /* those of them that were not looked at yet */
  GPtrArray *found; /* of GstSeedanceSrc */
} Search;

/* Adds the peer of the sink pad @item to the search. */
static void
look_behind (const GValue *item, gpointer user_data)
{
  Search *search = user_data;
  GstPad *peer = gst_pad_get_peer (g_value_get_object (item));

  if (peer && g_hash_table_add (search->seen, peer))
    g_queue_push_tail (search->todo, peer);
}

static void
follow_links (GstPad *pad, Search *search)
{
  GstIterator *links = gst_pad_iterate_internal_links (pad);

  if (!links)
    return;
  /* A resync starts over. That is harmless: a pad that was seen is not added
   * again. */
  while (
      gst_iterator_foreach (links, look_behind, search) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (links);
  gst_iterator_free (links);
}

static void
look_at (GstPad *pad, Search *search)
{
  g_autoptr (GstObject) parent = gst_pad_get_parent (pad);

  if (!parent || !GST_IS_SEEDANCE_SRC (parent))
    follow_links (pad, search);
  else if (!g_ptr_array_find (search->found, parent, NULL))
    g_ptr_array_add (search->found, g_object_ref (parent));
}

guint
mark_find_source (GstPad *pad, MarkFacts *facts)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (NULL, NULL, gst_object_unref, NULL);
  g_autoptr (GQueue) todo = g_queue_new ();
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  Search search = { seen, todo, found };
  g_auto (GValue) start = G_VALUE_INIT;
  GstPad *next;

  g_value_init (&start, GST_TYPE_PAD);
  g_value_set_object (&start, pad);
  look_behind (&start, &search);
  while ((next = g_queue_pop_head (todo)))
    look_at (next, &search);
  if (found->len == 1) {
    GstSeedanceSrc *source = g_ptr_array_index (found, 0);
    GstSeedanceFacts told;

    gst_seedance_src_get_facts (source, &told);
    facts->task_id = g_steal_pointer (&told.task_id);
    gst_seedance_facts_clear (&told);
    facts->tags = gst_seedance_src_make_tags (source);
  }

  return found->len;
}

static GError *
not_one (const gchar *task_id, const gchar *dir, gboolean several)
{
  if (several)
    return seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
        "Several services have a task '%s' in the state folder %s, so it does "
        "not say which clip this is. Nothing was marked.",
        task_id, dir);

  return seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
      "There is no task '%s' in the ledger of the state folder %s. Set "
      "state-dir to the folder that it was ordered with, or leave task-id out: "
      "the mark needs none. Nothing was marked.",
      task_id, dir);
}

/* Returns the newest record of the task: seedance_ledger_list() has the newest
 * first. Sets *@several if another service has a task of the same id. */
static const SeedanceRecord *
find_record (const GPtrArray *entries, const gchar *task_id, gboolean *several)
{
  const SeedanceRecord *found = NULL;

  for (guint i = 0; i < entries->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);
    const SeedanceRecord *record = entry->record;

    if (!record || g_strcmp0 (record->task_id, task_id) != 0)
      continue;
    if (!found)
      found = record;
    else if (g_strcmp0 (found->provider, record->provider) != 0)
      *several = TRUE;
  }

  return found;
}

gboolean
mark_find_task (const gchar *state_dir, const gchar *task_id, MarkFacts *facts,
    GError **error)
{
  g_autofree gchar *dir = seedance_ledger_find_dir (state_dir);
  g_autoptr (GPtrArray) entries = seedance_ledger_list (dir, error);
  SeedanceClipState state = { 0 };
  const SeedanceRecord *record;
  gboolean several = FALSE;

  if (!entries)
    return FALSE;
  record = find_record (entries, task_id, &several);
  if (!record || several) {
    g_propagate_error (error, not_one (task_id, dir, several));
    return FALSE;
  }
  state.task_id = record->task_id;
  state.seed = record->seed;
  facts->task_id = g_strdup (task_id);
  facts->tags =
      gst_seedance_make_tags (record->provider, record->prompt, &state);

  return TRUE;
}
