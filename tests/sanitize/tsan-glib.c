/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells ThreadSanitizer about GLib's locks. GMutex and GCond are built on
 * futexes. ThreadSanitizer does not see how an uninstrumented GLib uses them,
 * and would report everything that they guard as a race. This library is
 * preloaded; each function here calls GLib's own and tells ThreadSanitizer
 * about it. GRecMutex, GRWLock and GThread are built on pthreads, which
 * ThreadSanitizer knows.
 *
 * GLib's calls to its own functions bypass this library. What GLib passes from
 * one thread to another is therefore announced where it enters and leaves
 * GLib. */

#define _GNU_SOURCE /* dladdr() */

#include <dlfcn.h>
#include <glib-object.h>
#include <sanitizer/tsan_interface.h>
#include <string.h>

/* Weak, because programs without ThreadSanitizer may have this preloaded,
 * too. */
#pragma weak __tsan_acquire
#pragma weak __tsan_release
#pragma weak __tsan_mutex_destroy
#pragma weak __tsan_mutex_pre_lock
#pragma weak __tsan_mutex_post_lock
#pragma weak __tsan_mutex_pre_unlock
#pragma weak __tsan_mutex_post_unlock

/* Looks up GLib's own function. Two threads may do so at once; both find the
 * same. */
#define REAL(function) \
  ({ \
    static void *real; \
    void *found = __atomic_load_n (&real, __ATOMIC_RELAXED); \
    if (!found) { \
      found = dlsym (RTLD_NEXT, #function); \
      __atomic_store_n (&real, found, __ATOMIC_RELAXED); \
    } \
    (__typeof__ (&function)) found; \
  })

/* Calls a function of ThreadSanitizer, if the program has it. */
#define TELL(function, ...) \
  G_STMT_START \
  { \
    if (function) \
      function (__VA_ARGS__); \
  } \
  G_STMT_END

static void
before_lock (GMutex *mutex, unsigned flags)
{
  TELL (__tsan_mutex_pre_lock, mutex, flags);
}

static void
after_lock (GMutex *mutex, unsigned flags)
{
  TELL (__tsan_mutex_post_lock, mutex, flags, 0);
}

static void
before_unlock (GMutex *mutex)
{
  TELL (__tsan_mutex_pre_unlock, mutex, 0);
}

static void
after_unlock (GMutex *mutex)
{
  TELL (__tsan_mutex_post_unlock, mutex, 0);
}

void
g_mutex_lock (GMutex *mutex)
{
  before_lock (mutex, 0);
  REAL (g_mutex_lock) (mutex);
  after_lock (mutex, 0);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked;

  before_lock (mutex, __tsan_mutex_try_lock);
  locked = REAL (g_mutex_trylock) (mutex);
  after_lock (mutex,
      __tsan_mutex_try_lock | (locked ? 0 : __tsan_mutex_try_lock_failed));

  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  before_unlock (mutex);
  REAL (g_mutex_unlock) (mutex);
  after_unlock (mutex);
}

/* GStreamer counts references to objects that contain a lock, such as those
 * that its task pools share, by atomics that ThreadSanitizer does not see. The
 * thread that frees such an object got it from threads that held the lock
 * before. Taking the lock once more before it is cleared tells ThreadSanitizer
 * so. */
static gboolean
is_of_gstreamer (void *caller)
{
  Dl_info info;

  return dladdr (caller, &info) != 0 && info.dli_fname &&
         strstr (info.dli_fname, "/libgstreamer-1.0.so") != NULL;
}

void
g_mutex_clear (GMutex *mutex)
{
  if (is_of_gstreamer (__builtin_return_address (0))) {
    before_lock (mutex, 0);
    after_lock (mutex, 0);
    before_unlock (mutex);
    after_unlock (mutex);
  }
  TELL (__tsan_mutex_destroy, mutex, 0);
  REAL (g_mutex_clear) (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  before_unlock (mutex);
  after_unlock (mutex);
  REAL (g_cond_wait) (cond, mutex);
  before_lock (mutex, 0);
  after_lock (mutex, 0);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean woken;

  before_unlock (mutex);
  after_unlock (mutex);
  woken = REAL (g_cond_wait_until) (cond, mutex, end_time);
  before_lock (mutex, 0);
  after_lock (mutex, 0);

  return woken;
}

/* GLib also defines macros of these names. */
#undef g_once_init_enter
#undef g_once_init_leave

gboolean
g_once_init_enter (volatile void *location)
{
  gboolean first = REAL (g_once_init_enter) (location);

  if (!first)
    TELL (__tsan_acquire, (void *) location);

  return first;
}

void
g_once_init_leave (volatile void *location, gsize result)
{
  TELL (__tsan_release, (void *) location);
  REAL (g_once_init_leave) (location, result);
}

/* The function of a pool, and the data that each of its threads acquires. */
typedef struct {
  GFunc func;
  gpointer user_data;
} Work;

static void
work (gpointer data, gpointer user_data)
{
  Work *work = user_data;

  TELL (__tsan_acquire, work);
  work->func (data, work->user_data);
  TELL (__tsan_release, work);
}

/* A Work is never freed, since pools live about as long as the program. */
static Work *
work_new (GFunc func, gpointer user_data)
{
  Work *work = g_new (Work, 1);

  work->func = func;
  work->user_data = user_data;

  return work;
}

GThreadPool *
g_thread_pool_new (GFunc func, gpointer user_data, gint max_threads,
    gboolean exclusive, GError **error)
{
  return REAL (g_thread_pool_new) (
      work, work_new (func, user_data), max_threads, exclusive, error);
}

GThreadPool *
g_thread_pool_new_full (GFunc func, gpointer user_data,
    GDestroyNotify item_free_func, gint max_threads, gboolean exclusive,
    GError **error)
{
  return REAL (g_thread_pool_new_full) (work, work_new (func, user_data),
      item_free_func, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  TELL (__tsan_release, pool->user_data);

  return REAL (g_thread_pool_push) (pool, data, error);
}

void
g_thread_pool_free (GThreadPool *pool, gboolean immediate, gboolean wait)
{
  gpointer work = pool->user_data;

  REAL (g_thread_pool_free) (pool, immediate, wait);
  if (wait)
    TELL (__tsan_acquire, work);
}

/* The callback of an idle source, on its way to the thread that runs it. */
typedef struct {
  GSourceFunc func;
  gpointer data;
  GDestroyNotify notify;
} Idle;

static gboolean
idle (gpointer user_data)
{
  Idle *idle = user_data;

  TELL (__tsan_acquire, idle);

  return idle->func (idle->data);
}

static void
idle_free (gpointer user_data)
{
  Idle *idle = user_data;

  TELL (__tsan_acquire, idle);
  if (idle->notify)
    idle->notify (idle->data);
  g_free (idle);
}

guint
g_idle_add_full (
    gint priority, GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  Idle *passed = g_new (Idle, 1);

  *passed = (Idle){ func, data, notify };
  TELL (__tsan_release, passed);

  return REAL (g_idle_add_full) (priority, idle, passed, idle_free);
}

/* The thread that drops the last reference has to see what the other threads
 * did before they dropped theirs. */
#undef g_atomic_ref_count_dec

gboolean
g_atomic_ref_count_dec (gatomicrefcount *count)
{
  gboolean last;

  TELL (__tsan_release, (void *) count);
  last = REAL (g_atomic_ref_count_dec) (count);
  if (last)
    TELL (__tsan_acquire, (void *) count);

  return last;
}

/* GLib may free the object, so what others did is acquired before. What they do
 * between that and the real call is missed. */
void
g_object_unref (gpointer object)
{
  TELL (__tsan_release, object);
  TELL (__tsan_acquire, object);
  REAL (g_object_unref) (object);
}
