/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of a profile: which requests the service is known to refuse. They
 * are refused here before they cost a call. Pure functions. */
#pragma once

#include "trail.h"

G_BEGIN_DECLS

/* Checks the "rules" of a profile; the mistake is in check->error. */
gboolean seedance_rules_check (SeedanceProfileCheck *check, const cJSON *rules);

/* Returns FALSE if a rule forbids @values (see template.h). @provider is the
 * name for the error. Error: SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_rules_apply (const cJSON *rules, const cJSON *values,
    const gchar *provider, GError **error);

G_END_DECLS
