/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Simulates hours on air: which clips the planner begins, and when. */

#include "planner.h"

#define SECOND (G_GINT64_CONSTANT (1000000000))
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static SeedancePlanner *
make (guint max_in_flight, gint64 prefetch, guint max_orders)
{
  SeedancePlanner *planner = seedance_planner_new ();
  const SeedancePlannerLimits limits = { max_in_flight, prefetch, max_orders };

  seedance_planner_set_limits (planner, &limits);

  return planner;
}

static void
assert_plan (SeedancePlanner *planner, gint64 now, SeedancePlan plan)
{
  g_assert_cmpint (
      seedance_planner_ask (planner, now, 0, SEEDANCE_NEEDS_ORDER, NULL), ==,
      plan);
}

static void
begin_one (SeedancePlanner *planner, gint64 now)
{
  assert_plan (planner, now, SEEDANCE_PLAN_BEGIN);
  seedance_planner_begun (planner, now, SEEDANCE_NEEDS_ORDER);
}

static SeedanceFailed
fail_one (
    SeedancePlanner *planner, gint64 now, const gchar *reason, gboolean ordered)
{
  begin_one (planner, now);

  return seedance_planner_failed (
      planner, now, reason, SEEDANCE_NEEDS_ORDER, ordered);
}

static void
make_one (SeedancePlanner *planner, gint64 now)
{
  begin_one (planner, now);
  seedance_planner_ready (
      planner, now, SEEDANCE_NEEDS_ORDER, TRUE, 100 * SECOND, 5 * SECOND);
}

static void
test_tasks_in_flight_are_limited (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);

  for (guint i = 0; i < 3; i++)
    begin_one (planner, 0);
  assert_plan (planner, 0, SEEDANCE_PLAN_ENOUGH);
  g_assert_cmpuint (seedance_planner_get_in_flight (planner), ==, 3);
  /* Items that cost nothing have limits of their own. */
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
      SEEDANCE_PLAN_BEGIN);
  seedance_planner_dropped (planner, 0, SEEDANCE_NEEDS_ORDER, TRUE);
  assert_plan (planner, 0, SEEDANCE_PLAN_BEGIN);
  seedance_planner_free (planner);
}

static void
test_what_costs_nothing_is_limited_too (void)
{
  SeedancePlanner *planner = make (2, MINUTE, 0);

  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (
        seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
        SEEDANCE_PLAN_BEGIN);
    seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_FILE);
  }
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
      SEEDANCE_PLAN_ENOUGH);
  g_assert_cmpuint (seedance_planner_get_in_flight (planner), ==, 0);
  g_assert_cmpuint (seedance_planner_get_orders (planner), ==, 0);
  seedance_planner_ready (
      planner, 0, SEEDANCE_NEEDS_FILE, FALSE, SECOND, SECOND);
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
      SEEDANCE_PLAN_BEGIN);
  seedance_planner_free (planner);
}

/* Given clips that were ordered, but cannot be fetched, files begin at once and
 * orders go on. */
static void
test_clips_that_cannot_be_fetched_hold_up_no_file (void)
{
  SeedancePlanner *planner = make (2, MINUTE, 0);
  gint64 again;

  seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_FETCH);
  seedance_planner_failed (
      planner, 0, "not-authorized", SEEDANCE_NEEDS_FETCH, TRUE);
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FETCH, &again), ==,
      SEEDANCE_PLAN_LATER);
  g_assert_cmpint (again, ==, 2 * SECOND);
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
      SEEDANCE_PLAN_BEGIN);
  assert_plan (planner, 0, SEEDANCE_PLAN_BEGIN);
  for (guint i = 0; i < 2; i++)
    seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_FETCH);
  g_assert_cmpint (
      seedance_planner_ask (planner, again, 0, SEEDANCE_NEEDS_FETCH, NULL), ==,
      SEEDANCE_PLAN_FULL);
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
      SEEDANCE_PLAN_BEGIN);
  assert_plan (planner, 0, SEEDANCE_PLAN_BEGIN);
  seedance_planner_free (planner);
}

