/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest is one connection. libsoup has no limits for connections, so each one
 * is registered here before libsoup gets it, and its socket is shut down when
 * its time is over. */
#include "serve-door.h"

/* libsoup waits for a request for as long as its client likes. Any program of
 * this machine can connect, even one of another user. So each guest has a
 * deadline, and if there is no room the oldest idle guest has to go. */
#define GUESTS_MAX 64
#define REQUEST_SECONDS 15 /* until a request is whole */
#define ANSWER_SECONDS 30  /* until the next bytes of an answer are taken */

struct _ServeDoor {
  guint16 port;
  GSocketService *listener;
  SoupServer *server;
  ServeDoorFunc func;
  gpointer user_data;
  GHashTable *guests; /* key_of() to Guest; both owned */
  guint sweep;        /* a source; 0 while there is no guest */
};

typedef struct {
  ServeDoor *door;
  gchar *key;                    /* owned by the table */
  GSocketConnection *connection; /* weak */
  GSocket *socket;
  gint64 came;     /* monotonic time */
  gint64 deadline; /* the same */
  gboolean served; /* an answer is under way */
} Guest;

/* Returns address and port of the client. The port alone would not do: another
 * connection may come from the same port of another address, such as
 * 127.0.0.2. Free with g_free(). */
static gchar *
key_of (GSocketAddress *remote)
{
  return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (remote));
}

static void on_connection_gone (gpointer data, GObject *connection);

static void
guest_free (gpointer data)
{
  Guest *guest = data;

  if (guest->connection)
    g_object_weak_unref (
        G_OBJECT (guest->connection), on_connection_gone, guest);
  g_object_unref (guest->socket);
  g_free (guest);
}

static void
on_connection_gone (gpointer data, GObject *connection)
{
  Guest *guest = data;

  guest->connection = NULL;
  g_hash_table_remove (guest->door->guests, guest->key);
}

static void
give_time (Guest *guest, guint seconds)
{
  guest->deadline = g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC;
}

/* libsoup notices that the socket has ended, and releases the connection. */
static void
show_out (Guest *guest)
{
  g_socket_shutdown (guest->socket, TRUE, TRUE, NULL);
}

static gboolean
sweep (gpointer user_data)
{
  ServeDoor *door = user_data;
  const gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer guest;

  g_hash_table_iter_init (&iter, door->guests);
  while (g_hash_table_iter_next (&iter, NULL, &guest)) {
    if (((Guest *) guest)->deadline <= now)
      show_out (guest);
  }
  if (g_hash_table_size (door->guests) > 0)
    return G_SOURCE_CONTINUE;
  door->sweep = 0;

  return G_SOURCE_REMOVE;
}

/* Returns FALSE if there is no room, and all guests are being served. */
static gboolean
make_room (ServeDoor *door)
{
  GHashTableIter iter;
  gpointer value;
  Guest *oldest = NULL;

  if (g_hash_table_size (door->guests) < GUESTS_MAX)
    return TRUE;
  g_hash_table_iter_init (&iter, door->guests);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Guest *guest = value;

    if (!guest->served && (!oldest || guest->came < oldest->came))
      oldest = guest;
  }
  if (!oldest)
    return FALSE;
  show_out (oldest);
  g_hash_table_remove (door->guests, oldest->key);

  return TRUE;
}

static void
let_in (ServeDoor *door, GSocketConnection *connection, GSocketAddress *remote)
{
  Guest *guest = g_new0 (Guest, 1);

  guest->door = door;
  guest->key = key_of (remote);
  guest->connection = connection;
  guest->socket = g_object_ref (g_socket_connection_get_socket (connection));
  guest->came = g_get_monotonic_time ();
  give_time (guest, REQUEST_SECONDS);
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, guest);
  g_hash_table_replace (door->guests, guest->key, guest);
  if (door->sweep == 0)
    door->sweep = g_timeout_add_seconds (1, sweep, door);
}

static gboolean
on_incoming (GSocketService *listener, GSocketConnection *connection,
    GObject *source, gpointer user_data)
{
  ServeDoor *door = user_data;
  g_autoptr (GSocketAddress) local =
      g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_connection_get_remote_address (connection, NULL);

  /* Without another reference the connection is closed when this returns. */
  if (!local || !remote || !make_room (door))
    return TRUE;
  let_in (door, connection, remote);
  soup_server_accept_iostream (
      door->server, G_IO_STREAM (connection), local, remote, NULL);

  return TRUE;
}

static Guest *
find_guest (ServeDoor *door, SoupServerMessage *message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  g_autofree gchar *key = remote ? key_of (remote) : NULL;

  return key ? g_hash_table_lookup (door->guests, key) : NULL;
}

/* The body of a request is not kept, because no request needs one. */
static void
on_request_started (
    SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  soup_message_body_set_accumulate (
      soup_server_message_get_request_body (message), FALSE);
}

static void
on_progress (SoupServerMessage *message, guint size, gpointer user_data)
{
  Guest *guest = find_guest (user_data, message);

  if (guest)
    give_time (guest, ANSWER_SECONDS);
}

static void
on_finished (SoupServerMessage *message, gpointer user_data)
{
  Guest *guest = find_guest (user_data, message);

  if (!guest)
    return;
  guest->served = FALSE;
  give_time (guest, REQUEST_SECONDS);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  ServeDoor *door = user_data;
  Guest *guest = find_guest (door, message);

  if (guest) {
    guest->served = TRUE;
    give_time (guest, ANSWER_SECONDS);
  }
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (on_progress), door);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), door);
  door->func (message, door->user_data);
}

static gboolean
listen_on (ServeDoor *door, GSocketFamily family, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (family);
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new (loopback, door->port);
  g_autoptr (GSocketAddress) bound = NULL;

  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (door->listener),
          address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound,
          error))
    return FALSE;
  door->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));

  return TRUE;
}

ServeDoor *
serve_door_new (guint16 port, gboolean ipv6, ServeDoorFunc func,
    gpointer user_data, GError **error)
{
  g_autoptr (ServeDoor) door = g_new0 (ServeDoor, 1);

  door->port = port;
  door->func = func;
  door->user_data = user_data;
  door->guests =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, guest_free);
  /* Paths are compared as they were sent: none of the page's has an escape. */
  door->server = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_add_handler (door->server, NULL, on_request, door, NULL);
  g_signal_connect (
      door->server, "request-started", G_CALLBACK (on_request_started), door);
  door->listener = g_socket_service_new ();
  g_signal_connect (door->listener, "incoming", G_CALLBACK (on_incoming), door);
  if (!listen_on (door, G_SOCKET_FAMILY_IPV4, error) ||
      (ipv6 && !listen_on (door, G_SOCKET_FAMILY_IPV6, error)))
    return NULL;

  return g_steal_pointer (&door);
}

void
serve_door_free (ServeDoor *door)
{
  if (!door)
    return;
  g_socket_service_stop (door->listener);
  g_socket_listener_close (G_SOCKET_LISTENER (door->listener));
  g_object_unref (door->listener);
  soup_server_disconnect (door->server);
  g_object_unref (door->server);
  g_clear_handle_id (&door->sweep, g_source_remove);
  g_hash_table_unref (door->guests);
  g_free (door);
}

guint16
serve_door_get_port (ServeDoor *door)
{
  return door->port;
}
