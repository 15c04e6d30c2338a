/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the APIs v1 and ark and of the control path: keys, bad requests, the
 * life of a task, and which clients are let in. */

#include <string.h>

#include "test-service.h"

/* Paths, and bodies that order the cheapest clip. */
#define TEXT "/v1/videos/text-to-video"
#define IMAGE "/v1/videos/image-to-video"
#define ARK "/api/v3/contents/generations/tasks"
#define SMALL "{\"prompt\":\"a pond\",\"resolution\":\"480p\",\"duration\":1}"
#define ARK_OF(prompt) \
  "{\"model\":\"m\",\"content\":[{\"type\":\"text\",\"text\":\"" prompt "\"}]," \
  "\"resolution\":\"480p\",\"duration\":1}"
#define ARK_SMALL ARK_OF ("a pond")

/* The parts of an ark request's content, and a request made of them. */
#define PROMPT "{\"type\":\"text\",\"text\":\"a pond\"}"
#define PICTURE(role) \
  "{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://h/i\"}" role "}"
#define BARE PICTURE ("")
#define FIRST PICTURE (",\"role\":\"first_frame\"")
#define LAST PICTURE (",\"role\":\"last_frame\"")
#define REFERENCE(kind) \
  "{\"type\":\"" kind "_url\",\"" kind "_url\":{\"url\":\"http://h/r\"}," \
  "\"role\":\"reference_" kind "\"}"
#define ARK_WITH(parts) \
  "{\"model\":\"m\",\"content\":[" PROMPT "," parts "]," \
  "\"resolution\":\"480p\",\"duration\":1}"

/* Sends a request and checks the status and the code of the error that answers
 * it. */
static void
expect (Client *client, const gchar *method, const gchar *path,
    const gchar *body, guint status, const gchar *code)
{
  g_autoptr (Answer) answer = client_call (client, method, path, body);
  g_autofree gchar *got = answer_text (answer, "error.code");
  g_autofree gchar *message = answer_text (answer, "error.message");

  if (answer->status != status)
    g_test_message ("%s %s %s", method, path, body);
  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpstr (got, ==, code);
  g_assert_nonnull (message);
  g_assert_nonnull (answer_header (answer, "X-Request-Id"));
}

static gchar *
status_of (Client *client, const gchar *collection, const gchar *id)
{
  g_autofree gchar *path = g_strconcat (collection, "/", id, NULL);
  g_autoptr (Answer) answer = client_call (client, "GET", path, NULL);

  g_assert_cmpuint (answer->status, ==, 200);
  return answer_text (answer, "status");
}

static void
test_key (void)
{
  g_autoptr (Client) client = client_start (NULL);
  g_autoptr (Answer) none = client_send (client, "POST", TEXT, SMALL, NULL);
  g_autoptr (Answer) wrong = client_send (
      client, "POST", TEXT, SMALL, "Authorization", "Bearer x", NULL);
  g_autofree gchar *code = answer_text (wrong, "error.code");

  g_assert_cmpuint (none->status, ==, 401);
  g_assert_cmpuint (wrong->status, ==, 401);
  g_assert_cmpstr (code, ==, "AuthenticationError");
  g_assert_cmpint (client_counter (client, "posts"), ==, 2);
  g_assert_cmpint (client_counter (client, "tasks"), ==, 0);
}

/* The control path answers only with the secret of this run, since loopback is
 * open to other users and to web pages. */
static void
test_control_needs_its_secret (void)
{
  static const gchar *const paths[] = { "/control/stats", "/control/",
    "/control//stats", "/control/x/stats",
    "/control/00000000000000000000000000000000/stats" };
  g_autoptr (Client) client = client_start (NULL);
  g_autofree gchar *good = g_strconcat (client->control, "/stats", NULL);
  g_autofree gchar *cut = g_strndup (good, strlen (good) - strlen ("0/stats"));
  g_autofree gchar *short_path = g_strconcat (cut, "/stats", NULL);
  g_autofree gchar *long_path = g_strconcat (client->control, "0/stats", NULL);
  g_autoptr (Answer) right = client_send (client, "GET", good, NULL, NULL);
  g_autoptr (Answer) shorter =
      client_send (client, "GET", short_path, NULL, NULL);
  g_autoptr (Answer) longer =
      client_send (client, "GET", long_path, NULL, NULL);

  g_assert_cmpuint (right->status, ==, 200);
  g_assert_cmpuint (shorter->status, ==, 403);
  g_assert_cmpuint (longer->status, ==, 403);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (Answer) answer =
        client_send (client, "GET", paths[i], NULL, NULL);

    g_assert_cmpuint (answer->status, ==, 403);
  }
}

