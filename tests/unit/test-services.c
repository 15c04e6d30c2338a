/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The built-in profiles besides "seeddance" and "ark": their orders, and the
 * addresses of tasks and clips. */
#include "address.h"
#include "form.h"
#include "price.h"
#include "provider-kit.h"

#include <string.h>

#define ARK provider_get ("ark")

static SeedanceRequest *
make_request (void)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup ("a \"cat\"");
  return request;
}

static SeedanceRequest *
make_full_request (void)
{
  SeedanceRequest *request = make_request ();

  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i?a=1&b", NULL);
  request->resolution = g_strdup ("720p");
  request->aspect_ratio = g_strdup ("16:9");
  request->duration = 5;
  request->seed = 42;
  request->model = g_strdup ("m-1");
  return request;
}

static void
assert_body (const SeedanceProvider *provider, const SeedanceRequest *request,
    const gchar *expected)
{
  g_autofree gchar *body = seedance_provider_submit_body (provider, request);

  g_assert_cmpstr (body, ==, expected);
}

static void
assert_submit_path (const SeedanceProvider *provider,
    const SeedanceRequest *request, const gchar *expected)
{
  g_autofree gchar *path = seedance_provider_submit_path (provider, request);

  g_assert_cmpstr (path, ==, expected);
}

static const struct {
  /* @id NULL: the id that the answer has itself */
  const gchar *base, *address, *id;
} addresses[] = {
  { "https://h", "https://h/o/n/requests/r-1/status", "o/n/requests/r-1" },
  { "https://h/fal", "https://h/fal/o/n/requests/r/status", "o/n/requests/r" },
  { "https://h/fal/", "https://h/fal/o/r/status?logs=1", "o/r" },
  /* Only the path of an address with another origin is used, as behind a
   * proxy. */
  { "https://p/x", "https://evil/o/n/requests/r/status", "o/n/requests/r" },
  { "https://h", "https://h/a/../b/status", NULL },
  { "https://h", "https://h/a%2Fb/status", NULL },
  { "https://h", "https://h/a%0Ab/status", NULL },
  { "https://h", "https://h//status", NULL },
  { "https://h", "https://h/o/n/requests/r", NULL },
  { "https://h", "/status", NULL },
};

static void
test_the_address_of_a_task_is_its_id (void)
{
  const SeedanceProvider *fal = provider_get ("fal");

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autofree gchar *body = g_strdup_printf (
        "{\"request_id\":\"r\",\"status_url\":\"%s\"}", addresses[i].address);
    const SeedanceAnswerSource source = { "https://h/m", NULL,
      seedance_provider_get_answers (fal) };
    g_autoptr (SeedanceAnswer) answer =
        seedance_answer_parse (body, strlen (body), &source);
    g_autofree gchar *path = NULL;

    seedance_provider_take_address (fal, addresses[i].base, answer);
    g_assert_cmpstr (
        answer->task_id, ==, addresses[i].id ? addresses[i].id : "r");
    path = seedance_provider_status_path (fal, answer->task_id);
    g_assert_true (g_str_has_prefix (path, "/"));
    g_assert_null (strstr (path, ".."));
  }
}

static gchar *
question_of (const gchar *response)
{
  const SeedanceProvider *fal = provider_get ("fal");
  g_autofree gchar *body = g_strdup_printf (
      "{\"status\":\"COMPLETED\",\"response_url\":\"%s\"}", response);
  const SeedanceAnswerSource source = { "https://h/f/o/r/status", NULL,
    seedance_provider_get_answers (fal) };
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), &source);

  g_assert_null (
      seedance_provider_clip_url (fal, "https://h/f", "o/r", answer));

  return seedance_provider_clip_question (fal, "https://h/f", "o/r", answer);
}

/* The address of a result is used only if it has the service's own origin;
 * otherwise it is built from the task's id. */
