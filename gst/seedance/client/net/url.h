/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks and rewrites URLs before a request goes there. The parser is
 * libcurl's, which the transfers use as well, so that both see the same host.
 * Pure functions; any thread. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* Returns TRUE if a request may go to @url: http or https, no user and
 * password, no control characters, a host in ASCII, and plain http only to this
 * machine unless @allow_insecure. Error: SETTINGS; its text never holds a query
 * string. */
gboolean seedance_url_check (const gchar *url, gboolean allow_insecure,
    GError **error);

/* How far away an address is. A link or a redirect of a service must not lead
 * nearer than the service itself is: otherwise the service could make this
 * machine send requests that only this machine, or its network, may send. */
typedef enum {
  SEEDANCE_REACH_MACHINE, /* loopback, and addresses that stand for it */
  SEEDANCE_REACH_LINK,    /* link-local and multicast */
  SEEDANCE_REACH_PRIVATE, /* addresses of private networks */
  SEEDANCE_REACH_PUBLIC,
} SeedanceReach;

/* The reach of an IP address in text form, also of an IPv4 address inside an
 * IPv6 address. PUBLIC if @text is no address. */
SeedanceReach seedance_url_address_reach (const gchar *text);

/* The reach of a URL as it is written, without a name lookup; PUBLIC if its
 * host is a name, except for the names of this machine. */
SeedanceReach seedance_url_reach (const gchar *url);

/* The host without brackets and without a dot at its end; NULL if @url is no
 * URL. Free with g_free(). */
gchar *seedance_url_get_host (const gchar *url);

/* The path as it is written, without host and query. Free with g_free(). */
gchar *seedance_url_get_path (const gchar *url);

/* Returns TRUE if scheme, host and port of both are equal. */
gboolean seedance_url_same_origin (const gchar *a, const gchar *b);

/* @url in its normal form, so that two URLs of the same service are equal:
 * scheme and host in lower case, no default port, no dots in the path, no
 * needless escapes, no slashes at the end. NULL if @url is no URL. Free with
 * g_free(). */
gchar *seedance_url_normalize (const gchar *url);

/* @location, absolute or relative to @base, as an absolute URL. NULL if that is
 * none. Free with g_free(). */
gchar *seedance_url_resolve (const gchar *base, const gchar *location);

/* @text as a property reads back: through seedance_url_redact() if it is a URL
 * that holds, or may hold, a user name or a password; else unchanged. Free with
 * g_free(). */
gchar *seedance_url_show (const gchar *text);

/* @url for messages, as scheme://host:port/path: everything that may hide a
 * signature or a key is left out. Free with g_free(). */
gchar *seedance_url_redact (const gchar *url);

G_END_DECLS