/* The planner begins an item only while less than the prefetch time is ready,
 * whether the item costs money or not. */
static void
test_enough_material_is_enough (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);

  for (guint free = 0; free < 2; free++) {
    g_assert_cmpint (seedance_planner_ask (planner, 0, MINUTE, free == 0, NULL),
        ==, SEEDANCE_PLAN_ENOUGH);
    g_assert_cmpint (
        seedance_planner_ask (planner, 0, MINUTE - 1, free == 0, NULL), ==,
        SEEDANCE_PLAN_BEGIN);
  }
  seedance_planner_free (planner);
}

static void
test_the_wait_doubles_up_to_minutes (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  gint64 now = 7 * HOUR, again, waits[12];

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++) {
    fail_one (planner, now, "network", FALSE);
    g_assert_cmpint (
        seedance_planner_ask (planner, now, 0, SEEDANCE_NEEDS_ORDER, &again),
        ==, SEEDANCE_PLAN_LATER);
    waits[i] = again - now;
    assert_plan (planner, again - 1, SEEDANCE_PLAN_LATER);
    now = again;
  }
  g_assert_cmpint (waits[0], ==, 2 * SECOND);
  g_assert_cmpint (waits[1], ==, 4 * SECOND);
  g_assert_cmpint (waits[11], ==, 5 * MINUTE);
  make_one (planner, now);
  fail_one (planner, now, "network", FALSE);
  seedance_planner_ask (planner, now, 0, SEEDANCE_NEEDS_ORDER, &again);
  g_assert_cmpint (again - now, ==, 2 * SECOND);
  seedance_planner_free (planner);
}

/* After a failure, the planner begins a single order. Only its success allows
 * several at once again. */
static void
test_after_a_failure_one_goes_ahead (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);

  fail_one (planner, 0, "failed", TRUE);
  begin_one (planner, MINUTE);
  assert_plan (planner, MINUTE, SEEDANCE_PLAN_ENOUGH);
  seedance_planner_ready (
      planner, 2 * MINUTE, SEEDANCE_NEEDS_ORDER, TRUE, MINUTE, 5 * SECOND);
  for (guint i = 0; i < 3; i++)
    begin_one (planner, 2 * MINUTE);
  seedance_planner_free (planner);
}

static void
test_moderation_is_the_items_fault_alone (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  gint64 now = 0, again;

  g_assert_cmpint (
      fail_one (planner, 0, "moderation", FALSE), ==, SEEDANCE_FAILED_FOR_GOOD);
  make_one (planner, 0);
  fail_one (planner, 0, "moderation", FALSE);
  /* The service refuses every order. */
  for (guint i = 0; i < 20; i++) {
    if (seedance_planner_ask (planner, now, 0, SEEDANCE_NEEDS_ORDER, &again) ==
        SEEDANCE_PLAN_LATER)
      now = again;
    fail_one (planner, now, "moderation", FALSE);
    g_assert_null (seedance_planner_get_block (planner));
  }
  g_assert_cmpint (now, >, 30 * MINUTE);
  seedance_planner_free (planner);
}

/* A restarted playout meets all items that failed in the run before. */
static void
test_what_is_known_to_fail_delays_nothing (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);

  for (guint i = 0; i < 100; i++)
    fail_one (planner, 0, i % 2 ? "attempts" : "no-file", FALSE);
  make_one (planner, 0);
  seedance_planner_free (planner);
}

typedef struct {
  const gchar *reason;
  guint failures; /* failures that stop new orders; 0: any number is fine */
} Breaker;

static const Breaker breakers[] = {
  { "not-authorized", 1 },
  { "quota", 1 },
  { "budget", 1 },
  { "machine", 1 },
  { "settings", 3 },
  { "not-found", 3 },
  { "failed", 5 },
  { "attempts", 0 },
  { "no-file", 0 },
  { "maybe-billed", 5 },
  { NULL, 5 },
  { "moderation", 0 },
  { "busy", 0 },
  { "network", 0 },
  { "hangs", 5 },
};

