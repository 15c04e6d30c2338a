/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A provider: how one service is spoken to. It turns a request into a path,
 * headers and a body. What differs between services is data, a profile: a JSON
 * file that is built in, or the user's own (docs/providers.md). Answers are
 * read in answer.h and judged in verdict.h.
 *
 * A provider is immutable and can be used from any thread. */
#pragma once

#include "error.h"
#include "request.h"

G_BEGIN_DECLS

#define SEEDANCE_DEFAULT_PROVIDER "seeddance"
#define SEEDANCE_PROVIDER_VARIABLE "SEEDANCE_PROVIDER"

typedef struct {
  gchar *name; /* part of what identifies an order in the ledger */
  gchar *title;
  gchar *default_base_url;
  gchar *key_header; /* the header up to the key: "Authorization: Bearer " */
  cJSON *profile;    /* the whole profile, checked */
} SeedanceProvider;

/* Returns the name of the provider to use if none was named: the one in the
 * environment variable SEEDANCE_PROVIDER, else SEEDANCE_DEFAULT_PROVIDER. Owned
 * by the environment. */
const gchar *seedance_provider_get_default (void);

/* Loads a provider. @name is the path of a profile if it has a "/" in it or
 * ends in ".json"; else it is the name of a profile in
 * $XDG_CONFIG_HOME/gst-seedance/providers or of a built-in one, in this order.
 * NULL stands for the default. A file must be the user's own and writable by
 * nobody else, because it decides where the API key goes. Blocks on file I/O.
 * Error: SEEDANCE_ERROR_SETTINGS. Free with seedance_provider_free(). */
SeedanceProvider *seedance_provider_load (const gchar *name, GError **error);

/* Returns the text of the profile that seedance_provider_load() would use, and
 * in *@file its file or name. Free both with g_free(). Same error. */
gchar *seedance_provider_read (const gchar *name, gchar **file, GError **error);

/* Makes a provider of a profile's text of @size bytes. @file only appears in
 * the error, which names the place of the mistake. Error:
 * SEEDANCE_ERROR_SETTINGS. Free with seedance_provider_free(). */
SeedanceProvider *seedance_provider_parse (
    const gchar *text, gsize size, const gchar *file, GError **error);

void seedance_provider_free (SeedanceProvider *provider);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceProvider, seedance_provider_free)

/* Returns what the profile says of answers, for SeedanceAnswerSource; may be
 * NULL. Owned by the provider. */
const cJSON *seedance_provider_get_answers (const SeedanceProvider *provider);

/* Returns the text at @place of the profile, such as "task.path"; NULL if there
 * is none. Owned by the provider. */
const gchar *seedance_provider_get_text (
    const SeedanceProvider *provider, const gchar *place);

/* Returns the names of all built-in providers, "a, b". Free with g_free(). */
gchar *seedance_provider_list (void);

/* Checks what seedance_request_validate() cannot know. Returns FALSE if this
 * service is known to refuse the request, or if a value was set that has no
 * place in its orders: the service would ignore it and bill the clip. Error:
 * SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_provider_validate (const SeedanceProvider *provider,
    const SeedanceRequest *request, GError **error);

/* Returns the path below the base URL that @request is POSTed to. Free with
 * g_free(). */
gchar *seedance_provider_submit_path (
    const SeedanceProvider *provider, const SeedanceRequest *request);

/* Returns the body of the order: compact JSON with only what was set. Free with
 * g_free(). */
gchar *seedance_provider_submit_body (
    const SeedanceProvider *provider, const SeedanceRequest *request);

/* Returns the same with only those members whose names are in the list @names.
 * Free with g_free(). */
gchar *seedance_provider_submit_members (const SeedanceProvider *provider,
    const SeedanceRequest *request, const cJSON *names);

/* Returns the body as a form and its Content-Type in *@type; NULL if the
 * profile asks for JSON. Free the form with g_bytes_unref() and *@type with
 * g_free(). */
GBytes *seedance_provider_submit_form (const SeedanceProvider *provider,
    const SeedanceRequest *request, gchar **type);

/* Returns the name of the header by which the service recognises an order that
 * is sent again (an idempotency key); NULL if it has none. Owned by the
 * provider. */
const gchar *seedance_provider_key_of_orders (const SeedanceProvider *provider);

/* Returns the profile's further headers of an order, "Name: value"; an empty
 * list if there are none. Free with g_strfreev(). */
gchar **seedance_provider_submit_headers (const SeedanceProvider *provider);

G_END_DECLS
