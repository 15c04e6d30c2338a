/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer: a server on loopback that fails its clients in one particular way. It
 * counts its connections itself. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

typedef enum {
  TEST_PEER_FULL,     /* the backlog is full; the kernel drops SYNs */
  TEST_PEER_SILENT,   /* accepts, reads, and answers nothing */
  TEST_PEER_DRIPPING, /* sends headers byte by byte without end */
  TEST_PEER_CLOSED,   /* the port refuses connections */
  TEST_PEER_TUNNEL,   /* a proxy: answers CONNECT with 200, then nothing */
  TEST_PEER_REFUSING, /* a proxy that wants credentials: answers 407 */
} TestPeerKind;

typedef struct _TestPeer TestPeer;

/* Starts a peer on any free port. The caller frees it with test_peer_stop(). */
TestPeer *test_peer_start (TestPeerKind kind);

/* The same on a given port; 0 = any free port. */
TestPeer *test_peer_start_at (TestPeerKind kind, guint16 port);

guint16 test_peer_get_port (TestPeer *peer);

/* Closes all connections and the port, which refuses connections from now
 * on. */
void test_peer_hang_up (TestPeer *peer);

/* Does what test_peer_hang_up() does, and frees the peer. */
void test_peer_stop (TestPeer *peer);

/* Returns "127.0.0.1:PORT". The peer owns it. */
const gchar *test_peer_get_address (TestPeer *peer);

/* Waits until the first bytes of @at_least connections have come, counted from
 * the start of the peer. For TEST_PEER_FULL: until a client sends SYNs. */
void test_peer_wait (TestPeer *peer, guint at_least);

/* Returns all bytes that clients have ever sent, with "?" for each NUL. The
 * caller frees it with g_free(). */
gchar *test_peer_get_heard (TestPeer *peer);

/* Waits until the clients have closed all connections. For TEST_PEER_FULL:
 * until no client sends SYNs. */
void test_peer_wait_left (TestPeer *peer);

G_END_DECLS
