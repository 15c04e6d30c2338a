/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* One request, read to its end, and the connection that it came on. */
typedef struct {
  gchar *method;
  gchar *path;
  /* As sent, undecoded; NULL when there is none. */
  gchar *raw_query;
  /* Decoded names and values; NULL when there is no query. */
  GHashTable *query;
  SoupMessageHeaders *headers;
  GBytes *body;
  gboolean keep_alive;
  /* 1 for the first request on its connection. */
  guint ordinal;
  /* Of a clip: what links_enter() gave. */
  guint request;
  GSocketConnection *connection;
  GCancellable *quit;
} Call;

void call_free (Call *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

const gchar *call_query (Call *call, const gchar *name);
const gchar *call_header (Call *call, const gchar *name);
GSocket *call_socket (Call *call);

/* TRUE when the client has closed or the service is about to end; a
 * GiveUpFunc. */
gboolean call_is_over (gpointer call);

/* TRUE for the first request of its kind on a connection: a test's requests
 * to the control path do not make a connection count. */
gboolean call_marks_connection (Call *call);

/* Answers @call in a thread of its own, by writing to its socket; blocking is
 * fine. TRUE when the connection may carry another request. */
typedef gboolean (*DoorFunc) (Call *call, gpointer user_data);

/* One loopback port. libsoup reads and parses the requests; the answers are
 * written by hand, because a server library knows only how to answer well. */
typedef struct _Door Door;

Door *door_new (guint16 port, DoorFunc func, gpointer user_data,
    GCancellable *quit, GError **error);
guint16 door_get_port (Door *door);
/* Waits for the requests in progress, so cancel the cancellable first. */
void door_free (Door *door);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Door, door_free)

G_END_DECLS
