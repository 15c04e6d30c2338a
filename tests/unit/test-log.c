/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log hook of the client, which works without GStreamer. */
#include <glib.h>
#include <string.h>

#include "http.h"
#include "log.h"

#define KEY "sk-7e57-k3y-0f-th3-l0c4l-s3rv1c3"

static SeedanceLogLevel most = SEEDANCE_LOG_BODY;
static gchar *last;
static guint lines;

static gboolean
wants (SeedanceLogLevel level)
{
  return level <= most;
}

static void
write_line (SeedanceLogLevel level, const gchar *file, const gchar *function,
    gint line, const gchar *text)
{
  lines++;
  g_free (last);
  last = g_strdup (text);
}

static const SeedanceLogHook hook = { wants, write_line };

static gint looked;

/* Of the network thread. */
static GMutex lock;
static GCond cond;
static gboolean cancelled;
static gchar *started; /* the last line when a transfer was started */

static gint
look (void)
{
  return ++looked;
}

/* The arguments of a log line are evaluated only if the hook wants the line. */
static void
test_nobody_reads (void)
{
  seedance_log_set_hook (NULL);
  SEEDANCE_INFO (NULL, "%d", look ());
  g_assert_cmpint (looked, ==, 0);
  seedance_log_set_hook (&hook);
  most = SEEDANCE_LOG_INFO;
  SEEDANCE_DETAIL (NULL, "%d", look ());
  g_assert_cmpint (looked, ==, 0);
  SEEDANCE_INFO (NULL, "%d", look ());
  g_assert_cmpint (looked, ==, 1);
  g_assert_cmpstr (last, ==, "1");
  most = SEEDANCE_LOG_BODY;
}

static void
test_lines (void)
{
  static const struct {
    const gchar *text, *shown;
  } cases[] = {
    { "plain words, 100 %", "plain words, 100 %" },
    { "the key " KEY " in it", "the key *** in it" },
    { "cut: sk-7e57-k3y-0f-th", "cut: ***" },
    { "GET https://h.test/a/b.mp4?sig=abc&x=1",
        "GET https://h.test/a/b.mp4?…" },
    { "via http://me:word@h.test:81/", "via http://…@h.test:81/" },
    { "two\nlines\r\n\x1b[31mred\x1b[0m", "two lines [31mred [0m" },
  };

  seedance_log_set_hook (&hook);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    SEEDANCE_INFO (KEY, "%s", cases[i].text);
    g_assert_cmpstr (last, ==, cases[i].shown);
  }
}

static void
log_body (const gchar *body)
{
  seedance_log_body (SEEDANCE_LOG_BODY, __FILE__, G_STRFUNC, __LINE__, KEY,
      "answer", body, strlen (body));
}

static void
test_bodies (void)
{
  static const gchar *secrets[] = { "{\"k\":\"" KEY "\"}",
    "{\"u\":\"https://h.test/a.mp4?sig=" KEY "\"}",
    "{\"u\":\"https:\\/\\/h.test\\/a.mp4\\u003fsig=SIGNATURE\"}",
    ("{\"json\":\"{\\\"u\\\":\\\"https:\\\\/\\\\/me:SIGNATURE@h.test\\\\/"
     "a\\\"}\"}"),
    "{\"u\":\"https:\\/\\/me:SIGNATURE@h.test\\/a.mp4\"}",
    "{\"u\":\"https:\\u002f\\u002fme:SIGNATURE\\u0040h.test\\u002fa\"}" };

  seedance_log_set_hook (&hook);
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++) {
    log_body (secrets[i]);
    g_assert_null (strstr (last, "sk-7e57"));
    g_assert_null (strstr (last, "SIGNATURE"));
    g_assert_nonnull (strstr (last, "{\""));
  }
}

/* JSON may write any letter as an escape. */
static void
test_a_key_in_escapes (void)
{
  static const gchar key[] = "AKLTabcd/efgh+ijklmnop==";
  static const gchar *bodies[] = {
    "{\"k\":\"AKLTabcd\\/efgh\\u002bijklmnop==\"}",
    "{\"k\":\"aklt\\u0061bcd\\/efgh\\u002Bijklmnop\\u003d=\"}",
    "{\"k\":\"{\\\"k\\\":\\\"AKLTabcd\\\\/efgh\\\\u002bijklmnop==\\\"}\"}"
  };

  seedance_log_set_hook (&hook);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    seedance_log_body (SEEDANCE_LOG_BODY, __FILE__, G_STRFUNC, __LINE__, key,
        "answer", bodies[i], strlen (bodies[i]));
    g_assert_nonnull (strstr (last, "***"));
    g_assert_null (strstr (last, "bcd"));
    g_assert_null (strstr (last, "ijk"));
  }
}

