/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a ledger holds, for programs that show it. Reads only; any thread. */
#pragma once

#include "ledger-dir.h"
#include "ledger.h"

G_BEGIN_DECLS

typedef struct {
  gchar *name;            /* of the record */
  SeedanceRecord *record; /* NULL when it cannot be read … */
  gchar *problem;         /* … and why, in words for the user */
  gboolean has_clip;      /* the file of the clip is there … */
  guint64 clip_size;      /* … of so many bytes */
} SeedanceLedgerEntry;

/* All records of @dir that were not forgotten, as SeedanceLedgerEntry: what
 * cannot be read first, then the newest. Empty when there is no such folder, or
 * nothing in it. Errors: as of ledger.h. Free with g_ptr_array_unref(). */
GPtrArray *seedance_ledger_list (const gchar *dir, GError **error);

/* What is wrong with the database, a line each; empty when nothing is that can
 * be seen. NULL with an error when it cannot be opened at all. g_strfreev(). */
gchar **seedance_ledger_check (const gchar *dir, GError **error);

G_END_DECLS
