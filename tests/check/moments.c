/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to happen before an order goes out, and what may happen just before
 * it does. This program stands in front of the C library's calls that make a
 * record, make it durable and send a request: it notes them, and can hold one
 * of them. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

/* --- in front of the C library ------------------------------------------ */

/* One letter each: */
#define MADE 'l'       /* a record got its name */
#define REPLACED 'r'   /* … was replaced */
#define SYNCED 'f'     /* a file of the state folder is on disk */
#define SYNCED_DIR 'd' /* the names in the folder are */
#define POSTED 'P'     /* the first byte of an order is about to go */
#define ASKED 'G'      /* … of a question about a task */
#define ENDED 'E'      /* the end of the stream leaves the element */

static struct {
  GMutex lock;
  GCond cond;
  GString *calls; /* NULL: nothing is noted yet */
  guint made, held;
  gboolean hold;
} seam;

static void
note_locked (gchar call)
{
  if (seam.calls)
    g_string_append_c (seam.calls, call);
}

static void
note (gchar call)
{
  g_mutex_lock (&seam.lock);
  note_locked (call);
  g_mutex_unlock (&seam.lock);
}

static gboolean
is_record (const char *path)
{
  return g_str_has_suffix (path, ".json");
}

static void
wait_while_held (void)
{
  g_mutex_lock (&seam.lock);
  seam.held += seam.hold;
  g_cond_broadcast (&seam.cond);
  while (seam.hold)
    g_cond_wait (&seam.cond, &seam.lock);
  g_mutex_unlock (&seam.lock);
}

static void
note_made (void)
{
  g_mutex_lock (&seam.lock);
  seam.made++;
  note_locked (MADE);
  g_cond_broadcast (&seam.cond);
  g_mutex_unlock (&seam.lock);
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

int
link (const char *from, const char *to)
{
  int result;

  if (is_record (to))
    wait_while_held ();
  result = REAL (link) (from, to);
  if (is_record (to))
    note_made ();

  return result;
}

int
rename (const char *from, const char *to)
{
  int result = REAL (rename) (from, to);

  if (is_record (to))
    note (REPLACED);

  return result;
}

int
fsync (int fd)
{
  int result = REAL (fsync) (fd);
  struct stat info;

  if (fstat (fd, &info) == 0)
    note (S_ISDIR (info.st_mode) ? SYNCED_DIR : SYNCED);

  return result;
}

ssize_t
send (int fd, const void *data, size_t size, int flags)
{
  if (size > 8 && memcmp (data, "POST /v1", 8) == 0)
    note (POSTED);
  else if (size > 7 && memcmp (data, "GET /v1", 7) == 0)
    note (ASKED);

  return REAL (send) (fd, data, size, flags);
}

static void
begin_notes (void)
{
  g_mutex_lock (&seam.lock);
  seam.calls = g_string_new (NULL);
  g_mutex_unlock (&seam.lock);
}

static void
hold_next_record (gboolean hold)
{
  g_mutex_lock (&seam.lock);
  seam.hold = hold;
  g_cond_broadcast (&seam.cond);
  g_mutex_unlock (&seam.lock);
}

/* Until *@counter of the seam is @at_least. */
static void
wait_for_seam (const guint *counter, guint at_least)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&seam.lock);
  while (*counter < at_least)
    fail_unless (
        g_cond_wait_until (&seam.cond, &seam.lock, end), "no record was made");
  g_mutex_unlock (&seam.lock);
}

/* --- playing ------------------------------------------------------------ */

static void
play (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);

  test_run_to_end (run);
  test_run_free (run);
}

static void
play_elsewhere (const gchar *properties)
{
  g_autofree gchar *line = g_strdup_printf (CLIP "%s ! fakesink", properties);
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
          g_getenv ("SEEDANCE_PLAY"), line, NULL);

  fail_unless (process && g_subprocess_wait_check (process, NULL, NULL));
}

