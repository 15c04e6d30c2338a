/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two providers "seeddance" and "ark": which orders they accept, the
 * requests that they make of them, and their prices. */
#include "address.h"

#include "price.h"
#include "provider-kit.h"

#include <string.h>

#define SEEDDANCE provider_get ("seeddance")
#define ARK provider_get ("ark")
#define ARK_TASKS "/contents/generations/tasks"

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

static void
test_providers_are_found_by_name (void)
{
  g_assert_cmpstr ((SEEDDANCE)->name, ==, "seeddance");
  g_assert_cmpstr ((ARK)->name, ==, "ark");
  g_assert_null (seedance_provider_load ("Ark", NULL));
  g_assert_null (seedance_provider_load ("", NULL));
  g_assert_cmpstr (
      (SEEDDANCE)->default_base_url, ==, "https://api.seeddanceapi.com");
  g_assert_cmpstr ((ARK)->default_base_url, ==,
      "https://ark.ap-southeast.bytepluses.com/api/v3");
}

static void
test_seeddance_takes_text_to_one_path_and_images_to_another (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_submit_path (SEEDDANCE, request, "/v1/videos/text-to-video");
  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i", NULL);
  assert_submit_path (SEEDDANCE, request, "/v1/videos/image-to-video");
}

static void
test_seeddance_takes_an_image_of_the_extra_parameters_too (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->extra = cJSON_Parse ("{\"image_url\":\"https://h/i\"}");
  assert_submit_path (SEEDDANCE, request, "/v1/videos/image-to-video");
}

static void
test_seeddance_sends_only_what_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_body (SEEDDANCE, request, "{\"prompt\":\"a \\\"cat\\\"\"}");
  request->seed = 0;
  assert_body (SEEDDANCE, request, "{\"prompt\":\"a \\\"cat\\\"\",\"seed\":0}");
}

static void
test_seeddance_sends_all_that_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  assert_body (SEEDDANCE, request,
      "{\"model\":\"m-1\",\"prompt\":\"a \\\"cat\\\"\","
      "\"image_url\":\"https://h/i?a=1&b\",\"resolution\":\"720p\","
      "\"aspect_ratio\":\"16:9\",\"duration\":5,\"seed\":42}");
}

static void
test_extra_parameters_go_out_as_given_and_win (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->duration = 5;
  request->extra = cJSON_Parse ("{\"watermark\":false,\"duration\":8,\"z\":{"
                                "\"b\":[1.5,null],\"a\":\"\"}}");
  assert_body (SEEDDANCE, request,
      "{\"prompt\":\"a \\\"cat\\\"\",\"watermark\":false,\"duration\":8,"
      "\"z\":{\"b\":[1.5,null],\"a\":\"\"}}");
  assert_body (ARK, request,
      "{\"content\":[{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"}],"
      "\"watermark\":false,\"duration\":8,"
      "\"z\":{\"b\":[1.5,null],\"a\":\"\"}}");
}

static void
test_numbers_go_out_as_exact_integers (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->seed = 1000000000000000000;
  assert_body (SEEDDANCE, request,
      "{\"prompt\":\"a \\\"cat\\\"\",\"seed\":1000000000000000000}");
  request->seed = G_MAXINT64;
  assert_body (SEEDDANCE, request,
      "{\"prompt\":\"a \\\"cat\\\"\",\"seed\":9223372036854775807}");
}

static void
test_ark_has_one_path (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_submit_path (ARK, request, ARK_TASKS);
  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i", NULL);
  assert_submit_path (ARK, request, ARK_TASKS);
}

static void
test_ark_sends_only_what_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->model = g_strdup ("m-1");
  assert_body (ARK, request,
      "{\"model\":\"m-1\",\"content\":"
      "[{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"}]}");
}

static void
test_ark_sends_all_that_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  assert_body (ARK, request,
      "{\"model\":\"m-1\",\"content\":["
      "{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/i?a=1&b\"}}],"
      "\"resolution\":\"720p\",\"ratio\":\"16:9\",\"duration\":5,\"seed\":42}");
}

static void
test_ark_sends_image_data (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "data:image/png;base64,AA/+==", NULL);
  assert_body (ARK, request,
      "{\"content\":[{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"},"
      "{\"type\":\"image_url\",\"image_url\":"
      "{\"url\":\"data:image/png;base64,AA/+==\"}}]}");
}

static void
assert_status_path (
    const SeedanceProvider *provider, const gchar *id, const gchar *expected)
{
  g_autofree gchar *path = seedance_provider_status_path (provider, id);

  g_assert_cmpstr (path, ==, expected);
}

static void
test_status_paths_name_the_task (void)
{
  assert_status_path (SEEDDANCE, "t-1", "/v1/videos/t-1");
  assert_status_path (ARK, "cgt-2026_a.b~c", ARK_TASKS "/cgt-2026_a.b~c");
}

