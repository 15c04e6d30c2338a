/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a seedance-local process and sends requests to it, for the tests of
 * the service itself (test-*.c). Every function blocks, and fails the running
 * test when something unexpected happens. */
#pragma once

#include <cjson/cJSON.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A running seedance-local, the URLs that it announced, and an HTTP session to
 * talk to it. */
typedef struct {
  GSubprocess *process;
  SoupSession *session;
  gchar *api;
  gchar *clips;
  gchar *control;
} Client;

/* The response to one request. Free with answer_free(). */
typedef struct {
  guint status;
  SoupMessageHeaders *headers;
  GBytes *body;
} Answer;

/* Starts the program that the environment variable SEEDANCE_LOCAL names. @args:
 * NULL-terminated command-line options, or NULL. Free with client_stop(), which
 * ends the process and checks its exit status. */
Client *client_start (const gchar *const *args);
void client_stop (Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_stop)

void answer_free (Answer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* Sends one request and returns its answer. @url is a whole URL, or a path on
 * the API's port; @body NULL sends no body. The variable arguments are names
 * and values of headers, ended by NULL. Redirects are not followed. */
Answer *client_send (Client *client, const gchar *method, const gchar *url,
    const gchar *body, ...) G_GNUC_NULL_TERMINATED;
/* Like client_send(), to a path of the API and with the correct key. */
Answer *client_call (
    Client *client, const gchar *method, const gchar *path, const gchar *body);
/* Like client_send(), to the control path @path. The status must be 200.
 * Returns the parsed JSON, free with cJSON_Delete(); NULL if the answer is not
 * JSON. */
cJSON *client_control (
    Client *client, const gchar *method, const gchar *path, const gchar *body);
/* Returns the current value of the counter @name (see README.md). */
gint64 client_counter (Client *client, const gchar *name);
/* Waits until the counter @counter is @at_least or more. */
void client_wait (Client *client, const gchar *counter, guint at_least);

/* Orders a clip with @body at the text-to-video path of the default service.
 * Returns the task's id; free with g_free(). */
gchar *client_order (Client *client, const gchar *body);
/* Waits until the clip of task @id is rendered and returns its bytes. The
 * request goes by the control path, so the clip counters do not count it. */
GBytes *client_clip (Client *client, const gchar *id);
/* Returns the signed clip URL of a task that has succeeded; free with
 * g_free(). */
gchar *client_url (Client *client, const gchar *id);

/* Opens a new TCP connection to the host of @url and writes @request to it as
 * it is. */
GSocketConnection *client_open (const gchar *url, const gchar *request);
/* Reads until the connection ends or @limit bytes have come. Sets @fin to TRUE
 * if a FIN ended the connection, to FALSE after a RST or at the limit. */
GBytes *client_read (GSocketConnection *connection, gsize limit, gboolean *fin);

/* Returns the text at @path in the JSON of @answer, such as "error.code" or
 * "items.0.id"; NULL if there is none. Free with g_free(). */
gchar *answer_text (Answer *answer, const gchar *path);
/* The answer owns the returned value; NULL if the header is missing. */
const gchar *answer_header (Answer *answer, const gchar *name);

G_END_DECLS
