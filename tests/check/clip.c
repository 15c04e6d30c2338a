/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's handle on a clip (client/clip.h), without a pipeline. The owner
 * of a handle starts it without a thread that waits, and a callback tells the
 * owner about changes. "Yes" and "no" below are the owner's answers when the
 * client asks whether it may spend money. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "clip.h"
#include "home.h"
#include "http.h"
#include "post.h"
#include "record.h"
#include "way.h"

#define ALWAYS G_MAXINT

static GMutex told_lock;
static GCond told;
static guint changes; /* calls of on_change(); under told_lock */
static GMutex held;   /* locked while a test blocks the network thread */

static gint disk_is_full; /* atomic */

/* Replaces the function of the C library, which the client calls to reserve
 * room for the ledger. */
int
posix_fallocate (int fd, off_t offset, off_t size)
{
  if (g_atomic_int_get (&disk_is_full))
    return ENOSPC;

  return ftruncate (fd, offset + size) == 0 ? 0 : errno;
}

typedef struct {
  SeedanceClip *clip;
  gint says_yes; /* atomic; how many times yes, then no */
} Owner;

static void
on_change (gpointer user_data)
{
  g_mutex_lock (&told_lock);
  changes++;
  g_cond_broadcast (&told);
  g_mutex_unlock (&told_lock);
}

static gboolean
may_spend (gpointer user_data, GError **error)
{
  Owner *owner = user_data;

  if (g_atomic_int_get (&owner->says_yes) == ALWAYS ||
      g_atomic_int_add (&owner->says_yes, -1) > 0)
    return TRUE;
  g_set_error_literal (
      error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, "the owner says no");

  return FALSE;
}

static SeedanceOrder *
new_order_of (const gchar *prompt)
{
  SeedanceOrder *order = seedance_order_new ();
  g_autoptr (GError) error = NULL;

  order->request->prompt = g_strdup (prompt);
  order->request->resolution = g_strdup ("480p");
  order->request->duration = 1;
  order->request->seed = 7;
  order->reuse = SEEDANCE_REUSE_ALWAYS;
  order->poll_interval = 100;
  fail_unless (seedance_order_prepare (order, &error), "%s",
      error ? error->message : "");

  return order;
}

static SeedanceOrder *
new_order (void)
{
  return new_order_of ("boat");
}

static void
owner_open (Owner *owner, gint says_yes)
{
  g_autoptr (SeedanceOrder) order = new_order ();

  owner->says_yes = says_yes;
  owner->clip = seedance_clip_new (on_change, may_spend, owner);
  fail_unless (seedance_clip_open (owner->clip, order, NULL));
}

static void
owner_start (Owner *owner, gint says_yes)
{
  owner_open (owner, says_yes);
  seedance_clip_start (owner->clip);
}

static gboolean
is_over (Owner *owner)
{
  SeedanceClipState state;

  seedance_clip_get_state (owner->clip, &state);
  seedance_clip_state_clear (&state);

  return state.phase == SEEDANCE_PHASE_READY ||
         state.phase == SEEDANCE_PHASE_FAILED;
}

static guint
get_changes (void)
{
  guint seen;

  g_mutex_lock (&told_lock);
  seen = changes;
  g_mutex_unlock (&told_lock);

  return seen;
}

/* Waits until the clip is ready or has failed. Does not ask for the state with
 * told_lock held, because the client holds its own lock when it calls
 * on_change(). */
static void
owner_wait (Owner *owner)
{
  guint seen;

  for (seen = get_changes (); !is_over (owner); seen = get_changes ()) {
    g_mutex_lock (&told_lock);
    while (changes == seen)
      g_cond_wait (&told, &told_lock);
    g_mutex_unlock (&told_lock);
  }
}

/* Checks that the clip is that of the service's first task, byte for byte. */
static void
owner_read (Owner *owner)
{
  g_autoptr (GBytes) clip = test_service_get_clip (service, 0);
  const gsize size = g_bytes_get_size (clip);
  g_autofree guint8 *data = g_malloc (size);
  g_autoptr (GError) error = NULL;
  SeedanceClipState state;

  seedance_clip_get_state (owner->clip, &state);
  fail_unless_equals_int64 (state.download.size, (gint64) size);
  seedance_clip_state_clear (&state);
  fail_unless (
      seedance_clip_read (owner->clip, 0, data, size, &error) == (gssize) size,
      "%s", error ? error->message : "");
  fail_unless (memcmp (data, g_bytes_get_data (clip, NULL), size) == 0);
}

