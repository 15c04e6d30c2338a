/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds replies, and their status line and headers. */

#include "reply.h"

Reply *
reply_new (guint status, const gchar *content_type, GBytes *body)
{
  Reply *reply = g_new0 (Reply, 1);
  g_autofree gchar *id = g_uuid_string_random ();

  reply->status = status;
  reply->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  reply->body = body;
  reply_set_header (reply, "Content-Type", content_type);
  reply_set_header (reply, "X-Request-Id", id);
  return reply;
}

Reply *
reply_new_text (guint status, const gchar *content_type, const gchar *text)
{
  return reply_new (status, content_type, g_bytes_new (text, strlen (text)));
}

Reply *
reply_new_json (guint status, cJSON *json)
{
  gchar *text = cJSON_PrintUnformatted (json);
  Reply *reply = reply_new_text (status, "application/json", text);

  cJSON_free (text);
  cJSON_Delete (json);
  return reply;
}

static const gchar *
usual_code (guint status)
{
  switch (status) {
    case 401:
      return "AuthenticationError";
    case 403:
      return "AccessDenied";
    case 404:
      return "ResourceNotFound";
    case 405:
      return "MethodNotAllowed";
    case 429:
      return "RateLimitExceeded";
    default:
      return status >= 500 ? "InternalServiceError" : "InvalidParameter";
  }
}

Reply *
reply_new_error (guint status, const gchar *code, const gchar *format, ...)
{
  cJSON *json = cJSON_CreateObject ();
  cJSON *error = cJSON_AddObjectToObject (json, "error");
  g_autofree gchar *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  cJSON_AddStringToObject (error, "code", code ? code : usual_code (status));
  cJSON_AddStringToObject (error, "message", message);
  return reply_new_json (status, json);
}

Reply *
reply_new_xml_error (guint status, const gchar *code, const gchar *message)
{
  g_autofree gchar *text =
      g_markup_printf_escaped ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<Error><Code>%s</Code>"
                               "<Message>%s</Message></Error>\n",
          code ? code : usual_code (status), message);

  return reply_new_text (status, "application/xml", text);
}

void
reply_free (Reply *reply)
{
  soup_message_headers_unref (reply->headers);
  g_bytes_unref (reply->body);
  g_free (reply->trailer);
  g_free (reply->task_id);
  g_free (reply->video_url);
  g_free (reply);
}

void
reply_set_header (Reply *reply, const gchar *name, const gchar *value)
{
  soup_message_headers_replace (reply->headers, name, value);
}

void
reply_set_body (Reply *reply, const gchar *content_type, GBytes *body)
{
  g_bytes_unref (reply->body);
  reply->body = body;
  if (content_type != NULL)
    reply_set_header (reply, "Content-Type", content_type);
}

static void
append_header (const gchar *name, const gchar *value, gpointer user_data)
{
  g_string_append_printf (user_data, "%s: %s\r\n", name, value);
}

static gboolean
may_have_body (guint status)
{
  return status >= 200 && status != 204 && status != 304;
}

gchar *
reply_head (Reply *reply, gboolean keep_alive, gsize *length)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *date = soup_date_time_to_string (now, SOUP_DATE_HTTP);
  GString *head = g_string_new (NULL);

  g_string_append_printf (head, "HTTP/1.1 %u %s\r\nDate: %s\r\n", reply->status,
      soup_status_get_phrase (reply->status), date);
  soup_message_headers_foreach (reply->headers, append_header, head);
  if (reply->length_too)
    append_header ("Content-Length", "7", head);
  if (reply->framing == FRAMING_CHUNKED)
    append_header ("Transfer-Encoding", "chunked", head);
  else if (reply->framing == FRAMING_LENGTH && may_have_body (reply->status))
    g_string_append_printf (head, "Content-Length: %" G_GSIZE_FORMAT "\r\n",
        g_bytes_get_size (reply->body));
  append_header ("Connection", keep_alive ? "keep-alive" : "close", head);
  g_string_append (head, "\r\n");
  *length = head->len;
  return g_string_free (head, FALSE);
}
