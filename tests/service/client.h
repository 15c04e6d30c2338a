/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cjson/cJSON.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A running seedance-local and a client of it, for the tests of the service
 * itself. Everything blocks and fails the test on the unexpected. */
typedef struct {
  GSubprocess *process;
  SoupSession *session;
  gchar *api;
  gchar *clips;
  gchar *control;
} Client;

/* An answer. */
typedef struct {
  guint status;
  SoupMessageHeaders *headers;
  GBytes *body;
} Answer;

/* @args: NULL-terminated options, or NULL. */
Client *client_start (const gchar *const *args);
void client_stop (Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_stop)

void answer_free (Answer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* @url: whole, or a path on the API's port. @body NULL: none. Then come
 * names and values of headers, and NULL. */
Answer *client_send (Client *client, const gchar *method, const gchar *url,
    const gchar *body, ...) G_GNUC_NULL_TERMINATED;
/* The same to the API, with the right key. */
Answer *client_call (
    Client *client, const gchar *method, const gchar *path, const gchar *body);
/* The same to the control path; what it answers, if anything, is JSON. */
cJSON *client_control (
    Client *client, const gchar *method, const gchar *path, const gchar *body);
gint64 client_counter (Client *client, const gchar *name);
void client_wait (Client *client, const gchar *counter, guint at_least);

/* Orders by @body at the plain text endpoint; the task's id. */
gchar *client_order (Client *client, const gchar *body);
/* The bytes of the clip, once it is rendered. */
GBytes *client_clip (Client *client, const gchar *id);
/* The signed URL of a task that has succeeded. */
gchar *client_url (Client *client, const gchar *id);

/* One request by hand, on a connection of its own. */
GSocketConnection *client_open (const gchar *url, const gchar *request);
/* Reads up to the end of the connection or to @limit bytes; whether the end
 * was a FIN. */
GBytes *client_read (GSocketConnection *connection, gsize limit, gboolean *fin);

/* Of the JSON in an answer: the text at a path such as "error.code", "items.0.id". */
gchar *answer_text (Answer *answer, const gchar *path);
const gchar *answer_header (Answer *answer, const gchar *name);

G_END_DECLS
