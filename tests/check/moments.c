/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must happen before an order is sent, and what may happen shortly before.
 * This program replaces the calls of the C library by which the ledger is
 * locked, written and synced and requests are sent (the seam). It notes the
 * calls, each as a letter, and can block one of them. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger.h"
#include "plays.h"
#include "run.h"

/* The letters of the calls: */
#define NAMED 'n'      /* a new ledger got its name */
#define LOCKED 'l'     /* a write lock is taken; not noted */
#define WRITTEN 'w'    /* part of a transaction is in the ledger's log */
#define COMMITTED 'c'  /* the transaction is on disk */
#define STORED 'r'     /* a clip was renamed to its final name */
#define SYNCED 'f'     /* another file is on disk */
#define SYNCED_DIR 'd' /* a folder, with its names, is on disk */
#define POSTED 'P'     /* the first byte of an order is about to go */
#define ASKED 'G'      /* the first byte of a poll is about to go */
#define ENDED 'E'      /* EOS leaves the element */

/* The byte of the -shm file that SQLite locks for a writer, as its documented
 * log format says. */
#define WRITE_LOCK 120

static struct {
  GMutex lock;
  GCond cond;
  GString *calls; /* NULL: nothing is noted yet */
  gboolean dirty; /* the log has bytes that are not on disk */
  guint committed, held, refused;
  gchar hold; /* the call that is blocked; 0: none */
  guint pass; /* how many of these calls pass before */
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

/* Returns TRUE if the name of the file ends in @suffix. */
static gboolean
is_file (int fd, const char *suffix)
{
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  gchar path[4096];
  ssize_t size = readlink (link, path, sizeof path - 1);

  if (size < 0)
    return FALSE;
  path[size] = '\0';

  return g_str_has_suffix (path, suffix);
}

static void
wait_while_held (gchar call)
{
  g_mutex_lock (&seam.lock);
  if (seam.hold == call && seam.pass > 0) {
    seam.pass--;
  } else if (seam.hold == call) {
    seam.held++;
    g_cond_broadcast (&seam.cond);
    while (seam.hold == call)
      g_cond_wait (&seam.cond, &seam.lock);
  }
  g_mutex_unlock (&seam.lock);
}

static void
note_refused (void)
{
  g_mutex_lock (&seam.lock);
  seam.refused++;
  g_cond_broadcast (&seam.cond);
  g_mutex_unlock (&seam.lock);
}

static void
note_written (void)
{
  g_mutex_lock (&seam.lock);
  seam.dirty = TRUE;
  note_locked (WRITTEN);
  g_mutex_unlock (&seam.lock);
}

/* Without a write before it, a sync concerns only the log's header. */
static void
note_log_synced (void)
{
  g_mutex_lock (&seam.lock);
  if (seam.dirty) {
    seam.dirty = FALSE;
    seam.committed++;
    note_locked (COMMITTED);
    g_cond_broadcast (&seam.cond);
  }
  g_mutex_unlock (&seam.lock);
}

static void
note_synced (int fd)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    return;
  if (S_ISDIR (info.st_mode))
    note (SYNCED_DIR);
  else if (is_file (fd, "ledger.db-wal"))
    note_log_synced ();
  else
    note (SYNCED);
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

int
fcntl (int fd, int command, ...)
{
  const struct flock *wanted;
  va_list list;
  gboolean writes;
  void *argument;
  int result;

  va_start (list, command);
  argument = va_arg (list, void *);
  va_end (list);
  wanted = argument;
  writes = command == F_SETLK && wanted->l_type == F_WRLCK &&
           wanted->l_start == WRITE_LOCK && is_file (fd, "ledger.db-shm");
  if (writes)
    wait_while_held (LOCKED);
  result = REAL (fcntl) (fd, command, argument);
  if (writes && result < 0) {
    int number = errno;

    note_refused ();
    errno = number;
  }

  return result;
}

ssize_t
pwrite (int fd, const void *data, size_t size, off_t offset)
{
  gboolean ours = offset > 0 && is_file (fd, "ledger.db-wal");
  ssize_t result;

  if (ours)
    wait_while_held (WRITTEN);
  result = REAL (pwrite) (fd, data, size, offset);
  if (ours)
    note_written ();

  return result;
}

int
link (const char *from, const char *to)
{
  int result = REAL (link) (from, to);

  if (g_str_has_suffix (to, "ledger.db"))
    note (NAMED);

  return result;
}

int
rename (const char *from, const char *to)
{
  int result = REAL (rename) (from, to);

  if (g_str_has_suffix (to, ".mp4"))
    note (STORED);

  return result;
}

int
fsync (int fd)
{
  int result = REAL (fsync) (fd);

  note_synced (fd);

  return result;
}

int
fdatasync (int fd)
{
  int result = REAL (fdatasync) (fd);

  note_synced (fd);

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

/* Lets a blocked call go on, and blocks @call after it has passed @pass
 * times. */
static void
hold (gchar call, guint pass)
{
  g_mutex_lock (&seam.lock);
  seam.hold = call;
  seam.pass = pass;
  g_cond_broadcast (&seam.cond);
  g_mutex_unlock (&seam.lock);
}

/* Blocks the claim of an order before its transaction: it has looked at the
 * ledger, and others can still write to it. The call that passes makes the
 * ledger ready. */
static void
hold_next_claim (void)
{
  hold (LOCKED, 1);
}

/* Blocks the claim of an order in its transaction, when no other process can
 * write to the ledger. */
static void
hold_inside_claim (void)
{
  hold (WRITTEN, 0);
}

static void
let_go (void)
{
  hold ('\0', 0);
}

/* Waits until *@counter, a member of the seam, is at least @at_least. */
static void
wait_for_seam (const guint *counter, guint at_least)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&seam.lock);
  while (*counter < at_least)
    fail_unless (g_cond_wait_until (&seam.cond, &seam.lock, end),
        "the ledger was not written to");
  g_mutex_unlock (&seam.lock);
}

