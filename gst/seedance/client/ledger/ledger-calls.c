/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects calls of the ledger, and runs all that wait for one folder in one
 * transaction; see seedance_db_begin_group(). */

#include "ledger-calls.h"

#include "ledger-db.h"

typedef struct {
  SeedanceIo *io;
  SeedanceLedgerFunc work, done;
  gpointer user_data;
} Call;

/* The waiting calls of all folders. */
static struct {
  GMutex lock;
  GQueue calls;
} waiting;

static void
take_calls (const SeedanceIo *io, GQueue *taken)
{
  GList *next;

  g_mutex_lock (&waiting.lock);
  for (GList *l = waiting.calls.head; l; l = next) {
    const Call *call = l->data;

    next = l->next;
    if (call->io != io)
      continue;
    g_queue_unlink (&waiting.calls, l);
    g_queue_push_tail_link (taken, l);
  }
  g_mutex_unlock (&waiting.lock);
}

static void
work_each (const GQueue *calls)
{
  for (GList *l = calls->head; l; l = l->next) {
    const Call *call = l->data;

    call->work (call->user_data);
  }
}

/* Runs the calls as one group. If the group cannot be made durable, each call
 * is repeated in a transaction of its own. */
static void
work_together (const SeedanceIo *io, const GQueue *calls)
{
  seedance_db_begin_group (seedance_io_get_dir (io));
  work_each (calls);
  if (!seedance_db_end_group ())
    work_each (calls);
}

/* Runs all calls that wait for this folder. Each call has queued one run(), so
 * the later runs find nothing left. */
static void
run (gpointer io)
{
  GQueue calls = G_QUEUE_INIT;
  Call *call;

  take_calls (io, &calls);
  if (calls.length > 1)
    work_together (io, &calls);
  else
    work_each (&calls);
  while ((call = g_queue_pop_head (&calls))) {
    call->done (call->user_data);
    g_free (call);
  }
}

void
seedance_ledger_invoke (SeedanceIo *io, SeedanceLedgerFunc work,
    SeedanceLedgerFunc done, gpointer user_data)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ io, work, done, user_data };
  g_mutex_lock (&waiting.lock);
  g_queue_push_tail (&waiting.calls, call);
  g_mutex_unlock (&waiting.lock);
  seedance_io_invoke_short (io, run, io);
}