static void
test_a_link_is_asked_for_at_the_service_alone (void)
{
  static const gchar *const cases[][2] = {
    { "https://h/f/x/response", "https://h/f/x/response" },
    { "https://evil/f/x", "https://h/f/o/r" },
    { "http://h/f/x", "https://h/f/o/r" },
    { "https://h:444/f/x", "https://h/f/o/r" },
    { "https://h/f/../x", "https://h/f/o/r" },
    { "", "https://h/f/o/r" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *question = question_of (cases[i][0]);

    g_assert_cmpstr (question, ==, cases[i][1]);
  }
}

/* A link in the answer takes precedence over the API's own address of the
 * clip. */
static void
test_a_clip_comes_from_a_link_or_from_the_api (void)
{
  const SeedanceProvider *openai = provider_get ("openai");
  SeedanceAnswer answer = { .status = SEEDANCE_STATUS_RUNNING };
  g_autofree gchar *early =
      seedance_provider_clip_url (openai, "https://h/v1", "a/b", &answer);
  g_autofree gchar *content = NULL, *link = NULL;

  g_assert_null (early);
  answer.status = SEEDANCE_STATUS_SUCCEEDED;
  content = seedance_provider_clip_url (openai, "https://h/v1", "a/b", &answer);
  g_assert_cmpstr (content, ==, "https://h/v1/videos/a%2Fb/content");
  answer.video_url = (gchar *) "https://cdn/c.mp4";
  link = seedance_provider_clip_url (openai, "https://h/v1", "a/b", &answer);
  g_assert_cmpstr (link, ==, "https://cdn/c.mp4");
}

static void
test_a_completed_task_with_an_error_has_failed (void)
{
  static const gchar body[] =
      "{\"status\":\"COMPLETED\",\"error\":\"No sea\",\"error_type\":\"x\"}";
  const SeedanceAnswerSource source = { "https://h/s", NULL,
    seedance_provider_get_answers (provider_get ("fal")) };
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), &source);
  g_autoptr (SeedanceAnswer) other =
      seedance_answer_parse (body, strlen (body), NULL);

  g_assert_cmpint (answer->status, ==, SEEDANCE_STATUS_FAILED);
  g_assert_cmpstr (answer->error_message, ==, "No sea");
  /* Only this profile has such a rule. */
  g_assert_cmpint (other->status, ==, SEEDANCE_STATUS_SUCCEEDED);
}

static const struct {
  const gchar *provider, *path, *body;
} orders[] = {
  { "openai", "/videos",
      "{\"model\":\"m-1\",\"prompt\":\"a \\\"cat\\\"\",\"seconds\":\"5\","
      "\"size\":\"1280x720\",\"input_reference\":{\"image_url\":"
      "\"https://h/i?a=1&b\"}}" },
  { "fal", "/m-1",
      "{\"prompt\":\"a \\\"cat\\\"\",\"image_url\":\"https://h/i?a=1&b\","
      "\"resolution\":\"720p\",\"aspect_ratio\":\"16:9\",\"duration\":\"5\","
      "\"seed\":42}" },
  { "replicate", "/models/m-1/predictions",
      "{\"input\":{\"prompt\":\"a \\\"cat\\\"\",\"image\":"
      "\"https://h/i?a=1&b\",\"resolution\":\"720p\",\"aspect_ratio\":"
      "\"16:9\",\"duration\":5,\"seed\":42}}" },
  { "openrouter", "/videos",
      "{\"model\":\"m-1\",\"prompt\":\"a \\\"cat\\\"\",\"duration\":5,"
      "\"resolution\":\"720p\",\"aspect_ratio\":\"16:9\",\"seed\":42,"
      "\"frame_images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"https://h/i?a=1&b\"},\"frame_type\":\"first_frame\"}]}" },
};

static void
test_orders_of_each_service (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++) {
    const SeedanceProvider *provider =
        provider_get (orders[i].provider);
    g_autoptr (SeedanceRequest) request = make_full_request ();

    assert_submit_path (provider, request, orders[i].path);
    assert_body (provider, request, orders[i].body);
  }
}

