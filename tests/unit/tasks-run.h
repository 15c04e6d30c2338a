/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the program that SEEDANCE_TASKS names, seedance-tasks, on the ledger of
 * a test's folder. */
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

/* Asserts that the program exits with @status, and prints an error if that is
 * not 0. */
void assert_run (Folder *folder, const gchar *arguments, int status);

/* Initialises GLib's tests and a neutral environment. Returns FALSE if there is
 * no program to test; TAP output says so. */
gboolean tasks_init (int *argc, char ***argv);

/* Returns the record's name for @label: a label of hex digits followed by
 * zeros, or the MD5 sum of any other label. The caller frees it with
 * g_free(). */
gchar *tasks_name (const gchar *label);

/* Saves @record under the name for @label. Sets the task id task-LABEL if the
 * record's state needs an id and it has none, and the size of the clip to 5.2
 * MB. */
void add_full (Folder *folder, const gchar *label, SeedanceRecord *record);

/* Saves a record that is @hours old. */
void add_plain (
    Folder *folder, const gchar *label, SeedanceRecordState state, gint hours);

/* Saves one record of each kind, the youngest first, after one that cannot be
 * read. */
void add_one_of_each (Folder *folder);
#define N_KINDS 8
extern const gchar *const kind_labels[N_KINDS];
extern const gchar *const kind_states[N_KINDS]; /* as the program shows them */

/* Returns TRUE if the ledger has the record of @label and it is not
 * forgotten. */
gboolean is_known (Folder *folder, const gchar *label);

G_END_DECLS
