/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A door is one listening TCP port on loopback. libsoup reads and parses the
 * requests; the answers are written to the socket by hand, because a server
 * library offers no way to send the broken answers that the faults ask for. A
 * call is one request that came through a door. */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* One request, read to its end, and the connection that it came on. */
typedef struct {
  gchar *method;
  gchar *path;
  /* As the client sent it, still encoded; NULL if there is no query. */
  gchar *raw_query;
  /* Decoded names and values; NULL if there is no query. */
  GHashTable *query;
  SoupMessageHeaders *headers;
  GBytes *body;
  gboolean keep_alive;
  /* 1 for the first request on its connection. */
  guint ordinal;
  /* For requests at the clips' port: the number from links_enter(). */
  guint request;
  GSocketConnection *connection;
  /* Cancelled when the service ends. */
  GCancellable *quit;
} Call;

void call_free (Call *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* call_query() and call_header() return a value that the call owns, or NULL if
 * there is none. */
const gchar *call_query (Call *call, const gchar *name);
const gchar *call_header (Call *call, const gchar *name);
GSocket *call_socket (Call *call);

/* Returns TRUE if the client has closed the connection or the service is about
 * to end. A GiveUpFunc. */
gboolean call_is_over (gpointer call);

/* Returns TRUE the first time it is called for a connection. Only requests that
 * the connection counters should count call it, so a test's requests to the
 * control path do not make their connection count. */
gboolean call_marks_connection (Call *call);

/* Answers @call by writing to its socket. It runs in a thread of its own and
 * may block. Returns TRUE if the connection may carry another request. */
typedef gboolean (*DoorFunc) (Call *call, gpointer user_data);

/* One listening port on 127.0.0.1. */
typedef struct _Door Door;

/* Listens on @port; 0 picks a free one. Returns NULL and sets @error if the
 * port cannot be opened. Cancelling @quit makes requests in progress end. */
Door *door_new (guint16 port, DoorFunc func, gpointer user_data,
    GCancellable *quit, GError **error);
guint16 door_get_port (Door *door);
/* Waits until the requests in progress have ended, so cancel the GCancellable
 * first. */
void door_free (Door *door);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Door, door_free)

G_END_DECLS
