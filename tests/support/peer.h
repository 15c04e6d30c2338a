/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server on loopback that is no service: it lets connections down in one
 * way. What it was reached by is known from its own sockets. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

typedef enum {
  TEST_PEER_FULL,     /* its backlog is full, so that SYNs are dropped */
  TEST_PEER_SILENT,   /* accepts, reads, and says nothing */
  TEST_PEER_DRIPPING, /* sends headers byte by byte, for ever */
  TEST_PEER_CLOSED,   /* nothing listens there */
  TEST_PEER_TUNNEL,   /* a proxy: says 200, then nothing */
  TEST_PEER_REFUSING, /* a proxy that wants to know who asks: 407 */
} TestPeerKind;

typedef struct _TestPeer TestPeer;

TestPeer *test_peer_start (TestPeerKind kind);

/* The same on a port of the caller's choice. */
TestPeer *test_peer_start_at (TestPeerKind kind, guint16 port);

guint16 test_peer_get_port (TestPeer *peer);

/* Closes all connections; those to come are refused. */
void test_peer_hang_up (TestPeer *peer);

/* The same, and frees it. */
void test_peer_stop (TestPeer *peer);

/* "127.0.0.1:PORT". */
const gchar *test_peer_get_address (TestPeer *peer);

/* Until @at_least connections ever had their first byte read; of a full one,
 * until there is one that sends SYNs. */
void test_peer_wait (TestPeer *peer, guint at_least);

/* All that was ever sent to it, with "?" for each NUL. g_free(). */
gchar *test_peer_get_heard (TestPeer *peer);

/* Until the client has ended all of them. */
void test_peer_wait_left (TestPeer *peer);

G_END_DECLS
