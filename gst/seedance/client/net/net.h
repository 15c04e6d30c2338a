/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one network thread of a process: functions that are invoked on it,
 * timers, and between them a driver that moves the transfers (http.c). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*SeedanceNetFunc) (gpointer user_data);

/* On the network thread but for the last two. */
typedef struct {
  gboolean (*set_up) (GError **error); /* once, before all else */
  void (*work) (void);         /* does what can be done without a wait */
  gboolean (*has_work) (void); /* whether to work again before a wait */
  void (*wait) (gint ms);      /* until woken, or until there is work */
  void (*wake) (void);         /* any thread */
  void (*finish) (void);       /* the process exits, the thread is gone */
} SeedanceNetDriver;

/* Starts the thread unless it runs. FALSE when it cannot be started; it may be
 * tried again. To be called once before anything else is; any thread. */
gboolean seedance_net_ensure (const SeedanceNetDriver *driver, GError **error);

/* Whether the thread is that of the process that this one was forked from:
 * nothing invoked here is ever run. */
gboolean seedance_net_is_lost (void);

/* Whether the process exits: nothing new is to be begun. */
gboolean seedance_net_is_over (void);

/* Runs @func on the network thread soon, in order of calls; any thread. */
void seedance_net_invoke (SeedanceNetFunc func, gpointer user_data);

/* The same; when the process exits first, @func is called then, by the thread
 * that exits, while the network thread is gone. It must not start transfers. */
void seedance_net_invoke_last (SeedanceNetFunc func, gpointer user_data);

/* Calls @func once after @ms milliseconds. Network thread only. An id is never
 * 0; removing one that has fired, or 0, does nothing. */
guint seedance_net_add_timer (
    guint64 ms, SeedanceNetFunc func, gpointer user_data);
void seedance_net_remove_timer (guint id);

/* An orderly exit of the process waits up to 2 s while it is held. Each TRUE is
 * followed by one FALSE. */
void seedance_net_hold_exit (gboolean hold);

G_END_DECLS