static void
test_what_no_retry_mends_opens_the_breaker (gconstpointer data)
{
  const Breaker *breaker = data;
  SeedancePlanner *planner = make (3, MINUTE, 0);
  gint64 now = 0;

  for (guint i = 1; i <= 20 && i != breaker->failures; i++) {
    fail_one (planner, now, breaker->reason, FALSE);
    g_assert_null (seedance_planner_get_block (planner));
    now += 10 * MINUTE;
  }
  if (breaker->failures > 0) {
    fail_one (planner, now, breaker->reason, FALSE);
    g_assert_cmpstr (seedance_planner_get_block (planner), ==,
        breaker->reason ? breaker->reason : "failed");
    assert_plan (planner, now + 9 * MINUTE, SEEDANCE_PLAN_BLOCKED);
    /* Items that cost nothing are still begun. */
    g_assert_cmpint (
        seedance_planner_ask (planner, now, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
        SEEDANCE_PLAN_BEGIN);
  }
  seedance_planner_free (planner);
}

static void
test_different_failures_do_not_open_it (void)
{
  static const gchar *const reasons[] = { "settings", "not-found", "failed",
    "expired" };
  SeedancePlanner *planner = make (3, MINUTE, 0);

  for (guint i = 0; i < 20; i++)
    fail_one (planner, i * HOUR, reasons[i % 4], FALSE);
  g_assert_null (seedance_planner_get_block (planner));
  seedance_planner_free (planner);
}

/* The account may be topped up at night: the planner tries again by itself. */
static void
test_a_blocked_planner_tries_again (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  const gint64 probe = 10 * MINUTE;

  fail_one (planner, 0, "quota", FALSE);
  assert_plan (planner, probe - 1, SEEDANCE_PLAN_BLOCKED);
  fail_one (planner, probe, "quota", FALSE);
  assert_plan (planner, 2 * probe - 1, SEEDANCE_PLAN_BLOCKED);
  begin_one (planner, 2 * probe);
  /* It tries one order at a time, however long that takes. */
  assert_plan (planner, HOUR, SEEDANCE_PLAN_BLOCKED);
  seedance_planner_ready (
      planner, HOUR, SEEDANCE_NEEDS_ORDER, TRUE, MINUTE, SECOND);
  g_assert_null (seedance_planner_get_block (planner));
  assert_plan (planner, HOUR, SEEDANCE_PLAN_BEGIN);
  seedance_planner_free (planner);
}

/* The clip of a probe may be stored, or another element orders it. What was
 * begun before the breaker opened is no probe. */
static void
test_a_probe_that_asks_nobody_does_not_count (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  const gint64 probe = 10 * MINUTE, at = probe + SECOND;

  seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_ORDER);
  fail_one (planner, 0, "quota", FALSE);
  seedance_planner_ready (
      planner, SECOND, SEEDANCE_NEEDS_ORDER, FALSE, SECOND, SECOND);
  assert_plan (planner, probe - 1, SEEDANCE_PLAN_BLOCKED);
  begin_one (planner, probe);
  assert_plan (planner, at, SEEDANCE_PLAN_BLOCKED);
  seedance_planner_ready (
      planner, at, SEEDANCE_NEEDS_ORDER, FALSE, SECOND, SECOND);
  g_assert_cmpstr (seedance_planner_get_block (planner), ==, "quota");
  begin_one (planner, at);
  seedance_planner_dropped (planner, at, SEEDANCE_NEEDS_ORDER, FALSE);
  fail_one (planner, at, "attempts", FALSE);
  fail_one (planner, at, "quota", FALSE);
  assert_plan (planner, at + probe - 1, SEEDANCE_PLAN_BLOCKED);
  /* One that may have been sent counts. */
  begin_one (planner, at + probe);
  seedance_planner_dropped (planner, at + probe, SEEDANCE_NEEDS_ORDER, TRUE);
  assert_plan (planner, at + 2 * probe - 1, SEEDANCE_PLAN_BLOCKED);
  seedance_planner_free (planner);
}

