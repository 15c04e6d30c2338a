/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The planner keeps a back-off for each kind of item, the breaker, and the
 * times that the last clips took. */
#include "planner.h"

#include <stdlib.h>

#define SECOND (G_GINT64_CONSTANT (1000000000))
#define MINUTE (60 * SECOND)

/* The delay after a first failure; each further failure doubles it. */
#define WAIT_FIRST (2 * SECOND)
#define WAIT_MAX (5 * MINUTE)
/* A blocked planner lets one order go ahead after this time: where a failure
 * costs nothing, and where it may cost money. */
#define PROBE_INTERVAL (10 * MINUTE)
#define PROBE_INTERVAL_PAID (60 * MINUTE)

/* How many equal failures in a row open the breaker: for reasons that may be
 * the fault of one item, and for all others. */
#define EQUAL_OF_ITEMS 3
#define EQUAL_OF_ANY 5

/* A clip that was paid for may hang this often before its item is passed over.
 * On air it counts more: viewers see the same part of it again each time. */
#define HANGS_MAX 8
#define HANGS_ON_AIR 4

/* How long clips take and how long they are, assumed until one was made: the
 * median of many accounts, and the default of the services. */
#define TOOK_FIRST (105 * SECOND)
#define LENGTH_FIRST (5 * SECOND)
#define HISTORY 16

/* What a failure says about the attempts to come. */
typedef enum {
  FAULT_OF_ACCOUNT, /* no retry mends it */
  FAULT_OF_ITEMS,   /* of one item, or of all if it repeats */
  FAULT_OF_PROMPT,  /* certainly of this item alone */
  FAULT_KNOWN,      /* the same, found without asking the service */
  FAULT_PASSING,    /* of the service, the network or the disk, for a while */
  FAULT_OTHER,
} Fault;

static const struct {
  const gchar *reason;
  Fault fault;
} faults[] = {
  { "not-authorized", FAULT_OF_ACCOUNT },
  { "quota", FAULT_OF_ACCOUNT },
  { "budget", FAULT_OF_ACCOUNT },
  { "machine", FAULT_OF_ACCOUNT },
  { "settings", FAULT_OF_ITEMS },
  { "not-found", FAULT_OF_ITEMS },
  { "moderation", FAULT_OF_PROMPT },
  { "attempts", FAULT_KNOWN },
  { "no-file", FAULT_KNOWN },
  { "busy", FAULT_PASSING },
  { "network", FAULT_PASSING },
};

/* The last values, in a ring. */
typedef struct {
  gint64 values[HISTORY];
  guint count, next;
} History;

/* Failures in a row, and the time until which they delay the next attempt. */
typedef struct {
  guint failures;
  gint64 until;
} BackOff;

struct _SeedancePlanner {
  SeedancePlannerLimits limits;
  guint orders;
  guint in_flight[SEEDANCE_N_NEEDS];
  BackOff waits[SEEDANCE_N_NEEDS];
  gboolean refused; /* moderation refused the last order */

  gchar *equal; /* reason of the last failures in a row */
  guint n_equal;
  gchar *block;
  gint64 probe_interval;
  gint64 blocked_at; /* or when the last probe began */
  gboolean is_probe; /* the planner was blocked when the last order began */
  GHashTable *hung;  /* id to how often it hung */

  History took, length;
};

