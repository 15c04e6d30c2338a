/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request describes the clip that the service is asked for. The caller fills
 * in the structure, then validates it. Only fields that are set are ever sent.
 * Pure data: no I/O, no threads. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

#include "media.h"

G_BEGIN_DECLS

typedef struct {
  gchar *prompt;
  GPtrArray *media;    /* of SeedanceMedia, as they are to be sent; or NULL */
  gchar *resolution;   /* "480p" "720p" "1080p" "4k"; NULL = not sent */
  gchar *aspect_ratio; /* "16:9" …; NULL = not sent */
  gint duration;       /* seconds; -1 = the model's choice; 0 = not sent */
  gint64 seed;         /* -1 = not sent */
  gchar *model;        /* NULL = not sent */
  gchar *instance;     /* tells equal requests apart; never sent; or NULL */
  /* 0 or 1; -1 = not sent. */
  gint generate_audio, camera_fixed, watermark, return_last_frame;
  cJSON *extra; /* JSON object, merged into the body; NULL = none */
} SeedanceRequest;

/* A request with nothing set. Free with seedance_request_free(). */
SeedanceRequest *seedance_request_new (void);
void seedance_request_free (SeedanceRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceRequest, seedance_request_free)

/* Adds a media item, unless it has neither a URI nor a name. If the role can
 * only have one, it replaces the one that is there. */
void seedance_request_add_media (SeedanceRequest *request, SeedanceRole role,
    const gchar *uri, const gchar *name);

/* The first media item of @role, owned by @request; NULL if there is none. */
const SeedanceMedia *seedance_request_find_media (
    const SeedanceRequest *request, SeedanceRole role);

/* Checks what every provider needs: a prompt that is not blank, media that are
 * http, https or data: URIs, valid UTF-8, extra parameters that are a JSON
 * object, and sane numbers. Error: SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_request_validate (
    const SeedanceRequest *request, GError **error);

/* The canonical form, in which equal requests are equal bytes: compact JSON
 * with only the fields that are set, the instance among them, and with the keys
 * sorted at every level. A media item is written as its URI, or as
 * "sha256:<hex>" of a data: URI. One that has a name is written as its name,
 * and left out if there is an instance, which identifies the order.
 * g_free(). */
gchar *seedance_request_canonical (const SeedanceRequest *request);

/* The names of all values that a request can have, which are names of
 * properties, with NULL at the end. Static. */
const gchar *const *seedance_request_value_names (void);

/* Whether @name is one of them. */
gboolean seedance_request_has_value (const gchar *name);

/* The values that are set, as a JSON object with these names, and the extra
 * parameters as "extra-params". It points into @request, which must not change
 * while the object is used. Free with cJSON_Delete(). */
cJSON *seedance_request_get_values (const SeedanceRequest *request);

/* The fingerprint by which the ledger recognizes a repeated order, 64 hex
 * digits: a SHA-256 of the canonical form, the provider's name, and the base
 * URL without slashes at its end. The API key is not part of it. g_free(). */
gchar *seedance_request_fingerprint (const SeedanceRequest *request,
    const gchar *provider, const gchar *base_url);

/* The first option in the prompt, such as "--dur", with which a service
 * overrides the fields of the request, and maybe the price; NULL if there is
 * none. g_free(). */
gchar *seedance_request_find_override (const SeedanceRequest *request);

G_END_DECLS
