/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implements the peers: one thread accepts connections, one more serves each of
 * them. */

#include "peer.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"

#define DRIP_INTERVAL (2 * G_TIME_SPAN_MILLISECOND)
#define FILLERS 4
#define REFUSAL \
  "HTTP/1.1 407 Proxy Authentication Required\r\n" \
  "Proxy-Authenticate: Basic realm=\"proxy\"\r\n" \
  "Content-Length: 0\r\nConnection: close\r\n\r\n"

struct _TestPeer {
  TestPeerKind kind;
  gchar *address;
  guint16 port;
  gint fillers[FILLERS];
  GSocket *socket;
  GCancellable *quit;
  GThread *thread;
  GPtrArray *guests; /* threads of the connections; only "peer" uses it */

  GMutex lock;
  GCond cond;
  /* The lock protects what follows. */
  guint reached, open;
  GString *heard;
};

typedef struct {
  TestPeer *peer;
  GSocket *socket;
} Guest;

static void
count (TestPeer *peer, gint open, gint reached)
{
  g_mutex_lock (&peer->lock);
  peer->open += open;
  peer->reached += reached;
  g_cond_broadcast (&peer->cond);
  g_mutex_unlock (&peer->lock);
}

static gboolean
read_some (Guest *guest)
{
  TestPeer *peer = guest->peer;
  gchar data[4096];
  gssize size =
      g_socket_receive (guest->socket, data, sizeof data, peer->quit, NULL);

  g_mutex_lock (&peer->lock);
  for (gssize i = 0; i < size; i++)
    g_string_append_c (peer->heard, data[i] ? data[i] : '?');
  g_mutex_unlock (&peer->lock);

  return size > 0;
}

static gboolean
say (Guest *guest, const gchar *text)
{
  return g_socket_send (
             guest->socket, text, strlen (text), guest->peer->quit, NULL) > 0;
}

static void
drip (Guest *guest)
{
  gboolean more = say (guest, "HTTP/1.1 200 OK\r\nX-Drip: ");

  while (more) {
    g_usleep (DRIP_INTERVAL);
    more = say (guest, "x");
  }
}

static gpointer
serve (gpointer data)
{
  Guest *guest = data;
  TestPeer *peer = guest->peer;

  if (read_some (guest)) {
    count (peer, 0, 1);
    if (peer->kind == TEST_PEER_REFUSING)
      say (guest, REFUSAL);
    else if (peer->kind == TEST_PEER_TUNNEL)
      say (guest, "HTTP/1.1 200 Connected\r\n\r\n");
    else if (peer->kind == TEST_PEER_DRIPPING)
      drip (guest);
    while (read_some (guest))
      ;
  }
  g_object_unref (guest->socket);
  g_free (guest);
  count (peer, -1, 0);

  return NULL;
}

static void
join (gpointer thread)
{
  g_thread_join (thread);
}

static gpointer
welcome (gpointer data)
{
  TestPeer *peer = data;
  GSocket *socket;

  while ((socket = g_socket_accept (peer->socket, peer->quit, NULL))) {
    Guest *guest = g_new (Guest, 1);

    *guest = (Guest){ peer, socket };
    count (peer, 1, 0);
    g_ptr_array_add (peer->guests, g_thread_new ("guest", serve, guest));
  }

  return NULL;
}

/* Returns how many sockets of this machine have sent a SYN to the port and wait
 * for the answer. */
static guint
count_syns (TestPeer *peer)
{
  g_autofree gchar *table = NULL;
  g_autofree gchar *wanted = g_strdup_printf (" 0100007F:%04X 02 ", peer->port);
  guint n = 0;

  fail_unless (g_file_get_contents ("/proc/net/tcp", &table, NULL, NULL));
  for (const gchar *at = table; (at = strstr (at, wanted)); at++)
    n++;

  return n;
}

/* Polls /proc, because the kernel reports no event for a SYN. */
static void
wait_for_syns (TestPeer *peer, gboolean there)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  while ((count_syns (peer) > 0) != there) {
    fail_unless (g_get_monotonic_time () < end);
    g_usleep (200);
  }
}