static void
history_add (History *history, gint64 value)
{
  if (value <= 0)
    return;
  history->values[history->next] = value;
  history->next = (history->next + 1) % HISTORY;
  history->count = MIN (history->count + 1, HISTORY);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

static gint64
history_median (const History *history, gint64 fallback)
{
  History sorted = *history;

  if (sorted.count == 0)
    return fallback;
  qsort (sorted.values, sorted.count, sizeof sorted.values[0], compare_times);

  return sorted.values[sorted.count / 2];
}

static void
forget_failures (SeedancePlanner *planner)
{
  g_clear_pointer (&planner->equal, g_free);
  g_clear_pointer (&planner->block, g_free);
  planner->n_equal = 0;
  planner->refused = FALSE;
  planner->waits[SEEDANCE_NEEDS_ORDER] = (BackOff){ 0, 0 };
}

SeedancePlanner *
seedance_planner_new (void)
{
  SeedancePlanner *planner = g_new0 (SeedancePlanner, 1);

  planner->limits = (SeedancePlannerLimits){ 3, MINUTE, 0 };
  planner->hung = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return planner;
}

void
seedance_planner_free (SeedancePlanner *planner)
{
  if (!planner)
    return;
  forget_failures (planner);
  g_hash_table_unref (planner->hung);
  g_free (planner);
}

void
seedance_planner_set_limits (
    SeedancePlanner *planner, const SeedancePlannerLimits *limits)
{
  planner->limits = *limits;
  planner->limits.max_in_flight = MAX (limits->max_in_flight, 1);
}

/* A blocked planner sends one order at a time to find out whether the cause is
 * gone. */
static gboolean
may_probe (const SeedancePlanner *planner, gint64 now)
{
  return planner->in_flight[SEEDANCE_NEEDS_ORDER] == 0 &&
         now - planner->blocked_at >= planner->probe_interval;
}

static gboolean
is_waiting (const BackOff *back_off, gint64 now, gint64 *again)
{
  if (back_off->failures == 0 || now >= back_off->until)
    return FALSE;
  *again = back_off->until;

  return TRUE;
}

static gboolean
is_full (const SeedancePlanner *planner, SeedanceNeeds needs)
{
  return planner->in_flight[needs] >= planner->limits.max_in_flight;
}

static gboolean
is_enough (const SeedancePlanner *planner, gint64 ready)
{
  return ready >= planner->limits.prefetch_time;
}

static SeedancePlan
ask_for_order (
    SeedancePlanner *planner, gint64 now, gint64 ready, gint64 *again)
{
  if (planner->block && !may_probe (planner, now))
    return SEEDANCE_PLAN_BLOCKED;
  if (planner->limits.max_orders > 0 &&
      planner->orders >= planner->limits.max_orders)
    return SEEDANCE_PLAN_SPENT;
  if (is_enough (planner, ready) || is_full (planner, SEEDANCE_NEEDS_ORDER))
    return SEEDANCE_PLAN_ENOUGH;
  /* After a failure one order goes ahead alone, because several would fail at
   * once. */
  if (planner->waits[SEEDANCE_NEEDS_ORDER].failures > 0 &&
      planner->in_flight[SEEDANCE_NEEDS_ORDER] > 0)
    return SEEDANCE_PLAN_ENOUGH;

  return is_waiting (&planner->waits[SEEDANCE_NEEDS_ORDER], now, again)
             ? SEEDANCE_PLAN_LATER
             : SEEDANCE_PLAN_BEGIN;
}

SeedancePlan
seedance_planner_ask (SeedancePlanner *planner, gint64 now, gint64 ready,
    SeedanceNeeds needs, gint64 *again)
{
  gint64 unused;

  if (!again)
    again = &unused;
  *again = now;
  if (needs == SEEDANCE_NEEDS_ORDER)
    return ask_for_order (planner, now, ready, again);
  if (is_enough (planner, ready))
    return SEEDANCE_PLAN_ENOUGH;
  if (is_full (planner, needs))
    return needs == SEEDANCE_NEEDS_FETCH ? SEEDANCE_PLAN_FULL
                                         : SEEDANCE_PLAN_ENOUGH;

  return is_waiting (&planner->waits[needs], now, again) ? SEEDANCE_PLAN_LATER
                                                         : SEEDANCE_PLAN_BEGIN;
}

void
seedance_planner_begun (
    SeedancePlanner *planner, gint64 now, SeedanceNeeds needs)
{
  planner->in_flight[needs]++;
  if (needs != SEEDANCE_NEEDS_ORDER)
    return;
  planner->orders++;
  /* A blocked planner waits from this order on until its next probe. */
  planner->blocked_at = now;
  planner->is_probe = planner->block != NULL;
}

static void
end_one (SeedancePlanner *planner, SeedanceNeeds needs, gboolean ordered)
{
  g_return_if_fail (planner->in_flight[needs] > 0);
  planner->in_flight[needs]--;
  if (needs == SEEDANCE_NEEDS_ORDER && !ordered && planner->orders > 0)
    planner->orders--;
}

/* A probe has ended and nothing was sent for it, such as one whose clip was
 * stored. It has cost nothing and found out nothing, so the next one may begin
 * at once. */
static void
note_unsent (SeedancePlanner *planner, gint64 now)
{
  if (planner->block && planner->is_probe)
    planner->blocked_at = now - planner->probe_interval;
}

void
seedance_planner_ready (SeedancePlanner *planner, gint64 now,
    SeedanceNeeds needs, gboolean ordered, gint64 took, gint64 length)
{
  end_one (planner, needs, ordered);
  if (needs != SEEDANCE_NEEDS_ORDER) {
    planner->waits[needs] = (BackOff){ 0, 0 };
    return;
  }
  /* A clip that was stored before says nothing about the service. */
  if (ordered) {
    history_add (&planner->took, took);
    history_add (&planner->length, length);
    forget_failures (planner);
  } else {
    note_unsent (planner, now);
  }
}

void
seedance_planner_dropped (
    SeedancePlanner *planner, gint64 now, SeedanceNeeds needs, gboolean ordered)
{
  end_one (planner, needs, ordered);
  if (needs == SEEDANCE_NEEDS_ORDER && !ordered)
    note_unsent (planner, now);
}

static void
hold_back (BackOff *back_off, gint64 now)
{
  const guint doubled = MIN (back_off->failures, 10);

  back_off->failures++;
  back_off->until = now + MIN (WAIT_FIRST << doubled, WAIT_MAX);
}

static Fault
find_fault (const gchar *reason)
{
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    if (g_strcmp0 (reason, faults[i].reason) == 0)
      return faults[i].fault;
  }

  return FAULT_OTHER;
}