/* The breaker opens for nothing. Then the service accepts the orders again, and
 * their tasks fail. */
static void
test_probes_that_cost_money_are_rare (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  const gint64 probe = 10 * MINUTE;

  fail_one (planner, 0, "quota", FALSE);
  fail_one (planner, probe, "failed", TRUE);
  assert_plan (planner, probe + HOUR - 1, SEEDANCE_PLAN_BLOCKED);
  fail_one (planner, probe + HOUR, "failed", TRUE);
  /* One that is refused does not make them more frequent again. */
  fail_one (planner, probe + 2 * HOUR, "quota", FALSE);
  assert_plan (planner, probe + 3 * HOUR - 1, SEEDANCE_PLAN_BLOCKED);
  /* The operator's command does, and so does a clip. */
  seedance_planner_unblock (planner);
  fail_one (planner, 4 * HOUR, "quota", FALSE);
  assert_plan (planner, 4 * HOUR + probe - 1, SEEDANCE_PLAN_BLOCKED);
  assert_plan (planner, 4 * HOUR + probe, SEEDANCE_PLAN_BEGIN);
  seedance_planner_free (planner);
}

/* The operator can end the block without waiting. */
static void
test_the_operator_closes_it (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);

  fail_one (planner, 0, "not-authorized", FALSE);
  assert_plan (planner, SECOND, SEEDANCE_PLAN_BLOCKED);
  seedance_planner_unblock (planner);
  g_assert_null (seedance_planner_get_block (planner));
  assert_plan (planner, SECOND, SEEDANCE_PLAN_BEGIN);
  seedance_planner_free (planner);
}

/* A disk may stand still for a while; a clip may be damaged. */
static void
test_what_hangs_is_not_tried_for_ever (gconstpointer on_air)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  const guint most = on_air ? 1 : 7;

  for (guint i = 0; i < most; i++)
    g_assert_true (seedance_planner_hung (planner, "a", on_air != NULL));
  g_assert_false (seedance_planner_hung (planner, "a", on_air != NULL));
  g_assert_true (seedance_planner_hung (planner, "b", on_air != NULL));
  seedance_planner_free (planner);
}

typedef struct {
  const gchar *reason;
  gboolean ordered;
  SeedanceFailed failed;
} End;

static const End ends[] = {
  { "network", FALSE, SEEDANCE_FAILED_TRY_AGAIN },
  { "busy", FALSE, SEEDANCE_FAILED_TRY_AGAIN },
  { "not-authorized", FALSE, SEEDANCE_FAILED_TRY_AGAIN },
  { "quota", FALSE, SEEDANCE_FAILED_TRY_AGAIN },
  { "settings", FALSE, SEEDANCE_FAILED_FOR_GOOD },
  { "moderation", FALSE, SEEDANCE_FAILED_FOR_GOOD },
  { "failed", FALSE, SEEDANCE_FAILED_FOR_GOOD },
  { NULL, FALSE, SEEDANCE_FAILED_FOR_GOOD },
  { "network", TRUE, SEEDANCE_FAILED_FETCH_AGAIN },
  { "busy", TRUE, SEEDANCE_FAILED_FETCH_AGAIN },
  { "hangs", TRUE, SEEDANCE_FAILED_FOR_GOOD },
  { "maybe-billed", TRUE, SEEDANCE_FAILED_FOR_GOOD },
  { "not-authorized", TRUE, SEEDANCE_FAILED_FETCH_AGAIN },
  { "quota", TRUE, SEEDANCE_FAILED_FETCH_AGAIN },
  { "failed", TRUE, SEEDANCE_FAILED_FOR_GOOD },
};

/* An item that was ordered is never ordered again: its clip is fetched again,
 * or the item has failed for good. */
static void
test_what_was_ordered_is_never_ordered_again (gconstpointer data)
{
  const End *end = data;
  SeedancePlanner *planner = make (3, MINUTE, 0);

  g_assert_cmpint (
      fail_one (planner, 0, end->reason, end->ordered), ==, end->failed);
  g_assert_cmpuint (
      seedance_planner_get_orders (planner), ==, end->ordered ? 1 : 0);
  seedance_planner_free (planner);
}

