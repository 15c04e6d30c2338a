/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services answer in many shapes. Given one from which the task or the clip can
 * be read, it is, for one order; given one that proves nothing, nothing is
 * ordered a second time. */

#include <string.h>

#include "run.h"

typedef struct {
  const gchar *faults;
  const gchar *properties;
  guint posts;
} Shape;

static void
play_whole (const gchar *properties)
{
  TestRun *run = test_run_new (
      CLIP "%s ! fakesink name=out", properties ? properties : "");
  TestTap *tap = test_run_tap (run, "out");
  g_autoptr (GBytes) clip = NULL;

  test_run_to_end (run);
  clip = test_service_get_clip (service, 0);
  test_tap_assert_bytes (tap, clip);
  test_run_free (run);
}

static void
assert_whole (const Shape *shape)
{
  test_service_fault (service, shape->faults);
  play_whole (shape->properties);
  assert_posts (service, shape->posts);
  assert_tasks (service, 1);
}

/* --- how an answer is sent ---------------------------------------------- */

static const Shape sent[] = {
  { "submit:encode=gzip", NULL, 1 },
  { "submit:encode=deflate", NULL, 1 },
  { "submit:encode=raw", NULL, 1 },
  { "submit:encode=label", NULL, 1 },
  { "submit:encode=br", NULL, 1 },
  { "submit:encode=identity", NULL, 1 },
  { "submit:encode=gzip+chunked+drip=1", NULL, 1 },
  { "submit:encode=gzip+no-length", NULL, 1 },
  { "poll:encode=gzip", NULL, 1 },
  { "poll:encode=deflate+chunked", NULL, 1 },
  { "poll@1:encode=gzip+truncate=50%", NULL, 1 },
  { "submit@1:status=429+retry-after=1+encode=gzip", NULL, 2 },
  { "submit:length-too", NULL, 1 },
  { "poll:length-too", NULL, 1 },
  { "clip:length-too", NULL, 1 },
  { "submit:trailer=HTTP/1.1: 500 Oops", NULL, 1 },
  { "submit:trailer=HTTP/1.1 500 Oops", NULL, 1 },
  { "poll:trailer=HTTP/1.1: 500 Oops", NULL, 1 },
  { "clip:trailer=HTTP/1.1: 500 Oops", NULL, 1 },
  { "clip:trailer=Content-Range: bytes 5-9/10", NULL, 1 },
  { "submit:trailer=Location: /elsewhere", NULL, 1 },
  { "submit:length-too+trailer=HTTP/2: 1+encode=gzip", NULL, 1 },
};

GST_START_TEST (however_an_answer_is_sent_it_is_taken)
{
  assert_whole (&sent[__i__]);
}
GST_END_TEST

static Suite *
answers_suite (void)
{
  Suite *suite = suite_create ("answers");
  TCase *taken = test_case_new (suite, "taken");

  tcase_add_loop_test (
      taken, however_an_answer_is_sent_it_is_taken, 0, G_N_ELEMENTS (sent));

  return suite;
}

GST_CHECK_MAIN (answers)