static gboolean
opens_breaker (Fault fault, guint n_equal)
{
  switch (fault) {
    case FAULT_OF_ACCOUNT:
      return TRUE;
    case FAULT_OF_ITEMS:
      return n_equal >= EQUAL_OF_ITEMS;
    case FAULT_OTHER:
      return n_equal >= EQUAL_OF_ANY;
    default:
      return FALSE;
  }
}

static void
count_equal (SeedancePlanner *planner, const gchar *reason)
{
  if (g_strcmp0 (planner->equal, reason) != 0) {
    g_free (planner->equal);
    planner->equal = g_strdup (reason);
    planner->n_equal = 0;
  }
  planner->n_equal++;
}

static void
note_failure (SeedancePlanner *planner, gint64 now, const gchar *reason,
    Fault fault, gboolean ordered)
{
  if (fault == FAULT_KNOWN) {
    note_unsent (planner, now);
    return;
  }
  if (fault == FAULT_OF_PROMPT) {
    /* Two refusals in a row: the service may refuse everything, so slow
     * down. */
    if (planner->refused)
      hold_back (&planner->waits[SEEDANCE_NEEDS_ORDER], now);
    planner->refused = TRUE;
    return;
  }
  planner->refused = FALSE;
  hold_back (&planner->waits[SEEDANCE_NEEDS_ORDER], now);
  count_equal (planner, reason ? reason : "failed");
  if (planner->block) {
    planner->blocked_at = now;
    if (ordered)
      planner->probe_interval = PROBE_INTERVAL_PAID;
  } else if (opens_breaker (fault, planner->n_equal)) {
    planner->block = g_strdup (planner->equal);
    planner->blocked_at = now;
    planner->probe_interval = ordered ? PROBE_INTERVAL_PAID : PROBE_INTERVAL;
  }
}

SeedanceFailed
seedance_planner_judge (const gchar *reason, gboolean ordered)
{
  const Fault fault = find_fault (reason);

  /* Neither an outage nor a key that is refused is the end of a task. */
  if (fault != FAULT_PASSING && fault != FAULT_OF_ACCOUNT)
    return SEEDANCE_FAILED_FOR_GOOD;

  return ordered ? SEEDANCE_FAILED_FETCH_AGAIN : SEEDANCE_FAILED_TRY_AGAIN;
}

SeedanceFailed
seedance_planner_failed (SeedancePlanner *planner, gint64 now,
    const gchar *reason, SeedanceNeeds needs, gboolean ordered)
{
  const Fault fault = find_fault (reason);

  end_one (planner, needs, ordered);
  if (needs == SEEDANCE_NEEDS_ORDER)
    note_failure (planner, now, reason, fault, ordered);
  else
    hold_back (&planner->waits[needs], now);

  return seedance_planner_judge (reason, ordered);
}

gboolean
seedance_planner_hung (
    SeedancePlanner *planner, const gchar *id, gboolean on_air)
{
  const guint before =
      GPOINTER_TO_UINT (g_hash_table_lookup (planner->hung, id));
  const guint hung = before + (on_air ? HANGS_ON_AIR : 1);

  g_hash_table_replace (planner->hung, g_strdup (id), GUINT_TO_POINTER (hung));

  return hung < HANGS_MAX;
}

const gchar *
seedance_planner_get_block (SeedancePlanner *planner)
{
  return planner->block;
}

void
seedance_planner_unblock (SeedancePlanner *planner)
{
  forget_failures (planner);
}

guint
seedance_planner_get_orders (SeedancePlanner *planner)
{
  return planner->orders;
}

guint
seedance_planner_get_in_flight (SeedancePlanner *planner)
{
  return planner->in_flight[SEEDANCE_NEEDS_ORDER];
}

gint64
seedance_planner_get_eta (SeedancePlanner *planner, gint64 now, gint64 begun)
{
  const gint64 took = history_median (&planner->took, TOOK_FIRST);

  return MAX (begun + took - now, 0);
}

gdouble
seedance_planner_get_share (SeedancePlanner *planner)
{
  const gint64 took = history_median (&planner->took, TOOK_FIRST);
  const gint64 length = history_median (&planner->length, LENGTH_FIRST);
  const gdouble share = (gdouble) planner->limits.max_in_flight *
                        (gdouble) length / (gdouble) took;

  return MIN (share, 1.0);
}
