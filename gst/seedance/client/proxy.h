/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a request to @url goes through a proxy, so that nothing follows from
 * the address that is connected to. @proxy: as it was set; NULL = as the
 * environment says, empty = none. */
gboolean seedance_proxy_is_used (const gchar *proxy, const gchar *url);

G_END_DECLS
