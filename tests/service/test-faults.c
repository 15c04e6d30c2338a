/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the faults: their grammar, and what each does to an answer. Answers
 * that are broken on purpose are read from a bare socket. */

#include <string.h>

#include "test-service.h"

#define TEXT "/v1/videos/text-to-video"
#define SMALL \
  "{\"prompt\":\"a pond\",\"resolution\":\"480p\",\"duration\":1," \
  "\"seed\":1}"
#define AUTH "Authorization: Bearer local-key\r\n"

/* A running service with one finished task: its id, its clip's URL, its
 * bytes. */
typedef struct {
  Client *client;
  gchar *id;
  gchar *url;
  GBytes *clip;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const gchar *args[] = { "--generation-time", "0", "--cache-dir", test_cache,
    NULL };

  fixture->client = client_start (args);
  fixture->id = client_order (fixture->client, SMALL);
  fixture->clip = client_clip (fixture->client, fixture->id);
  fixture->url = client_url (fixture->client, fixture->id);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  client_stop (fixture->client);
  g_bytes_unref (fixture->clip);
  g_free (fixture->id);
  g_free (fixture->url);
}

static void
set_faults (Fixture *fixture, const gchar *specs)
{
  cJSON_Delete (client_control (fixture->client, "POST", "faults", specs));
}

static Answer *
submit (Fixture *fixture)
{
  return client_call (fixture->client, "POST", TEXT, SMALL);
}

static Answer *
get_clip (Fixture *fixture, const gchar *range)
{
  if (range == NULL)
    return client_send (fixture->client, "GET", fixture->url, NULL, NULL);
  return client_send (
      fixture->client, "GET", fixture->url, NULL, "Range", range, NULL);
}

static GSocketConnection *
open_clip (Fixture *fixture)
{
  g_autofree gchar *request = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
      fixture->url + strlen (fixture->client->clips));

  return client_open (fixture->client->clips, request);
}

static GSocketConnection *
open_submit (Fixture *fixture)
{
  g_autofree gchar *request = g_strdup_printf (
      "POST " TEXT " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" AUTH
      "Content-Length: %zu\r\n\r\n%s",
      strlen (SMALL), SMALL);

  return client_open (fixture->client->api, request);
}

/* Returns what comes after the headers. */
static GBytes *
body_of (GBytes *all)
{
  gsize size;
  const gchar *data = g_bytes_get_data (all, &size);
  const gchar *end = g_strstr_len (data, size, "\r\n\r\n");

  g_assert_nonnull (end);
  return g_bytes_new_from_bytes (all, end + 4 - data, data + size - end - 4);
}

/* Gets the clip over a connection of its own. Returns the body, and in @fin
 * whether a FIN ended the connection. */
static GBytes *
get_raw (Fixture *fixture, gboolean *fin)
{
  g_autoptr (GSocketConnection) connection = open_clip (fixture);
  g_autoptr (GBytes) all = client_read (connection, G_MAXSIZE, fin);

  return body_of (all);
}

static GBytes *
submit_raw (Fixture *fixture, gboolean *fin)
{
  g_autoptr (GSocketConnection) connection = open_submit (fixture);

  return client_read (connection, G_MAXSIZE, fin);
}

static void
release_one (Fixture *fixture)
{
  cJSON *json = client_control (fixture->client, "POST", "release", "");

  g_assert_cmpint (cJSON_GetObjectItem (json, "released")->valueint, ==, 1);
  cJSON_Delete (json);
}

static void
test_grammar (Fixture *fixture, gconstpointer data)
{
  static const gchar *const bad[] = { "submit", "nowhere:drop", "clip:nothing",
    "clip@0:drop", "clip@2-1:drop", "clip@x:drop", "clip:truncate",
    "clip:truncate=x", "clip:truncate=101%", "submit:word=x", "clip:drop=1",
    "poll:body=%zz", "clip:" };
  static const gchar *const good[] = { "submit:drop", "clip@2:truncate=50%",
    "poll@3-:status=503+retry-after=7", "clip@1-4:etag+rate=100",
    "poll:body=%7B%7D", "" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *url =
        g_strconcat (fixture->client->control, "/faults", NULL);
    g_autoptr (Answer) answer =
        client_send (fixture->client, "POST", url, bad[i], NULL);

    g_assert_cmpuint (answer->status, ==, 400);
  }
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    set_faults (fixture, good[i]);
}

