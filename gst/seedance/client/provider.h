/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How one service speaks: a request becomes a path and a body. What its answers
 * mean is read in verdict.h. Pure functions, no I/O; one table per provider. */
#pragma once

#include "error.h"
#include "request.h"

G_BEGIN_DECLS

typedef struct {
  const gchar *name;
  const gchar *default_base_url;

  /* Beyond seedance_request_validate(): what this service is known to refuse,
   * so that it costs no call. Error: SEEDANCE_ERROR_SETTINGS. */
  gboolean (*validate) (const SeedanceRequest *request, GError **error);

  /* The path below the base URL that @request is POSTed to. Static string. */
  const gchar *(*submit_path) (const SeedanceRequest *request);

  /* The body: compact JSON with only what was set. Free with g_free(). */
  gchar *(*submit_body) (const SeedanceRequest *request);

  /* The path that tells about @task_id, escaped. Free with g_free(). */
  gchar *(*status_path) (const gchar *task_id);
} SeedanceProvider;

extern const SeedanceProvider seedance_provider_seeddance;
extern const SeedanceProvider seedance_provider_ark;

/* The provider of that name, NULL when there is none. */
const SeedanceProvider *seedance_provider_find (const gchar *name);

/* The names of all providers, "a, b". Free with g_free(). */
gchar *seedance_provider_list (void);

G_END_DECLS