static void
owner_finish (Owner *owner)
{
  g_autoptr (GError) error = NULL;

  owner_wait (owner);
  error = seedance_clip_get_error (owner->clip);
  fail_unless (!error, "%s", error ? error->message : "");
  owner_read (owner);
  seedance_clip_free (owner->clip);
}

/* Checks that the clip failed with the owner's refusal. */
static void
owner_fail (Owner *owner)
{
  g_autoptr (GError) error = NULL;

  owner_wait (owner);
  error = seedance_clip_get_error (owner->clip);
  fail_unless (
      g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS));
  fail_unless (g_str_has_prefix (error->message, "the owner says no"), "%s",
      error->message);
  seedance_clip_free (owner->clip);
}

GST_START_TEST (two_of_one_order_cost_one)
{
  Owner first, second;

  owner_start (&first, ALWAYS);
  owner_start (&second, ALWAYS);
  owner_finish (&first);
  owner_finish (&second);
  assert_posts (service, 1);
}
GST_END_TEST

/* After seedance_clip_start() a flush does not stop the order, because no
 * thread has to wait for it. */
GST_START_TEST (who_was_started_goes_on_when_flushed)
{
  Owner owner;

  owner_open (&owner, ALWAYS);
  seedance_clip_set_flushing (owner.clip, TRUE);
  seedance_clip_start (owner.clip);
  owner_finish (&owner);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (who_was_opened_alone_orders_nothing)
{
  Owner opened, other;

  owner_open (&opened, ALWAYS);
  fail_if (is_over (&opened));
  assert_posts (service, 0);
  /* A handle that was only opened shares what another handle orders. */
  owner_start (&other, ALWAYS);
  owner_finish (&opened);
  owner_finish (&other);
  assert_posts (service, 1);
}
GST_END_TEST

GST_START_TEST (who_may_not_spend_orders_nothing)
{
  Owner poor, rich;

  owner_start (&poor, 0);
  owner_fail (&poor);
  assert_posts (service, 0);
  owner_start (&rich, ALWAYS);
  owner_finish (&rich);
  /* An owner that may not spend still gets a clip that was paid for. */
  owner_start (&poor, 0);
  owner_finish (&poor);
  assert_posts (service, 1);
}
GST_END_TEST

/* The owner says yes when the clip is opened and when the ledger is asked, and
 * no when the order would be sent. */
GST_START_TEST (who_may_spend_no_more_orders_nothing)
{
  Owner owner;

  owner_start (&owner, 2);
  owner_fail (&owner);
  assert_posts (service, 0);
  owner_start (&owner, ALWAYS);
  owner_finish (&owner);
  assert_posts (service, 1);
}
GST_END_TEST

/* Closing the only handle cancels an order that was not sent. The next handle
 * orders at once. */
GST_START_TEST (who_leaves_takes_the_order_back)
{
  TestWay *way = test_way_new ();
  Owner owner;

  test_way_close (way, TEST_PEER_FULL);
  owner_start (&owner, ALWAYS);
  test_way_wait (way);
  seedance_clip_free (owner.clip);
  test_way_open (way);
  assert_posts (service, 0);
  owner_start (&owner, ALWAYS);
  owner_finish (&owner);
  assert_posts (service, 1);
  test_way_free (way);
}
GST_END_TEST

/* The clip changes at the service before anybody has read of it, so it is
 * fetched from its beginning once more. What comes after that counts as
 * progress, although the bytes of before were more. */
GST_START_TEST (a_download_that_begins_anew_may_break_again)
{
  g_autoptr (SeedanceOrder) order = new_order ();
  Owner owner = { .says_yes = ALWAYS };

  order->retries = 1;
  test_service_set (service, "{\"layout\":\"moov-first\"}");
  test_service_fault (service,
      "clip@1:truncate=80%\nclip@2:html\n"
      "clip@3:truncate=20%\nclip@4:truncate=40%\nend:drop");
  owner.clip = seedance_clip_new (on_change, may_spend, &owner);
  fail_unless (seedance_clip_open (owner.clip, order, NULL));
  seedance_clip_start (owner.clip);
  owner_finish (&owner);
  assert_count (service, "clip_requests", 5);
  assert_posts (service, 1);
}
GST_END_TEST

static void
wait_for_test (gpointer user_data)
{
  g_mutex_lock (&held);
  g_mutex_unlock (&held);
}

/* The order is cancelled while the second handle is already open. The job is
 * idle after that, and without a waiting thread only the start of the second
 * handle can wake it. */
GST_START_TEST (who_comes_before_it_is_taken_back_is_not_forgotten)
{
  TestWay *way = test_way_new ();
  Owner gone, back;

  test_way_close (way, TEST_PEER_FULL);
  owner_start (&gone, ALWAYS);
  test_way_wait (way);
  test_way_open (way);
  g_mutex_lock (&held);
  seedance_net_invoke (wait_for_test, NULL);
  seedance_clip_free (gone.clip);
  owner_start (&back, ALWAYS);
  g_mutex_unlock (&held);
  owner_finish (&back);
  assert_posts (service, 1);
  test_way_free (way);
}
GST_END_TEST

/* Closing the handle of an order that was sent loses nothing: the job goes on
 * without an owner, and the next handle gets the clip. */
GST_START_TEST (who_leaves_later_loses_nothing)
{
  Owner owner;

  test_service_fault (service, "submit:hold");
  owner_start (&owner, ALWAYS);
  test_service_wait (service, "submits_held", 1);
  seedance_clip_free (owner.clip);
  test_service_fault (service, "");
  test_service_release (service);
  owner_start (&owner, ALWAYS);
  owner_finish (&owner);
  assert_posts (service, 1);
}
GST_END_TEST

/* Waits for a byte of the clip of @user_data until the wait fails. */
static gpointer
wait_for_byte (gpointer user_data)
{
  SeedanceClip *clip = user_data;
  const guint ticket = seedance_clip_enter (clip);
  GError *error = NULL;
  SeedanceWait wait;
  guint serial = 0;
  gsize size = 1;

  do {
    wait = seedance_clip_wait (clip, ticket, 0, &size, TRUE, &serial, &error);
  } while (wait == SEEDANCE_WAIT_CHANGED);
  seedance_clip_leave (clip);

  return error;
}

/* A thread that closes a handle may be another one than that which interrupts
 * its waits, and be the first. */
GST_START_TEST (who_is_closed_waits_no_longer)
{
  g_autoptr (GError) error = NULL;
  GThread *waiter;
  Owner owner;

  test_service_fault (service, "submit:hold");
  owner_open (&owner, ALWAYS);
  waiter = g_thread_new ("waiter", wait_for_byte, owner.clip);
  test_service_wait (service, "submits_held", 1);
  seedance_clip_close (owner.clip);
  error = g_thread_join (waiter);
  fail_unless (
      g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_INTERRUPTED));
  seedance_clip_free (owner.clip);
  test_service_fault (service, "");
  test_service_release (service);
}
GST_END_TEST

