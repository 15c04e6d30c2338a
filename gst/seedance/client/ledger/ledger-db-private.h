/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the database share: ledger-db.c opens it, begins and ends
 * transactions, ledger-statement.c does what is within one. They alone know
 * SQLite. */
#pragma once

#include <sqlite3.h>

#include "ledger-db.h"
#include "ledger-file.h"

G_BEGIN_DECLS

struct _SeedanceDb {
  gchar *dir, *path;
  GMutex lock; /* held from begin to end */
  sqlite3 *handle;
  GHashTable *kept; /* by its text: a statement that is not in use */
  SeedanceFileId file;  /* what the handle has open … */
  SeedanceFileId index; /* … and the index of its log; zeros without one */
  gboolean remote;      /* it is on a network share */
  gboolean has_log;     /* it writes to a log first, not to the database */
  gboolean log_failed;  /* a sync did, since all of the log was moved */
  SeedanceDbMode mode;  /* of this transaction */
  GError *error;        /* of this transaction */
};

struct _SeedanceStatement {
  SeedanceDb *db;
  sqlite3_stmt *handle; /* NULL: it could not be prepared */
};

/* What became of a statement; the first error of a transaction counts. */
void seedance_db_note_error (SeedanceDb *db, int code);

G_END_DECLS
