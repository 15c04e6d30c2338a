/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* chain=last-frame: remembers the item that was on air last, so that the
 * next one can continue it even after its clip has ended or the element
 * was restarted. */

#include "playout-private.h"

#include "rundown-private.h"

void
playout_image_clear (PlayoutImage *image)
{
  g_clear_pointer (&image->image, g_free);
  g_clear_pointer (&image->name, g_free);
}

SeedanceItem *
playout_chain_make_readable (const SeedanceItem *item, const gchar *task_id)
{
  SeedanceItem *readable = seedance_item_new_replay (item, task_id);

  if (!readable->uri && !readable->task_id)
    g_clear_pointer (&readable, seedance_item_unref);

  return readable;
}

static void
set_last_locked (PlayoutCore *core, SeedanceItem *last)
{
  g_clear_pointer (&core->chained.last, seedance_item_unref);
  core->chained.last = last;
}

void
playout_chain_note_off_locked (PlayoutCore *core, const PlayoutEntry *entry)
{
  g_autofree gchar *task_id = NULL, *cost = NULL;
  SeedanceItem *last;

  if (entry->kind != PLAYOUT_ENTRY_ITEM)
    return;
  /* The rundown never accepts this id again, so nobody asks for it again. */
  g_hash_table_remove (
      core->chained.begun, playout_clip_get_item (entry->clip)->id);
  playout_clip_get_task (entry->clip, &task_id, &cost);
  last = playout_chain_make_readable (
      playout_clip_get_item (entry->clip), task_id);
  if (last)
    set_last_locked (core, last);
}

/* Makes an item for the clip that was on air last, from what the as-run log
 * says: the item's line in the rundown may have changed since, or be gone. */
static SeedanceItem *
make_past (const gchar *id, const SeedancePastItem *from)
{
  g_autoptr (SeedanceItem) item = seedance_item_from_json (
      "{\"id\":\"past\",\"uri\":\"past\"}", NULL, NULL);
  SeedanceItem *past = seedance_item_new_replay (item, NULL);

  g_free (past->uri);
  g_free (past->id);
  past->id = g_strdup (id);
  past->uri = g_strdup (from->uri);
  past->task_id = from->uri ? NULL : g_strdup (from->task_id);
  past->out = from->out;

  return past;
}

void
playout_chain_go_on_locked (PlayoutCore *core)
{
  const SeedancePast *past = core->past;
  const SeedancePastItem *from;
  const gchar *id;

  if (past->played->len == 0 || core->chained.last)
    return;
  id = g_ptr_array_index (past->played, 0);
  from = g_hash_table_lookup (past->items, id);
  if (from)
    set_last_locked (core, make_past (id, from));
}

void
playout_chain_clear (PlayoutCore *core)
{
  PlayoutChained *chained = &core->chained;

  g_clear_pointer (&chained->last, seedance_item_unref);
  g_clear_pointer (&chained->begun, g_hash_table_unref);
  g_clear_pointer (&chained->of, seedance_item_unref);
  playout_image_clear (&chained->frame);
}
