/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTML page of seedance-tasks serve, which is compiled in. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the page. Free with g_bytes_unref(). */
GBytes *serve_page_get (void);

/* Returns the Content-Security-Policy of the page: a browser may only use the
 * style and the script in it, and ask this server. Free with g_free(). */
gchar *serve_page_get_policy (void);

G_END_DECLS
