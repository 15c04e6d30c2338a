/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the task of an order whose answer was lost, in the service's list of
 * tasks. Pure functions. */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

/* Returns the path of that list below the base URL; NULL if the profile knows
 * of none. Owned by the provider. */
const gchar *seedance_provider_list_path (const SeedanceProvider *provider);

/* Returns the ids of the tasks in @list, @size bytes of JSON, that were made
 * from @from to @to (both included, seconds since the epoch) and tell nothing
 * that contradicts @request. @base_url is what their addresses may begin with.
 * NULL if the list cannot be read, or if tasks of that time may be missing from
 * it. Free with g_strfreev(). */
gchar **seedance_provider_find_lost (const SeedanceProvider *provider,
    const gchar *base_url, const SeedanceRequest *request, const gchar *list,
    gsize size, gint64 from, gint64 to);

G_END_DECLS
