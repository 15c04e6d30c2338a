/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of folders, each with a thread and a queue of calls. One lock guards
 * all of it; no call runs with that lock held. */

#include "io.h"

#include <signal.h>
#include <unistd.h>

#include "error.h"

/* Unwritten bytes of one folder above which seedance_io_take_room() waits. */
#define UNWRITTEN_MAX (2 * 1024 * 1024)
/* How long it waits at most. The network thread also serves other folders, so
 * it waits once for a disk that hangs, and then not again until that disk has
 * written something. New bytes meanwhile stay in memory. */
#define PATIENCE (20 * G_TIME_SPAN_MILLISECOND)
/* Above STUCK_MAX unwritten bytes each call waits up to SLOW_DOWN, so that
 * memory fills slowly. */
#define STUCK_MAX (32 * 1024 * 1024)
#define SLOW_DOWN (250 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  SeedanceIoFunc func;
  gpointer user_data;
  gboolean is_short;
} Call;

/* All fields are under folders.lock. */
struct _SeedanceIo {
  gchar *dir;
  guint users;
  GQueue calls;
  GCond cond; /* a call was queued, or the last user has left */
  gboolean busy, ended;
  gsize unwritten; /* bytes */
  gboolean stuck;  /* nothing was written since a wait timed out */
  GThread *thread;
};

static struct {
  GMutex lock;
  GCond cond;      /* a call is done, or a thread has ended */
  GCond room;      /* a thread has written something */
  GHashTable *all; /* path -> SeedanceIo */
  gboolean over;   /* the process exits */
  pid_t pid;       /* the process that the threads in all belong to */
} folders;

static Call *
take_call_locked (SeedanceIo *io)
{
  Call *call;

  while (
      !(call = g_queue_pop_head (&io->calls)) && io->users > 0 && !folders.over)
    g_cond_wait (&io->cond, &folders.lock);
  io->busy = call != NULL;

  return call;
}

static void
run (Call *call)
{
  call->func (call->user_data);
  g_free (call);
}

void
seedance_io_survive_writes (void)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGXFSZ);
  sigaddset (&signals, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
}

/* While the process exits the struct stays, because end_all_locked() joins the
 * thread. */
static void
end_locked (SeedanceIo *io)
{
  io->ended = TRUE;
  if (folders.over)
    return;
  g_hash_table_remove (folders.all, io->dir);
  g_thread_unref (io->thread);
  g_cond_clear (&io->cond);
  g_free (io->dir);
  g_free (io);
}

static gpointer
io_thread (gpointer data)
{
  SeedanceIo *io = data;
  Call *call;

  seedance_io_survive_writes ();
  g_mutex_lock (&folders.lock);
  while ((call = take_call_locked (io))) {
    g_mutex_unlock (&folders.lock);
    run (call);
    g_mutex_lock (&folders.lock);
    io->busy = FALSE;
    g_cond_broadcast (&folders.cond);
  }
  end_locked (io);
  g_cond_broadcast (&folders.cond);
  g_mutex_unlock (&folders.lock);

  return NULL;
}

/* A forked process starts with an empty table: it has none of the threads, and
 * the queued calls are its parent's. */
static GHashTable *
get_all_locked (void)
{
  if (!folders.all || folders.pid != getpid ()) {
    g_clear_pointer (&folders.all, g_hash_table_unref);
    folders.all = g_hash_table_new (g_str_hash, g_str_equal);
    folders.pid = getpid ();
  }

  return folders.all;
}

static SeedanceIo *
start_locked (const gchar *dir, GError **error)
{
  SeedanceIo *io = g_new0 (SeedanceIo, 1);
  g_autoptr (GError) why = NULL;

  g_cond_init (&io->cond);
  io->dir = g_strdup (dir);
  io->thread = g_thread_try_new ("seedance-io", io_thread, io, &why);
  if (io->thread) {
    g_hash_table_insert (folders.all, io->dir, io);
    return io;
  }
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_FAILED,
      "The state folder cannot be used: %s. Nothing was ordered.",
      why->message);
  g_cond_clear (&io->cond);
  g_free (io->dir);
  g_free (io);

  return NULL;
}

SeedanceIo *
seedance_io_open (const gchar *dir, GError **error)
{
  SeedanceIo *io;

  g_mutex_lock (&folders.lock);
  io = g_hash_table_lookup (get_all_locked (), dir);
  if (!io)
    io = start_locked (dir, error);
  if (io)
    io->users++;
  g_mutex_unlock (&folders.lock);

  return io;
}

