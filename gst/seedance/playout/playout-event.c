/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events: what the worker has to report. Any thread pushes them. */

#include "playout-private.h"

void
playout_core_kick (PlayoutCore *core)
{
  g_mutex_lock (&core->wake_lock);
  core->kicked = TRUE;
  g_cond_signal (&core->wake);
  g_mutex_unlock (&core->wake_lock);
}

PlayoutEvent *
playout_event_new (const gchar *what, const PlayoutEntry *entry)
{
  PlayoutEvent *event = g_new0 (PlayoutEvent, 1);

  event->what = what;
  event->running_time = GST_CLOCK_TIME_NONE;
  event->started = event->planned = -1;
  if (entry) {
    event->kind = entry->kind;
    event->item = seedance_item_ref (playout_clip_get_item (entry->clip));
  }

  return event;
}

void
playout_event_free (PlayoutEvent *event)
{
  g_clear_pointer (&event->item, seedance_item_unref);
  g_free (event->task_id);
  g_free (event->cost);
  g_free (event->reason);
  g_free (event->text);
  gst_clear_message (&event->message);
  g_free (event);
}

void
playout_core_push_event_locked (PlayoutCore *core, PlayoutEvent *event)
{
  g_queue_push_tail (&core->events, event);
  playout_core_kick (core);
}

void
playout_core_push_note_locked (
    PlayoutCore *core, const gchar *note, const gchar *id)
{
  PlayoutEvent *event = playout_event_new (note, NULL);

  event->is_note = TRUE;
  event->text = g_strdup (id);
  playout_core_push_event_locked (core, event);
}