/* Returns how many orders the planner begins within an hour, if the service
 * answers each of them in the same way within a second. The output asks the
 * planner ten times a second. */
static guint
count_orders_of_an_hour (const gchar *reason, gboolean ordered)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  gint64 begun[3];
  guint in_flight = 0, orders = 0;

  for (gint64 now = 0; now < HOUR; now += SECOND / 10) {
    while (in_flight > 0 && now - begun[0] >= SECOND) {
      seedance_planner_failed (
          planner, now, reason, SEEDANCE_NEEDS_ORDER, ordered);
      begun[0] = begun[1];
      begun[1] = begun[2];
      in_flight--;
    }
    while (seedance_planner_ask (planner, now, 0, SEEDANCE_NEEDS_ORDER, NULL) ==
           SEEDANCE_PLAN_BEGIN) {
      seedance_planner_begun (planner, now, SEEDANCE_NEEDS_ORDER);
      begun[in_flight++] = now;
      orders++;
    }
  }
  seedance_planner_free (planner);

  return orders;
}

/* Even if every order fails, the planner begins only a few orders in an
 * hour. */
static void
test_an_hour_of_failures_is_no_storm (void)
{
  static const struct {
    const gchar *reason;
    gboolean ordered;
    guint most;
  } hours[] = {
    { "not-authorized", FALSE, 3 + 5 },
    { "quota", FALSE, 3 + 5 },
    { "settings", FALSE, 3 + 6 },
    { "failed", TRUE, 5 },
    { "maybe-billed", TRUE, 5 },
    { "hangs", TRUE, 5 },
    { "network", FALSE, 25 },
    { "busy", FALSE, 25 },
    { "moderation", FALSE, 25 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (hours); i++) {
    const guint orders =
        count_orders_of_an_hour (hours[i].reason, hours[i].ordered);

    g_test_message ("%s: %u orders in an hour", hours[i].reason, orders);
    g_assert_cmpuint (orders, >=, 3);
    g_assert_cmpuint (orders, <=, hours[i].most);
  }
}

static void
test_no_more_than_max_orders (void)
{
  SeedancePlanner *planner = make (3, HOUR, 4);

  for (guint i = 0; i < 2; i++)
    make_one (planner, 0);
  for (guint i = 0; i < 2; i++)
    begin_one (planner, 0);
  assert_plan (planner, 0, SEEDANCE_PLAN_SPENT);
  g_assert_cmpint (
      seedance_planner_ask (planner, 0, 0, SEEDANCE_NEEDS_FILE, NULL), ==,
      SEEDANCE_PLAN_BEGIN);
  /* The first clip was already stored and the second order was refused; neither
   * costs anything. */
  seedance_planner_ready (
      planner, 0, SEEDANCE_NEEDS_ORDER, FALSE, SECOND, SECOND);
  begin_one (planner, 0);
  assert_plan (planner, 0, SEEDANCE_PLAN_SPENT);
  seedance_planner_failed (
      planner, 0, "moderation", SEEDANCE_NEEDS_ORDER, FALSE);
  begin_one (planner, 0);
  seedance_planner_failed (planner, 0, "failed", SEEDANCE_NEEDS_ORDER, TRUE);
  assert_plan (planner, HOUR, SEEDANCE_PLAN_SPENT);
  seedance_planner_dropped (planner, 0, SEEDANCE_NEEDS_ORDER, TRUE);
  assert_plan (planner, HOUR, SEEDANCE_PLAN_SPENT);
  g_assert_cmpuint (seedance_planner_get_orders (planner), ==, 4);
  seedance_planner_free (planner);
}

/* The planner estimates which share of the airtime the service can fill, and
 * when the next clip will be ready. */
static void
test_share_and_time_to_come (void)
{
  SeedancePlanner *planner = make (3, MINUTE, 0);
  static const gint64 took[] = { 90, 100, 300 };

  /* 5 s of video take 105 s, with three orders at once. */
  g_assert_cmpfloat_with_epsilon (
      seedance_planner_get_share (planner), 3 * 5 / 105.0, 1e-9);
  g_assert_cmpint (seedance_planner_get_eta (planner, HOUR, HOUR - SECOND), ==,
      104 * SECOND);
  for (guint i = 0; i < 3; i++) {
    seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_ORDER);
    seedance_planner_ready (
        planner, 0, SEEDANCE_NEEDS_ORDER, TRUE, took[i] * SECOND, 10 * SECOND);
  }
  /* A stored clip says nothing about the speed of the service. */
  seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_ORDER);
  seedance_planner_ready (
      planner, 0, SEEDANCE_NEEDS_ORDER, FALSE, SECOND, 60 * SECOND);
  g_assert_cmpfloat_with_epsilon (
      seedance_planner_get_share (planner), 3 * 10 / 100.0, 1e-9);
  g_assert_cmpint (seedance_planner_get_eta (planner, HOUR, HOUR - 40 * SECOND),
      ==, 60 * SECOND);
  g_assert_cmpint (seedance_planner_get_eta (planner, HOUR, 0), ==, 0);
  seedance_planner_free (planner);
}

