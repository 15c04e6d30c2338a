/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which models a service has, by its own word, or by what its profile knows. */
#pragma once

#include "order.h"

G_BEGIN_DECLS

typedef struct {
  gchar *name;  /* as the property model takes it */
  gchar *title; /* for people; NULL = none told */
} SeedanceModel;

/* Asks the service of @order, which is prepared to ask: first without a key, and
 * only where the service wants one, with it. SeedanceModel, in the service's
 * order; free with g_ptr_array_unref(). NULL with an error that says what the service
 * answered. Blocks on the network. The profile has to know where to ask. */
GPtrArray *seedance_models_ask (const SeedanceOrder *order, GError **error);

/* Whether the profile knows where to ask. */
gboolean seedance_models_can_ask (const SeedanceProvider *provider);

/* The names that the profile itself knows. The same; empty without any. */
GPtrArray *seedance_models_known (const SeedanceProvider *provider);

/* The models in an answer of the service: NULL when there is no list in it. */
GPtrArray *seedance_models_parse (const gchar *body, gsize size);

G_END_DECLS
