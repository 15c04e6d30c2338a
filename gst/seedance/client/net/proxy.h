/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which requests go through a proxy. This is decided here alone and told to
 * libcurl, which would else look at the environment by rules of its own: so it
 * is known of every connection whether it leads to the host itself.
 *
 * Only https goes through a proxy. Plain http would show it the key, and is
 * spoken to this machine, or where allow-insecure trusts the network. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

typedef struct {
  gchar *url;             /* scheme://host:port; nothing secret */
  gchar *user, *password; /* NULL = none */
  gchar **exceptions;     /* of no_proxy, in lower case */
} SeedanceProxy;

/* The proxy that @setting names, or the environment when it is NULL; empty =
 * none. *@proxy is NULL when there is none. Error: SETTINGS; its text quotes
 * nothing of the setting, which may hold a password anywhere. */
gboolean seedance_proxy_find (const gchar *setting, SeedanceProxy **proxy,
    GError **error);
void seedance_proxy_free (SeedanceProxy *proxy);

/* Whether a request to @url goes through @proxy, which may be NULL. */
gboolean seedance_proxy_carries (const SeedanceProxy *proxy, const gchar *url);

/* @setting without user and password, for readers; NULL for NULL. g_free(). */
gchar *seedance_proxy_show (const gchar *setting);

G_END_DECLS
