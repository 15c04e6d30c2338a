/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets an answer from seedance-tasks serve, and what a request asks for.
 * Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a header "Host" of this text is sent by who wrote the address of this
 * machine: a page whose name was made to lead here sends its own name. */
gboolean serve_guard_is_host (const gchar *host, guint16 port);

/* What stands behind "/TOKEN" in @path: NULL when the token is another one. How
 * long that takes tells nothing about the token. */
const gchar *serve_guard_open (const gchar *path, const gchar *token);

/* The 32 hex digits of a record's name behind @prefix, if that is all there is:
 * else NULL. */
const gchar *serve_guard_clip (const gchar *path, const gchar *prefix);

/* An answer to a range without an end has at most so many bytes: a browser asks
 * for more when it wants it. Where it does not read an answer to its end, as of
 * a clip of which it shows one frame, the connection stays taken, and it has few. */
#define SERVE_RANGE_OPEN (G_GUINT64_CONSTANT (256) * 1024)

typedef enum {
  SERVE_RANGE_WHOLE, /* none was asked for, or none that is understood */
  SERVE_RANGE_PART,
  SERVE_RANGE_NONE, /* nothing of it is there */
} ServeRange;

/* What the header "Range" asks for of @size bytes; @text NULL: there is none.
 * *@first and *@last are the bytes to send, for NONE undefined. */
ServeRange serve_guard_range (
    const gchar *text, guint64 size, guint64 *first, guint64 *last);

G_END_DECLS