SeedanceIo *
seedance_io_ref (SeedanceIo *io)
{
  g_mutex_lock (&folders.lock);
  io->users++;
  g_mutex_unlock (&folders.lock);

  return io;
}

const gchar *
seedance_io_get_dir (const SeedanceIo *io)
{
  return io->dir;
}

void
seedance_io_close (SeedanceIo *io)
{
  if (!io)
    return;
  g_mutex_lock (&folders.lock);
  if (--io->users == 0)
    g_cond_signal (&io->cond);
  g_mutex_unlock (&folders.lock);
}

static void
invoke (
    SeedanceIo *io, SeedanceIoFunc func, gpointer user_data, gboolean is_short)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ func, user_data, is_short };
  g_mutex_lock (&folders.lock);
  g_queue_push_tail (&io->calls, call);
  g_cond_signal (&io->cond);
  g_mutex_unlock (&folders.lock);
}

void
seedance_io_invoke (SeedanceIo *io, SeedanceIoFunc func, gpointer user_data)
{
  invoke (io, func, user_data, FALSE);
}

void
seedance_io_invoke_short (
    SeedanceIo *io, SeedanceIoFunc func, gpointer user_data)
{
  invoke (io, func, user_data, TRUE);
}

static Call *
take_short_call (SeedanceIo *io)
{
  Call *found = NULL;

  g_mutex_lock (&folders.lock);
  if (io->thread == g_thread_self ()) {
    for (GList *l = io->calls.head; l && !found; l = l->next) {
      Call *call = l->data;

      if (!call->is_short)
        continue;
      found = call;
      g_queue_delete_link (&io->calls, l);
      break;
    }
  }
  g_mutex_unlock (&folders.lock);

  return found;
}

void
seedance_io_let_in (SeedanceIo *io)
{
  Call *call;

  while ((call = take_short_call (io)))
    run (call);
}

void
seedance_io_take_room (SeedanceIo *io, gsize size)
{
  gint64 end = g_get_monotonic_time ();

  g_mutex_lock (&folders.lock);
  if (io->unwritten > STUCK_MAX)
    io->stuck = FALSE;
  end += io->unwritten > STUCK_MAX ? SLOW_DOWN : PATIENCE;
  while (
      io->unwritten > 0 && io->unwritten + size > UNWRITTEN_MAX && !io->stuck)
    io->stuck = !g_cond_wait_until (&folders.room, &folders.lock, end);
  io->unwritten += size;
  g_mutex_unlock (&folders.lock);
}

void
seedance_io_give_room (SeedanceIo *io, gsize size)
{
  g_mutex_lock (&folders.lock);
  io->unwritten -= size;
  io->stuck = FALSE;
  g_cond_broadcast (&folders.room);
  g_mutex_unlock (&folders.lock);
}

static gboolean
has_work_locked (void)
{
  GHashTableIter iter;
  gpointer io;

  g_hash_table_iter_init (&iter, get_all_locked ());
  while (g_hash_table_iter_next (&iter, NULL, &io)) {
    const SeedanceIo *one = io;

    if (!one->ended && (one->busy || one->calls.length > 0))
      return TRUE;
  }

  return FALSE;
}

gboolean
seedance_io_drain (gint64 end)
{
  gboolean works;

  g_mutex_lock (&folders.lock);
  while ((works = has_work_locked ()) &&
         g_cond_wait_until (&folders.cond, &folders.lock, end))
    ;
  g_mutex_unlock (&folders.lock);

  return !works;
}

/* Wakes the threads and joins those that have ended. Returns TRUE if all
 * have. */
static gboolean
end_all_locked (void)
{
  GHashTableIter iter;
  gpointer io;
  gboolean ended = TRUE;

  g_hash_table_iter_init (&iter, get_all_locked ());
  while (g_hash_table_iter_next (&iter, NULL, &io)) {
    SeedanceIo *one = io;

    g_cond_signal (&one->cond);
    ended &= one->ended;
    if (one->ended && one->thread)
      g_thread_join (g_steal_pointer (&one->thread));
  }

  return ended;
}

void
seedance_io_finish (gint64 end)
{
  g_mutex_lock (&folders.lock);
  folders.over = TRUE;
  while (!end_all_locked () &&
         g_cond_wait_until (&folders.cond, &folders.lock, end))
    ;
  g_mutex_unlock (&folders.lock);
}