/* Fills the backlog, so that the kernel drops the SYN of every later
 * connection. */
static void
fill_backlog (TestPeer *peer)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_port = htons (peer->port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr *there = (struct sockaddr *) &address;

  fail_unless_equals_int (listen (g_socket_get_fd (peer->socket), 0), 0);
  for (guint i = 0; i < FILLERS; i++) {
    gint fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    /* Over loopback the handshake is done before connect() returns. */
    (void) !connect (fd, there, sizeof address);
    if (count_syns (peer) > 0) {
      close (fd);
      fd = -1;
    }
    peer->fillers[i] = fd;
  }
  wait_for_syns (peer, FALSE);
  fail_unless (peer->fillers[FILLERS - 1] < 0, "the backlog is never full");
}

static void
bind_socket (TestPeer *peer, guint16 port)
{
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted =
      g_inet_socket_address_new (loopback, port);
  g_autoptr (GSocketAddress) bound = NULL;

  peer->socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  fail_unless (g_socket_bind (peer->socket, wanted, TRUE, NULL));
  bound = g_socket_get_local_address (peer->socket, NULL);
  peer->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  peer->address = g_strdup_printf ("127.0.0.1:%u", peer->port);
}

TestPeer *
test_peer_start (TestPeerKind kind)
{
  return test_peer_start_at (kind, 0);
}

TestPeer *
test_peer_start_at (TestPeerKind kind, guint16 port)
{
  TestPeer *peer = g_new0 (TestPeer, 1);

  peer->kind = kind;
  peer->heard = g_string_new (NULL);
  memset (peer->fillers, -1, sizeof peer->fillers);
  peer->quit = g_cancellable_new ();
  peer->guests = g_ptr_array_new_with_free_func (join);
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->cond);
  bind_socket (peer, port);
  if (kind == TEST_PEER_FULL) {
    fill_backlog (peer);
  } else if (kind != TEST_PEER_CLOSED) {
    fail_unless (g_socket_listen (peer->socket, NULL));
    peer->thread = g_thread_new ("peer", welcome, peer);
  }

  return peer;
}

void
test_peer_hang_up (TestPeer *peer)
{
  g_cancellable_cancel (peer->quit);
  if (peer->thread)
    g_thread_join (g_steal_pointer (&peer->thread));
  g_ptr_array_set_size (peer->guests, 0);
  g_socket_close (peer->socket, NULL);
}

void
test_peer_stop (TestPeer *peer)
{
  test_peer_hang_up (peer);
  g_ptr_array_unref (peer->guests);
  for (guint i = 0; i < FILLERS; i++) {
    if (peer->fillers[i] >= 0)
      close (peer->fillers[i]);
  }
  g_object_unref (peer->socket);
  g_object_unref (peer->quit);
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->cond);
  g_string_free (peer->heard, TRUE);
  g_free (peer->address);
  g_free (peer);
}

guint16
test_peer_get_port (TestPeer *peer)
{
  return peer->port;
}

gchar *
test_peer_get_heard (TestPeer *peer)
{
  gchar *heard;

  g_mutex_lock (&peer->lock);
  heard = g_strdup (peer->heard->str);
  g_mutex_unlock (&peer->lock);

  return heard;
}

const gchar *
test_peer_get_address (TestPeer *peer)
{
  return peer->address;
}

void
test_peer_wait (TestPeer *peer, guint at_least)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  if (peer->kind == TEST_PEER_FULL) {
    wait_for_syns (peer, TRUE);
    return;
  }
  g_mutex_lock (&peer->lock);
  while (peer->reached < at_least)
    fail_unless (g_cond_wait_until (&peer->cond, &peer->lock, end),
        "nobody came to the peer");
  g_mutex_unlock (&peer->lock);
}

void
test_peer_wait_left (TestPeer *peer)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  if (peer->kind == TEST_PEER_FULL) {
    wait_for_syns (peer, FALSE);
    return;
  }
  g_mutex_lock (&peer->lock);
  while (peer->open > 0)
    fail_unless (g_cond_wait_until (&peer->cond, &peer->lock, end),
        "a connection to the peer is still open");
  g_mutex_unlock (&peer->lock);
}
