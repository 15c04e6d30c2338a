/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the parser of profiles, which describe how a service speaks. The input
 * is a profile and, behind a line of "---", an answer to be read by it. The
 * parser either refuses the profile with an error message, or every request
 * made by it has a body of JSON and paths that stay below the service, whatever
 * the settings are. */

#include "fuzz.h"

#include <string.h>

#include "address.h"
#include "answer.h"
#include "provider.h"
#include "url.h"

#define HOSTILE "${prompt} ../..?#\"\\ \xe2\x80\xae\x01"

static SeedanceRequest *
make_request (gboolean full)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup (full ? HOSTILE : "x");
  if (!full)
    return request;
  request->model = g_strdup (HOSTILE);
  request->duration = -1;
  request->seed = G_MAXINT64;
  request->watermark = 0;
  request->extra = cJSON_Parse ("{\"a\":{\"b\":[1,\"c\"]},\"l\":[1,{}]}");
  for (guint role = 0; role < SEEDANCE_N_ROLES; role++) {
    seedance_request_add_media (request, role, "https://h/a", NULL);
    seedance_request_add_media (request, role, "data:,", NULL);
  }

  return request;
}

static void
assert_path (const gchar *path)
{
  g_assert_true (*path == '/');
  g_assert_null (strstr (path, "/../"));
  g_assert_null (strchr (path, '#'));
  for (const gchar *c = path; *c; c++)
    g_assert_true (g_ascii_isgraph (*c));
}

/* Polls of a task, and questions for its clip, must go to the service
 * itself. */
static void
ask_with (const SeedanceProvider *provider, SeedanceAnswer *answer)
{
  static const gchar base[] = "https://h/b";
  g_autofree gchar *question = NULL, *url = NULL, *path = NULL;

  seedance_provider_take_address (provider, base, answer);
  path = seedance_provider_status_path (
      provider, answer->task_id ? answer->task_id : "x");
  assert_path (path);
  question = seedance_provider_clip_question (provider, base, "../a b", answer);
  url = seedance_provider_clip_url (provider, base, "../a b", answer);
  g_assert_true (!question || seedance_url_same_origin (question, base));
  g_assert_true (
      !url || answer->video_url || g_str_has_prefix (url, "https://h/b/"));
}

static void
order_with (const SeedanceProvider *provider, gboolean full)
{
  SeedanceRequest *request = make_request (full);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = seedance_provider_submit_path (provider, request);
  g_autofree gchar *body = seedance_provider_submit_body (provider, request);
  g_autofree gchar *task = seedance_provider_status_path (provider, "../a b");
  g_auto (GStrv) headers = seedance_provider_submit_headers (provider);
  g_autofree gchar *type = NULL;
  g_autoptr (GBytes) form =
      seedance_provider_submit_form (provider, request, &type);
  gboolean good = seedance_provider_validate (provider, request, &error);
  cJSON *json = cJSON_ParseWithOpts (body, NULL, TRUE);

  g_assert_true (good == (error == NULL));
  g_assert_true (cJSON_IsObject (json));
  g_assert_true (g_utf8_validate (body, -1, NULL));
  /* The path is empty if an "if" of the profile has no branch for this
   * request. */
  if (*path)
    assert_path (path);
  assert_path (task);
  g_assert_true ((form == NULL) == (type == NULL));
  for (guint i = 0; headers[i]; i++)
    g_assert_true (strstr (headers[i], ": ") && !strpbrk (headers[i], "\r\n"));
  cJSON_Delete (json);
  seedance_request_free (request);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = fuzz_take_text (data, size);
  gchar *answer = strstr (text, "\n---\n");
  const gsize length = answer ? (gsize) (answer - text) : size;
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceProvider) provider =
      seedance_provider_parse ((const gchar *) data, length, "f.json", &error);
  SeedanceAnswerSource source = { "https://h/x", "key-of-a-test" };

  g_assert_true ((provider == NULL) == (error != NULL));
  if (!provider) {
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    return 0;
  }
  order_with (provider, FALSE);
  order_with (provider, TRUE);
  source.more = seedance_provider_get_answers (provider);
  if (answer) {
    g_autoptr (SeedanceAnswer) read =
        seedance_answer_parse (answer + 5, strlen (answer + 5), &source);

    ask_with (provider, read);
  }

  return 0;
}
