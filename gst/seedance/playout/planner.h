/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides when the next item of a rundown may be begun. A failed order delays
 * the next one (back-off). Failures that would repeat stop all orders: the
 * breaker opens, and the planner is blocked.
 *
 * Arithmetic only: no clock, no thread, and no lock (the caller holds one). All
 * times are nanoseconds; @now comes from any clock that never goes back. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedancePlanner SeedancePlanner;

typedef struct {
  guint max_in_flight;  /* orders that are begun and not ready; >= 1 */
  gint64 prefetch_time; /* begin nothing while so much is ready */
  guint max_orders;     /* of one run; 0 = no limit */
} SeedancePlannerLimits;

/* What an item needs. Each kind has a back-off and a count of its own, so that
 * clips that cannot be fetched do not hold up files. */
typedef enum {
  SEEDANCE_NEEDS_FILE,  /* a file or an address */
  SEEDANCE_NEEDS_ORDER, /* may cost money */
  SEEDANCE_NEEDS_FETCH, /* the clip of a task that was ordered before */
  SEEDANCE_N_NEEDS
} SeedanceNeeds;

typedef enum {
  SEEDANCE_PLAN_BEGIN,   /* begin it now */
  SEEDANCE_PLAN_ENOUGH,  /* enough is ready or in preparation */
  SEEDANCE_PLAN_LATER,   /* back-off after a failure: ask again at *again */
  SEEDANCE_PLAN_BLOCKED, /* the breaker is open */
  SEEDANCE_PLAN_SPENT,   /* max-orders is reached */
  SEEDANCE_PLAN_FULL,    /* enough clips are being fetched; others may begin */
} SeedancePlan;

typedef enum {
  SEEDANCE_FAILED_FOR_GOOD,  /* the item is passed over */
  SEEDANCE_FAILED_TRY_AGAIN, /* nothing was ordered: the item stays */
  /* The item was ordered, and its clip can still be fetched: the failure was an
   * outage, or the account was refused. The item stays, and the caller begins
   * it again with the task's id, which orders nothing. A caller that does not
   * know the id passes the item over. */
  SEEDANCE_FAILED_FETCH_AGAIN,
} SeedanceFailed;

SeedancePlanner *seedance_planner_new (void);
void seedance_planner_free (SeedancePlanner *planner);
void seedance_planner_set_limits (
    SeedancePlanner *planner, const SeedancePlannerLimits *limits);

/* Asks whether the next item may be begun. @ready: duration of the material
 * that is ready and not shown yet. *@again (may be NULL) gets the time when a
 * LATER ends.
 *
 * max_in_flight counts the items of each kind. The breaker and max_orders hold
 * back orders only. After a failed order one order at a time goes out, until a
 * clip that was ordered is ready. */
SeedancePlan seedance_planner_ask (SeedancePlanner *planner, gint64 now,
    gint64 ready, SeedanceNeeds needs, gint64 *again);

/* The item was begun; an order takes one of max_orders. Every begun item ends
 * with one of the next three calls. Their @ordered says that a POST went out
 * for the item, or may have. If none did, the order is given back to
 * max_orders. */
void seedance_planner_begun (
    SeedancePlanner *planner, gint64 now, SeedanceNeeds needs);
/* The item is ready. @took: time since it was begun; @length: duration of the
 * clip. An order that was sent closes the breaker and ends the back-off of
 * orders. An item that is no order ends the back-off of its own kind. */
void seedance_planner_ready (SeedancePlanner *planner, gint64 now,
    SeedanceNeeds needs, gboolean ordered, gint64 took, gint64 length);
/* The item failed. @reason: as in seedancesrc's errors (not-authorized, quota,
 * moderation, busy, network, …); NULL for anything else. It delays the next
 * item of its kind, by 2 s at first, doubled by each further failure up to 5
 * minutes.
 *
 * Failed orders open the breaker:
 * - at once: not-authorized, quota, budget, machine;
 * - as the third equal one in a row: settings, not-found. These can be the
 *   fault of one item or of all, such as an unknown model;
 * - as the fifth equal one in a row: any other reason except the following.
 *
 * busy and network never open the breaker. moderation does not either, because
 * one prompt is at fault; it delays the next order only if moderation refused
 * the order before, too. attempts and no-file are found without asking the
 * service and do not delay later orders. An item that was ordered is never
 * ordered again. */
SeedanceFailed seedance_planner_failed (SeedancePlanner *planner, gint64 now,
    const gchar *reason, SeedanceNeeds needs, gboolean ordered);
/* What a failure means for an item whose order was sent (@ordered), or was not;
 * the planner notes nothing. For a clip that was ready before. */
SeedanceFailed seedance_planner_judge (const gchar *reason, gboolean ordered);
/* The clip of the item @id made no step for too long, in preparation or on air.
 * The disk may have stood still, so it is worth another try. Returns FALSE if
 * it hung too often. */
gboolean seedance_planner_hung (
    SeedancePlanner *planner, const gchar *id, gboolean on_air);
/* The item was removed or stopped before it was ready. At the end of a run call
 * this for all items in preparation. */
void seedance_planner_dropped (
    SeedancePlanner *planner, gint64 now, SeedanceNeeds needs,
    gboolean ordered);

/* Returns the reason that opened the breaker, owned by the planner; NULL while
 * the breaker is closed. */
const gchar *seedance_planner_get_block (SeedancePlanner *planner);
/* Closes the breaker, because the operator has removed the cause (the signal
 * clear). Without that call a blocked planner lets one order at a time find
 * out: ten minutes after the last attempt while no failure ordered anything
 * since the breaker opened, else one hour after it. An attempt for which
 * nothing was sent does not count: the next one may begin at once. */
void seedance_planner_unblock (SeedancePlanner *planner);

/* Returns how many of max_orders are taken. */
guint seedance_planner_get_orders (SeedancePlanner *planner);
guint seedance_planner_get_in_flight (SeedancePlanner *planner);

/* Returns how long it takes until an item that was begun at @begun is ready, at
 * least 0. The estimate is the median of the last orders; 105 s before there is
 * one. */
gint64 seedance_planner_get_eta (
    SeedancePlanner *planner, gint64 now, gint64 begun);
/* Returns which part of the air time, 0 to 1, new material can fill in the long
 * run, with max_in_flight clips of median length at a time, each taking the
 * median time. */
gdouble seedance_planner_get_share (SeedancePlanner *planner);

G_END_DECLS