static void
play (const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "%s ! fakesink", properties);

  test_run_to_end (run);
  test_run_free (run);
}

/* A process orders and is killed while the clip is generated. */
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

/* Returns TRUE if @calls has all letters of @wanted in that order. */
static gboolean
has_in_order (const gchar *calls, gsize size, const gchar *wanted)
{
  for (gsize i = 0; i < size && *wanted; i++)
    wanted += calls[i] == *wanted;

  return *wanted == '\0';
}

/* Checks that the log was written to between @from and @to, and that the last
 * write is on disk. */
static void
assert_committed (const gchar *from, const gchar *to)
{
  gsize size = to - from;
  const gchar *written = memrchr (from, WRITTEN, size);
  const gchar *committed = memrchr (from, COMMITTED, size);

  fail_unless (
      written && committed && committed > written, "%s", seam.calls->str);
}

/* Tried with the first order, with an order after a clip that was played, and
 * with one that is never shared. */
GST_START_TEST (an_order_is_durable_before_it_goes_out)
{
  static const gchar *const properties[] = { "", "", "reuse=never" };
  const gchar *calls, *posted, *asked;

  if (__i__ > 0)
    test_play_elsewhere ("");
  begin_notes ();
  play (properties[__i__]);
  calls = seam.calls->str;
  GST_INFO ("%s", calls);
  posted = strchr (calls, POSTED);
  fail_unless (posted != NULL, "%s", calls);
  fail_unless (strchr (posted + 1, POSTED) == NULL);
  assert_committed (calls, posted);
  /* A new ledger is complete and synced before it gets its name. The names of
   * the ledger and of its log are then synced, too. */
  if (__i__ == 0)
    fail_unless (has_in_order (calls, posted - calls, "fndd"), "%s", calls);
  /* The task's id is on disk before the first poll. */
  asked = strchr (posted, ASKED);
  fail_unless (asked != NULL, "%s", calls);
  assert_committed (posted, asked);
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

/* EOS comes only after the bytes were checked and are on disk under the clip's
 * final name, because the application may cut the power after EOS. */
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
  fail_unless (asked && ended && has_in_order (asked, ended - asked, "frdw"),
      "%s", seam.calls->str);
  test_run_free (run);
}
GST_END_TEST

/* While this process is blocked between its look at the ledger and its claim,
 * another one plays a second clip of the same order, and a third one orders
 * again and is killed. This process must take up that last task. */
GST_START_TEST (who_was_held_up_takes_what_others_bought_meanwhile)
{
  TestRun *late;

  test_play_elsewhere ("");
  hold_next_claim ();
  late = test_run_new (CLIP "! fakesink");
  test_run_start (late, GST_STATE_PLAYING);
  wait_for_seam (&seam.held, 1);
  test_play_elsewhere ("");
  order_elsewhere ();
  assert_posts (service, 3);
  let_go ();
  test_run_wait (late, GST_MESSAGE_EOS);
  test_run_free (late);
  assert_posts (service, 3);
}
GST_END_TEST

