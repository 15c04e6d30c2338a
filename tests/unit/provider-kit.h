/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The built-in providers, for unit tests. */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

/* Returns the built-in provider @name, whatever profiles the user has. Owned by
 * the kit. */
const SeedanceProvider *provider_get (const gchar *name);

G_END_DECLS
