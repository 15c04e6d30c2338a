/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the clips' port: whole clips, byte ranges, conditions, signatures,
 * and credentials that do not belong there. */

#include <string.h>

#include "test-service.h"

#define SMALL \
  "{\"prompt\":\"a pond\",\"resolution\":\"480p\",\"duration\":1," \
  "\"seed\":1}"

/* A running service and one clip: its signed URL, and its bytes. */
typedef struct {
  Client *client;
  gchar *url;
  GBytes *clip;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const gchar *args[] = { "--generation-time", "0", "--cache-dir", test_cache,
    NULL };
  g_autofree gchar *id = NULL;

  fixture->client = client_start (args);
  id = client_order (fixture->client, SMALL);
  fixture->clip = client_clip (fixture->client, id);
  fixture->url = client_url (fixture->client, id);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  client_stop (fixture->client);
  g_bytes_unref (fixture->clip);
  g_free (fixture->url);
}

/* The body of @answer is the clip's bytes from @from up to @to, exclusive. */
static void
assert_part (Fixture *fixture, Answer *answer, gsize from, gsize to)
{
  g_autoptr (GBytes) part =
      g_bytes_new_from_bytes (fixture->clip, from, to - from);

  g_assert_true (g_bytes_equal (answer->body, part));
}

static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) answer =
      client_send (fixture->client, "GET", fixture->url, NULL, NULL);
  gsize size = g_bytes_get_size (fixture->clip);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer_header (answer, "Content-Type"), ==, "video/mp4");
  g_assert_cmpstr (answer_header (answer, "Accept-Ranges"), ==, "bytes");
  g_assert_nonnull (answer_header (answer, "ETag"));
  g_assert_nonnull (answer_header (answer, "Last-Modified"));
  assert_part (fixture, answer, 0, size);
  /* The service counts bytes after it has sent them, so the client may have all
   * of them before the counter rises. */
  client_wait (fixture->client, "clip_bytes", (guint) size);
  g_assert_cmpint (client_counter (fixture->client, "clip_bytes"), ==, size);
  g_assert_cmpint (client_counter (fixture->client, "clip_requests"), ==, 1);
}

static void
test_head (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) answer =
      client_send (fixture->client, "HEAD", fixture->url, NULL, NULL);
  g_autofree gchar *size =
      g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (fixture->clip));

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer_header (answer, "Content-Length"), ==, size);
  g_assert_cmpint (
      client_counter (fixture->client, "clip_head_requests"), ==, 1);
  g_assert_cmpint (client_counter (fixture->client, "clip_bytes"), ==, 0);
}

static void
test_ranges (Fixture *fixture, gconstpointer data)
{
  const gsize size = g_bytes_get_size (fixture->clip);
  const struct {
    /* A Range header, the status of the answer, the bytes in it. */
    const gchar *range;
    guint status;
    gsize from, to;
  } cases[] = {
    { "bytes=0-0", 206, 0, 1 },
    { "bytes=10-99", 206, 10, 100 },
    { "bytes=1000-", 206, 1000, size },
    { "bytes=-500", 206, size - 500, size },
    { "bytes=100-999999999", 206, 100, size },
    { "bytes=-999999999", 206, 0, size },
    { "bytes=9-1", 200, 0, size },
    { "bytes=a-b", 200, 0, size },
    { "bytes=0-1,5-6", 200, 0, size },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Answer) answer = client_send (fixture->client, "GET",
        fixture->url, NULL, "Range", cases[i].range, NULL);
    g_autofree gchar *told = g_strdup_printf (
        "bytes %" G_GSIZE_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT,
        cases[i].from, cases[i].to - 1, size);

    g_assert_cmpuint (answer->status, ==, cases[i].status);
    g_assert_cmpstr (answer_header (answer, "Content-Range"), ==,
        cases[i].status == 206 ? told : NULL);
    assert_part (fixture, answer, cases[i].from, cases[i].to);
  }
  g_assert_cmpint (client_counter (fixture->client, "range_requests"), ==,
      G_N_ELEMENTS (cases));
}

static void
test_range_outside (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) answer = client_send (fixture->client, "GET", fixture->url,
      NULL, "Range", "bytes=999999999-", NULL);
  g_autofree gchar *told = g_strdup_printf (
      "bytes */%" G_GSIZE_FORMAT, g_bytes_get_size (fixture->clip));

  g_assert_cmpuint (answer->status, ==, 416);
  g_assert_cmpstr (answer_header (answer, "Content-Range"), ==, told);
}

static guint
status_if (Fixture *fixture, const gchar *condition)
{
  g_autoptr (Answer) answer = client_send (fixture->client, "GET", fixture->url,
      NULL, "Range", "bytes=5-", "If-Range", condition, NULL);

  return answer->status;
}

static void
test_if_range (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) answer =
      client_send (fixture->client, "HEAD", fixture->url, NULL, NULL);

  g_assert_cmpuint (
      status_if (fixture, answer_header (answer, "ETag")), ==, 206);
  g_assert_cmpuint (
      status_if (fixture, answer_header (answer, "Last-Modified")), ==, 206);
  g_assert_cmpuint (status_if (fixture, "\"other\""), ==, 200);
}

static guint
status_of (Fixture *fixture, const gchar *url)
{
  g_autoptr (Answer) answer =
      client_send (fixture->client, "GET", url, NULL, NULL);

  if (answer->status != 200)
    g_assert_cmpstr (
        answer_header (answer, "Content-Type"), ==, "application/xml");
  return answer->status;
}

static void
test_signature (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *bare =
      g_strndup (fixture->url, strchr (fixture->url, '?') - fixture->url);
  g_autofree gchar *forged = g_strdup (fixture->url);
  gchar *last = forged + strlen (forged) - 1;

  *last = *last == '0' ? '1' : '0';
  g_assert_cmpuint (status_of (fixture, fixture->url), ==, 200);
  g_assert_cmpuint (status_of (fixture, bare), ==, 403);
  g_assert_cmpuint (status_of (fixture, forged), ==, 403);
}

static void
test_expiry (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *id = NULL;
  g_autofree gchar *url = NULL;

  cJSON_Delete (client_control (
      fixture->client, "POST", "settings", "{\"url_lifetime\":0}"));
  id = client_order (fixture->client, SMALL);
  g_bytes_unref (client_clip (fixture->client, id));
  url = client_url (fixture->client, id);
  g_assert_cmpuint (status_of (fixture, url), ==, 403);
}

/* The service counts requests that show a credential to the clips' port: an
 * Authorization header, or the API key anywhere. */
static void
test_credentials (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Answer) answer = NULL;
  g_autoptr (Answer) hidden = NULL;

  g_assert_cmpuint (status_of (fixture, fixture->url), ==, 200);
  g_assert_cmpint (
      client_counter (fixture->client, "credentials_on_clip_port"), ==, 0);
  answer = client_send (fixture->client, "GET", fixture->url, NULL,
      "Authorization", "Bearer something", NULL);
  hidden = client_send (
      fixture->client, "GET", fixture->url, NULL, "X-Some", "local-key", NULL);
  g_assert_cmpint (
      client_counter (fixture->client, "credentials_on_clip_port"), ==, 2);
}

void
add_clip_tests (void)
{
#define ADD(name, func) \
  g_test_add ("/service/clip/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("whole", test_whole);
  ADD ("head", test_head);
  ADD ("ranges", test_ranges);
  ADD ("range-outside", test_range_outside);
  ADD ("if-range", test_if_range);
  ADD ("signature", test_signature);
  ADD ("expiry", test_expiry);
  ADD ("credentials", test_credentials);
#undef ADD
}
