/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP server. It listens on loopback addresses only, takes a limited
 * number of connections, and closes those that take too long. All of it belongs
 * to the main thread. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _ServeDoor ServeDoor;

/* A whole request has come from this machine. A handler that does not answer at
 * once pauses the message. */
typedef void (*ServeDoorFunc) (SoupServerMessage *message, gpointer user_data);

/* Listens on 127.0.0.1 and, if @ipv6, on [::1]. @port 0 takes any free one.
 * Returns NULL with an error. Free with serve_door_free(). */
ServeDoor *serve_door_new (guint16 port, gboolean ipv6, ServeDoorFunc func,
    gpointer user_data, GError **error);
void serve_door_free (ServeDoor *door);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServeDoor, serve_door_free)

guint16 serve_door_get_port (ServeDoor *door);

G_END_DECLS
