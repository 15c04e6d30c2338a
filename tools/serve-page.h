/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page that is compiled in. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Its bytes. g_bytes_unref(). */
GBytes *serve_page_get (void);

/* What a browser may do for it: use the style and the script that are in it, and
 * ask this server. g_free(). */
gchar *serve_page_get_policy (void);

G_END_DECLS
