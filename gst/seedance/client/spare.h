/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection that is opened ahead of its request, to save a round trip: the
 * end of a clip is asked for as soon as its beginning tells where that is.
 * No locks: one thread at a time has a spare. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* Begins to connect to a port of an IP address in text form; -1 when that fails
 * at once. Waits for nothing. */
int seedance_spare_open (const gchar *ip, guint16 port);

/* Gives *@spare away if it stands and leads to @address; else it is closed, and
 * -1 returned. *@spare is -1 after this. */
int seedance_spare_take (
    int *spare, const struct sockaddr *address, socklen_t size);

/* Closes *@spare unless it is -1, and makes it that. */
void seedance_spare_close (int *spare);

G_END_DECLS