static void
test_a_task_id_cannot_leave_its_segment (void)
{
  assert_status_path (
      SEEDDANCE, "../a?b=c#d%e f", "/v1/videos/..%2Fa%3Fb%3Dc%23d%25e%20f");
  assert_status_path (SEEDDANCE, "..", "/v1/videos/%2E%2E");
  assert_status_path (SEEDDANCE, ".", "/v1/videos/%2E");
  assert_status_path (SEEDDANCE, "\xc3\xa9", "/v1/videos/%C3%A9");
}

static void
assert_valid (const SeedanceProvider *provider, const SeedanceRequest *request)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (seedance_provider_validate (provider, request, &error));
  g_assert_no_error (error);
}

static void
assert_refused (const SeedanceProvider *provider,
    const SeedanceRequest *request, const gchar *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_provider_validate (provider, request, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, "nothing is billed"));
}

static void
test_seeddance_makes_up_to_1080p (void)
{
  static const gchar *const resolutions[] = { NULL, "", "480p", "720p",
    "1080p" };
  g_autoptr (SeedanceRequest) request = make_request ();

  for (gsize i = 0; i < G_N_ELEMENTS (resolutions); i++) {
    g_free (request->resolution);
    request->resolution = g_strdup (resolutions[i]);
    assert_valid (SEEDDANCE, request);
  }
  g_free (request->resolution);
  request->resolution = g_strdup ("4k");
  assert_refused (SEEDDANCE, request, "4k");
  assert_refused (SEEDDANCE, request, "1080p");
}

static void
test_seeddance_makes_up_to_10_seconds (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->duration = 10;
  assert_valid (SEEDDANCE, request);
  request->duration = 11;
  assert_refused (SEEDDANCE, request, "10");
}

static void
test_seeddance_is_left_to_judge_the_rest (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  g_free (request->model);
  request->model = g_strdup ("one that is new");
  request->seed = G_MAXINT64;
  assert_valid (SEEDDANCE, request);
}

/* A service may ignore an unknown aspect ratio, make a clip of another one, and
 * bill it. */
static void
test_seeddance_makes_the_shapes_that_it_documents (void)
{
  static const gchar *const ratios[] = { NULL, "", "16:9", "9:16", "4:3", "3:4",
    "21:9", "1:1" };
  static const gchar *const others[] = { "2:1", "16x9", "wide", "16:9 " };
  g_autoptr (SeedanceRequest) request = make_request ();

  for (gsize i = 0; i < G_N_ELEMENTS (ratios); i++) {
    g_free (request->aspect_ratio);
    request->aspect_ratio = g_strdup (ratios[i]);
    assert_valid (SEEDDANCE, request);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_free (request->aspect_ratio);
    request->aspect_ratio = g_strdup (others[i]);
    assert_refused (SEEDDANCE, request, others[i]);
  }
}

static void
add (SeedanceRequest *request, SeedanceRole role, const gchar *uri)
{
  seedance_request_add_media (request, role, uri, NULL);
}