/* WHEN counts the requests of its place: "@2" is the second, "@4-" the fourth
 * and all later ones. */
static void
test_when (Fixture *fixture, gconstpointer data)
{
  static const guint expected[] = { 200, 503, 200, 403, 403 };

  set_faults (fixture, "clip@2:status=503\nclip@4-:expired");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (Answer) answer = get_clip (fixture, NULL);

    g_assert_cmpuint (answer->status, ==, expected[i]);
  }
}

static gboolean
says (GBytes *bytes, const gchar *text)
{
  gsize size;
  const gchar *data = g_bytes_get_data (bytes, &size);

  return g_strstr_len (data, size, text) != NULL;
}

/* Of three faults only accept-status bills an order; status and refusal answer
 * before the service accepts it. */
static void
test_submit_status (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) refused = NULL;
  g_autoptr (Answer) billed = NULL;
  g_autoptr (Answer) inside = NULL;
  g_autofree gchar *code = NULL;

  set_faults (fixture, "submit@1:status=429+retry-after=7+code=QuotaExceeded"
                       "\nsubmit@2:accept-status=502"
                       "\nsubmit@3:refusal={\"success\":false}");
  refused = submit (fixture);
  code = answer_text (refused, "error.code");
  g_assert_cmpuint (refused->status, ==, 429);
  g_assert_cmpstr (answer_header (refused, "Retry-After"), ==, "7");
  g_assert_cmpstr (code, ==, "QuotaExceeded");
  g_assert_cmpint (client_counter (fixture->client, "tasks"), ==, 1);
  billed = submit (fixture);
  g_assert_cmpuint (billed->status, ==, 502);
  g_assert_cmpint (client_counter (fixture->client, "tasks"), ==, 2);
  inside = submit (fixture);
  g_assert_cmpuint (inside->status, ==, 200);
  g_assert_true (says (inside->body, "{\"success\":false}"));
  g_assert_cmpint (client_counter (fixture->client, "tasks"), ==, 2);
}

/* These faults end the connection without an answer, by FIN or RST. The order
 * is billed only with accept-drop and accept-reset. */
static void
test_submit_lost (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *fault;
    gboolean fin;
    guint billed;
  } cases[] = { { "submit:drop", TRUE, 0 }, { "submit:reset", FALSE, 0 },
    { "submit:accept-drop", TRUE, 1 }, { "submit:accept-reset", FALSE, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) got = NULL;
    gint64 before = client_counter (fixture->client, "tasks");
    gboolean fin;

    set_faults (fixture, cases[i].fault);
    got = submit_raw (fixture, &fin);
    g_assert_cmpuint (g_bytes_get_size (got), ==, 0);
    g_assert_true (fin == cases[i].fin);
    g_assert_cmpint (client_counter (fixture->client, "tasks"), ==,
        before + cases[i].billed);
  }
}

/* An order whose answer is held has already been accepted and billed. */
static void
test_submit_held (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GBytes) got = NULL;
  gboolean fin;

  set_faults (fixture, "submit:hold");
  connection = open_submit (fixture);
  client_wait (fixture->client, "submits_held", 1);
  g_assert_cmpint (client_counter (fixture->client, "tasks"), ==, 2);
  release_one (fixture);
  got = client_read (connection, G_MAXSIZE, &fin);
  g_assert_true (fin);
  g_assert_true (says (got, "\"task_id\""));
}

static void
test_hangs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;

  set_faults (fixture, "submit@1:hang\nsubmit@2:accept-hang");
  first = open_submit (fixture);
  client_wait (fixture->client, "hangs", 1);
  g_assert_cmpint (client_counter (fixture->client, "tasks"), ==, 1);
  second = open_submit (fixture);
  client_wait (fixture->client, "hangs", 2);
  g_assert_cmpint (client_counter (fixture->client, "tasks"), ==, 2);
}

static void
test_stall (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = NULL;

  set_faults (fixture, "clip:stall=1000");
  connection = open_clip (fixture);
  client_wait (fixture->client, "clips_stalled", 1);
  g_assert_cmpint (client_counter (fixture->client, "clip_bytes"), ==, 1000);
}

