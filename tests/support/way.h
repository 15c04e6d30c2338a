/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to the service: a port that a test can close and open again, while
 * the service's address, and so the order's identity, stays the same. */
#pragma once

#include "peer.h"

G_BEGIN_DECLS

typedef struct _TestWay TestWay;

/* Open at first. From now on the test's own service is asked by this way. */
TestWay *test_way_new (void);
void test_way_free (TestWay *way);

/* Puts a peer of @kind in its place. */
void test_way_close (TestWay *way, TestPeerKind kind);
void test_way_open (TestWay *way);

/* Until somebody has come to the closed one; see test_peer_wait(). */
void test_way_wait (TestWay *way);

G_END_DECLS
