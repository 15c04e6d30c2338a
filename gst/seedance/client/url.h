/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be asked of a URL before a request goes there. The parser is the
 * one that the transfers use, so that both see the same host. Pure functions,
 * any thread. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* Whether a request may go to @url: http or https, no user and password, no
 * control characters, a host in ASCII, and plain http only to loopback unless
 * @allow_insecure.
 * Error: SEEDANCE_ERROR_SETTINGS; its text never holds a query string. */
gboolean seedance_url_check (const gchar *url, gboolean allow_insecure,
    GError **error);

/* Whether the host is this machine or its link: loopback, link-local, or
 * unspecified, by name or by number. */
gboolean seedance_url_is_local (const gchar *url);

/* The same of an IP address in text form. */
gboolean seedance_url_address_is_local (const gchar *text);

/* Whether scheme, host and port are equal. */
gboolean seedance_url_same_origin (const gchar *a, const gchar *b);

/* @location as seen from @base; NULL when it is no URL. Free with g_free(). */
gchar *seedance_url_resolve (const gchar *base, const gchar *location);

/* scheme://host:port/path for texts: what a signature or a key could hide in
 * is left out. Free with g_free(). */
gchar *seedance_url_redact (const gchar *url);

G_END_DECLS
