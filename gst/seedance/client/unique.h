/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unique names for ledger rows, files and jobs. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns 32 random hex digits, which are different in a forked process, too.
 * g_free(). */
gchar *seedance_unique (void);

G_END_DECLS
