/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* SOCK_CLOEXEC, SOCK_NONBLOCK, POLLRDHUP */

#include "spare.h"

#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int
seedance_spare_open (const gchar *ip, guint16 port)
{
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string (ip, port);
  struct sockaddr_storage peer;
  socklen_t size;
  int fd;

  if (!address ||
      !g_socket_address_to_native (address, &peer, sizeof peer, NULL))
    return -1;
  size = (socklen_t) g_socket_address_get_native_size (address);
  fd = socket (peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &peer, size) != 0 &&
      errno != EINPROGRESS)
    seedance_spare_close (&fd);

  return fd;
}

/* Only a connection that stands has a peer. */
static gboolean
leads_to (int fd, const struct sockaddr *address, socklen_t size)
{
  struct sockaddr_storage peer;
  socklen_t peer_size = sizeof peer;

  if (getpeername (fd, (struct sockaddr *) &peer, &peer_size) != 0 ||
      peer.ss_family != address->sa_family)
    return FALSE;
  if (peer.ss_family == AF_INET && size >= sizeof (struct sockaddr_in)) {
    const struct sockaddr_in *a = (const void *) &peer;
    const struct sockaddr_in *b = (const void *) address;

    return a->sin_port == b->sin_port &&
           a->sin_addr.s_addr == b->sin_addr.s_addr;
  }
  if (peer.ss_family == AF_INET6 && size >= sizeof (struct sockaddr_in6)) {
    const struct sockaddr_in6 *a = (const void *) &peer;
    const struct sockaddr_in6 *b = (const void *) address;

    return a->sin6_port == b->sin6_port &&
           a->sin6_scope_id == b->sin6_scope_id &&
           memcmp (&a->sin6_addr, &b->sin6_addr, sizeof a->sin6_addr) == 0;
  }

  return FALSE;
}

/* A server that spoke or hung up before it was asked anything is not one to
 * send a request to. */
static gboolean
is_quiet (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLRDHUP };

  return poll (&poll_fd, 1, 0) == 0;
}

int
seedance_spare_take (int *spare, const struct sockaddr *address, socklen_t size)
{
  int fd = *spare;

  if (fd < 0)
    return -1;
  if (!leads_to (fd, address, size) || !is_quiet (fd)) {
    seedance_spare_close (spare);
    return -1;
  }
  *spare = -1;

  return fd;
}

void
seedance_spare_close (int *spare)
{
  if (*spare >= 0)
    close (*spare);
  *spare = -1;
}
