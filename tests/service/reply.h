/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cjson/cJSON.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef enum {
  FRAMING_LENGTH,
  FRAMING_CHUNKED,
  FRAMING_UNTIL_CLOSE
} ReplyFraming;

/* What is to be answered, before any fault gets at it. */
typedef struct {
  guint status;
  SoupMessageHeaders *headers;
  GBytes *body;
  ReplyFraming framing;
  /* Beside chunks a Content-Length stands all the same, and a wrong one. */
  gboolean length_too;
  /* A line behind the last chunk; NULL: none. */
  gchar *trailer;
  /* A HEAD request: the length is told, the body is not sent. */
  gboolean head_only;
  /* The body is followed by filling for as long as the client takes it. */
  gboolean endless;
  /* A task was created, and billed, for this answer. */
  gboolean accepted;
  /* What the answer is about, where it is about one; for bodies that faults
   * put in its place. */
  gchar *task_id;
  gchar *video_url;
} Reply;

/* Takes @body. */
Reply *reply_new (guint status, const gchar *content_type, GBytes *body);
Reply *reply_new_text (
    guint status, const gchar *content_type, const gchar *text);
/* Takes @json. */
Reply *reply_new_json (guint status, cJSON *json);
/* {"error":{"code":…,"message":…}}; @code NULL: the usual one of @status. */
Reply *reply_new_error (guint status, const gchar *code, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);
/* The same as an object store says it. */
Reply *reply_new_xml_error (
    guint status, const gchar *code, const gchar *message);
void reply_free (Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

void reply_set_header (Reply *reply, const gchar *name, const gchar *value);
/* Takes @body; @content_type NULL: as it is. */
void reply_set_body (Reply *reply, const gchar *content_type, GBytes *body);

/* The status line and the headers, as they go out. */
gchar *reply_head (Reply *reply, gboolean keep_alive, gsize *length);

G_END_DECLS