/* The control path refuses a setting that would make the service read a
 * file. */
static void
test_control_takes_no_path (void)
{
  g_autoptr (Client) client = client_start (NULL);
  g_autofree gchar *url = g_strconcat (client->control, "/settings", NULL);
  g_autoptr (Answer) answer = client_send (
      client, "POST", url, "{\"clip_file\":\"/etc/passwd\"}", NULL);

  g_assert_cmpuint (answer->status, ==, 400);
}

static guint
status_as (
    Client *client, const gchar *url, const gchar *name, const gchar *value)
{
  g_autoptr (Answer) answer = client_send (client, "GET", url, NULL, name,
      value, "Authorization", "Bearer local-key", NULL);

  return answer->status;
}

/* Every port refuses requests of web pages (Origin) and requests that use a
 * foreign host name (Host). */
static void
test_foreigners_are_refused (void)
{
  static const gchar *const args[] = { "--allow-host", "known.test", NULL };
  static const gchar *const bad[] = { "evil.test", "evil.test:80",
    "127.0.0.1.evil.test", "localhost.evil.test", "10.0.0.1", "[fd00::1]:80",
    "known.test.evil", "0.0.0.0" };
  static const gchar *const good[] = { "localhost", "LOCALHOST:1",
    "a.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]:80", "known.test:80" };
  g_autoptr (Client) client = client_start (args);
  g_autofree gchar *control = g_strconcat (client->control, "/stats", NULL);
  g_autofree gchar *api = g_strconcat (client->api, "/v1/videos/x", NULL);
  g_autofree gchar *clip = g_strconcat (client->clips, "/x.mp4", NULL);
  const gchar *const urls[] = { control, api, clip };

  for (guint url = 0; url < G_N_ELEMENTS (urls); url++) {
    g_assert_cmpuint (
        status_as (client, urls[url], "Origin", "http://127.0.0.1"), ==, 403);
    g_assert_cmpuint (status_as (client, urls[url], "Origin", "null"), ==, 403);
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
      g_assert_cmpuint (status_as (client, urls[url], "Host", bad[i]), ==, 403);
  }
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpuint (status_as (client, control, "Host", good[i]), ==, 200);
}

