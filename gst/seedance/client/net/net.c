/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop of the network thread, and its end when the process exits.
 *
 * Locks: net.lock guards the queue of invoked functions, the holds on the exit,
 * the flags for the end and the result of the set-up. No callback runs with it
 * held. All other data belongs to the network thread. */

#include "net.h"

#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "io.h"

#define EXIT_WAIT (2 * G_TIME_SPAN_SECOND)
#define EXIT_DISKS (500 * G_TIME_SPAN_MILLISECOND)
#define EXIT_ROUND (20 * G_TIME_SPAN_MILLISECOND)
#define IDLE_POLL_MS 60000

typedef enum { SET_UP_PENDING, SET_UP_DONE, SET_UP_FAILED } SetUp;

typedef struct {
  SeedanceNetFunc func;
  gpointer user_data;
  gboolean last; /* runs even if the process exits first */
} Call;

typedef struct {
  guint id;
  gint64 due; /* monotonic, microseconds */
  Call call;
} Timer;

static struct {
  GMutex lock;
  GCond cond; /* holds fell, or the set-up or the thread is over */
  GQueue calls;
  guint holds; /* on the exit of the process */
  gboolean over;  /* the process exits: nothing new begins */
  gboolean quit;  /* the loop ends */
  gboolean ended; /* the thread's loop */
  SetUp set_up;
  GError *failure; /* of the set-up */

  gint pid; /* of the process with the thread; atomic; 0 = none */
  GThread *thread;
  const SeedanceNetDriver *driver;
  GQueue timers; /* sorted by due */
  guint last_timer;
} net;

static gint
timer_compare (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Timer *left = a, *right = b;

  return left->due < right->due ? -1 : 1;
}

guint
seedance_net_add_timer (guint64 ms, SeedanceNetFunc func, gpointer user_data)
{
  Timer *timer = g_new (Timer, 1);

  if (++net.last_timer == 0)
    ++net.last_timer;
  timer->id = net.last_timer;
  timer->due = g_get_monotonic_time () + (gint64) ms * 1000;
  timer->call = (Call){ func, user_data, FALSE };
  g_queue_insert_sorted (&net.timers, timer, timer_compare, NULL);

  return timer->id;
}

void
seedance_net_remove_timer (guint id)
{
  if (id == 0)
    return;
  for (GList *l = net.timers.head; l; l = l->next) {
    Timer *timer = l->data;

    if (timer->id == id) {
      g_queue_delete_link (&net.timers, l);
      g_free (timer);
      return;
    }
  }
}

static void
run_timers (void)
{
  gint64 now = g_get_monotonic_time ();
  Timer *timer;

  /* A timer that one of these adds is due later, so it runs in the next
   * round. */
  while ((timer = g_queue_peek_head (&net.timers)) && timer->due < now) {
    Call call = timer->call;

    g_free (g_queue_pop_head (&net.timers));
    call.func (call.user_data);
  }
}

static gint
poll_timeout (void)
{
  Timer *timer = g_queue_peek_head (&net.timers);
  gint64 wait;

  if (!timer)
    return IDLE_POLL_MS;
  wait = (timer->due - g_get_monotonic_time () + 999) / 1000;

  return CLAMP (wait, 0, IDLE_POLL_MS);
}

static gboolean
run_calls (void)
{
  GQueue calls;
  Call *call;
  gboolean quit;

  g_mutex_lock (&net.lock);
  calls = net.calls;
  g_queue_init (&net.calls);
  quit = net.quit;
  g_mutex_unlock (&net.lock);

  while ((call = g_queue_pop_head (&calls))) {
    call->func (call->user_data);
    g_free (call);
  }

  return !quit;
}

/* Runs only the calls of seedance_net_invoke_last(). Returns TRUE if there were
 * any. */
static gboolean
run_last_calls (void)
{
  gboolean ran = FALSE;
  GQueue calls;
  Call *call;

  g_mutex_lock (&net.lock);
  calls = net.calls;
  g_queue_init (&net.calls);
  g_mutex_unlock (&net.lock);

  while ((call = g_queue_pop_head (&calls))) {
    if (call->last)
      call->func (call->user_data);
    ran |= call->last;
    g_free (call);
  }

  return ran;
}

void
seedance_net_hold_exit (gboolean hold)
{
  g_mutex_lock (&net.lock);
  net.holds += hold ? 1 : -1;
  g_cond_broadcast (&net.cond);
  g_mutex_unlock (&net.lock);
}

static gboolean
have_calls (void)
{
  gboolean have;

  g_mutex_lock (&net.lock);
  have = !g_queue_is_empty (&net.calls) || net.quit;
  g_mutex_unlock (&net.lock);

  return have;
}

static gboolean
net_begin (void)
{
  g_autoptr (GError) failure = NULL;
  const gboolean ok = net.driver->set_up (&failure);

  g_mutex_lock (&net.lock);
  net.set_up = ok ? SET_UP_DONE : SET_UP_FAILED;
  net.failure = g_steal_pointer (&failure);
  g_cond_broadcast (&net.cond);
  g_mutex_unlock (&net.lock);

  return ok;
}

