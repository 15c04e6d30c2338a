/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks, run on a folder of the test's. The program is named by
 * SEEDANCE_TASKS. */
#pragma once

#include "ledger-folder.h"

G_BEGIN_DECLS

typedef struct {
  int status;
  gchar *out, *err;
} Run;

void run_clear (Run *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Runs the program with @arguments, which g_shell_parse_argv() splits. */
Run run_tasks (const gchar *dir, const gchar *arguments);

/* It ends with @status, and complains when that is not 0. */
void assert_run (Folder *folder, const gchar *arguments, int status);

/* Makes a neutral environment. FALSE, after saying so in TAP, when there is no
 * program to test. */
gboolean tasks_init (int *argc, char ***argv);

/* The name that the record called @label has: @label itself, filled up, if it is
 * of hex digits. g_free(). */
gchar *tasks_name (const gchar *label);

/* Puts @record into the ledger as the one of @label: its id is task-LABEL where
 * it wants one and has none, its clip 5.2 MB. */
void add_full (Folder *folder, const gchar *label, SeedanceRecord *record);

/* A record that is @hours old. */
void add_plain (
    Folder *folder, const gchar *label, SeedanceRecordState state, gint hours);

/* One of each kind, the youngest first, behind one that cannot be read. */
void add_one_of_each (Folder *folder);
#define N_KINDS 8
extern const gchar *const kind_labels[N_KINDS];
extern const gchar *const kind_states[N_KINDS]; /* as the program shows them */

/* Whether the record of @label is there and was not forgotten. */
gboolean is_known (Folder *folder, const gchar *label);

G_END_DECLS
