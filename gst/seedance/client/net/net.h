/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one network thread of a process. Its loop runs invoked functions and
 * timers, and a driver, which moves the transfers (http.c). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*SeedanceNetFunc) (gpointer user_data);

/* What the loop calls; on the network thread unless noted. */
typedef struct {
  gboolean (*set_up) (GError **error); /* once, first of all */
  void (*work) (void);         /* does what can be done without waiting */
  gboolean (*has_work) (void); /* TRUE: do not wait before the next work() */
  void (*wait) (gint ms);      /* until woken, until there is work, or @ms */
  void (*wake) (void);         /* ends wait(); any thread */
  void (*finish) (void);       /* on the exiting thread, after the loop ended */
} SeedanceNetDriver;

/* Starts the thread unless it runs. Call this before anything else of this
 * header, on any thread. Returns FALSE if the thread cannot be started; the
 * caller may try again. */
gboolean seedance_net_ensure (const SeedanceNetDriver *driver, GError **error);

/* Returns TRUE if this process was forked from the one that has the network
 * thread: then nothing that is invoked here ever runs. */
gboolean seedance_net_is_lost (void);

/* Returns TRUE if the process exits, so that nothing new should begin. The loop
 * may run on for 2 s, for what holds the exit. */
gboolean seedance_net_is_over (void);

/* Runs @func on the network thread soon, in the order of the calls. Any thread.
 * If the process exits first, @func never runs. */
void seedance_net_invoke (SeedanceNetFunc func, gpointer user_data);

/* The same, but if the process exits first, @func runs on the exiting thread
 * when the network thread has ended. It must not start transfers then. */
void seedance_net_invoke_last (SeedanceNetFunc func, gpointer user_data);

/* Calls @func once after @ms milliseconds. Returns an id, never 0. It is
 * allowed to remove 0 or a timer that has fired. Network thread only. */
guint seedance_net_add_timer (
    guint64 ms, SeedanceNetFunc func, gpointer user_data);
void seedance_net_remove_timer (guint id);

/* While it is held, an orderly exit of the process waits, up to 2 s. Each call
 * with TRUE must be followed by one with FALSE. Any thread. */
void seedance_net_hold_exit (gboolean hold);

G_END_DECLS
