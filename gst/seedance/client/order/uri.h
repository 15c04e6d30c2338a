/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance: URIs as texts: seedance:task/ID names a task, seedance:?NAME=VALUE&…
 * what a clip is to be. They come from anywhere, such as playlists and web pages.
 * Which names there are is for others to say. Pure functions, safe on hostile
 * input. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

#define SEEDANCE_URI_SCHEME "seedance"
/* Bytes. */
#define SEEDANCE_URI_MAX (32 * 1024)

typedef struct {
  gchar *name, *value; /* UTF-8, and not empty */
} SeedanceUriField;

typedef struct {
  gchar *task_id; /* NULL = fields */
  GArray *fields; /* of SeedanceUriField, no name twice */
} SeedanceUri;

SeedanceUri *seedance_uri_new (void);
void seedance_uri_free (SeedanceUri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceUri, seedance_uri_free)

/* NULL when @text is none. Error: SEEDANCE_ERROR_SETTINGS; its text holds no value
 * of the URI, because somebody may have put a secret there. */
SeedanceUri *seedance_uri_parse (const gchar *text, GError **error);

/* Copies both. */
void seedance_uri_add (
    SeedanceUri *uri, const gchar *name, const gchar *value);

/* In the one spelling that equal URIs have. g_free(). */
gchar *seedance_uri_to_string (const SeedanceUri *uri);

/* Why a clip that a URI asks for is not ordered. */
GError *seedance_uri_refuse_order (void);

G_END_DECLS
