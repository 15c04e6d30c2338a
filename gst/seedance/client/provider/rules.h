/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a service refuses, as its profile says: refused before it costs a call.
 * Pure functions. */
#pragma once

#include "trail.h"

G_BEGIN_DECLS

/* Whether @rules are good ones. */
gboolean seedance_rules_check (SeedanceProfileCheck *check, const cJSON *rules);

/* Whether the service takes @values as far as @rules know. Error:
 * SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_rules_apply (const cJSON *rules, const cJSON *values,
    const gchar *provider, GError **error);

G_END_DECLS
