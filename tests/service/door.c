/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A listening port. libsoup reads each request on the main thread; then this
 * file takes the connection back from libsoup and answers in a thread of the
 * pool. */

#include "door.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

struct _Door {
  guint16 port;
  DoorFunc func;
  gpointer user_data;
  GCancellable *quit;
  GSocketService *listener;
  SoupServer *server;
  GThreadPool *pool;
};

/* A connection on its way to libsoup. */
typedef struct {
  SoupServer *server;
  GSocketConnection *connection;
} Admission;

static void
admission_free (Admission *admission)
{
  g_object_unref (admission->server);
  g_object_unref (admission->connection);
  g_free (admission);
}

/* Gives a connection to libsoup, which reads the next request from it. */
static gboolean
admit (gpointer user_data)
{
  Admission *admission = user_data;
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GSocketAddress) remote = NULL;

  local = g_socket_connection_get_local_address (admission->connection, NULL);
  remote = g_socket_connection_get_remote_address (admission->connection, NULL);
  if (local != NULL && remote != NULL) {
    soup_server_accept_iostream (admission->server,
        G_IO_STREAM (admission->connection), local, remote, NULL);
  }
  return G_SOURCE_REMOVE;
}

/* Hands the connection over on the main thread, the only one in which libsoup
 * may be used. */
static void
door_admit (Door *door, GSocketConnection *connection)
{
  Admission *admission = g_new (Admission, 1);

  admission->server = g_object_ref (door->server);
  admission->connection = g_object_ref (connection);
  g_idle_add_full (
      G_PRIORITY_DEFAULT, admit, admission, (GDestroyNotify) admission_free);
}

static gboolean
on_incoming (GSocketService *listener, GSocketConnection *connection,
    GObject *source, gpointer user_data)
{
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP,
      TCP_NODELAY, 1, NULL);
  door_admit (user_data, connection);
  return TRUE;
}

static void
copy_header (const gchar *name, const gchar *value, gpointer headers)
{
  soup_message_headers_append (headers, name, value);
}

static GHashTable *
copy_query (GHashTable *query)
{
  GHashTable *copy;
  GHashTableIter iter;
  gpointer name, value;

  if (query == NULL)
    return NULL;
  copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, query);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (copy, g_strdup (name), g_strdup (value));
  return copy;
}

static guint
next_ordinal (GObject *connection)
{
  guint ordinal =
      GPOINTER_TO_UINT (g_object_get_data (connection, "ordinal")) + 1;

  g_object_set_data (connection, "ordinal", GUINT_TO_POINTER (ordinal));
  return ordinal;
}

static gboolean
wants_keep_alive (SoupServerMessage *message, SoupMessageHeaders *headers)
{
  return soup_server_message_get_http_version (message) == SOUP_HTTP_1_1 &&
         !soup_message_headers_header_contains (headers, "Connection", "close");
}

static Call *
call_new (SoupServerMessage *message, GHashTable *query)
{
  Call *call = g_new0 (Call, 1);
  SoupMessageHeaders *headers =
      soup_server_message_get_request_headers (message);
  GUri *uri = soup_server_message_get_uri (message);

  call->method = g_strdup (soup_server_message_get_method (message));
  call->path = g_strdup (g_uri_get_path (uri));
  call->raw_query = g_strdup (g_uri_get_query (uri));
  call->query = copy_query (query);
  call->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  soup_message_headers_foreach (headers, copy_header, call->headers);
  call->keep_alive = wants_keep_alive (message, headers);
  call->body = soup_message_body_flatten (
      soup_server_message_get_request_body (message));
  return call;
}

/* Takes the socket's connection out of libsoup's stream, which does not close
 * it when it is freed. If the client has pipelined a second request, libsoup
 * may have read that already, and it is lost. */
static GSocketConnection *
steal_connection (SoupServerMessage *message)
{
  g_autoptr (GIOStream) stream = NULL;
  GSocketConnection *connection = NULL;

  stream = soup_server_message_steal_connection (message);
  g_object_get (stream, "base-iostream", &connection, NULL);
  return connection;
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  Door *door = user_data;
  Call *call = call_new (message, query);

  call->connection = steal_connection (message);
  call->ordinal = next_ordinal (G_OBJECT (call->connection));
  call->quit = g_object_ref (door->quit);
  g_thread_pool_push (door->pool, call, NULL);
}

static void
answer (gpointer data, gpointer user_data)
{
  g_autoptr (Call) call = data;
  Door *door = user_data;

  if (door->func (call, door->user_data) &&
      !g_cancellable_is_cancelled (door->quit))
    door_admit (door, call->connection);
  else
    g_io_stream_close (G_IO_STREAM (call->connection), NULL, NULL);
}

static guint16
listen_on_loopback (GSocketListener *listener, guint16 port, GError **error)
{
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted =
      g_inet_socket_address_new (loopback, port);
  g_autoptr (GSocketAddress) got = NULL;

  if (!g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
          G_SOCKET_PROTOCOL_TCP, NULL, &got, error))
    return 0;
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
}

Door *
door_new (guint16 port, DoorFunc func, gpointer user_data, GCancellable *quit,
    GError **error)
{
  g_autoptr (Door) door = g_new0 (Door, 1);

  door->func = func;
  door->user_data = user_data;
  door->quit = g_object_ref (quit);
  door->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (door->server, NULL, on_request, door, NULL);
  /* The pool has no limit, because each held or hanging request keeps a
   * thread. */
  door->pool = g_thread_pool_new (answer, door, -1, FALSE, NULL);
  door->listener = g_socket_service_new ();
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (door->listener), 128);
  g_signal_connect (door->listener, "incoming", G_CALLBACK (on_incoming), door);
  door->port =
      listen_on_loopback (G_SOCKET_LISTENER (door->listener), port, error);
  return door->port ? g_steal_pointer (&door) : NULL;
}

guint16
door_get_port (Door *door)
{
  return door->port;
}

void
door_free (Door *door)
{
  g_socket_service_stop (door->listener);
  g_socket_listener_close (G_SOCKET_LISTENER (door->listener));
  g_thread_pool_free (door->pool, FALSE, TRUE);
  soup_server_disconnect (door->server);
  g_object_unref (door->server);
  g_object_unref (door->listener);
  g_object_unref (door->quit);
  g_free (door);
}