static gpointer
net_thread (gpointer unused)
{
  seedance_io_survive_writes ();
  if (!net_begin ())
    return NULL;
  while (run_calls ()) {
    run_timers ();
    net.driver->work ();
    if (!have_calls () && !net.driver->has_work ())
      net.driver->wait (poll_timeout ());
  }
  g_mutex_lock (&net.lock);
  net.ended = TRUE;
  g_cond_broadcast (&net.cond);
  g_mutex_unlock (&net.lock);

  return NULL;
}

gboolean
seedance_net_is_lost (void)
{
  const gint pid = g_atomic_int_get (&net.pid);

  return pid != 0 && pid != getpid ();
}

gboolean
seedance_net_is_over (void)
{
  gboolean over;

  g_mutex_lock (&net.lock);
  over = net.over;
  g_mutex_unlock (&net.lock);

  return over;
}

/* Lets the folders' threads finish what the network thread has asked for, and
 * runs the calls that they send back, so that an answer that has arrived gets
 * into the ledger. If one folder hangs, the calls of the others wait no longer
 * than one EXIT_ROUND for it. */
static void
finish_calls (gint64 end)
{
  gboolean ran, idle;

  do {
    idle = seedance_io_drain (MIN (end, g_get_monotonic_time () + EXIT_ROUND));
    ran = run_last_calls ();
  } while (ran || (!idle && g_get_monotonic_time () < end));
}

/* Returns FALSE if the thread still runs at @end. It may read a part file from
 * a share that has died. */
static gboolean
join_thread (gint64 end)
{
  gboolean ended;

  g_mutex_lock (&net.lock);
  while (!net.ended && g_cond_wait_until (&net.cond, &net.lock, end))
    ;
  ended = net.ended;
  g_mutex_unlock (&net.lock);
  if (ended)
    g_thread_join (net.thread);

  return ended;
}

/* First waits until nothing holds the exit, so that a POST in flight can be
 * answered, then for the thread and for the disks: up to 2 s in all. The last
 * two always get half a second, because a task id that came at the last moment
 * must be stored. A thread that hangs keeps its locks and transfers, so only
 * the disks are waited for then. */
static void
net_exit (void)
{
  gint64 deadline = g_get_monotonic_time () + EXIT_WAIT;
  gboolean joined;

  /* A forked process does not have this thread, and must not touch the
   * transfers of its parent. */
  if (seedance_net_is_lost ())
    return;
  g_mutex_lock (&net.lock);
  net.over = TRUE;
  while (net.holds > 0 && g_cond_wait_until (&net.cond, &net.lock, deadline))
    ;
  net.quit = TRUE;
  net.driver->wake ();
  g_mutex_unlock (&net.lock);
  deadline = MAX (deadline, g_get_monotonic_time () + EXIT_DISKS);
  joined = join_thread (deadline);
  if (joined) {
    deadline = MAX (deadline, g_get_monotonic_time () + EXIT_DISKS);
    finish_calls (deadline);
    net.driver->finish ();
  }
  /* Calls that the folders send back from here on are not run: there is no
   * network any more. */
  seedance_io_drain (deadline);
  seedance_io_finish (deadline);
  if (joined)
    g_queue_clear_full (&net.timers, g_free);
}

static gboolean
wait_for_set_up (GError **error)
{
  gboolean done;

  g_mutex_lock (&net.lock);
  while (net.set_up == SET_UP_PENDING)
    g_cond_wait (&net.cond, &net.lock);
  done = net.set_up == SET_UP_DONE;
  if (!done)
    g_propagate_error (error, g_steal_pointer (&net.failure));
  g_mutex_unlock (&net.lock);

  return done;
}

static gboolean
net_start (GError **error)
{
  g_autoptr (GError) why = NULL;

  net.set_up = SET_UP_PENDING;
  net.thread = g_thread_try_new ("seedance-net", net_thread, NULL, &why);
  if (!net.thread) {
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_FAILED,
        "The network cannot be used: %s. Nothing was ordered.", why->message);
    return FALSE;
  }
  if (wait_for_set_up (error))
    return TRUE;
  g_thread_join (g_steal_pointer (&net.thread));

  return FALSE;
}

gboolean
seedance_net_ensure (const SeedanceNetDriver *driver, GError **error)
{
  static GMutex lock;
  static gboolean runs = FALSE;
  gboolean ok;

  g_mutex_lock (&lock);
  if (!runs) {
    net.driver = driver;
    runs = net_start (error);
    if (runs) {
      g_atomic_int_set (&net.pid, getpid ());
      /* Exit handlers run in reverse order. This one is registered after the
       * set-up, so that it runs before those of the TLS library. */
      atexit (net_exit);
    }
  }
  ok = runs;
  g_mutex_unlock (&lock);

  return ok;
}

static void
net_invoke (SeedanceNetFunc func, gpointer user_data, gboolean last)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ func, user_data, last };
  g_mutex_lock (&net.lock);
  g_queue_push_tail (&net.calls, call);
  /* Threads of the application may run while the process exits, when the driver
   * is gone. */
  if (!net.quit)
    net.driver->wake ();
  g_mutex_unlock (&net.lock);
}

void
seedance_net_invoke (SeedanceNetFunc func, gpointer user_data)
{
  net_invoke (func, user_data, FALSE);
}

void
seedance_net_invoke_last (SeedanceNetFunc func, gpointer user_data)
{
  net_invoke (func, user_data, TRUE);
}
