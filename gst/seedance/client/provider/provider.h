/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How one service speaks: a request becomes a path and a body. What differs
 * between services is data, a profile: a JSON file that is built in, or the
 * user's own (docs/providers.md). What answers mean is read in verdict.h.
 *
 * A provider does not change once it is there; any thread. */
#pragma once

#include "error.h"
#include "request.h"

G_BEGIN_DECLS

#define SEEDANCE_DEFAULT_PROVIDER "seeddance"
#define SEEDANCE_PROVIDER_VARIABLE "SEEDANCE_PROVIDER"

typedef struct {
  gatomicrefcount refs;
  gchar *name; /* part of what an order is known by in the ledger */
  gchar *title;
  gchar *default_base_url;
  gchar *key_header; /* a header up to the key: "Authorization: Bearer " */
  cJSON *profile;    /* as it was read, and found good */
} SeedanceProvider;

/* The built-in provider of that name, NULL when there is none. Owned by the
 * process. */
const SeedanceProvider *seedance_provider_find (const gchar *name);

/* What is asked where nobody names a provider: SEEDANCE_PROVIDER, else
 * SEEDANCE_DEFAULT_PROVIDER. Owned by the environment. */
const gchar *seedance_provider_get_default (void);

/* The provider of a profile: of the file @name, when it has a "/" in it or ends
 * in ".json"; else of the user's own file of that name in
 * $XDG_CONFIG_HOME/gst-seedance/providers; else the built-in one. NULL: the
 * default. A file must be the user's own and writable by nobody else, because it
 * says where the key goes. Reads files. Error: SEEDANCE_ERROR_SETTINGS. */
SeedanceProvider *seedance_provider_load (const gchar *name, GError **error);

/* The text of that profile, and what it is called. g_free(). Error: the same. */
gchar *seedance_provider_read (const gchar *name, gchar **file, GError **error);

/* A provider of the profile in @size bytes of @text. @file is only told. What
 * is wrong is told with the place in the profile. Error:
 * SEEDANCE_ERROR_SETTINGS. */
SeedanceProvider *seedance_provider_parse (
    const gchar *text, gsize size, const gchar *file, GError **error);

SeedanceProvider *seedance_provider_ref (SeedanceProvider *provider);
void seedance_provider_unref (SeedanceProvider *provider);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceProvider, seedance_provider_unref)

/* What the profile knows of answers, for SeedanceAnswerSource; may be NULL. */
const cJSON *seedance_provider_get_answers (const SeedanceProvider *provider);

/* The names of all built-in providers, "a, b". Free with g_free(). */
gchar *seedance_provider_list (void);

/* Beyond seedance_request_validate(): what this service is known to refuse,
 * and what was set and has no place in its orders, so that it costs no call.
 * Error: SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_provider_validate (const SeedanceProvider *provider,
    const SeedanceRequest *request, GError **error);

/* The path below the base URL that @request is POSTed to. g_free(). */
gchar *seedance_provider_submit_path (
    const SeedanceProvider *provider, const SeedanceRequest *request);

/* The body: compact JSON with only what was set. g_free(). */
gchar *seedance_provider_submit_body (
    const SeedanceProvider *provider, const SeedanceRequest *request);

/* The same with only the members in the list @names. g_free(). */
gchar *seedance_provider_submit_members (const SeedanceProvider *provider,
    const SeedanceRequest *request, const cJSON *names);

/* The whole body as a form, and its Content-Type in *@type, g_free() it; NULL where the
 * profile does not say so. g_bytes_unref(). */
GBytes *seedance_provider_submit_form (const SeedanceProvider *provider,
    const SeedanceRequest *request, gchar **type);

/* The header by which the service knows an order again; NULL when it has none. */
const gchar *seedance_provider_key_of_orders (const SeedanceProvider *provider);

/* The headers of an order beside the key's, "Name: value"; NULL when there are
 * none. g_strfreev(). */
gchar **seedance_provider_submit_headers (const SeedanceProvider *provider);

G_END_DECLS
