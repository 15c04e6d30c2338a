/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which folder the ledger is in. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The folder that @state_dir names; where that is NULL or empty,
 * SEEDANCE_STATE_DIR, else the user's own. The path is absolute, so that it
 * stays this folder wherever the process goes. Free with g_free(). */
gchar *seedance_ledger_find_dir (const gchar *state_dir);

/* The user's own folder: XDG's. Free with g_free(). */
gchar *seedance_ledger_user_dir (void);

G_END_DECLS
