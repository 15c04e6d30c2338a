/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implements the relay: a thread with a main loop accepts connections, and two
 * threads for each connection copy the bytes. */

#include "relay.h"

#include <gst/check/gstcheck.h>

struct _TestRelay {
  GSocketService *service;
  GTlsCertificate *certificate;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  gchar *target, *address;
};

GTlsCertificate *
test_certificate_new (const gchar *path, const gchar *names)
{
  g_autofree gchar *extension = g_strconcat ("subjectAltName=", names, NULL);
  g_autofree gchar *key_path = g_strconcat (path, ".key", NULL);
  const gchar *arguments[] = { "openssl", "req", "-x509", "-newkey", "ec",
    "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
    "/CN=seedance.test", "-addext", extension, "-keyout", key_path, "-out",
    path, NULL };
  int status = -1;

  if (!g_spawn_sync (NULL, (gchar **) arguments, NULL,
          G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
          NULL, &status, NULL) ||
      status != 0)
    return NULL;

  return g_tls_certificate_new_from_files (path, key_path, NULL);
}

static void
carry (GIOStream *from, GIOStream *to)
{
  g_output_stream_splice (g_io_stream_get_output_stream (to),
      g_io_stream_get_input_stream (from), G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
      NULL, NULL);
}

static gpointer
carry_back (gpointer data)
{
  GIOStream **ends = data;

  carry (ends[1], ends[0]);

  return NULL;
}

/* Does the TLS handshake, if the relay has a certificate. Returns NULL if the
 * client rejects the certificate. */
static GIOStream *
welcome (TestRelay *relay, GSocketConnection *connection)
{
  g_autoptr (GIOStream) tls = NULL;

  if (!relay->certificate)
    return G_IO_STREAM (g_object_ref (connection));
  tls = g_tls_server_connection_new (
      G_IO_STREAM (connection), relay->certificate, NULL);
  if (!g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    return NULL;

  return g_steal_pointer (&tls);
}

/* Runs in a thread of its own for each connection. */
static gboolean
on_connection (GThreadedSocketService *service, GSocketConnection *connection,
    GObject *source, gpointer user_data)
{
  TestRelay *relay = user_data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GIOStream) near = welcome (relay, connection);
  g_autoptr (GSocketConnection) onward = NULL;
  GIOStream *ends[2];
  GThread *back;

  g_socket_client_set_enable_proxy (client, FALSE);
  if (!near)
    return TRUE;
  onward =
      g_socket_client_connect_to_host (client, relay->target, 80, NULL, NULL);
  if (!onward)
    return TRUE;
  ends[0] = near;
  ends[1] = G_IO_STREAM (onward);
  back = g_thread_new ("relay", carry_back, ends);
  carry (ends[0], ends[1]);
  g_thread_join (back);

  return TRUE;
}

static gpointer
run (gpointer data)
{
  TestRelay *relay = data;

  g_main_context_push_thread_default (relay->context);
  g_main_loop_run (relay->loop);
  g_main_context_pop_thread_default (relay->context);

  return NULL;
}

TestRelay *
test_relay_start (GTlsCertificate *certificate, const gchar *target)
{
  return test_relay_start_at (certificate, target, 0);
}

TestRelay *
test_relay_start_at (
    GTlsCertificate *certificate, const gchar *target, guint16 port)
{
  TestRelay *relay = g_new0 (TestRelay, 1);
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted =
      g_inet_socket_address_new (loopback, port);
  g_autoptr (GSocketAddress) bound = NULL;

  relay->certificate = certificate ? g_object_ref (certificate) : NULL;
  relay->target = g_strdup (target);
  relay->context = g_main_context_new ();
  relay->loop = g_main_loop_new (relay->context, FALSE);
  g_main_context_push_thread_default (relay->context);
  relay->service = g_threaded_socket_service_new (-1);
  fail_unless (
      g_socket_listener_add_address (G_SOCKET_LISTENER (relay->service), wanted,
          G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
  g_main_context_pop_thread_default (relay->context);
  relay->address = g_strdup_printf ("127.0.0.1:%u",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  g_signal_connect (relay->service, "run", G_CALLBACK (on_connection), relay);
  relay->thread = g_thread_new ("relay", run, relay);

  return relay;
}

/* Runs in the loop's own thread, which owns the listening sources. That thread
 * may not have started the loop yet when test_relay_stop() is called. */
static gboolean
quit (gpointer data)
{
  TestRelay *relay = data;

  g_socket_service_stop (relay->service);
  g_socket_listener_close (G_SOCKET_LISTENER (relay->service));
  g_main_loop_quit (relay->loop);

  return G_SOURCE_REMOVE;
}

void
test_relay_stop (TestRelay *relay)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, quit, relay, NULL);
  g_source_attach (source, relay->context);
  g_thread_join (relay->thread);
  /* Dispatches the cancelled accept operations, so that they free their
   * data. */
  while (g_main_context_iteration (relay->context, FALSE))
    ;
  g_object_unref (relay->service);
  g_main_loop_unref (relay->loop);
  g_main_context_unref (relay->context);
  g_clear_object (&relay->certificate);
  g_free (relay->target);
  g_free (relay->address);
  g_free (relay);
}

const gchar *
test_relay_get_address (TestRelay *relay)
{
  return relay->address;
}
