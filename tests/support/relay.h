/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TLS in front of a service that has none, on loopback. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A certificate, at @path, that nothing else vouches for, and its key. @names
 * as in a subjectAltName: "IP:127.0.0.1". NULL when it cannot be made. */
GTlsCertificate *test_certificate_new (const gchar *path, const gchar *names);

typedef struct _TestRelay TestRelay;

/* @target: where what was deciphered goes, "127.0.0.1:PORT". */
TestRelay *test_relay_start (GTlsCertificate *certificate, const gchar *target);
void test_relay_stop (TestRelay *relay);

/* "127.0.0.1:PORT". */
const gchar *test_relay_get_address (TestRelay *relay);

G_END_DECLS