/* The log leaves out image data and keeps the text after it. */
static void
test_long_bodies (void)
{
  g_autofree gchar *picture = g_strnfill (50000, 'A');
  g_autofree gchar *body = g_strdup_printf (
      "{\"image\":\"data:image/png;base64,%s\",\"id\":7}", picture);
  g_autofree gchar *long_key = g_strnfill (400, 'K');
  g_autofree gchar *much = NULL;
  GString *words = g_string_new (NULL);

  seedance_log_set_hook (&hook);
  log_body (body);
  g_assert_cmpuint (strlen (last), <, 300);
  g_assert_nonnull (strstr (last, "\"id\":7"));

  /* No part is left of a key that is as long as image data. */
  body[0] = '{';
  seedance_log_body (SEEDANCE_LOG_BODY, __FILE__, G_STRFUNC, __LINE__, long_key,
      "answer", long_key, strlen (long_key));
  g_assert_null (strstr (last, "KK"));

  while (words->len < 1000 * 1000)
    g_string_append (words, "many words ");
  much = g_string_free (words, FALSE);
  log_body (much);
  g_assert_cmpuint (strlen (last), <, 5000);
  seedance_log_body (SEEDANCE_LOG_BODY, __FILE__, G_STRFUNC, __LINE__, NULL,
      "answer", NULL, 0);
  g_assert_cmpstr (last, ==, "answer: 0 bytes:");
}

static gpointer
write_many (gpointer unused)
{
  for (guint i = 0; i < 1000; i++)
    SEEDANCE_INFO (KEY, "line %u", i);

  return NULL;
}

static GMutex lock;

static void
write_locked (SeedanceLogLevel level, const gchar *file, const gchar *function,
    gint line, const gchar *text)
{
  g_mutex_lock (&lock);
  lines++;
  g_mutex_unlock (&lock);
}

static void
test_threads (void)
{
  static const SeedanceLogHook locked = { wants, write_locked };
  GThread *threads[4];

  seedance_log_set_hook (&locked);
  lines = 0;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("writer", write_many, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (lines, ==, 4000);
  seedance_log_set_hook (NULL);
}

static void
start_and_cancel (gpointer data)
{
  static const SeedanceHttpHandler handler = { 0 };
  const SeedanceHttpSettings settings = { .timeout = 1 };
  const SeedanceHttpRequest *request = data;
  SeedanceTransfer *transfer =
      seedance_http_start (&settings, request, &handler, NULL);

  started = g_strdup (last);
  seedance_http_cancel (transfer);
  g_mutex_lock (&lock);
  cancelled = TRUE;
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
}

static void
test_requests_are_called_what_they_are (void)
{
  static const SeedanceHttpRequest requests[] = { { .method = NULL },
    { .json = "{}" }, { .method = "DELETE" }, { .method = "POST" } };
  static const gchar *const methods[] = { "GET", "POST", "DELETE", "POST" };

  seedance_log_set_hook (&hook);
  most = SEEDANCE_LOG_BODY;
  g_assert_true (seedance_http_ensure (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    SeedanceHttpRequest request = requests[i];
    g_autofree gchar *expected =
        g_strdup_printf ("begins: %s http://127.0.0.1:1/", methods[i]);

    request.url = "http://127.0.0.1:1/";
    cancelled = FALSE;
    seedance_net_invoke (start_and_cancel, &request);
    g_mutex_lock (&lock);
    while (!cancelled)
      g_cond_wait (&cond, &lock);
    g_mutex_unlock (&lock);
    g_assert_cmpstr (started, ==, expected);
    g_clear_pointer (&started, g_free);
  }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/nobody-reads", test_nobody_reads);
  g_test_add_func ("/log/lines", test_lines);
  g_test_add_func ("/log/bodies", test_bodies);
  g_test_add_func ("/log/key-in-escapes", test_a_key_in_escapes);
  g_test_add_func ("/log/long-bodies", test_long_bodies);
  g_test_add_func ("/log/threads", test_threads);
  g_test_add_func ("/log/methods", test_requests_are_called_what_they_are);
  result = g_test_run ();
  g_free (last);

  return result;
}
