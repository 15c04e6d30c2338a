/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands of seedance-tasks share: exit statuses, options,
 * complaints, and their entry points. */
#pragma once

#include "ledger-list.h"

G_BEGIN_DECLS

enum { EXIT_DONE, EXIT_PROBLEM, EXIT_USAGE };

#define TASKS_NO_PORT G_MININT

typedef struct {
  gchar *dir; /* the state folder */
  gchar *max_size, *since, *by, *as_run;
  gint port;     /* TASKS_NO_PORT = not given */
  gchar **words; /* the command, and its TASK or NAME */
  gboolean json, yes, dry_run, ipv6, version;
} TasksOptions;

/* Prints what went wrong to standard error, cleaned for a terminal. Returns
 * EXIT_PROBLEM. */
int tasks_complain (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* Returns the entries of the ledger as seedance_ledger_list() does, or NULL
 * after a complaint. */
GPtrArray *tasks_load (const TasksOptions *options);

/* Returns FALSE, after a complaint, if the folder holds no ledger. That may be
 * because a share is not mounted, so it must not look as if all were well. */
gboolean tasks_has_ledger (const TasksOptions *options);

/* The commands that have files of their own; they return the program's exit
 * status. */
int tasks_run_cancel (const TasksOptions *options, const gchar *task);
int tasks_run_forget (const TasksOptions *options, const gchar *task);
int tasks_run_models (const TasksOptions *options, const gchar *name);
int tasks_run_prune (const TasksOptions *options, const gchar *task);
int tasks_run_serve (const TasksOptions *options, const gchar *task);
int tasks_run_take_over (const TasksOptions *options, const gchar *task);

G_END_DECLS
