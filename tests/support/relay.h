/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A relay in front of a service on loopback. It adds TLS, or only gives the
 * service another port. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes a self-signed certificate at @path and its key at @path.key, with the
 * openssl program. @names: its subjectAltName, for example "IP:127.0.0.1".
 * Returns NULL if it cannot be made; the caller unrefs the result. */
GTlsCertificate *test_certificate_new (const gchar *path, const gchar *names);

typedef struct _TestRelay TestRelay;

/* Starts a relay on any free port. It forwards the decrypted bytes to @target,
 * "127.0.0.1:PORT". The caller frees it with test_relay_stop(). */
TestRelay *test_relay_start (GTlsCertificate *certificate, const gchar *target);

/* The same on a given port; 0 = any free port. @certificate NULL: without
 * TLS. */
TestRelay *test_relay_start_at (
    GTlsCertificate *certificate, const gchar *target, guint16 port);
void test_relay_stop (TestRelay *relay);

/* Returns "127.0.0.1:PORT". The relay owns it. */
const gchar *test_relay_get_address (TestRelay *relay);

G_END_DECLS