/* Given a ledger without orders, a process that was held up takes up the task
 * of another one, too. */
GST_START_TEST (who_was_held_up_at_the_first_order_takes_anothers)
{
  TestRun *late = test_run_new (CLIP "! fakesink");

  hold_next_claim ();
  test_run_start (late, GST_STATE_PLAYING);
  wait_for_seam (&seam.held, 1);
  order_elsewhere ();
  assert_posts (service, 1);
  let_go ();
  test_run_wait (late, GST_MESSAGE_EOS);
  test_run_free (late);
  assert_posts (service, 1);
}
GST_END_TEST

/* The reverse: another process comes while this one is in the middle of its
 * claim. */
GST_START_TEST (who_comes_during_a_claim_waits_for_it)
{
  TestRun *ours = test_run_new (CLIP "! fakesink");
  g_autoptr (GSubprocess) other = NULL;
  gchar said[sizeof "submit\n"] = "";

  if (__i__ > 0)
    test_play_elsewhere ("");
  hold_inside_claim ();
  test_run_start (ours, GST_STATE_PLAYING);
  wait_for_seam (&seam.held, 1);
  other = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
      g_getenv ("SEEDANCE_PLAY"), CLIP "! fakesink", NULL);
  fail_unless (g_input_stream_read_all (g_subprocess_get_stdout_pipe (other),
      said, strlen ("submit\n"), NULL, NULL, NULL));
  fail_unless_equals_string (said, "submit\n");
  assert_posts (service, __i__);
  test_service_fault (service, "poll:hold");
  let_go ();
  /* Both processes poll the same task. */
  test_service_wait (service, "polls_held", 2);
  test_service_fault (service, "");
  test_service_release (service);
  test_run_wait (ours, GST_MESSAGE_EOS);
  fail_unless (g_subprocess_wait_check (other, NULL, NULL));
  test_run_free (ours);
  assert_posts (service, __i__ + 1);
}
GST_END_TEST

/* While another program holds the ledger, nobody can tell whether the clip was
 * paid for. */
GST_START_TEST (a_ledger_that_stays_held_orders_nothing)
{
  static const gchar *const lines[] = { "prompt=kite", "reuse=always" };
  TestRun *run;
  g_autoptr (GError) error = NULL;
  int end;

  test_play_elsewhere ("");
  end = test_ledger_hold ();
  run = test_run_new (CLIP "%s ! fakesink", lines[__i__]);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      strstr (error->message, "held by another program"), "%s", error->message);
  fail_unless (
      strstr (error->message, "Nothing was ordered"), "%s", error->message);
  test_run_free (run);
  assert_posts (service, 1);
  test_ledger_let_go (end);
  play (lines[__i__]);
  assert_posts (service, __i__ == 0 ? 2 : 1);
}
GST_END_TEST

GST_START_TEST (a_ledger_that_is_let_go_is_waited_for)
{
  TestRun *run = test_run_new (CLIP "prompt=kite ! fakesink");
  int end;

  test_play_elsewhere ("");
  end = test_ledger_hold ();
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_seam (&seam.refused, 1);
  assert_posts (service, 1);
  test_ledger_let_go (end);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

/* The service has refused the first try with a 429. The application flushes
 * while the element waits for the second try. */
GST_START_TEST (a_flush_during_a_back_off_orders_nothing)
{
  TestRun *run = test_run_new (CLIP "! fakesink");

  test_service_fault (service, "submit@1:status=429+retry-after=5");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "answers", 1);
  gst_element_send_event (run->src, gst_event_new_flush_start ());
  wait_for_seam (&seam.committed, 2);
  test_ledger_wait ("SELECT count(*) FROM attempts;", FALSE);
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
  tcase_add_loop_test (late, who_comes_during_a_claim_waits_for_it, 0, 2);
  tcase_add_loop_test (late, a_ledger_that_stays_held_orders_nothing, 0, 2);
  tcase_add_test (late, a_ledger_that_is_let_go_is_waited_for);
  tcase_add_test (late, a_flush_during_a_back_off_orders_nothing);

  return suite;
}

GST_CHECK_MAIN (moments)
