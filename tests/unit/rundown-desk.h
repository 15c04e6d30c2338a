/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers for the tests of a rundown's file: the file in a folder of its own,
 * and the items and errors that were reported for it. */
#pragma once

#include "rundown.h"

typedef struct {
  gchar *folder, *path;
  SeedanceRundownFile *file;
  guint looks;         /* the source that looks at the file */
  gchar *ids;          /* what the file holds, such as "a b c" */
  GPtrArray *errors;   /* all that were told */
  guint calls, fewest; /* lines in any call since it was last set */
} Desk;

#define LINE(id) "{\"id\":\"" id "\",\"prompt\":\"A boat\"}\n"

/* Makes the folder. The file is there only when a test writes it. */
Desk *desk_new (void);
/* Opens the file as a rundown, which calls back at once. */
void desk_open (Desk *desk);
void desk_free (Desk *desk);
/* Removes a folder and the files in it. */
void desk_remove_folder (const gchar *path);

/* These wait for what the file tells, and fail when that takes too long. */
void desk_wait_for_ids (Desk *desk, const gchar *ids);
void desk_wait_for_errors (Desk *desk, guint n);

/* Fails if the error @nth does not hold @words. */
void desk_assert_error_holds (Desk *desk, guint nth, const gchar *words);

/* Waits so long that a file that is left alone has settled, and was looked at
 * after that. */
void desk_let_settle (void);

/* Write the file: in place with @flags of open(), from the start, at its end,
 * or by a rename, as most editors do. */
void desk_put (const gchar *path, gint flags, const gchar *text, gsize size);
void desk_rewrite (Desk *desk, const gchar *text);
void desk_append (Desk *desk, const gchar *text);
void desk_replace (Desk *desk, const gchar *text);
