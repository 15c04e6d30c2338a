/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the cells: worker threads, each with a local service of its own, take
 * one cell after the other. They share the peers and the certificates. */

#include "cells.h"

#include <string.h>

#include "names.h"
#include "peer.h"
#include "relay.h"

#define N_WORKERS 8
#define DEPTH 100000
#define PULL_SIZE (48 * 1024)

/* Shared by all workers. */
static struct {
  const Cell *cells;
  CellResult *results;
  guint n_cells;
  gint next; /* atomic */
  TestPeer *full, *silent, *closed, *refusing;
  GTlsCertificate *own, *other;
  gchar *own_path, *other_path;
  gchar *deep;
} shared;

typedef struct {
  TestService *service;
  TestRelay *tls, *tls_other;
} Worker;

static const gchar *
port_of (const gchar *url)
{
  return strrchr (url, ':') + 1;
}

static gchar *
a_moment_from_now (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, 1);

  return g_date_time_format (then, "%a,%%20%d%%20%b%%20%Y%%20%H:%M:%S%%20GMT");
}

static gchar *
fill_in (Worker *worker, const gchar *text)
{
  const gchar *api = test_service_get_api (worker->service);
  const gchar *clips = test_service_get_clips (worker->service);
  g_autofree gchar *soon = a_moment_from_now ();
  const struct {
    const gchar *token, *value;
  } values[] = {
    { "@API@", api + strlen ("http://") },
    { "@CLIPS@", clips + strlen ("http://") },
    { "@API-PORT@", port_of (api) },
    { "@CLIPS-PORT@", port_of (clips) },
    { "@DEEP@", shared.deep },
    { "@SOON@", soon },
    { "@FULL@", test_peer_get_address (shared.full) },
    { "@SILENT@", test_peer_get_address (shared.silent) },
    { "@CLOSED@", test_peer_get_address (shared.closed) },
    { "@REFUSING@", test_peer_get_address (shared.refusing) },
    { "@TLS@", test_relay_get_address (worker->tls) },
    { "@TLS-OTHER@", test_relay_get_address (worker->tls_other) },
    { "@CA@", shared.own_path },
    { "@CA-OTHER@", shared.other_path },
  };
  GString *filled = g_string_new (text);

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_string_replace (filled, values[i].token, values[i].value, 0);

  return g_string_free (filled, FALSE);
}

static gchar *
name_error (const GError *error)
{
  gboolean resource = error->domain == GST_RESOURCE_ERROR;
  g_autoptr (GEnumClass) codes = g_type_class_ref (
      resource ? GST_TYPE_RESOURCE_ERROR : GST_TYPE_STREAM_ERROR);
  GEnumValue *code = g_enum_get_value (codes, error->code);
  g_autofree gchar *nick = NULL, *name = NULL;

  fail_unless (code != NULL && (resource || error->domain == GST_STREAM_ERROR),
      "%s", error->message);
  nick = g_strdup (code->value_nick);
  name = g_ascii_strup (g_strdelimit (nick, "-", '_'), -1);

  return g_strconcat (resource ? "RESOURCE/" : "STREAM/", name, NULL);
}

/* Returns the message up to its first detail. Details come from the service,
 * from libcurl or from the run, so they would differ between runs. */
static gchar *
first_words (const gchar *message, const gchar *task)
{
  static const gchar *const ends[] = { ": ", " (", ". ", "; " };
  g_autoptr (GString) text = g_string_new (message);
  gsize length, skip = 0;

  if (task)
    g_string_replace (text, task, "…", 0);
  if (g_str_has_prefix (text->str, "Task …: "))
    skip = strlen ("Task …: ");
  length = text->len;
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    const gchar *end = strstr (text->str + skip, ends[i]);

    if (end)
      length = MIN (length, (gsize) (end - text->str));
  }

  return g_strndup (text->str, length);
}

static void
take_error (CellResult *result, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  result->end = name_error (error);
  result->text = first_words (error->message,
      details ? gst_structure_get_string (details, "task-id") : NULL);
}

static void
take_bytes (CellResult *result, Worker *worker, GByteArray *bytes)
{
  g_autoptr (GBytes) clip = test_service_get_clip (worker->service, 0);
  gsize size;
  const guint8 *data = g_bytes_get_data (clip, &size);

  result->end = g_strdup (
      bytes->len == size && memcmp (bytes->data, data, size) == 0 ? "whole"
                                                                  : "WRONG");
}

static void
push (Worker *worker, const gchar *line, CellResult *result)
{
  TestRun *run = test_run_new ("%s ! fakesink name=out", line);
  TestTap *tap = test_run_tap (run, "out");
  GstMessage *message;

  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    take_error (result, message);
  else
    take_bytes (result, worker, tap->bytes);
  test_run_free (run);
}

static gboolean
pull_into (TestPuller *puller, GByteArray *bytes, guint64 offset)
{
  GstFlowReturn flow;
  g_autoptr (GBytes) part = test_puller_read (puller, offset, PULL_SIZE, &flow);
  gsize size;
  const guint8 *data;

  if (!part)
    return FALSE;
  data = g_bytes_get_data (part, &size);
  g_byte_array_set_size (bytes, (guint) MAX (bytes->len, offset + size));
  memcpy (bytes->data + offset, data, size);

  return TRUE;
}

