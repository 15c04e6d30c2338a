/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the ledger share. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

/* What stands in @name itself: a record, or in *@pointer (g_free()) the name
 * that it leads to. NULL without both and without an error: there is no such
 * file. */
SeedanceRecord *seedance_ledger_load_once (
    const gchar *dir, const gchar *name, gchar **pointer, GError **error);

G_END_DECLS
