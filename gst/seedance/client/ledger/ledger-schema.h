/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger's database is made of, and how one of an earlier version gets
 * there. Pure data. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "seed", in the header of the file. */
#define SEEDANCE_LEDGER_ID 0x73656564

gint64 seedance_ledger_schema_version (void);

/* The SQL that leads from @version (0 = an empty file) to the next one, as one
 * transaction. Static. */
const gchar *seedance_ledger_schema_step (gint64 version);

G_END_DECLS