static void
test_ark_sends_frames_with_their_roles (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->model = g_strdup ("m");
  add (request, SEEDANCE_ROLE_LAST_FRAME, "https://h/z");
  assert_refused (ARK, request, "last-image only together with image");
  add (request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/a");
  assert_valid (ARK, request);
  assert_body (ARK, request,
      "{\"model\":\"m\",\"content\":["
      "{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/a\"},"
      "\"role\":\"first_frame\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/z\"},"
      "\"role\":\"last_frame\"}]}");
  add (request, SEEDANCE_ROLE_REFERENCE_AUDIO, "https://h/s");
  assert_refused (ARK, request, "reference-audios together with image");
}

static void
test_ark_sends_references (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->model = g_strdup ("m");
  add (request, SEEDANCE_ROLE_REFERENCE_IMAGE, "https://h/1");
  add (request, SEEDANCE_ROLE_REFERENCE_VIDEO, "https://h/v");
  add (request, SEEDANCE_ROLE_REFERENCE_IMAGE, "https://h/2");
  add (request, SEEDANCE_ROLE_REFERENCE_AUDIO, "https://h/s");
  assert_valid (ARK, request);
  assert_body (ARK, request,
      "{\"model\":\"m\",\"content\":["
      "{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/1\"},"
      "\"role\":\"reference_image\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/2\"},"
      "\"role\":\"reference_image\"},"
      "{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://h/v\"},"
      "\"role\":\"reference_video\"},"
      "{\"type\":\"audio_url\",\"audio_url\":{\"url\":\"https://h/s\"},"
      "\"role\":\"reference_audio\"}]}");
}

static void
test_ark_sends_switches_that_were_set (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->model = g_strdup ("m");
  request->aspect_ratio = g_strdup ("adaptive");
  request->duration = -1;
  request->generate_audio = 0;
  request->camera_fixed = 1;
  request->watermark = 0;
  request->return_last_frame = 1;
  assert_valid (ARK, request);
  assert_body (ARK, request,
      "{\"model\":\"m\",\"content\":["
      "{\"type\":\"text\",\"text\":\"a \\\"cat\\\"\"}],"
      "\"ratio\":\"adaptive\",\"duration\":-1,\"generate_audio\":false,"
      "\"camera_fixed\":true,\"watermark\":false,\"return_last_frame\":true}");
}

static void
test_seeddance_refuses_what_it_cannot_be_asked_for (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->duration = -1;
  assert_refused (SEEDDANCE, request, "from 1 to 10, not -1");
  request->duration = 0;
  request->generate_audio = 0;
  assert_refused (SEEDDANCE, request, "has no generate-audio");
  request->generate_audio = -1;
  add (request, SEEDANCE_ROLE_LAST_FRAME, "https://h/z");
  assert_refused (SEEDDANCE, request, "has no last-image");
}

/* Prices from real bills: 0.76 dollars for 5 s in 720p, 3.76 for 10 s in 1080p,
 * 11.70 for 15 s in 4k. */
static void
test_ark_estimates_prices_of_known_models (void)
{
  static const struct {
    const gchar *model, *resolution;
    gint duration;
    gint64 tokens; /* -1: no estimate */
    gdouble usd;
  } cases[] = {
    { "doubao-seedance-2-0-260128", "720p", 5, 108900, 0.76 },
    { "dreamina-seedance-2-0-260128", "1080p", 10, 488025, 3.76 },
    { "doubao-seedance-2-0-260128", "4k", 15, 2924100, 11.70 },
    { "doubao-seedance-2-0-mini-260615", "720p", 5, 108900, 0.38 },
    { "doubao-seedance-2-5-260628", "4k", 5, -1, 0 },
    { "seedance-9-9", "720p", 5, -1, 0 },
    { "doubao-seedance-2-0-260128", "720p", 0, -1, 0 },
    { "doubao-seedance-2-0-260128", "720p", -1, -1, 0 },
    { "doubao-seedance-2-0-260128", NULL, 5, -1, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SeedanceRequest) request = make_request ();
    gint64 tokens = -1;
    gdouble usd = 0;

    request->model = g_strdup (cases[i].model);
    request->resolution = g_strdup (cases[i].resolution);
    request->duration = cases[i].duration;
    g_assert_true (seedance_price_estimate (ARK, request, &tokens, &usd) ==
                   (cases[i].tokens >= 0));
    g_assert_cmpint (tokens, ==, cases[i].tokens);
    g_assert_cmpfloat_with_epsilon (usd, cases[i].usd, 0.006);
    g_assert_false (seedance_price_estimate (SEEDDANCE, request, &tokens, &usd));
  }
}

static void
test_ark_needs_a_model (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_refused (ARK, request, "dreamina-seedance-2-0-260128");
  assert_refused (ARK, request, "doubao-seedance-2-0-260128");
  request->extra = cJSON_Parse ("{\"model\":\"m-1\"}");
  assert_valid (ARK, request);
  cJSON_Delete (request->extra);
  request->extra = NULL;
  request->model = g_strdup ("m-1");
  request->resolution = g_strdup ("4k");
  request->duration = 15;
  assert_valid (ARK, request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/provider/" path, test_##name)
  ADD ("found-by-name", providers_are_found_by_name);
  ADD ("seeddance/paths",
      seeddance_takes_text_to_one_path_and_images_to_another);
  ADD ("seeddance/path-of-extra-image",
      seeddance_takes_an_image_of_the_extra_parameters_too);
  ADD ("seeddance/only-what-was-set", seeddance_sends_only_what_was_set);
  ADD ("seeddance/all-that-was-set", seeddance_sends_all_that_was_set);
  ADD ("seeddance/resolutions", seeddance_makes_up_to_1080p);
  ADD ("seeddance/durations", seeddance_makes_up_to_10_seconds);
  ADD ("seeddance/nothing-else", seeddance_is_left_to_judge_the_rest);
  ADD ("seeddance/shapes", seeddance_makes_the_shapes_that_it_documents);
  ADD ("ark/path", ark_has_one_path);
  ADD ("ark/only-what-was-set", ark_sends_only_what_was_set);
  ADD ("ark/all-that-was-set", ark_sends_all_that_was_set);
  ADD ("ark/image-data", ark_sends_image_data);
  ADD ("ark/frames", ark_sends_frames_with_their_roles);
  ADD ("ark/references", ark_sends_references);
  ADD ("ark/switches", ark_sends_switches_that_were_set);
  ADD ("seeddance/has-no", seeddance_refuses_what_it_cannot_be_asked_for);
  ADD ("ark/prices", ark_estimates_prices_of_known_models);
  ADD ("ark/model", ark_needs_a_model);
  ADD ("body/extra", extra_parameters_go_out_as_given_and_win);
  ADD ("body/integers", numbers_go_out_as_exact_integers);
  ADD ("path/names-the-task", status_paths_name_the_task);
  ADD ("path/stays-in-its-segment", a_task_id_cannot_leave_its_segment);
  return g_test_run ();
}