static void
test_share_is_never_more_than_all (void)
{
  SeedancePlanner *planner = make (10, MINUTE, 0);

  for (guint i = 0; i < 40; i++) {
    seedance_planner_begun (planner, 0, SEEDANCE_NEEDS_ORDER);
    seedance_planner_ready (
        planner, 0, SEEDANCE_NEEDS_ORDER, TRUE, 100 * SECOND, 30 * SECOND);
  }
  g_assert_cmpfloat (seedance_planner_get_share (planner), ==, 1.0);
  seedance_planner_free (planner);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/planner/" path, test_##name)
  ADD ("in-flight", tasks_in_flight_are_limited);
  ADD ("free-in-flight", what_costs_nothing_is_limited_too);
  ADD ("fetches", clips_that_cannot_be_fetched_hold_up_no_file);
  ADD ("enough", enough_material_is_enough);
  ADD ("back-off", the_wait_doubles_up_to_minutes);
  ADD ("one-ahead", after_a_failure_one_goes_ahead);
  ADD ("moderation", moderation_is_the_items_fault_alone);
  ADD ("known", what_is_known_to_fail_delays_nothing);
  ADD ("different-failures", different_failures_do_not_open_it);
  ADD ("probe", a_blocked_planner_tries_again);
  ADD ("unsent-probe", a_probe_that_asks_nobody_does_not_count);
  ADD ("paid-probe", probes_that_cost_money_are_rare);
  ADD ("unblock", the_operator_closes_it);
  ADD ("hour-of-failures", an_hour_of_failures_is_no_storm);
  ADD ("max-orders", no_more_than_max_orders);
  ADD ("share-and-eta", share_and_time_to_come);
  ADD ("share-of-all", share_is_never_more_than_all);
  g_test_add_data_func (
      "/planner/hangs", NULL, test_what_hangs_is_not_tried_for_ever);
  g_test_add_data_func ("/planner/hangs-on-air", GINT_TO_POINTER (TRUE),
      test_what_hangs_is_not_tried_for_ever);
  for (gsize i = 0; i < G_N_ELEMENTS (breakers); i++) {
    g_autofree gchar *path = g_strdup_printf ("/planner/breaker/%s",
        breakers[i].reason ? breakers[i].reason : "none");

    g_test_add_data_func (
        path, &breakers[i], test_what_no_retry_mends_opens_the_breaker);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autofree gchar *path = g_strdup_printf ("/planner/end/%s-%s",
        ends[i].reason ? ends[i].reason : "none",
        ends[i].ordered ? "ordered" : "free");

    g_test_add_data_func (
        path, &ends[i], test_what_was_ordered_is_never_ordered_again);
  }

  return g_test_run ();
}