/* Equal orders must give equal bytes, whatever they contain. */
static void
test_a_form_is_the_same_each_time (void)
{
  static const gchar json[] =
      "{\"a\\\"\\r\\n\":\"x\",\"n\":5,\"o\":{\"k\":[1]},"
      "\"t\":\"data:none\",\"f\":\"data:image/png;base64,AAEC\"}";
  cJSON *body = cJSON_Parse (json);
  g_autofree gchar *type = NULL, *other = NULL;
  g_autoptr (GBytes) form = seedance_form_encode (body, &type);
  g_autoptr (GBytes) again = seedance_form_encode (body, &other);
  gsize size;
  const gchar *data = g_bytes_get_data (form, &size);
  const gchar *boundary = strstr (type, "boundary=") + strlen ("boundary=");
  g_autofree gchar *end = g_strdup_printf ("--%s--\r\n", boundary);

  cJSON_Delete (body);
  g_assert_true (g_bytes_equal (form, again));
  g_assert_cmpstr (type, ==, other);
  g_assert_true (g_str_has_prefix (type, "multipart/form-data; boundary="));
  g_assert_nonnull (g_strstr_len (data, size, "name=\"a%22%0D%0A\"\r\n\r\nx"));
  g_assert_nonnull (g_strstr_len (data, size, "name=\"n\"\r\n\r\n5\r\n"));
  g_assert_nonnull (g_strstr_len (
      data, size, "Content-Type: application/json\r\n\r\n{\"k\":[1]}"));
  g_assert_nonnull (g_strstr_len (data, size, "filename=\"f.png\"\r\n"));
  g_assert_nonnull (g_strstr_len (data, size, "name=\"t\"\r\n\r\ndata:none"));
  g_assert_cmpmem (
      data + size - strlen (end), strlen (end), end, strlen (end));
}

/* "seedance-tasks provider NAME" prints the profiles unchanged to a
 * terminal. */
static void
test_profiles_fit_80_columns (void)
{
  g_autofree gchar *list = seedance_provider_list ();
  g_auto (GStrv) names = g_strsplit (list, ", ", -1);

  g_assert_cmpuint (g_strv_length (names), ==, 6);
  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *file = NULL;
    g_autofree gchar *text = seedance_provider_read (names[i], &file, NULL);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint k = 0; lines[k]; k++)
      g_assert_cmpint (g_utf8_strlen (lines[k], -1), <=, 80);
  }
}

/* By default fal repeats a failed run by itself. */
static void
test_fal_is_asked_for_one_run (void)
{
  g_auto (GStrv) fal =
      seedance_provider_submit_headers (provider_get ("fal"));
  g_auto (GStrv) ark = seedance_provider_submit_headers (ARK);

  g_assert_cmpstr (fal[0], ==, "x-fal-no-retry: 1");
  g_assert_null (fal[1]);
  g_assert_null (ark[0]);
}

/* Some services charge by the second, so the estimate has a price but no
 * tokens. */
static void
test_a_price_may_be_one_of_time (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();
  gint64 tokens;
  gdouble usd;

  g_free (request->model);
  request->model = g_strdup ("sora-2-pro");
  g_assert_true (seedance_price_estimate (
      provider_get ("openai"), request, &tokens, &usd));
  g_assert_cmpint (tokens, ==, -1);
  g_assert_cmpfloat_with_epsilon (usd, 1.5, 1e-9);
}

#define ADD(path, name) g_test_add_func ("/services/" path, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CONFIG_HOME", "/nonexistent", TRUE);
  ADD ("the-address-of-a-task-is-its-id", the_address_of_a_task_is_its_id);
  ADD ("a-link-is-asked-for-at-the-service-alone",
      a_link_is_asked_for_at_the_service_alone);
  ADD ("a-clip-comes-from-a-link-or-from-the-api",
      a_clip_comes_from_a_link_or_from_the_api);
  ADD ("a-completed-task-with-an-error-has-failed",
      a_completed_task_with_an_error_has_failed);
  ADD ("orders-of-each-service", orders_of_each_service);
  ADD ("a-form-is-the-same-each-time", a_form_is_the_same_each_time);
  ADD ("profiles-fit-80-columns", profiles_fit_80_columns);
  ADD ("fal-is-asked-for-one-run", fal_is_asked_for_one_run);
  ADD ("a-price-may-be-one-of-time", a_price_may_be_one_of_time);

  return g_test_run ();
}
