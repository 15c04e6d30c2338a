/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes items, from a line of JSON or from a prompt. A line that is not fully
 * understood is refused, because a guess could buy the wrong clip. */

#include "rundown-private.h"

#include <gio/gio.h>
#include <string.h>

#include "json.h"
#include "text.h"

/* How many hexadecimal digits of a prompt's hash its id has. */
#define HASH_DIGITS 12
/* The most bytes of a line. */
#define LINE_BYTES (4 * 1024 * 1024)

typedef struct {
  gatomicrefcount refs;
  SeedanceItem item;
} Counted;

static SeedanceItem *
item_new (void)
{
  Counted *counted = g_new0 (Counted, 1);

  g_atomic_ref_count_init (&counted->refs);
  counted->item.out = -1;

  return &counted->item;
}

static Counted *
counted_of (SeedanceItem *item)
{
  return (Counted *) ((guint8 *) item - G_STRUCT_OFFSET (Counted, item));
}

SeedanceItem *
seedance_item_ref (SeedanceItem *item)
{
  g_atomic_ref_count_inc (&counted_of (item)->refs);

  return item;
}

void
seedance_item_unref (SeedanceItem *item)
{
  Counted *counted = counted_of (item);

  if (!g_atomic_ref_count_dec (&counted->refs))
    return;
  g_free (item->id);
  g_free (item->instance);
  g_clear_pointer (&item->fields, g_hash_table_unref);
  g_free (item->task_id);
  g_free (item->uri);
  g_free (item->metadata);
  g_free (counted);
}

gboolean
seedance_item_is_order (const SeedanceItem *item)
{
  return !item->uri && !item->task_id;
}

SeedanceItem *
seedance_item_new_replay (const SeedanceItem *item, const gchar *task_id)
{
  SeedanceItem *replay = item_new ();

  replay->id = g_strdup (item->id);
  replay->uri = g_strdup (item->uri);
  replay->task_id =
      item->uri ? NULL : g_strdup (task_id ? task_id : item->task_id);
  replay->in = item->in;
  replay->out = item->out;
  replay->metadata = g_strdup (item->metadata);
  replay->replay = TRUE;

  return replay;
}

static gboolean
has_field (const SeedanceItem *item, const gchar *name)
{
  return g_hash_table_contains (item->fields, name);
}

static gboolean
check (SeedanceItem *item, GError **error)
{
  if (!item->id)
    return seedance_item_refuse (error, "there is no \"id\"");
  if (item->uri && item->task_id)
    return seedance_item_refuse (
        error, "there are both \"uri\" and \"task-id\"");
  if (item->uri && g_hash_table_size (item->fields) > 0)
    return seedance_item_refuse (error,
        "there are both \"uri\" and what a clip is ordered "
        "by; nothing is ordered for a \"uri\"");
  if (!item->uri && !item->task_id && !has_field (item, "prompt") &&
      !has_field (item, "image"))
    return seedance_item_refuse (error,
        "there is neither \"prompt\" nor \"image\", \"task-id\", \"uri\"");
  if (item->out >= 0 && item->out <= item->in)
    return seedance_item_refuse (error, "\"out\" is not behind \"in\"");

  return TRUE;
}

/* Returns the only object of the line. seedance_json_parse_exact()
 * refuses anything behind it. */
static cJSON *
parse (const gchar *line, GError **error)
{
  const gsize length = strlen (line);
  cJSON *json;

  if (!g_utf8_validate (line, -1, NULL)) {
    seedance_item_refuse (error, "it is not valid UTF-8");
    return NULL;
  }
  json = length <= LINE_BYTES ? seedance_json_parse_exact (line, length) : NULL;
  if (cJSON_IsObject (json))
    return json;
  cJSON_Delete (json);
  seedance_item_refuse (error,
      "it is not one JSON object; each line holds a whole one, of "
      "at most 4 MiB and 64 levels");

  return NULL;
}

SeedanceItem *
seedance_item_from_json (const gchar *line, const gchar *folder, GError **error)
{
  g_autoptr (SeedanceItem) item = NULL;
  cJSON *json = parse (line, error);
  gboolean good;

  if (!json)
    return NULL;
  item = item_new ();
  item->fields =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  good = seedance_item_read_fields (item, json, folder, error) &&
         check (item, error);
  cJSON_Delete (json);
  if (!good)
    return NULL;
  item->instance = g_strdup (item->id);
  if (!seedance_item_is_order (item)) {
    g_clear_pointer (&item->fields, g_hash_table_unref);
    g_clear_pointer (&item->instance, g_free);
  }

  return g_steal_pointer (&item);
}

static SeedanceItem *
item_from_prompt (const gchar *prompt, guint nth)
{
  SeedanceItem *item = item_new ();
  g_autofree gchar *hash =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, prompt, -1);

  hash[HASH_DIGITS] = '\0';
  item->fields =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (item->fields, g_strdup ("prompt"), g_strdup (prompt));
  if (nth > 1) {
    item->id = g_strdup_printf ("prompt-%s-%u", hash, nth);
    item->instance = g_strdup_printf ("%u", nth);
  } else {
    item->id = g_strdup_printf ("prompt-%s", hash);
  }

  return item;
}

GPtrArray *
seedance_items_from_prompts (const gchar *const *prompts)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);

  for (; prompts && *prompts; prompts++) {
    const guint nth =
        GPOINTER_TO_UINT (g_hash_table_lookup (seen, *prompts)) + 1;

    g_hash_table_insert (seen, (gpointer) *prompts, GUINT_TO_POINTER (nth));
    g_ptr_array_add (items, item_from_prompt (*prompts, nth));
  }

  return items;
}
