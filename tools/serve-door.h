/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where browsers of this machine come in: the loopback addresses, a bounded number
 * of connections, and none of them for ever. All of it belongs to the main
 * thread. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _ServeDoor ServeDoor;

/* A request has come, whole, from a peer of this machine. Whoever does not answer
 * at once pauses it. */
typedef void (*ServeDoorFunc) (SoupServerMessage *message, gpointer user_data);

/* Listens on 127.0.0.1, with @ipv6 on [::1], too. @port 0 = any free one. */
ServeDoor *serve_door_new (guint16 port, gboolean ipv6, ServeDoorFunc func,
    gpointer user_data, GError **error);
void serve_door_free (ServeDoor *door);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServeDoor, serve_door_free)

guint16 serve_door_get_port (ServeDoor *door);

G_END_DECLS