static gpointer
open_and_close (gpointer unused)
{
  Owner owner;

  owner_open (&owner, ALWAYS);
  seedance_clip_free (owner.clip);

  return NULL;
}

/* A log handler of the application, which waits for another thread. */
static void
on_message (const gchar *domain, GLogLevelFlags level, const gchar *text,
    gpointer user_data)
{
  if (!g_str_has_prefix (text, "The service asks for a wait"))
    return;
  g_thread_join (g_thread_new ("handler", open_and_close, NULL));
  on_change (NULL);
}

/* Nobody is left to be warned, so the warning goes to the log. No lock is held
 * meanwhile, which another thread might need. */
GST_START_TEST (who_handles_the_log_may_wait)
{
  const guint handler =
      g_log_set_handler (NULL, G_LOG_LEVEL_MESSAGE, on_message, NULL);
  Owner owner;
  guint seen;

  test_service_fault (service, "submit:hold+status=429+retry-after=60");
  owner_start (&owner, ALWAYS);
  test_service_wait (service, "submits_held", 1);
  seedance_clip_free (owner.clip);
  seen = get_changes ();
  test_service_release (service);
  g_mutex_lock (&told_lock);
  while (changes == seen)
    g_cond_wait (&told, &told_lock);
  g_mutex_unlock (&told_lock);
  g_log_remove_handler (NULL, handler);
  assert_posts (service, 1);
}
GST_END_TEST

/* Opens and starts a handle whose job no earlier handle has. */
static void
owner_start_anew (Owner *owner, const gchar *prompt)
{
  g_autoptr (SeedanceOrder) order = new_order_of (prompt);
  g_autofree gchar *reserve =
      g_build_filename (order->state_dir, "ledger.reserve", NULL);

  order->allow_local_links = TRUE;
  g_unlink (reserve);
  owner->says_yes = ALWAYS;
  owner->clip = seedance_clip_new (on_change, may_spend, owner);
  fail_unless (seedance_clip_open (owner->clip, order, NULL));
  seedance_clip_start (owner->clip);
}

