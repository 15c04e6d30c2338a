/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a clip: its pipeline is built, started and stopped on threads of
 * a pool, because any of these steps may hang in a third-party element. */

#include "playout-clip-private.h"

#include "gstseedancesrc.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

static GMutex lives_lock;
static GCond lives_ended;
static guint lives; /* pipelines that shall end and have not ended yet */

void
playout_clip_count_lives (gint change)
{
  g_mutex_lock (&lives_lock);
  lives += change;
  g_cond_broadcast (&lives_ended);
  g_mutex_unlock (&lives_lock);
}

gboolean
playout_clip_wait_all_ended (gint64 until)
{
  gboolean ended = TRUE;

  g_mutex_lock (&lives_lock);
  while (lives > 0 && ended)
    ended = g_cond_wait_until (&lives_ended, &lives_lock, until);
  ended = lives == 0;
  g_mutex_unlock (&lives_lock);

  return ended;
}

/* glibc spreads threads over several heaps and keeps the freed memory of each.
 * The threads of each clip land on other heaps, so the process would grow until
 * every heap has once held the most that a clip needs. So the memory is given
 * back after each clip. malloc_trim() runs on one thread at a time; a clip that
 * ends meanwhile makes that thread trim once more. */
static void
give_memory_back (void)
{
#ifdef __GLIBC__
  static gint freed = 0;
  gint seen;

  if (g_atomic_int_add (&freed, 1) > 0)
    return;
  do {
    seen = g_atomic_int_get (&freed);
    malloc_trim (0);
  } while (!g_atomic_int_compare_and_exchange (&freed, seen, 0));
#endif
}

static void
end_pipeline (PlayoutClip *clip)
{
  if (clip->pipeline)
    gst_element_set_state (clip->pipeline, GST_STATE_NULL);
  if (GST_IS_SEEDANCE_SRC (clip->source)) {
    gst_seedance_src_end_ahead (GST_SEEDANCE_SRC (clip->source));
    gst_element_set_bus (clip->source, NULL);
  }
  gst_clear_object (&clip->pipeline);
  gst_clear_object (&clip->source);
  playout_clip_count_lives (-1);
  give_memory_back ();
}

/* Orders a clip first: a service takes minutes to make it, and a decoder would
 * idle all that time. */
static PlayoutLife
begin_life (PlayoutClip *clip)
{
  if (!clip->is_ordered && GST_IS_SEEDANCE_SRC (clip->source)) {
    clip->is_ordered = TRUE;
    playout_clip_order (clip);
    return PLAYOUT_LIFE_ORDERED;
  }
  g_mutex_lock (&clip->lock);
  clip->has_pipeline = TRUE;
  g_mutex_unlock (&clip->lock);
  playout_clip_build (clip);

  return PLAYOUT_LIFE_RUNNING;
}

static void
live (gpointer data, gpointer unused)
{
  PlayoutClip *clip = data;
  PlayoutLife life;
  gboolean end;

  g_mutex_lock (&clip->lock);
  life = clip->life;
  g_mutex_unlock (&clip->lock);
  if (life == PLAYOUT_LIFE_BEGINNING)
    life = begin_life (clip);
  g_mutex_lock (&clip->lock);
  end = clip->life == PLAYOUT_LIFE_ENDED;
  if (!end)
    clip->life = life;
  g_mutex_unlock (&clip->lock);
  if (end)
    end_pipeline (clip);
  playout_clip_unref (clip);
}

/* The pool has no maximum of threads, because each of them may hang. Idle
 * threads end by themselves. */
static GThreadPool *
get_pool (void)
{
  static gsize once = 0;
  static GThreadPool *pool;

  if (g_once_init_enter (&once)) {
    pool = g_thread_pool_new (live, NULL, -1, FALSE, NULL);
    g_once_init_leave (&once, 1);
  }

  return pool;
}

/* If no thread can be started, the clip stays in the pool's queue. */
static void
push_life (PlayoutClip *clip)
{
  g_thread_pool_push (get_pool (), playout_clip_ref (clip), NULL);
}

/* To set the maximum starts the threads that are missing. */
void
playout_clip_start_waiting (void)
{
  if (g_thread_pool_unprocessed (get_pool ()) > 0)
    g_thread_pool_set_max_threads (get_pool (), -1, NULL);
}

void
playout_clip_begin (PlayoutClip *clip)
{
  gboolean begin;

  g_mutex_lock (&clip->lock);
  begin = clip->life == PLAYOUT_LIFE_NEW;
  if (begin)
    clip->life = PLAYOUT_LIFE_BEGINNING;
  g_mutex_unlock (&clip->lock);
  if (begin)
    push_life (clip);
}

void
playout_clip_go_on (PlayoutClip *clip)
{
  gboolean go_on;

  g_mutex_lock (&clip->lock);
  go_on = clip->life == PLAYOUT_LIFE_ORDERED;
  if (go_on)
    clip->life = PLAYOUT_LIFE_BEGINNING;
  g_mutex_unlock (&clip->lock);
  if (go_on)
    push_life (clip);
}

static gboolean
is_alive (PlayoutLife life)
{
  return life == PLAYOUT_LIFE_ORDERED || life == PLAYOUT_LIFE_RUNNING;
}

void
playout_clip_end (PlayoutClip *clip)
{
  PlayoutLife was;

  g_mutex_lock (&clip->lock);
  was = clip->life;
  clip->life = PLAYOUT_LIFE_ENDED;
  g_queue_clear_full (&clip->frames, (GDestroyNotify) gst_buffer_unref);
  g_cond_broadcast (&clip->room);
  g_mutex_unlock (&clip->lock);
  if (was == PLAYOUT_LIFE_BEGINNING || is_alive (was))
    playout_clip_count_lives (1);
  if (is_alive (was))
    push_life (clip);
}