/* Orders, and is killed while the clip is made. */
static void
order_elsewhere (void)
{
  g_autoptr (GSubprocess) process = NULL;

  test_service_fault (service, "poll:hold");
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL,
      g_getenv ("SEEDANCE_PLAY"), CLIP "! fakesink", NULL);
  test_service_wait (service, "polls_held", 1);
  g_subprocess_force_exit (process);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  test_service_fault (service, "");
  test_service_release (service);
}

static guint
count_records (void)
{
  g_auto (GStrv) names = test_home_list_state ();
  guint records = 0;

  for (guint i = 0; names[i]; i++)
    records += is_record (names[i]) && names[i][0] != '.';

  return records;
}

/* --- durable first ------------------------------------------------------ */

/* Whether @calls has all of @wanted, in that order. */
static gboolean
has_in_order (const gchar *calls, gsize size, const gchar *wanted)
{
  for (gsize i = 0; i < size && *wanted; i++)
    wanted += calls[i] == *wanted;

  return *wanted == '\0';
}

/* For the first order, for one in the place of a clip that was played, and for
 * one that is never shared. */
GST_START_TEST (an_order_is_durable_before_it_goes_out)
{
  static const gchar *const properties[] = { "", "", "reuse=never" };
  const gchar *posted, *asked;

  if (__i__ > 0)
    play_elsewhere ("");
  begin_notes ();
  play (properties[__i__]);
  GST_INFO ("%s", seam.calls->str);
  posted = strchr (seam.calls->str, POSTED);
  fail_unless (posted != NULL, "%s", seam.calls->str);
  fail_unless (strchr (posted + 1, POSTED) == NULL);
  fail_unless (has_in_order (seam.calls->str, posted - seam.calls->str, "fld"),
      "%s", seam.calls->str);
  /* And so is the task's id, before anything is asked about it. */
  asked = strchr (posted, ASKED);
  fail_unless (asked != NULL && has_in_order (posted, asked - posted, "frd"),
      "%s", seam.calls->str);
  assert_posts (service, __i__ > 0 ? 2 : 1);
}
GST_END_TEST

static GstPadProbeReturn
note_end (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (GST_EVENT_TYPE (info->data) == GST_EVENT_EOS)
    note (ENDED);

  return GST_PAD_PROBE_OK;
}

/* Who has all bytes is told so when they were checked, are on disk, and the
 * ledger says so durably: it may cut the power then. */
GST_START_TEST (the_end_is_told_when_the_clip_is_durable)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  GstPad *pad = gst_element_get_static_pad (run->src, "src");
  const gchar *asked, *ended;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_end, NULL, NULL);
  gst_object_unref (pad);
  begin_notes ();
  test_run_to_end (run);
  asked = strrchr (seam.calls->str, ASKED);
  ended = strchr (seam.calls->str, ENDED);
  GST_INFO ("%s", seam.calls->str);
  fail_unless (asked && ended && has_in_order (asked, ended - asked, "frd"),
      "%s", seam.calls->str);
  test_run_free (run);
}
GST_END_TEST

/* --- held up ------------------------------------------------------------ */

/* Others order in the place of the played clip, play that, and order again,
 * between our look at the ledger and our claim. */
GST_START_TEST (who_was_held_up_takes_what_others_bought_meanwhile)
{
  TestRun *late;

  play_elsewhere ("");
  hold_next_record (TRUE);
  late = test_run_new (CLIP "! fakesink");
  test_run_start (late, GST_STATE_PLAYING);
  wait_for_seam (&seam.held, 1);
  play_elsewhere ("");
  order_elsewhere ();
  assert_posts (service, 3);
  hold_next_record (FALSE);
  test_run_wait (late, GST_MESSAGE_EOS);
  test_run_free (late);
  assert_posts (service, 3);
}
GST_END_TEST