static void
test_bad_requests (void)
{
  static const struct {
    const gchar *path, *body, *code;
  } cases[] = {
    { TEXT, "{", "InvalidParameter" },
    { TEXT, "[]", "InvalidParameter" },
    { TEXT, "{}", "MissingParameter" },
    { TEXT, "{\"prompt\":\" \"}", "MissingParameter" },
    { TEXT, "{\"prompt\":1}", "MissingParameter" },
    { TEXT, "{\"prompt\":\"a\",\"resolution\":\"4k\"}", "InvalidParameter" },
    { TEXT, "{\"prompt\":\"a\",\"aspect_ratio\":\"2:1\"}", "InvalidParameter" },
    { TEXT, "{\"prompt\":\"a\",\"duration\":0}", "InvalidParameter" },
    { TEXT, "{\"prompt\":\"a\",\"duration\":11}", "InvalidParameter" },
    { TEXT, "{\"prompt\":\"a\",\"duration\":1.5}", "InvalidParameter" },
    { TEXT, "{\"prompt\":\"a\",\"seed\":\"7\"}", "InvalidParameter" },
    { TEXT, "{\"prompt\":\"a forbidden thing\"}",
        "InputTextSensitiveContentDetected" },
    { IMAGE, "{\"prompt\":\"a\"}", "MissingParameter" },
    { IMAGE, "{\"prompt\":\"a\",\"image_url\":\"data:,x\"}",
        "InvalidParameter" },
    { IMAGE, "{\"prompt\":\"a\",\"image_url\":\"data:image/png;base64,AAAA\"}",
        "InvalidParameter" },
    { ARK, "{\"content\":[]}", "MissingParameter" },
    { ARK, "{\"model\":\"m\",\"content\":[]}", "MissingParameter" },
    { ARK, "{\"model\":\"m\",\"content\":[{\"type\":\"x\"}]}",
        "InvalidParameter" },
    { ARK, ARK_WITH (FIRST "," REFERENCE ("image")), "InvalidParameter" },
    { ARK, ARK_WITH (LAST), "InvalidParameter" },
    { ARK, ARK_WITH (LAST "," LAST "," FIRST), "InvalidParameter" },
    { ARK, ARK_WITH (FIRST "," BARE), "MissingParameter" },
    { ARK,
        ARK_WITH ("{\"type\":\"video_url\",\"video_url\":{\"url\":"
                  "\"http://h/v\"}}"),
        "MissingParameter" },
    { ARK,
        ARK_WITH ("{\"type\":\"audio_url\",\"audio_url\":{\"url\":"
                  "\"/a\"},\"role\":\"reference_audio\"}"),
        "InvalidParameter" },
    { ARK, "{\"model\":\"m\",\"watermark\":\"no\",\"content\":[" PROMPT "]}",
        "InvalidParameter" },
    { ARK,
        "{\"model\":\"seedance-2-5\",\"ratio\":\"1:1\",\"content\":[" PROMPT
        "," BARE "]}",
        "InvalidParameter" },
  };
  g_autoptr (Client) client = client_start (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    expect (client, "POST", cases[i].path, cases[i].body, 400, cases[i].code);
  expect (client, "GET", "/v1/videos/none", NULL, 404, "ResourceNotFound");
  expect (client, "GET", ARK "/none", NULL, 404, "ResourceNotFound");
  expect (client, "GET", "/nowhere", NULL, 404, "ResourceNotFound");
  g_assert_cmpint (client_counter (client, "tasks"), ==, 0);
  g_assert_cmpint (client_counter (client, "posts"), ==, G_N_ELEMENTS (cases));
}

/* A task is queued, and succeeds once its generation time is over and its clip
 * is rendered. */
static void
test_life (void)
{
  static const gchar *const args[] = { "--generation-time", "3600", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autofree gchar *id = client_order (client, SMALL);
  g_autofree gchar *before = status_of (client, "/v1/videos", id);
  g_autofree gchar *after = NULL;
  g_autofree gchar *body = NULL;
  cJSON *stats;

  g_assert_cmpstr (before, ==, "queued");
  cJSON_Delete (
      client_control (client, "POST", "settings", "{\"generation_time\":0}"));
  g_bytes_unref (client_clip (client, id));
  after = status_of (client, "/v1/videos", id);
  g_assert_cmpstr (after, ==, "succeeded");
  stats = client_control (client, "GET", "stats", NULL);
  body = g_strdup (cJSON_GetObjectItem (
      cJSON_GetArrayItem (cJSON_GetObjectItem (stats, "tasks_list"), 0), "body")
                       ->valuestring);
  cJSON_Delete (stats);
  g_assert_cmpstr (body, ==, SMALL);
}

/* A prompt with the fail word is accepted and billed, then its task fails. */
static void
test_doomed (void)
{
  static const gchar *const args[] = { "--generation-time", "0", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autofree gchar *id =
      client_order (client, "{\"prompt\":\"a doomed pond\"}");
  g_autofree gchar *path = g_strconcat ("/v1/videos/", id, NULL);
  g_autoptr (Answer) answer = client_call (client, "GET", path, NULL);
  g_autofree gchar *status = answer_text (answer, "status");
  g_autofree gchar *code = answer_text (answer, "error.code");

  g_assert_cmpstr (status, ==, "failed");
  g_assert_cmpstr (code, ==, "OutputVideoSensitiveContentDetected");
  g_assert_cmpint (client_counter (client, "tasks"), ==, 1);
}

static void
test_rate (void)
{
  static const gchar *const args[] = { "--rate", "2", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autoptr (Answer) answer = NULL;

  /* With a limit of 2 a second, the third request gets a 429, unless this
   * machine needs more than a second for the three. Then the next ones do. */
  do {
    g_clear_pointer (&answer, answer_free);
    answer = client_call (client, "GET", "/v1/videos/none", NULL);
  } while (answer->status != 429);
  g_assert_cmpstr (answer_header (answer, "Retry-After"), ==, "1");
}

static gchar *
order_ark (Client *client)
{
  g_autoptr (Answer) answer = client_call (client, "POST", ARK, ARK_SMALL);
  gchar *id = answer_text (answer, "id");

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (g_str_has_prefix (id, "cgt-"));
  return id;
}

/* The service accepts references without fetching them, since clips do not show
 * them. */
static void
test_ark_references (void)
{
  g_autoptr (Client) client = client_start (NULL);
  g_autoptr (Answer) answer = client_call (client, "POST", ARK,
      ARK_WITH (
          REFERENCE ("image") "," REFERENCE ("video") "," REFERENCE ("audio")));

  g_assert_cmpuint (answer->status, ==, 200);
}

static void
test_ark_list (void)
{
  g_autoptr (Client) client = client_start (NULL);
  g_autofree gchar *first = order_ark (client);
  g_autofree gchar *second = order_ark (client);
  g_autoptr (Answer) all = client_call (client, "GET", ARK, NULL);
  g_autoptr (Answer) page =
      client_call (client, "GET", ARK "?page_num=2&page_size=1", NULL);
  g_autofree gchar *by_id = g_strconcat (ARK "?filter.task_ids=", first, NULL);
  g_autoptr (Answer) one = client_call (client, "GET", by_id, NULL);
  g_autofree gchar *newest = answer_text (all, "items.0.id");
  g_autofree gchar *older = answer_text (page, "items.0.id");
  g_autofree gchar *named = answer_text (one, "items.0.id");

  g_assert_cmpstr (newest, ==, second);
  g_assert_cmpstr (older, ==, first);
  g_assert_cmpstr (named, ==, first);
  expect (client, "GET", ARK "?page_size=0", NULL, 400, "InvalidParameter");
}

static void
test_ark_last_frame (void)
{
  static const gchar *const args[] = { "--generation-time", "0", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autoptr (Answer) accepted = client_call (client, "POST", ARK,
      "{\"model\":\"m\",\"content\":[" PROMPT "],\"resolution\":\"480p\","
      "\"duration\":1,\"return_last_frame\":true,\"ratio\":\"1:1\"}");
  g_autofree gchar *id = answer_text (accepted, "id");
  g_autofree gchar *path = g_strconcat (ARK "/", id, NULL);
  g_autoptr (Answer) answer = NULL;
  g_autofree gchar *frame = NULL;

  g_bytes_unref (client_clip (client, id));
  answer = client_call (client, "GET", path, NULL);
  frame = answer_text (answer, "content.last_frame_url");
  g_assert_true (g_str_has_prefix (frame, client->clips));
  /* The official formula: 640 × 640 × 25 / 1024 = 10000. */
  g_assert_nonnull (
      strstr (g_bytes_get_data (answer->body, NULL), "\"total_tokens\":10000"));
}

static void
test_ark (void)
{
  static const gchar *const args[] = { "--generation-time", "0", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autofree gchar *id = order_ark (client);
  g_autofree gchar *path = g_strconcat (ARK "/", id, NULL);
  g_autoptr (Answer) answer = NULL;
  g_autoptr (Answer) erased = NULL;
  g_autofree gchar *status = NULL;
  g_autofree gchar *url = NULL;

  g_bytes_unref (client_clip (client, id));
  answer = client_call (client, "GET", path, NULL);
  status = answer_text (answer, "status");
  url = answer_text (answer, "content.video_url");
  g_assert_cmpstr (status, ==, "succeeded");
  g_assert_true (g_str_has_prefix (url, client->clips));
  erased = client_call (client, "DELETE", path, NULL);
  g_assert_cmpuint (erased->status, ==, 200);
  expect (client, "GET", path, NULL, 404, "ResourceNotFound");
}

static void
test_ark_cancel (void)
{
  static const gchar *const args[] = { "--generation-time", "3600", NULL };
  g_autoptr (Client) client = client_start (args);
  g_autofree gchar *id = order_ark (client);
  g_autofree gchar *path = g_strconcat (ARK "/", id, NULL);
  g_autoptr (Answer) answer = client_call (client, "DELETE", path, NULL);
  g_autofree gchar *status = status_of (client, ARK, id);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (status, ==, "cancelled");
}

/* A POST with the Idempotency-Key of an earlier one gets the task of that one,
 * and 422 if its body is another. */
static void
test_idempotency (void)
{
  static const struct {
    const gchar *path, *body, *other, *id;
  } orders[] = {
    { TEXT, SMALL,
        "{\"prompt\":\"a lake\",\"resolution\":\"480p\",\"duration\":1}",
        "task_id" },
    { ARK, ARK_SMALL, ARK_OF ("a lake"), "id" },
  };
  g_autoptr (Client) client = client_start (NULL);

  cJSON_Delete (
      client_control (client, "POST", "settings", "{\"idempotency\":true}"));
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++) {
    g_autofree gchar *key = g_strdup_printf ("key-%u", i);
    gchar *id[3];
    guint status[3];

    for (guint k = 0; k < G_N_ELEMENTS (id); k++) {
      g_autoptr (Answer) answer = client_send (client, "POST", orders[i].path,
          k < 2 ? orders[i].body : orders[i].other, "Authorization",
          "Bearer local-key", "Idempotency-Key", key, NULL);

      id[k] = answer_text (answer, orders[i].id);
      status[k] = answer->status;
    }
    g_assert_cmpuint (status[0], ==, 200);
    g_assert_cmpuint (status[1], ==, 200);
    g_assert_cmpstr (id[0], ==, id[1]);
    g_assert_cmpuint (status[2], ==, 422);
    for (guint k = 0; k < G_N_ELEMENTS (id); k++)
      g_free (id[k]);
  }
  g_assert_cmpint (client_counter (client, "posts"), ==, 6);
  g_assert_cmpint (client_counter (client, "tasks"), ==, 2);
}

static void
test_connections (void)
{
  g_autoptr (Client) client = client_start (NULL);

  /* libsoup's client reuses connections for GET, but opens a new one to
   * POST. */
  for (guint i = 0; i < 3; i++)
    expect (client, "GET", "/v1/videos/none", NULL, 404, "ResourceNotFound");
  g_assert_cmpint (client_counter (client, "connections"), ==, 1);
  expect (client, "POST", TEXT, "{}", 400, "MissingParameter");
  g_assert_cmpint (client_counter (client, "connections"), ==, 2);
  g_assert_cmpint (client_counter (client, "posts_on_used_connection"), ==, 0);
}

void
add_api_tests (void)
{
  g_test_add_func ("/service/control/secret", test_control_needs_its_secret);
  g_test_add_func ("/service/control/no-path", test_control_takes_no_path);
  g_test_add_func ("/service/control/foreigners", test_foreigners_are_refused);
  g_test_add_func ("/service/api/key", test_key);
  g_test_add_func ("/service/api/bad-requests", test_bad_requests);
  g_test_add_func ("/service/api/life", test_life);
  g_test_add_func ("/service/api/doomed", test_doomed);
  g_test_add_func ("/service/api/rate", test_rate);
  g_test_add_func ("/service/api/ark", test_ark);
  g_test_add_func ("/service/api/ark-references", test_ark_references);
  g_test_add_func ("/service/api/ark-list", test_ark_list);
  g_test_add_func ("/service/api/ark-last-frame", test_ark_last_frame);
  g_test_add_func ("/service/api/ark-cancel", test_ark_cancel);
  g_test_add_func ("/service/api/idempotency", test_idempotency);
  g_test_add_func ("/service/api/connections", test_connections);
}