static void
test_hold_at (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GBytes) got = NULL;
  g_autoptr (GBytes) body = NULL;
  gboolean fin;

  set_faults (fixture, "clip:hold-at=50%");
  connection = open_clip (fixture);
  client_wait (fixture->client, "clips_held", 1);
  g_assert_cmpint (client_counter (fixture->client, "clip_bytes"), ==,
      g_bytes_get_size (fixture->clip) / 2);
  release_one (fixture);
  got = client_read (connection, G_MAXSIZE, &fin);
  body = body_of (got);
  g_assert_true (g_bytes_equal (body, fixture->clip));
}

static void
test_endless (Fixture *fixture, gconstpointer data)
{
  gsize more = g_bytes_get_size (fixture->clip) + 4 * 1024 * 1024;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GBytes) got = NULL;
  gboolean fin;

  set_faults (fixture, "clip:endless");
  connection = open_clip (fixture);
  got = client_read (connection, more, &fin);
  g_assert_cmpuint (g_bytes_get_size (got), ==, more);
}

static void
test_odd_bodies (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *fault, *header, *body;
  } cases[] = {
    { "clip:html", "text/html", "<!DOCTYPE html>" },
    { "clip:json", "application/json", "\"error\"" },
    { "clip:empty", "Content-Length: 0\r\n", "" },
    { "clip:garbage", "Content-Length: 4096\r\n", "" },
    { "clip:gzip-bomb", "Content-Encoding: gzip\r\n", "" },
    { "clip:huge-header", "X-Padding: xxx", "" },
    { "clip:content-type=text%2Fplain", "text/plain", "" },
    { "clip:drip=0", "video/mp4", "" },
    { "clip:delay=1", "video/mp4", "" },
    { "clip:body=a%20b", "Content-Length: 3\r\n", "a b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GSocketConnection) connection = NULL;
    g_autoptr (GBytes) all = NULL;
    g_autoptr (GBytes) body = NULL;
    gboolean fin;

    set_faults (fixture, cases[i].fault);
    connection = open_clip (fixture);
    all = client_read (connection, G_MAXSIZE, &fin);
    body = body_of (all);
    g_assert_true (
        g_str_has_prefix (g_bytes_get_data (all, NULL), "HTTP/1.1 200 OK\r\n"));
    g_assert_true (says (all, cases[i].header));
    g_assert_true (says (body, cases[i].body));
  }
}

static void
test_cuts (Fixture *fixture, gconstpointer data)
{
  gsize size = g_bytes_get_size (fixture->clip);
  const struct {
    const gchar *fault;
    gsize length;
    gboolean fin;
  } cases[] = { { "clip:truncate=1000", 1000, TRUE },
    { "clip:truncate=50%", size / 2, TRUE },
    { "clip:cut-reset=70000", 70000, FALSE }, { "clip:cut-reset=0", 0, FALSE },
    { "clip:no-length", size, TRUE }, { "clip:rate=20000000", size, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) got = NULL;
    g_autoptr (GBytes) part = NULL;
    gboolean fin;

    set_faults (fixture, cases[i].fault);
    got = get_raw (fixture, &fin);
    part = g_bytes_new_from_bytes (fixture->clip, 0, cases[i].length);
    g_assert_true (g_bytes_equal (got, part));
    g_assert_true (fin == cases[i].fin);
  }
}

static void
test_objects (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) usual = get_clip (fixture, NULL);
  g_autoptr (Answer) etag = NULL;
  g_autoptr (Answer) other = NULL;
  g_autoptr (Answer) chunked = NULL;

  set_faults (fixture, "clip@1:etag\nclip@2:other-object\nclip@3:chunked"
                       "+no-etag");
  etag = get_clip (fixture, NULL);
  other = get_clip (fixture, NULL);
  chunked = get_clip (fixture, NULL);
  g_assert_cmpstr (
      answer_header (etag, "ETag"), !=, answer_header (usual, "ETag"));
  g_assert_true (g_bytes_equal (etag->body, fixture->clip));
  g_assert_cmpuint (
      g_bytes_get_size (other->body), ==, g_bytes_get_size (fixture->clip));
  g_assert_false (g_bytes_equal (other->body, fixture->clip));
  g_assert_true (g_bytes_equal (chunked->body, fixture->clip));
  g_assert_null (answer_header (chunked, "Content-Length"));
  g_assert_null (answer_header (chunked, "ETag"));
}

