/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the state folder, which holds the ledger and the clips. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The state folder: @state_dir, else SEEDANCE_STATE_DIR, else the user's own
 * folder. NULL and empty values count as not set. The path is absolute, so that
 * it stays valid when the process changes its working directory. Free with
 * g_free(). */
gchar *seedance_ledger_find_dir (const gchar *state_dir);

/* The user's own folder by XDG's rules, normally ~/.local/state/gst-seedance.
 * Free with g_free(). */
gchar *seedance_ledger_user_dir (void);

G_END_DECLS
