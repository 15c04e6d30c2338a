/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spare connection is given away only where it may be used. */

#include "spare.h"

#include <gio/gio.h>
#include <poll.h>
#include <unistd.h>

typedef struct {
  GSocket *listener;
  GSocket *accepted; /* the server's end of the spare */
  struct sockaddr_storage address;
  socklen_t size;
} Server;

static void
set_up (Server *server, gconstpointer ip)
{
  g_autoptr (GSocketAddress) any =
      g_inet_socket_address_new_from_string (ip, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  server->listener = g_socket_new (g_socket_address_get_family (any),
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  if (!server->listener || !g_socket_bind (server->listener, any, TRUE, NULL)) {
    g_test_skip ("this machine has no such address");
    g_clear_object (&server->listener);
    return;
  }
  g_assert_true (g_socket_listen (server->listener, NULL));
  bound = g_socket_get_local_address (server->listener, NULL);
  server->size = (socklen_t) g_socket_address_get_native_size (bound);
  g_assert_true (g_socket_address_to_native (
      bound, &server->address, sizeof server->address, NULL));
}

static void
tear_down (Server *server, gconstpointer ip)
{
  g_clear_object (&server->accepted);
  g_clear_object (&server->listener);
}

static guint16
get_port (Server *server)
{
  g_autoptr (GSocketAddress) bound =
      g_socket_get_local_address (server->listener, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* One that stands. */
static int
open_spare (Server *server, const gchar *ip)
{
  int spare = seedance_spare_open (ip, get_port (server));
  struct pollfd writable = { .fd = spare, .events = POLLOUT };

  g_assert_cmpint (spare, >=, 0);
  server->accepted = g_socket_accept (server->listener, NULL, NULL);
  g_assert_nonnull (server->accepted);
  g_assert_cmpint (poll (&writable, 1, -1), ==, 1);

  return spare;
}

static int
take (int *spare, Server *server)
{
  int fd = seedance_spare_take (
      spare, (const struct sockaddr *) &server->address, server->size);

  g_assert_cmpint (*spare, ==, -1);

  return fd;
}

static void
test_is_given_to_its_address (Server *server, gconstpointer ip)
{
  gchar byte = 0;
  int spare, fd;

  if (!server->listener)
    return;
  spare = open_spare (server, ip);
  fd = take (&spare, server);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
  g_assert_cmpint (
      g_socket_receive (server->accepted, &byte, 1, NULL, NULL), ==, 1);
  g_assert_cmpint (byte, ==, 'x');
  close (fd);
  g_assert_cmpint (take (&spare, server), ==, -1);
}

static void
test_is_not_given_to_another (Server *server, gconstpointer ip)
{
  Server other = { 0 };
  gchar byte;
  int spare;

  set_up (&other, ip);
  spare = open_spare (server, ip);
  g_assert_cmpint (take (&spare, &other), ==, -1);
  /* Closed, and not forgotten. */
  g_assert_cmpint (
      g_socket_receive (server->accepted, &byte, 1, NULL, NULL), ==, 0);
  tear_down (&other, ip);
}

static void
wait_for_news (int fd)
{
  struct pollfd news = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&news, 1, -1), ==, 1);
}

static void
test_is_not_given_after_the_server_hung_up (Server *server, gconstpointer ip)
{
  int spare = open_spare (server, ip);

  g_clear_object (&server->accepted);
  wait_for_news (spare);
  g_assert_cmpint (take (&spare, server), ==, -1);
}

static void
test_is_not_given_after_the_server_spoke (Server *server, gconstpointer ip)
{
  int spare = open_spare (server, ip);

  g_socket_send (server->accepted, "HTTP/1.1 408", 12, NULL, NULL);
  wait_for_news (spare);
  g_assert_cmpint (take (&spare, server), ==, -1);
}

static void
test_wants_an_address (Server *server, gconstpointer ip)
{
  g_assert_cmpint (seedance_spare_open ("not-an-address", 80), ==, -1);
  g_assert_cmpint (seedance_spare_open ("", 80), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, ip, test) \
  g_test_add ("/spare/" path, Server, ip, set_up, test, tear_down)
  ADD ("is-given-to-its-address", "127.0.0.1", test_is_given_to_its_address);
  ADD ("is-given-to-its-address/IPv6", "::1", test_is_given_to_its_address);
  ADD ("is-not-given-to-another", "127.0.0.1", test_is_not_given_to_another);
  ADD ("is-not-given-after-the-server-hung-up", "127.0.0.1",
      test_is_not_given_after_the_server_hung_up);
  ADD ("is-not-given-after-the-server-spoke", "127.0.0.1",
      test_is_not_given_after_the_server_spoke);
  ADD ("wants-an-address", "127.0.0.1", test_wants_an_address);

  return g_test_run ();
}
