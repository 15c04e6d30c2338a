/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole runs of seedancesrc in one call, and what a test does to the state
 * folder between them. @properties are written as in gst-launch-1.0. */
#pragma once

#include "run.h"

G_BEGIN_DECLS

/* Plays to the end; the bytes must be those of the service's @nth clip. */
void test_play_nth (guint nth, const gchar *properties);

/* Plays until an error, whose text must contain @words. */
void test_fail_to_play (const gchar *properties, const gchar *words);

/* Plays to the end in a process of its own. */
void test_play_elsewhere (const gchar *properties);

/* Calls seedance-tasks, which must succeed. @argument and @value may be
 * NULL. */
void test_call_tasks (
    const gchar *command, const gchar *argument, const gchar *value);

/* Counts and deletes the stored clips of the test's state folder. */
guint test_count_clips (void);
void test_remove_clips (void);

/* Waits for the lock of the only part file: a run that has ended may still be
 * receiving and writing. */
void test_wait_for_part (void);
/* Does the same, and returns the descriptor that keeps the lock. */
int test_lock_part (void);

G_END_DECLS
