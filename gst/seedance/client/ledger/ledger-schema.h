/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the database, and the SQL that leads from each older version to
 * the current one. Pure data. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The application_id in the header of the database file: "seed". */
#define SEEDANCE_LEDGER_ID 0x73656564

gint64 seedance_ledger_schema_version (void);

/* The SQL that leads from @version (0 = an empty file) to the next one, in one
 * transaction. Static. */
const gchar *seedance_ledger_schema_step (gint64 version);

G_END_DECLS
