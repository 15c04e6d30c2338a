/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a profile is one that can be used. Pure functions. */
#pragma once

#include "trail.h"

G_BEGIN_DECLS

/* Whether @name, which may be NULL, can be the name of a profile. */
gboolean seedance_profile_is_name (const gchar *name);

/* Whether the whole profile is good. */
gboolean seedance_profile_check (
    SeedanceProfileCheck *check, const cJSON *profile);

G_END_DECLS
