/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts seedance-local and talks to it for the tests of the service: see
 * client.h. */

#include "client.h"

#include <stdlib.h>
#include <string.h>

static gchar *
read_line (GSubprocess *process)
{
  g_autoptr (GDataInputStream) stream =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  gchar *line = g_data_input_stream_read_line (stream, NULL, NULL, NULL);

  g_assert_nonnull (line);
  return line;
}

static gchar *
get_text (const cJSON *json, const gchar *name)
{
  return g_strdup (
      cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (json, name)));
}

static GSubprocess *
launch (const gchar *const *args)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  if (g_getenv ("SEEDANCE_LOCAL") == NULL)
    g_error ("SEEDANCE_LOCAL must name the seedance-local to test");
  g_ptr_array_add (argv, (gpointer) g_getenv ("SEEDANCE_LOCAL"));
  g_ptr_array_add (argv, "--exit-with-stdin");
  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) args[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const gchar *const *) argv->pdata,
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  return process;
}

Client *
client_start (const gchar *const *args)
{
  Client *client = g_new0 (Client, 1);
  g_autofree gchar *line = NULL;
  cJSON *json;

  client->process = launch (args);
  line = read_line (client->process);
  json = cJSON_Parse (line);
  client->api = get_text (json, "api");
  client->clips = get_text (json, "clips");
  client->control = get_text (json, "control");
  g_assert_nonnull (client->api);
  g_assert_nonnull (client->clips);
  g_assert_nonnull (client->control);
  cJSON_Delete (json);
  client->session = soup_session_new ();
  return client;
}

void
client_stop (Client *client)
{
  g_autoptr (GError) error = NULL;

  soup_session_abort (client->session);
  g_object_unref (client->session);
  g_output_stream_close (
      g_subprocess_get_stdin_pipe (client->process), NULL, NULL);
  g_assert_true (g_subprocess_wait_check (client->process, NULL, &error));
  g_assert_no_error (error);
  g_object_unref (client->process);
  g_free (client->api);
  g_free (client->clips);
  g_free (client->control);
  g_free (client);
}

void
answer_free (Answer *answer)
{
  soup_message_headers_unref (answer->headers);
  g_bytes_unref (answer->body);
  g_free (answer);
}

static void
set_headers (SoupMessage *message, va_list args)
{
  const gchar *name;

  while ((name = va_arg (args, const gchar *)) != NULL)
    soup_message_headers_append (soup_message_get_request_headers (message),
        name, va_arg (args, const gchar *));
}

static void
set_body (SoupMessage *message, const gchar *body)
{
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

  soup_message_set_request_body_from_bytes (message, "application/json", bytes);
}

Answer *
client_send (Client *client, const gchar *method, const gchar *url,
    const gchar *body, ...)
{
  g_autofree gchar *whole =
      g_strconcat (*url == '/' ? client->api : "", url, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, whole);
  g_autoptr (GError) error = NULL;
  Answer *answer = g_new0 (Answer, 1);
  va_list args;

  va_start (args, body);
  set_headers (message, args);
  va_end (args);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (body != NULL)
    set_body (message, body);
  answer->body =
      soup_session_send_and_read (client->session, message, NULL, &error);
  g_assert_no_error (error);
  answer->status = soup_message_get_status (message);
  answer->headers =
      soup_message_headers_ref (soup_message_get_response_headers (message));
  return answer;
}

Answer *
client_call (
    Client *client, const gchar *method, const gchar *path, const gchar *body)
{
  return client_send (
      client, method, path, body, "Authorization", "Bearer local-key", NULL);
}

static cJSON *
parse (Answer *answer)
{
  gsize size;
  const gchar *data = g_bytes_get_data (answer->body, &size);

  return cJSON_ParseWithLength (data, size);
}

cJSON *
client_control (
    Client *client, const gchar *method, const gchar *path, const gchar *body)
{
  g_autofree gchar *whole = g_strconcat (client->control, "/", path, NULL);
  g_autoptr (Answer) answer = client_send (client, method, whole, body, NULL);

  g_assert_cmpuint (answer->status, ==, 200);
  return parse (answer);
}

gint64
client_counter (Client *client, const gchar *name)
{
  cJSON *stats = client_control (client, "GET", "stats", NULL);
  gint64 value = cJSON_GetObjectItemCaseSensitive (stats, name)->valuedouble;

  cJSON_Delete (stats);
  return value;
}

void
client_wait (Client *client, const gchar *counter, guint at_least)
{
  g_autofree gchar *path =
      g_strdup_printf ("wait?counter=%s&at-least=%u", counter, at_least);

  cJSON_Delete (client_control (client, "GET", path, NULL));
}

gchar *
client_order (Client *client, const gchar *body)
{
  g_autoptr (Answer) answer =
      client_call (client, "POST", "/v1/videos/text-to-video", body);
  gchar *id = answer_text (answer, "task_id");

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (id);
  return id;
}

GBytes *
client_clip (Client *client, const gchar *id)
{
  g_autofree gchar *path = g_strconcat (client->control, "/clip/", id, NULL);
  g_autoptr (Answer) answer = client_send (client, "GET", path, NULL, NULL);

  g_assert_cmpuint (answer->status, ==, 200);
  return g_bytes_ref (answer->body);
}

gchar *
client_url (Client *client, const gchar *id)
{
  g_autofree gchar *path = g_strconcat ("/v1/videos/", id, NULL);
  g_autoptr (Answer) answer = client_call (client, "GET", path, NULL);
  gchar *url = answer_text (answer, "video_url");

  g_assert_nonnull (url);
  return url;
}

GSocketConnection *
client_open (const gchar *url, const gchar *request)
{
  g_autoptr (GSocketClient) sockets = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  connection = g_socket_client_connect_to_uri (sockets, url, 80, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (
      g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
      strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

GBytes *
client_read (GSocketConnection *connection, gsize limit, gboolean *fin)
{
  GInputStream *stream =
      g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GByteArray *bytes = g_byte_array_new ();
  guint8 buffer[65536];
  gssize size = 0;

  while (bytes->len < limit) {
    size = g_input_stream_read (
        stream, buffer, MIN (sizeof buffer, limit - bytes->len), NULL, NULL);
    if (size <= 0)
      break;
    g_byte_array_append (bytes, buffer, size);
  }
  *fin = size == 0;
  return g_byte_array_free_to_bytes (bytes);
}

gchar *
answer_text (Answer *answer, const gchar *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);
  cJSON *json = parse (answer);
  const cJSON *at = json;
  gchar *text;

  for (guint i = 0; names[i] != NULL; i++)
    at = cJSON_IsArray (at) ? cJSON_GetArrayItem (at, atoi (names[i]))
                            : cJSON_GetObjectItemCaseSensitive (at, names[i]);
  text = g_strdup (cJSON_GetStringValue (at));
  cJSON_Delete (json);
  return text;
}

const gchar *
answer_header (Answer *answer, const gchar *name)
{
  return soup_message_headers_get_one (answer->headers, name);
}
