/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the service: one clip.
 *
 * A plain structure that the caller fills in, then validates. Only fields that
 * were set are ever sent. Pure data: no I/O, no threads. */
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
  gchar *instance;     /* tells equal requests apart; never sent; NULL = none */
  /* 0 or 1; -1 = not sent. */
  gint generate_audio, camera_fixed, watermark, return_last_frame;
  cJSON *extra; /* JSON object, merged into the body; NULL = none */
} SeedanceRequest;

/* A request with nothing set. Free with seedance_request_free(). */
SeedanceRequest *seedance_request_new (void);
SeedanceRequest *seedance_request_copy (const SeedanceRequest *request);
void seedance_request_free (SeedanceRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceRequest, seedance_request_free)

/* Adds a media, unless it has neither a URI nor a name. A second one of a role
 * that has but one takes the place of the first. */
void seedance_request_add_media (SeedanceRequest *request, SeedanceRole role,
    const gchar *uri, const gchar *name);

/* The first media of that role, NULL when there is none. */
const SeedanceMedia *seedance_request_find_media (
    const SeedanceRequest *request, SeedanceRole role);

/* Checks what every provider needs: a prompt that is not blank and is valid
 * UTF-8, an image that is an http, https or data: URI, sane numbers.
 * Error: SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_request_validate (
    const SeedanceRequest *request, GError **error);

/* The canonical form: compact JSON, keys sorted at every level, only fields
 * that were set (the instance is one of them), each media replaced by
 * "sha256:<hex>" of its string when it is a data: URI. Equal requests give
 * equal bytes. Free with g_free(). */
gchar *seedance_request_canonical (const SeedanceRequest *request);

/* The names that values of requests have, those of the properties; NULL at the
 * end. Owned by the process. And whether @name is one. */
const gchar *const *seedance_request_value_names (void);
gboolean seedance_request_has_value (const gchar *name);

/* What is set, by these names, and the extra parameters as "extra-params".
 * Points into @request, which must not change while it is used. Free with
 * cJSON_Delete(). */
cJSON *seedance_request_get_values (const SeedanceRequest *request);

/* 64 hex digits: SHA-256 of the canonical form, the provider's name, the base
 * URL (trailing slashes removed). Which key orders is no part of it. g_free(). */
gchar *seedance_request_fingerprint (const SeedanceRequest *request,
    const gchar *provider, const gchar *base_url);

/* The first option of a prompt that overrides JSON fields at the service, such
 * as "--dur" or "--rs" (and so may change the bill); NULL when there is none.
 * Free with g_free(). */
gchar *seedance_request_find_override (const SeedanceRequest *request);

G_END_DECLS
