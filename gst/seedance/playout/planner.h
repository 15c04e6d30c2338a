/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the next item of a rundown is begun, and when none may be. Arithmetic
 * alone: no clock, no thread, no lock (the user holds one). All times are
 * nanoseconds; `now` is any clock that only goes forward. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedancePlanner SeedancePlanner;

typedef struct {
  guint max_in_flight;  /* begun and not ready, that may cost money; >= 1 */
  gint64 prefetch_time; /* stop beginning when so much is ready */
  guint max_orders;     /* in this run; 0 = as many as there are items */
} SeedancePlannerLimits;

typedef enum {
  SEEDANCE_PLAN_BEGIN,   /* begin it now */
  SEEDANCE_PLAN_ENOUGH,  /* enough is ready or on its way */
  SEEDANCE_PLAN_LATER,   /* back-off after a failure: ask again at *again */
  SEEDANCE_PLAN_BLOCKED, /* the breaker is open */
  SEEDANCE_PLAN_SPENT,   /* max-orders is reached */
} SeedancePlan;

typedef enum {
  SEEDANCE_FAILED_FOR_GOOD,  /* the item is passed over */
  SEEDANCE_FAILED_TRY_AGAIN, /* nothing was ordered: the item stays */
  /* It was ordered, and its clip is still to be had (network, busy): the item
   * stays, to be begun with `task-id` set to its task and so without an order.
   * Who does not know the task passes it over. */
  SEEDANCE_FAILED_FETCH_AGAIN,
} SeedanceFailed;

SeedancePlanner *seedance_planner_new (void);
void seedance_planner_free (SeedancePlanner *planner);
void seedance_planner_reset (SeedancePlanner *planner); /* a new run */
void seedance_planner_set_limits (
    SeedancePlanner *planner, const SeedancePlannerLimits *limits);

/* @ready: material that is ready and was not shown. @is_order: the item may
 * cost money; what cannot (uri, task-id, replay) is held back by enough
 * material and by the back-off of its own kind only, never by the breaker,
 * by max_orders or by max_in_flight of orders. Not more than max_in_flight of
 * them are under preparation either. *@again (may be NULL) gets when LATER ends.
 * After a failure one order goes ahead alone until a clip is ready. */
SeedancePlan seedance_planner_ask (SeedancePlanner *planner, gint64 now,
    gint64 ready, gboolean is_order, gint64 *again);

/* It was begun; for an order a place under max_orders is taken. Each begin is
 * ended by one of the next three. @ordered: a POST went out for it, or may
 * have; else the place is given back. */
void seedance_planner_begun (
    SeedancePlanner *planner, gint64 now, gboolean is_order);
/* @took: from begun to ready; @length: of the clip. Closes the breaker and
 * ends the back-off. */
void seedance_planner_ready (SeedancePlanner *planner, gint64 now,
    gboolean is_order, gboolean ordered, gint64 took, gint64 length);
/* @reason: as in seedancesrc's errors (not-authorized, quota, moderation,
 * busy, network, …; NULL for anything else). Every failure delays the next
 * attempt: seconds at first, doubled up to minutes. The breaker opens at once
 * for not-authorized, quota and budget; when three in a row say the same that
 * may be of one item or of all (settings, not-found: an unknown model); and
 * after five equal failures in a row of any kind but moderation, busy and
 * network. Moderation is the item's fault alone: it
 * never counts for the breaker, and delays the next attempt only when the one
 * before was refused as well; attempts, which nobody was asked about, does
 * neither. An item that was ordered is never ordered again. */
SeedanceFailed seedance_planner_failed (SeedancePlanner *planner, gint64 now,
    const gchar *reason, gboolean is_order, gboolean ordered);
/* Removed, cleared or stopped before it was ready. Of a run that ends, too: all
 * are ended before the reset. */
void seedance_planner_dropped (
    SeedancePlanner *planner, gint64 now, gboolean is_order, gboolean ordered);

/* Why the breaker is open; NULL when it is not. */
const gchar *seedance_planner_get_block (SeedancePlanner *planner);
/* The operator mended it (a new setting, the signal `clear`). A blocked
 * planner tries one item by itself all the same: every ten minutes when the
 * failure ordered nothing, else every hour. */
void seedance_planner_unblock (SeedancePlanner *planner);

guint seedance_planner_get_orders (SeedancePlanner *planner); /* taken */
guint seedance_planner_get_in_flight (SeedancePlanner *planner);

/* How long until an item that was begun at @begun is ready, by the median of
 * the last ones (105 s before there is one); never below 0. */
gint64 seedance_planner_get_eta (
    SeedancePlanner *planner, gint64 now, gint64 begun);
/* Which part of the time can be new material, in the long run: max_in_flight
 * clips at once of the median length, each taking the median time. 0 to 1. */
gdouble seedance_planner_get_share (SeedancePlanner *planner);

G_END_DECLS
