/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which models a service offers: as the service lists them, or as its profile
 * names them. The lists are arrays of SeedanceModel that the caller frees with
 * g_ptr_array_unref(). */
#pragma once

#include "order.h"

G_BEGIN_DECLS

typedef struct {
  gchar *name;  /* value of the property model */
  gchar *title; /* for people; NULL = none, or the same as the name */
} SeedanceModel;

/* Asks the service for its models, which are returned in the service's order.
 * The key is sent only if the service demands it. @order was prepared with
 * seedance_order_prepare_question(), and seedance_models_can_ask() is TRUE for
 * its provider. Returns NULL with an error that says what the service answered.
 * Blocks on the network. */
GPtrArray *seedance_models_ask (const SeedanceOrder *order, GError **error);

/* Whether the profile of @provider has the path of a list of models. */
gboolean seedance_models_can_ask (const SeedanceProvider *provider);

/* The models that the profile itself names; empty if it names none. */
GPtrArray *seedance_models_known (const SeedanceProvider *provider);

/* The models in an answer of @size bytes; NULL if it holds no list. */
GPtrArray *seedance_models_parse (const gchar *body, gsize size);

G_END_DECLS
