/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A reply is the answer to one request, before any fault changes it. serve.c
 * applies the faults and wire.c sends the result. */
#pragma once

#include <cjson/cJSON.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* How the client learns where the body ends: by a Content-Length, by chunks, or
 * by the end of the connection. */
typedef enum {
  FRAMING_LENGTH,
  FRAMING_CHUNKED,
  FRAMING_UNTIL_CLOSE
} ReplyFraming;

/* The answer to one request. */
typedef struct {
  guint status;
  SoupMessageHeaders *headers;
  GBytes *body;
  ReplyFraming framing;
  /* Send a wrong Content-Length, too, although the body is chunked. */
  gboolean length_too;
  /* A trailer line after the last chunk; NULL: none. */
  gchar *trailer;
  /* The answer to HEAD: it tells the body's length without the body. */
  gboolean head_only;
  /* Send spaces after the body until the client closes the connection. */
  gboolean endless;
  /* The request is an accepted order: its task exists and is billed. */
  gboolean accepted;
  /* The task and the clip's URL that the answer is about, or NULL. Bodies that
   * faults put in its place may contain them. */
  gchar *task_id;
  gchar *video_url;
} Reply;

/* All constructors return a Reply to free with reply_free(). reply_new() takes
 * @body. */
Reply *reply_new (guint status, const gchar *content_type, GBytes *body);
Reply *reply_new_text (
    guint status, const gchar *content_type, const gchar *text);
/* Takes @json. */
Reply *reply_new_json (guint status, cJSON *json);
/* Returns an error as JSON: {"error":{"code":…,"message":…}}. @code NULL:
 * the usual code of this status. */
Reply *reply_new_error (guint status, const gchar *code, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);
/* The same as XML, the form in which object stores report errors. */
Reply *reply_new_xml_error (
    guint status, const gchar *code, const gchar *message);
void reply_free (Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

/* Sets or replaces the header @name. */
void reply_set_header (Reply *reply, const gchar *name, const gchar *value);
/* Takes @body. @content_type NULL keeps the Content-Type. */
void reply_set_body (Reply *reply, const gchar *content_type, GBytes *body);

/* Returns the status line and the headers as they are sent, with their length
 * in @length. Free with g_free(). */
gchar *reply_head (Reply *reply, gboolean keep_alive, gsize *length);

G_END_DECLS
