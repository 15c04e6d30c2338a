/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The home of a test: a local service, a folder of its own, and an environment
 * in which a seedancesrc without properties uses both. */
#pragma once

#include <gio/gio.h>

#include "service.h"

G_BEGIN_DECLS

/* The service of the running test. */
extern TestService *service;

/* Adds a case to @suite; each of its tests gets a home. */
TCase *test_case_new (Suite *suite, const gchar *name);

/* Returns a path in the test's folder. The folder and its contents are removed
 * after the test. The caller frees the result with g_free(). */
gchar *test_home_path (const gchar *name);

/* Returns the folder in which the plugin keeps its ledger and clips. The caller
 * frees the result with g_free(). */
gchar *test_home_state_dir (void);

/* Sets another state folder for everything that starts from now on. This
 * imitates another user, or a lost state folder. */
void test_home_move_state_dir (const gchar *name);

/* Writes a file into the test's folder. Returns its path; the caller frees it
 * with g_free(). */
gchar *test_home_write (const gchar *name, gconstpointer data, gsize size);

/* Writes a PNG of @width x @height into the test's folder. Returns its path;
 * the caller frees it with g_free(). */
gchar *test_home_paint (const gchar *name, gint width, gint height);

/* Sends the signal before it returns, if the process still runs.
 * g_subprocess_send_signal() leaves that to another thread, which may send it
 * later. */
void test_send_signal (GSubprocess *process, int number);

/* Returns the names of the files in the state folder. The caller frees them
 * with g_strfreev(). */
gchar **test_home_list_state (void);

G_END_DECLS
