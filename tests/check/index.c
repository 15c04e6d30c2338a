/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The index of a stored clip is read from a disk that stands still. The test
 * uses the client without a pipeline, so that it knows which thread reads. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#include "clip.h"
#include "plays.h"
#include "supply.h"

static __thread gboolean reads_index;
static GMutex lock;
static GCond changed;
static gboolean stalled, let_go; /* under the lock */

/* Replaces the function of the C library. */
ssize_t
pread (int fd, void *data, size_t size, off_t offset)
{
  __typeof__ (&pread) func = (__typeof__ (&pread)) dlsym (RTLD_NEXT, "pread");

  if (reads_index) {
    g_mutex_lock (&lock);
    stalled = TRUE;
    g_cond_broadcast (&changed);
    while (!let_go)
      g_cond_wait (&changed, &lock);
    g_mutex_unlock (&lock);
  }

  return func (fd, data, size, offset);
}

static void
ignore_note (gpointer user_data)
{
}

/* Opens the order of CLIP. */
static SeedanceClip *
open_clip (void)
{
  g_autoptr (SeedanceOrder) order = seedance_order_new ();
  SeedanceClip *clip = seedance_clip_new (ignore_note, NULL, NULL);
  g_autoptr (GError) error = NULL;

  order->request->prompt = g_strdup ("boat");
  order->request->resolution = g_strdup ("480p");
  order->request->duration = 1;
  order->request->seed = 7;
  order->reuse = SEEDANCE_REUSE_ALWAYS;
  fail_unless (seedance_order_prepare (order, &error) &&
                   seedance_clip_open (clip, order, &error),
      "%s", error ? error->message : "");

  return clip;
}

static void
wait_for_bytes (SeedanceClip *clip)
{
  const guint ticket = seedance_clip_enter (clip);
  SeedanceWait wait = SEEDANCE_WAIT_CHANGED;
  guint serial = 0;
  gsize size = 1;

  while (wait == SEEDANCE_WAIT_CHANGED)
    wait = seedance_clip_wait (clip, ticket, 0, &size, FALSE, &serial, NULL);
  seedance_clip_leave (clip);
  fail_unless_equals_int (wait, SEEDANCE_WAIT_BYTES);
}

static gpointer
read_index (gpointer clip)
{
  reads_index = TRUE;
  seedance_clip_read_index (clip);

  return NULL;
}

/* Returns 0 while the index was not read. */
static gint64
get_length (SeedanceClip *clip)
{
  SeedanceSupply supply;

  seedance_clip_get_supply (clip, &supply);
  fail_unless (supply.readable);

  return supply.timeline.exact ? supply.timeline.duration : 0;
}

GST_START_TEST (a_disk_that_stands_still_holds_up_one_thread)
{
  SeedanceClip *clip;
  GThread *thread;

  test_play_elsewhere ("reuse=always");
  clip = open_clip ();
  wait_for_bytes (clip);
  thread = g_thread_new ("index", read_index, clip);
  g_mutex_lock (&lock);
  while (!stalled)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
  /* Not even a thread that would read the index, too, is held up. */
  seedance_clip_read_index (clip);
  fail_unless_equals_int64 (get_length (clip), 0);
  g_mutex_lock (&lock);
  let_go = TRUE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
  g_thread_join (thread);
  fail_unless (get_length (clip) > 0);
  seedance_clip_free (clip);
  assert_posts (service, 1);
}
GST_END_TEST

static Suite *
index_suite (void)
{
  Suite *suite = suite_create ("index");
  TCase *tcase = test_case_new (suite, "index");

  tcase_add_test (tcase, a_disk_that_stands_still_holds_up_one_thread);

  return suite;
}

GST_CHECK_MAIN (index)
