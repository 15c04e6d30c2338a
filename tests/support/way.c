/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts either a relay to the service or a failing peer on one port. */

#include "way.h"

#include <stdlib.h>
#include <string.h>

#include "home.h"
#include "relay.h"

struct _TestWay {
  guint16 port;
  TestRelay *relay; /* while it is open */
  TestPeer *peer;   /* while it is closed */
};

static void
clear (TestWay *way)
{
  g_clear_pointer (&way->relay, test_relay_stop);
  g_clear_pointer (&way->peer, test_peer_stop);
}

void
test_way_open (TestWay *way)
{
  const gchar *target = test_service_get_api (service) + strlen ("http://");

  clear (way);
  way->relay = test_relay_start_at (NULL, target, way->port);
}

void
test_way_close (TestWay *way, TestPeerKind kind)
{
  clear (way);
  way->peer = test_peer_start_at (kind, way->port);
}

void
test_way_wait (TestWay *way)
{
  test_peer_wait (way->peer, 1);
}

TestWay *
test_way_new (void)
{
  TestWay *way = g_new0 (TestWay, 1);
  g_autofree gchar *base = NULL;

  test_way_open (way);
  way->port =
      (guint16) atoi (strrchr (test_relay_get_address (way->relay), ':') + 1);
  base = g_strdup_printf ("http://127.0.0.1:%u", way->port);
  g_setenv ("SEEDANCE_BASE_URL", base, TRUE);

  return way;
}

void
test_way_free (TestWay *way)
{
  clear (way);
  g_setenv ("SEEDANCE_BASE_URL", test_service_get_api (service), TRUE);
  g_free (way);
}
