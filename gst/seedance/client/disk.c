/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "disk.h"

#include <signal.h>
#include <unistd.h>

typedef struct {
  SeedanceDiskFunc func; /* NULL = end */
  gpointer user_data;
} Call;

static struct {
  GMutex lock;
  GCond cond; /* calls were added */
  GQueue calls;
  GThread *thread;
  pid_t pid;
} disk;

static Call
take_call (void)
{
  Call *first, call;

  g_mutex_lock (&disk.lock);
  while (!(first = g_queue_pop_head (&disk.calls)))
    g_cond_wait (&disk.cond, &disk.lock);
  g_mutex_unlock (&disk.lock);
  call = *first;
  g_free (first);

  return call;
}

void
seedance_disk_survive_limits (void)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGXFSZ);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
}

static gpointer
disk_thread (gpointer unused)
{
  Call call;

  seedance_disk_survive_limits ();
  while ((call = take_call ()).func)
    call.func (call.user_data);

  return NULL;
}

static void
add_call_locked (SeedanceDiskFunc func, gpointer user_data)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ func, user_data };
  g_queue_push_tail (&disk.calls, call);
  g_cond_signal (&disk.cond);
}

/* A fork has no such thread, and no right to what its parent asked for. */
static gboolean
start_locked (GError **error)
{
  if (disk.thread && disk.pid == getpid ())
    return TRUE;
  g_queue_clear_full (&disk.calls, g_free);
  disk.pid = getpid ();
  disk.thread = g_thread_try_new ("seedance-disk", disk_thread, NULL, error);

  return disk.thread != NULL;
}

gboolean
seedance_disk_ensure (GError **error)
{
  gboolean runs;

  g_mutex_lock (&disk.lock);
  runs = start_locked (error);
  g_mutex_unlock (&disk.lock);

  return runs;
}

void
seedance_disk_invoke (SeedanceDiskFunc func, gpointer user_data)
{
  g_mutex_lock (&disk.lock);
  start_locked (NULL);
  add_call_locked (func, user_data);
  g_mutex_unlock (&disk.lock);
}

gboolean
seedance_disk_cancel (SeedanceDiskFunc func, gpointer user_data)
{
  gboolean found = FALSE;

  g_mutex_lock (&disk.lock);
  for (GList *l = disk.calls.head; l; l = l->next) {
    Call *call = l->data;

    found = call->func == func && call->user_data == user_data;
    if (found) {
      g_queue_delete_link (&disk.calls, l);
      g_free (call);
      break;
    }
  }
  g_mutex_unlock (&disk.lock);

  return found;
}

void
seedance_disk_finish (void)
{
  GThread *thread;

  g_mutex_lock (&disk.lock);
  thread = g_steal_pointer (&disk.thread);
  if (thread && disk.pid == getpid ())
    add_call_locked (NULL, NULL);
  else
    thread = NULL;
  g_mutex_unlock (&disk.lock);
  if (thread)
    g_thread_join (thread);
}