/* Reads in the order of a demuxer: the head, the end, then all from the
 * start. */
static void
pull (Worker *worker, const gchar *line, CellResult *result)
{
  TestPuller *puller = test_puller_new (line);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gboolean good = pull_into (puller, bytes, 0);
  gint64 size = 0;

  if (good &&
      gst_pad_peer_query_duration (puller->pad, GST_FORMAT_BYTES, &size) &&
      size > PULL_SIZE)
    good = pull_into (puller, bytes, (guint64) size - PULL_SIZE);
  for (guint64 offset = 0; good && pull_into (puller, bytes, offset);)
    offset += PULL_SIZE;
  test_run_drain (puller->run);
  for (guint i = 0; i < puller->run->said->len && !result->end; i++) {
    GstMessage *message = g_ptr_array_index (puller->run->said, i);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      take_error (result, message);
  }
  if (!result->end)
    take_bytes (result, worker, bytes);
  test_puller_free (puller);
}

static void
run_cell (Worker *worker, guint nth)
{
  const Cell *cell = &shared.cells[nth];
  CellResult *result = &shared.results[nth];
  g_autofree gchar *faults = NULL, *properties = NULL, *line = NULL;
  g_autofree gchar *name = g_strdup_printf ("state-%u", nth);
  g_autofree gchar *state_dir = test_home_path (name);

  test_service_reset (worker->service);
  /* Resets what the settings of an earlier cell changed. */
  test_service_set (worker->service,
      "{\"url_uses\":0,\"busy_status\":0,\"newest_wins\":false,"
      "\"url_lifetime\":86400}");
  if (cell->settings)
    test_service_set (worker->service, cell->settings);
  faults = fill_in (worker, cell->faults);
  test_service_fault (worker->service, faults);
  properties = fill_in (worker, cell->properties);
  line = g_strdup_printf (SOURCE
      "resolution=480p duration=1 seed=7 state-dir=\"%s\" base-url=%s "
      "%s%s",
      state_dir, test_service_get_api (worker->service),
      strstr (properties, "task-id=") ? "" : "prompt=boat ", properties);
  (cell->pulled ? pull : push) (worker, line, result);
  result->posts = test_service_count (worker->service, "posts");
  result->tasks = test_service_count (worker->service, "tasks");
  result->requests = test_service_count (worker->service, "clip_requests") +
                     test_service_count (worker->service, "clip_ends");
  assert_count (worker->service, "credentials_on_clip_port", 0);
  assert_count (worker->service, "posts_on_used_connection", 0);
}

static gpointer
work (gpointer unused)
{
  Worker worker = { test_service_start () };
  const gchar *api = test_service_get_api (worker.service) + strlen ("http://");
  guint nth;

  worker.tls = test_relay_start (shared.own, api);
  worker.tls_other = test_relay_start (shared.other, api);
  while ((nth = (guint) g_atomic_int_add (&shared.next, 1)) < shared.n_cells)
    run_cell (&worker, nth);
  test_relay_stop (worker.tls);
  test_relay_stop (worker.tls_other);
  test_service_stop (worker.service);

  return NULL;
}

static void
set_up (void)
{
  shared.full = test_peer_start (TEST_PEER_FULL);
  shared.silent = test_peer_start (TEST_PEER_SILENT);
  shared.closed = test_peer_start (TEST_PEER_CLOSED);
  shared.refusing = test_peer_start (TEST_PEER_REFUSING);
  shared.own_path = test_home_path ("own.pem");
  shared.own = test_certificate_new (shared.own_path, "IP:127.0.0.1");
  shared.other_path = test_home_path ("other.pem");
  shared.other = test_certificate_new (shared.other_path, "IP:192.0.2.1");
  fail_unless (
      shared.own && shared.other, "no certificates: openssl is needed");
  shared.deep = g_strnfill (DEPTH, '[');
}

static void
tear_down (void)
{
  test_peer_stop (shared.full);
  test_peer_stop (shared.silent);
  test_peer_stop (shared.closed);
  test_peer_stop (shared.refusing);
  g_object_unref (shared.own);
  g_object_unref (shared.other);
  g_free (shared.own_path);
  g_free (shared.other_path);
  g_free (shared.deep);
}

void
cells_run (const Cell *cells, guint n_cells, CellResult *results)
{
  GThread *workers[N_WORKERS];

  set_up ();
  shared.cells = cells;
  shared.results = results;
  shared.n_cells = n_cells;
  shared.next = 0;
  for (guint i = 0; i < N_WORKERS; i++)
    workers[i] = g_thread_new ("cells", work, NULL);
  for (guint i = 0; i < N_WORKERS; i++)
    g_thread_join (workers[i]);
  tear_down ();
}

void
cells_clear (CellResult *results, guint n_results)
{
  for (guint i = 0; i < n_results; i++) {
    g_free (results[i].end);
    g_free (results[i].text);
  }
}
