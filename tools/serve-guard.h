/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a request to seedance-tasks serve may be answered, and what it asks
 * for. Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns TRUE if the header "Host" is an address of this machine. A web page
 * whose own name was made to lead here (DNS rebinding) sends that name. */
gboolean serve_guard_is_host (const gchar *host, guint16 port);

/* Returns what follows "/TOKEN" in @path, or NULL if the token is another one.
 * The time that takes tells nothing about the right token. */
const gchar *serve_guard_open (const gchar *path, const gchar *token);

/* Returns the name of a record, 32 hex digits, if @path is @prefix and such a
 * name; else NULL. */
const gchar *serve_guard_clip (const gchar *path, const gchar *prefix);

/* The most bytes in the answer to a range without an end; a browser asks for
 * more when it wants more. A browser that shows one frame of a clip does not
 * read such an answer to its end. The connection stays busy then, and a browser
 * has only a few. */
#define SERVE_RANGE_OPEN (G_GUINT64_CONSTANT (256) * 1024)

typedef enum {
  SERVE_RANGE_WHOLE, /* no range, or none that is understood */
  SERVE_RANGE_PART,
  SERVE_RANGE_NONE, /* the file has nothing of the range */
} ServeRange;

/* Parses the header "Range" for a file of @size bytes; @text NULL = no header.
 * *@first and *@last are the bytes to send; undefined for NONE. */
ServeRange serve_guard_range (
    const gchar *text, guint64 size, guint64 *first, guint64 *last);

G_END_DECLS
