/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to the service: a port that a test can close and open again. The base
 * URL stays the same, and so does the order's identity in the ledger. */
#pragma once

#include "peer.h"

G_BEGIN_DECLS

typedef struct _TestWay TestWay;

/* Starts open. Sets SEEDANCE_BASE_URL, so that elements reach the test's
 * service by this port. The caller frees it with test_way_free(). */
TestWay *test_way_new (void);
void test_way_free (TestWay *way);

/* Closes the way: a peer of @kind takes the port. test_way_open() puts the
 * relay to the service there again. */
void test_way_close (TestWay *way, TestPeerKind kind);
void test_way_open (TestWay *way);

/* Waits until a client has reached the peer of a closed way; see
 * test_peer_wait(). */
void test_way_wait (TestWay *way);

G_END_DECLS
