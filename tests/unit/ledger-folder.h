/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger folder of its own for every test, and processes to share it with. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

typedef struct {
  gchar *dir;
} Folder;

/* g_test_add() with a fresh folder; @data goes to the test. */
void folder_add (const gchar *path, gconstpointer data,
    void (*test) (Folder *folder, gconstpointer data));

/* Writes the file @name.json as it is; @size -1 = a string. */
void folder_write (
    Folder *folder, const gchar *name, const gchar *text, gssize size);
gchar *folder_read (Folder *folder, const gchar *name);
gboolean folder_has (Folder *folder, const gchar *file);
guint folder_count (Folder *folder);

/* A record in @state under @name, with a task id where the state has one. */
SeedanceRecord *folder_record (
    Folder *folder, const gchar *name, SeedanceRecordState state);

SeedanceRecord *folder_load (Folder *folder, const gchar *name, GError **error);

/* Runs @func in a child, which ends with _exit() after it: no exit handlers,
 * as if killed. A failed assertion in there fails the test. */
typedef void (*ChildFunc) (Folder *folder, gpointer data);
void folder_run_child (Folder *folder, ChildFunc func, gpointer data);

/* … as a user whom permissions bind, also where the tests run as root. */
void folder_run_unprivileged (Folder *folder, ChildFunc func, gpointer data);

/* … in a folder on a disk of 64 KiB, where that can be had. */
void folder_run_on_small_disk (Folder *folder, ChildFunc func, gpointer data);

/* Takes what room there is in @folder; FALSE: gives it back. */
void folder_fill (Folder *folder, gboolean full);

G_END_DECLS
