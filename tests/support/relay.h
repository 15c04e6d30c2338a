/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in front of a service on loopback: TLS, or nothing but another
 * port. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A certificate, at @path, that nothing else vouches for, and its key. @names
 * as in a subjectAltName: "IP:127.0.0.1". NULL when it cannot be made. */
GTlsCertificate *test_certificate_new (const gchar *path, const gchar *names);

typedef struct _TestRelay TestRelay;

/* @target: where what was deciphered goes, "127.0.0.1:PORT". */
TestRelay *test_relay_start (GTlsCertificate *certificate, const gchar *target);

/* The same on a port of the caller's choice, 0 = any; @certificate NULL: as it
 * comes. */
TestRelay *test_relay_start_at (
    GTlsCertificate *certificate, const gchar *target, guint16 port);
void test_relay_stop (TestRelay *relay);

/* "127.0.0.1:PORT". */
const gchar *test_relay_get_address (TestRelay *relay);

G_END_DECLS