/* The same where nothing was there. */
GST_START_TEST (who_was_held_up_at_the_first_order_takes_anothers)
{
  TestRun *late = test_run_new (CLIP "! fakesink");

  hold_next_record (TRUE);
  test_run_start (late, GST_STATE_PLAYING);
  wait_for_seam (&seam.held, 1);
  order_elsewhere ();
  assert_posts (service, 1);
  hold_next_record (FALSE);
  test_run_wait (late, GST_MESSAGE_EOS);
  test_run_free (late);
  assert_posts (service, 1);
}
GST_END_TEST

/* --- withdrawn ---------------------------------------------------------- */

/* Its element stands in its error, as a program that shows it lets it. */
GST_START_TEST (a_refused_order_leaves_nothing_in_the_way)
{
  TestRun *refused = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "submit:status=400");
  test_run_to_error (refused);
  fail_unless_equals_int (count_records (), 0);
  test_service_fault (service, "");
  play ("");
  test_run_free (refused);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* Nor where a played clip stays in its place. */
GST_START_TEST (a_refused_order_leaves_the_clip_before_it)
{
  TestRun *refused;

  play_elsewhere ("");
  refused = test_run_new (CLIP "! fakesink");
  test_service_fault (service, "submit:status=400");
  test_run_to_error (refused);
  test_service_fault (service, "");
  play ("reuse=always");
  test_run_free (refused);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

/* --- flushed ------------------------------------------------------------ */

/* Until a record is gone, unless another order goes out first. */
static void
wait_until_withdrawn (gint fd)
{
  union {
    struct inotify_event first;
    gchar bytes[4096];
  } events;

  for (;;) {
    struct pollfd wanted = { fd, POLLIN, 0 };
    gssize size;

    fail_unless (poll (&wanted, 1, (int) (test_patience () / 1000)) == 1,
        "the order was not withdrawn");
    assert_posts (service, 1);
    size = read (fd, events.bytes, sizeof events.bytes);
    for (gssize at = 0; at < size;) {
      const struct inotify_event *event =
          (const struct inotify_event *) (events.bytes + at);

      if (event->name[0] != '.' && is_record (event->name))
        return;
      at += (gssize) (sizeof *event + event->len);
    }
  }
}

/* The first try came too soon for the service; while the second one is waited
 * for, the application flushes. */
GST_START_TEST (a_flush_during_a_back_off_orders_nothing)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autofree gchar *dir = test_home_state_dir ();
  gint fd = inotify_init1 (IN_CLOEXEC);

  fail_unless (g_mkdir_with_parents (dir, 0700) == 0);
  fail_unless (inotify_add_watch (fd, dir, IN_DELETE) >= 0);
  test_service_fault (service, "submit@1:status=429+retry-after=5");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "answers", 1);
  gst_element_send_event (run->src, gst_event_new_flush_start ());
  wait_for_seam (&seam.made, 2);
  while (count_records () > 0)
    wait_until_withdrawn (fd);
  close (fd);
  assert_posts (service, 1);
  gst_element_send_event (run->src, gst_event_new_flush_stop (TRUE));
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 2);
  assert_tasks (service, 1);
}
GST_END_TEST

static Suite *
moments_suite (void)
{
  Suite *suite = suite_create ("moments");
  TCase *before = test_case_new (suite, "before");
  TCase *late = test_case_new (suite, "late");

  tcase_add_loop_test (before, an_order_is_durable_before_it_goes_out, 0, 3);
  tcase_add_test (before, the_end_is_told_when_the_clip_is_durable);
  tcase_add_test (late, who_was_held_up_takes_what_others_bought_meanwhile);
  tcase_add_test (late, who_was_held_up_at_the_first_order_takes_anothers);
  tcase_add_test (late, a_refused_order_leaves_nothing_in_the_way);
  tcase_add_test (late, a_refused_order_leaves_the_clip_before_it);
  tcase_add_test (late, a_flush_during_a_back_off_orders_nothing);

  return suite;
}

GST_CHECK_MAIN (moments)
