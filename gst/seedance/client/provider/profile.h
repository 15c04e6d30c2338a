/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a provider profile, the JSON file that describes a service
 * (docs/providers.md). Pure functions. */
#pragma once

#include "trail.h"

G_BEGIN_DECLS

/* Returns TRUE if @name (may be NULL) can be the name of a profile. */
gboolean seedance_profile_is_name (const gchar *name);

/* Checks the whole profile. Returns FALSE, with the mistake in check->error, if
 * it cannot be used. */
gboolean seedance_profile_check (
    SeedanceProfileCheck *check, const cJSON *profile);

G_END_DECLS
