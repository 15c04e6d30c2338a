/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists the rows of a ledger and checks its database, for the tools. Only
 * reads; any thread. */
#pragma once

#include "ledger-dir.h"
#include "ledger.h"

G_BEGIN_DECLS

typedef struct {
  gchar *name;            /* name of the row */
  SeedanceRecord *record; /* NULL if the row cannot be read … */
  gchar *problem;         /* … and the reason, for the user */
  gboolean has_clip;      /* the clip's file is there … */
  guint64 clip_size;      /* … and has this many bytes */
} SeedanceLedgerEntry;

/* All rows of @dir that are not forgotten, as SeedanceLedgerEntry: damaged rows
 * first, then the newest. Empty if there is no folder or no database. Returns
 * NULL with an error of ledger.h. Free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_list (const gchar *dir, GError **error);

/* Checks the database and its rows. Returns one line for each problem, and an
 * empty list if there is none. Returns NULL with an error of ledger.h if the
 * database cannot be opened or read. Free with g_strfreev(). */
gchar **seedance_ledger_check (const gchar *dir, GError **error);

G_END_DECLS
