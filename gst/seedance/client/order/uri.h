/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syntax of seedance: URIs. seedance:task/ID names a task, and
 * seedance:?NAME=VALUE&… describes a clip. The caller decides which names are
 * valid (gstseedanceuri.c). Such URIs come from anywhere, such as playlists and
 * web pages. Pure functions, safe on hostile input. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

#define SEEDANCE_URI_SCHEME "seedance"
/* The longest URI, in bytes. */
#define SEEDANCE_URI_MAX (32 * 1024)

typedef struct {
  gchar *name, *value; /* UTF-8 and not empty */
} SeedanceUriField;

typedef struct {
  gchar *task_id; /* NULL = the URI has fields */
  GArray *fields; /* of SeedanceUriField, each name once */
} SeedanceUri;

SeedanceUri *seedance_uri_new (void);
void seedance_uri_free (SeedanceUri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceUri, seedance_uri_free)

/* Parses @text. Error: SEEDANCE_ERROR_SETTINGS, if @text is no seedance: URI.
 * The error quotes no value, because somebody may have put a secret there. Free
 * with seedance_uri_free(). */
SeedanceUri *seedance_uri_parse (const gchar *text, GError **error);

/* Adds a field with copies of @name and @value. */
void seedance_uri_add (
    SeedanceUri *uri, const gchar *name, const gchar *value);

/* Writes the URI. The same fields in the same order give the same text.
 * g_free(). */
gchar *seedance_uri_to_string (const SeedanceUri *uri);

/* A new error that tells that a URI alone orders nothing, and how to allow it.
 * The caller frees it. */
GError *seedance_uri_refuse_order (void);

G_END_DECLS