/* No room can be reserved, so nothing may be ordered. What is stored needs
 * none. */
GST_START_TEST (a_stored_clip_is_played_from_a_full_disk)
{
  Owner first, again, other;
  g_autoptr (GError) error = NULL;

  owner_start (&first, ALWAYS);
  owner_finish (&first);
  g_atomic_int_set (&disk_is_full, TRUE);
  owner_start_anew (&again, "boat");
  owner_finish (&again);
  owner_start_anew (&other, "another boat");
  owner_wait (&other);
  error = seedance_clip_get_error (other.clip);
  fail_unless (
      g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE));
  fail_unless (g_str_has_prefix (error->message,
                   "Nothing was ordered and nothing is billed."),
      "%s", error->message);
  seedance_clip_free (other.clip);
  g_atomic_int_set (&disk_is_full, FALSE);
  assert_posts (service, 1);
}
GST_END_TEST

typedef struct {
  SeedanceHttpSettings settings;
  SeedanceHttpOutcome outcome; /* under told_lock */
  gboolean done;
} Post;

static void
on_post_done (const SeedanceHttpAnswer *answer, gpointer user_data)
{
  Post *post = user_data;

  g_mutex_lock (&told_lock);
  post->outcome = answer->outcome;
  post->done = TRUE;
  g_cond_broadcast (&told);
  g_mutex_unlock (&told_lock);
}

static void
start_post (gpointer user_data)
{
  static const SeedanceHttpHandler handler = { .done = on_post_done };
  Post *post = user_data;
  g_autofree gchar *url = g_strconcat (
      test_service_get_api (service), "/v1/videos/text-to-video", NULL);
  const SeedanceHttpRequest request = {
    .url = url, .json = "{\"prompt\":\"boat\"}", .limit = 100
  };

  seedance_http_start (&post->settings, &request, &handler, post);
}

/* The timeout alone would let this one wait for four hours. */
GST_START_TEST (a_post_ends_at_its_limit)
{
  Post post = { .settings = { .timeout = 3600 } };

  test_service_fault (service, "submit:hang");
  fail_unless (seedance_http_ensure (NULL));
  seedance_net_invoke (start_post, &post);
  g_mutex_lock (&told_lock);
  while (!post.done)
    g_cond_wait (&told, &told_lock);
  g_mutex_unlock (&told_lock);
  fail_unless_equals_int (post.outcome, SEEDANCE_HTTP_BROKEN);
}
GST_END_TEST

/* However long each request takes, the last one ends before another process
 * takes the order for lost. */
GST_START_TEST (an_order_and_its_repeats_end_in_time)
{
  static const guint longest[] = { 60000, 240000, 14400000 };
  const guint64 overdue = 1000;
  guint64 age = 0;
  guint limit;

  while ((limit = seedance_post_limit (age)) > 0)
    age += MIN (limit, longest[__i__]) + overdue;
  fail_unless (age > (SEEDANCE_ANSWER_MAX - 120) * 1000);
  fail_unless (age < (SEEDANCE_ANSWER_MAX - 30) * 1000);
}
GST_END_TEST

static Suite *
clip_suite (void)
{
  Suite *suite = suite_create ("clip");
  TCase *tcase = test_case_new (suite, "clip");

  tcase_add_test (tcase, two_of_one_order_cost_one);
  tcase_add_test (tcase, who_was_started_goes_on_when_flushed);
  tcase_add_test (tcase, who_was_opened_alone_orders_nothing);
  tcase_add_test (tcase, who_may_not_spend_orders_nothing);
  tcase_add_test (tcase, who_may_spend_no_more_orders_nothing);
  tcase_add_test (tcase, who_leaves_takes_the_order_back);
  tcase_add_test (tcase, a_download_that_begins_anew_may_break_again);
  tcase_add_test (tcase, who_comes_before_it_is_taken_back_is_not_forgotten);
  tcase_add_test (tcase, who_leaves_later_loses_nothing);
  tcase_add_test (tcase, who_is_closed_waits_no_longer);
  tcase_add_test (tcase, who_handles_the_log_may_wait);
  tcase_add_test (tcase, a_stored_clip_is_played_from_a_full_disk);
  tcase_add_test (tcase, a_post_ends_at_its_limit);
  tcase_add_loop_test (tcase, an_order_and_its_repeats_end_in_time, 0, 3);

  return suite;
}

GST_CHECK_MAIN (clip)
