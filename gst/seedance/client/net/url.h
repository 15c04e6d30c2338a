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

/* How far away an address leads. A link or a redirect of a service must lead no
 * nearer than the service itself is: else it could make this machine ask what
 * only this machine, or its network, may ask. */
typedef enum {
  SEEDANCE_REACH_MACHINE, /* loopback, and addresses that stand for it */
  SEEDANCE_REACH_LINK,    /* link-local and multicast */
  SEEDANCE_REACH_PRIVATE, /* a network's own addresses */
  SEEDANCE_REACH_PUBLIC,
} SeedanceReach;

/* Of an IP address in text form, also of IPv4 inside IPv6. */
SeedanceReach seedance_url_address_reach (const gchar *text);

/* Of a URL as it is written; PUBLIC when its name does not tell. */
SeedanceReach seedance_url_reach (const gchar *url);

/* The host without brackets and the dot of the root; NULL when @url is none.
 * Free with g_free(). */
gchar *seedance_url_get_host (const gchar *url);

/* Whether scheme, host and port are equal. */
gboolean seedance_url_same_origin (const gchar *a, const gchar *b);

/* @url as everybody would write it, without slashes at its end: scheme and host
 * in lower case, no port where it is the usual one, no dots in the path, no
 * escapes that need not be. Two that lead to the same service are equal. NULL
 * when @url is none. Free with g_free(). */
gchar *seedance_url_normalize (const gchar *url);

/* @location as seen from @base; NULL when it is no URL. Free with g_free(). */
gchar *seedance_url_resolve (const gchar *base, const gchar *location);

/* @text with what seedance_url_redact() leaves out when it is a URL that holds a
 * user name or a password; else as it is: how a setting reads back. g_free(). */
gchar *seedance_url_show (const gchar *text);

/* scheme://host:port/path for texts: what a signature or a key could hide in
 * is left out. Free with g_free(). */
gchar *seedance_url_redact (const gchar *url);

G_END_DECLS
