/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides which requests go through a proxy. libcurl is told the result and
 * does not look at the environment itself, so it is known for each connection
 * whether it leads to the host or to a proxy.
 *
 * Only https goes through a proxy. Plain http would show the key to it, and is
 * used only to this machine or in a network that allow-insecure trusts. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

typedef struct {
  gchar *url;             /* scheme://host:port, without user and password */
  gchar *user, *password; /* NULL = none */
  gchar **exceptions;     /* the words of no_proxy, in lower case */
} SeedanceProxy;

/* The proxy that @setting names; NULL means the environment decides, and an
 * empty text means none. *@proxy is NULL if there is none, else free it with
 * seedance_proxy_free(). Error: SETTINGS; its text quotes nothing of the
 * setting, which may hold a password anywhere. */
gboolean seedance_proxy_find (const gchar *setting, SeedanceProxy **proxy,
    GError **error);
void seedance_proxy_free (SeedanceProxy *proxy);

/* Returns TRUE if a request to @url goes through @proxy, which may be NULL. */
gboolean seedance_proxy_carries (const SeedanceProxy *proxy, const gchar *url);

/* @setting without user and password, for people to read; NULL for NULL. Free
 * with g_free(). */
gchar *seedance_proxy_show (const gchar *setting);

G_END_DECLS
