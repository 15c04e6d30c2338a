/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two files of the database layer share: ledger-db.c opens the
 * database and begins and ends transactions, ledger-statement.c runs statements
 * within one. No other file uses SQLite. */
#pragma once

#include <sqlite3.h>

#include "ledger-db.h"
#include "ledger-file.h"

G_BEGIN_DECLS

struct _SeedanceDb {
  gchar *dir, *path;
  GMutex lock; /* held from begin to end of a transaction */
  sqlite3 *handle;
  GHashTable *kept; /* idle prepared statements, by their SQL */
  SeedanceFileId file;  /* the database file that is open … */
  SeedanceFileId index; /* … and its -shm file; zeros without one */
  gboolean remote;      /* on a network share */
  gboolean has_log;     /* WAL mode: the log (-wal) is written first */
  /* A sync of the log failed, and since then the log was never moved into the
   * database completely. */
  gboolean log_failed;
  SeedanceDbMode mode;  /* of the current transaction */
  GError *error;        /* of the current transaction: its first one */
};

struct _SeedanceStatement {
  SeedanceDb *db;
  sqlite3_stmt *handle; /* NULL if it could not be prepared */
};

/* Notes that a statement failed with @code, a result code of SQLite. A
 * transaction keeps its first error. */
void seedance_db_note_error (SeedanceDb *db, int code);

G_END_DECLS
