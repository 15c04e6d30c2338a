/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every test has for itself: a service, a folder, and an environment in
 * which a bare seedancesrc finds both. */
#pragma once

#include <gio/gio.h>

#include "service.h"

G_BEGIN_DECLS

/* The running test's. */
extern TestService *service;

/* A case of @suite whose tests each get a home. */
TCase *test_case_new (Suite *suite, const gchar *name);

/* A path in the test's folder, which is removed with all that is in it.
 * g_free(). */
gchar *test_home_path (const gchar *name);

/* Where the plugin keeps its ledger and clips. */
gchar *test_home_state_dir (void);

/* From now on another one: as another user, or after a loss. */
void test_home_move_state_dir (const gchar *name);

/* Writes a file into the test's folder; its path. g_free(). */
gchar *test_home_write (const gchar *name, gconstpointer data, gsize size);

/* A PNG of @width x @height in the test's folder; its path. g_free(). */
gchar *test_home_paint (const gchar *name, gint width, gint height);

/* Sends it now, if the process is still there; GLib's own leaves that to a
 * thread, which may come to it after whatever follows. */
void test_send_signal (GSubprocess *process, int number);

/* The names of the files in the state folder. g_strfreev(). */
gchar **test_home_list_state (void);

G_END_DECLS