static void
test_range_faults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) ignored = NULL;
  g_autoptr (Answer) wrong = NULL;

  set_faults (fixture, "clip@1:no-range\nclip@2:wrong-range");
  ignored = get_clip (fixture, "bytes=100-199");
  wrong = get_clip (fixture, "bytes=100-199");
  g_assert_cmpuint (ignored->status, ==, 200);
  g_assert_cmpstr (answer_header (ignored, "Accept-Ranges"), ==, "none");
  g_assert_cmpuint (wrong->status, ==, 206);
  g_assert_true (
      g_str_has_prefix (answer_header (wrong, "Content-Range"), "bytes 0-99/"));
}

static void
test_poll_faults (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = g_strconcat ("/v1/videos/", fixture->id, NULL);
  g_autofree gchar *word = NULL;
  g_autofree gchar *url = NULL;
  g_autofree gchar *id = NULL;
  g_autoptr (Answer) first = NULL;
  g_autoptr (Answer) second = NULL;
  g_autoptr (Answer) third = NULL;

  set_faults (fixture, "poll@1:word=pondering+no-url\npoll@2:unknown-task\n"
                       "poll@3:body=%7B%22data%22%3A%7B%22id%22%3A%22@ID@"
                       "%22%7D%7D");
  first = client_call (fixture->client, "GET", path, NULL);
  second = client_call (fixture->client, "GET", path, NULL);
  third = client_call (fixture->client, "GET", path, NULL);
  word = answer_text (first, "status");
  url = answer_text (first, "video_url");
  id = answer_text (third, "data.id");
  g_assert_cmpstr (word, ==, "pondering");
  g_assert_null (url);
  g_assert_cmpuint (second->status, ==, 404);
  g_assert_cmpstr (id, ==, fixture->id);
}

static void
test_redirects (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) away = NULL;
  g_autoptr (Answer) loop = NULL;
  g_autoptr (Answer) over = NULL;
  g_autofree gchar *elsewhere = g_strconcat ("http://example.org",
      fixture->url + strlen (fixture->client->clips), NULL);

  set_faults (fixture, "clip@1:redirect=http%3A%2F%2Fexample.org%2F\n"
                       "clip@2:redirect-self+status=307\n"
                       "clip@3:redirect=http://example.org@SELF@");
  away = get_clip (fixture, NULL);
  loop = get_clip (fixture, NULL);
  over = get_clip (fixture, NULL);
  g_assert_cmpuint (away->status, ==, 302);
  g_assert_cmpstr (answer_header (away, "Location"), ==, "http://example.org/");
  g_assert_cmpuint (loop->status, ==, 307);
  g_assert_true (
      g_str_has_suffix (fixture->url, answer_header (loop, "Location")));
  g_assert_cmpstr (answer_header (over, "Location"), ==, elsewhere);
}

static void
test_endless_headers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GBytes) all = NULL;
  gboolean fin;

  set_faults (fixture, "clip:endless-headers");
  connection = open_clip (fixture);
  all = client_read (connection, 2 * 1024 * 1024, &fin);
  g_assert_cmpuint (g_bytes_get_size (all), >=, 2 * 1024 * 1024);
  g_assert_false (says (all, "\r\n\r\n"));
}

static void
test_reset (Fixture *fixture, gconstpointer data)
{
  set_faults (fixture, "poll:status=500");
  cJSON_Delete (client_control (fixture->client, "POST", "reset", ""));
  g_assert_cmpint (client_counter (fixture->client, "posts"), ==, 0);
  g_free (client_order (fixture->client, SMALL));
}

void
add_fault_tests (void)
{
#define ADD(name, func) \
  g_test_add ("/service/fault/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("grammar", test_grammar);
  ADD ("when", test_when);
  ADD ("submit-status", test_submit_status);
  ADD ("submit-lost", test_submit_lost);
  ADD ("submit-held", test_submit_held);
  ADD ("hangs", test_hangs);
  ADD ("stall", test_stall);
  ADD ("hold-at", test_hold_at);
  ADD ("endless", test_endless);
  ADD ("odd-bodies", test_odd_bodies);
  ADD ("cuts", test_cuts);
  ADD ("objects", test_objects);
  ADD ("ranges", test_range_faults);
  ADD ("poll", test_poll_faults);
  ADD ("redirects", test_redirects);
  ADD ("endless-headers", test_endless_headers);
  ADD ("reset", test_reset);
#undef ADD
}
