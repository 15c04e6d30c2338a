/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service's list of its tasks, and which of them an order can have made whose
 * answer was lost. Pure functions. */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

/* The path of the list below the base URL; NULL where the profile knows of
 * none. */
const gchar *seedance_provider_list_path (const SeedanceProvider *provider);

/* The ids of the tasks in the @size bytes of @list that were made at @from, at
 * @to or between them (seconds since the epoch), and of which nothing is told
 * that @request asks for otherwise. NULL when the list cannot be read, or is not
 * known to hold all from that time. g_strfreev(). */
gchar **seedance_provider_find_lost (const SeedanceProvider *provider,
    const SeedanceRequest *request, const gchar *list, gsize size, gint64 from,
    gint64 to);

G_END_DECLS
