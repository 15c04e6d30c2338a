/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The canonical form and the fingerprint of requests, which identify an order
 * in the ledger. */
#include "error.h"
#include "request.h"

#include <string.h>

#define DATA_URI "data:image/png;base64,AAAA"

static SeedanceRequest *
make_request (const gchar *prompt)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup (prompt);
  return request;
}

static SeedanceRequest *
make_full_request (void)
{
  SeedanceRequest *request = make_request ("a cat");

  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/cat.png?x=1&y", NULL);
  request->resolution = g_strdup ("720p");
  request->aspect_ratio = g_strdup ("16:9");
  request->duration = 5;
  request->seed = 42;
  request->model = g_strdup ("m-1");
  request->extra = cJSON_Parse ("{\"b\":1,\"a\":{\"d\":[2,{\"f\":3,\"e\":4}],"
                                "\"c\":null}}");
  return request;
}

static void
assert_canonical (const SeedanceRequest *request, const gchar *expected)
{
  g_autofree gchar *canonical = seedance_request_canonical (request);

  g_assert_cmpstr (canonical, ==, expected);
}

static void
test_nothing_is_set_at_first (void)
{
  g_autoptr (SeedanceRequest) request = seedance_request_new ();

  assert_canonical (request, "{}");
}

static void
test_canonical_has_every_field_in_order (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  assert_canonical (request,
      "{\"aspect_ratio\":\"16:9\",\"duration\":5,"
      "\"extra\":{\"a\":{\"c\":null,\"d\":[2,{\"e\":4,\"f\":3}]},\"b\":1},"
      "\"image\":\"https://h/cat.png?x=1&y\",\"model\":\"m-1\","
      "\"prompt\":\"a cat\",\"resolution\":\"720p\",\"seed\":42}");
}

static void
test_canonical_has_only_what_was_set (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("a \"cat\"\n");

  request->resolution = g_strdup ("");
  request->extra = cJSON_CreateObject ();
  assert_canonical (request, "{\"prompt\":\"a \\\"cat\\\"\\n\"}");
}

static void
test_canonical_holds_the_hash_of_image_data (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("x");
  g_autofree gchar *hash =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, DATA_URI, -1);
  g_autofree gchar *expected =
      g_strdup_printf ("{\"image\":\"sha256:%s\",\"prompt\":\"x\"}", hash);

  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, DATA_URI, NULL);
  assert_canonical (request, expected);
}

/* The name stands for the image, whose link may differ each time. */
static void
test_canonical_has_the_name_of_an_image (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("a cat");

  for (guint i = 0; i < 3; i++) {
    static const gchar *const images[] = { NULL, DATA_URI, "https://h/7?x=1" };

    seedance_request_add_media (
        request, SEEDANCE_ROLE_FIRST_FRAME, images[i], "the last frame of 7");
    assert_canonical (request,
        "{\"image_name\":\"the last frame of 7\",\"prompt\":\"a cat\"}");
  }
  /* The instance says which order it is. */
  request->instance = g_strdup ("b");
  assert_canonical (request, "{\"instance\":\"b\",\"prompt\":\"a cat\"}");
}

static void
test_canonical_keeps_every_bit_of_a_seed (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("x");

  request->seed = G_MAXINT64;
  assert_canonical (request, "{\"prompt\":\"x\",\"seed\":9223372036854775807}");
}

static void
test_canonical_has_a_seed_of_zero (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("x");

  request->seed = 0;
  assert_canonical (request, "{\"prompt\":\"x\",\"seed\":0}");
}

static void
test_canonical_leaves_the_request_alone (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();
  G_GNUC_UNUSED g_autofree gchar *canonical =
      seedance_request_canonical (request);

  g_assert_cmpstr (request->extra->child->string, ==, "b");
}

static gchar *
fingerprint (const SeedanceRequest *request)
{
  return seedance_request_fingerprint (request, "ark", "https://h/v3");
}

static void
test_a_fingerprint_is_64_hex_digits (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();
  g_autofree gchar *print = fingerprint (request);

  g_assert_cmpuint (strlen (print), ==, 64);
  g_assert_cmpuint (strspn (print, "0123456789abcdef"), ==, 64);
}

static void
test_equal_orders_have_equal_fingerprints (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();
  g_autoptr (SeedanceRequest) other = make_full_request ();
  g_autofree gchar *print = fingerprint (request);
  g_autofree gchar *same = NULL;

  cJSON_Delete (other->extra);
  other->extra = cJSON_Parse ("{\"a\":{\"c\":null,\"d\":[2,{\"e\":4,\"f\":3}]},"
                              "\"b\":1}");
  same = seedance_request_fingerprint (other, "ark", "https://h/v3//");
  g_assert_cmpstr (print, ==, same);
}

static void
assert_all_differ (gchar **prints, gsize n)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < n; i++)
    g_assert_true (g_hash_table_add (seen, prints[i]));
}

static void
test_every_field_changes_the_fingerprint (void)
{
  g_autoptr (SeedanceRequest) r = make_request ("x");
  gchar *prints[20];
  guint n = 0;

  prints[n++] = fingerprint (r);
  r->seed = 0;
  prints[n++] = fingerprint (r);
  r->duration = 1;
  prints[n++] = fingerprint (r);
  r->resolution = g_strdup ("720p");
  prints[n++] = fingerprint (r);
  r->aspect_ratio = g_strdup ("1:1");
  prints[n++] = fingerprint (r);
  r->model = g_strdup ("m");
  prints[n++] = fingerprint (r);
  seedance_request_add_media (
      r, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i", NULL);
  prints[n++] = fingerprint (r);
  r->instance = g_strdup ("1");
  prints[n++] = fingerprint (r);
  r->extra = cJSON_Parse ("{\"a\":1}");
  prints[n++] = fingerprint (r);
  cJSON_SetIntValue (r->extra->child, 2);
  prints[n++] = fingerprint (r);
  r->duration = -1;
  prints[n++] = fingerprint (r);
  r->generate_audio = 0;
  prints[n++] = fingerprint (r);
  r->camera_fixed = 0;
  prints[n++] = fingerprint (r);
  r->watermark = 0;
  prints[n++] = fingerprint (r);
  r->return_last_frame = 1;
  prints[n++] = fingerprint (r);
  r->return_last_frame = 0;
  prints[n++] = fingerprint (r);
  for (guint role = SEEDANCE_ROLE_LAST_FRAME; role < SEEDANCE_N_ROLES; role++) {
    seedance_request_add_media (r, role, "https://h/j", NULL);
    prints[n++] = fingerprint (r);
  }
  assert_all_differ (prints, n);
}

static void
test_where_changes_the_fingerprint (void)
{
  g_autoptr (SeedanceRequest) r = make_request ("x");
  gchar *prints[] = {
    seedance_request_fingerprint (r, "ark", "https://h"),
    seedance_request_fingerprint (r, "seeddance", "https://h"),
    seedance_request_fingerprint (r, "ark", "https://i"),
    seedance_request_fingerprint (r, "arkhttps://h", ""),
  };

  assert_all_differ (prints, G_N_ELEMENTS (prints));
}

typedef struct {
  const gchar *name;
  const gchar *prompt;
  const gchar *found;
} Override;

static const Override overrides[] = {
  { "dur", "a cat --dur 12", "--dur" },
  { "duration", "a cat --duration 12", "--duration" },
  { "rs", "--rs 1080p a cat", "--rs" },
  { "resolution", "a --resolution 1080p cat", "--resolution" },
  { "rt", "a cat\n--rt 1:1", "--rt" },
  { "ratio", "a cat\t--ratio 1:1", "--ratio" },
  { "seed", "a cat --seed=5", "--seed" },
  { "fps", "a cat --fps 24", "--fps" },
  { "wm", "a cat --wm true", "--wm" },
  { "watermark", "a cat --watermark true", "--watermark" },
  { "cf", "a cat --cf true", "--cf" },
  { "camerafixed", "a cat --camerafixed false", "--camerafixed" },
  { "at-the-end", "a cat --dur", "--dur" },
  { "the-first-one", "a cat --dur 5 --rs 720p", "--dur" },
  { "in-capitals", "a cat --DUR 5", "--DUR" },
  { "after-wide-space", "猫\xe3\x80\x80--dur 5", "--dur" },
  { "not-within-a-word", "a cat x--dur 5", NULL },
  { "not-a-longer-word", "a cat --durian 5", NULL },
  { "not-three-dashes", "a cat ---dur 5", NULL },
  { "not-one-dash", "a cat -dur 5", NULL },
  { "not-a-lone-dash", "a cat -- dur 5", NULL },
  { "not-in-plain-words", "the ratio and duration of a seed", NULL },
  { "not-in-bad-utf8", "\xff --dur 5", NULL },
};

static void
test_override (gconstpointer data)
{
  const Override *override = data;
  g_autoptr (SeedanceRequest) request = make_request (override->prompt);
  g_autofree gchar *found = seedance_request_find_override (request);

  g_assert_cmpstr (found, ==, override->found);
}

static void
test_no_prompt_overrides_nothing (void)
{
  g_autoptr (SeedanceRequest) request = seedance_request_new ();

  g_assert_null (seedance_request_find_override (request));
}

static void
assert_valid (const SeedanceRequest *request)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (seedance_request_validate (request, &error));
  g_assert_no_error (error);
}

static void
assert_refused (const SeedanceRequest *request, const gchar *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_request_validate (request, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, "nothing is billed"));
}

static void
test_a_prompt_is_enough (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("猫");

  assert_valid (request);
}

static void
test_a_full_request_is_valid (void)
{
  g_autoptr (SeedanceRequest) request = make_full_request ();

  assert_valid (request);
}

static void
test_bad_prompts_are_refused (void)
{
  static const gchar *const prompts[] = { NULL, "", " \t\n", "\xe3\x80\x80",
    "a\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++) {
    g_autoptr (SeedanceRequest) request = make_request (prompts[i]);

    assert_refused (request, "prompt");
  }
}

static void
test_images_are_http_https_or_data (void)
{
  static const gchar *const images[] = { "http://h/i", "HTTPS://h/i",
    DATA_URI };

  for (gsize i = 0; i < G_N_ELEMENTS (images); i++) {
    g_autoptr (SeedanceRequest) request = make_request ("x");

    seedance_request_add_media (
        request, SEEDANCE_ROLE_FIRST_FRAME, images[i], NULL);
    assert_valid (request);
  }
}

static void
test_other_images_are_refused (void)
{
  static const gchar *const images[] = { "file:///i", "/i", "ftp://h/i",
    "https://", "data:", "https://h/\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (images); i++) {
    g_autoptr (SeedanceRequest) request = make_request ("x");

    seedance_request_add_media (
        request, SEEDANCE_ROLE_FIRST_FRAME, images[i], NULL);
    assert_refused (request, "image");
  }
}

static void
test_numbers_that_cannot_be_are_refused (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("x");

  request->duration = -2;
  assert_refused (request, "duration");
  request->duration = 3601;
  assert_refused (request, "duration");
  request->duration = 0;
  request->seed = -2;
  assert_refused (request, "seed");
}

static void
test_extra_is_a_json_object_in_utf8 (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("x");

  request->extra = cJSON_Parse ("[1]");
  assert_refused (request, "extra");
  cJSON_Delete (request->extra);
  request->extra = cJSON_Parse ("{\"a\":\"\xff\"}");
  assert_refused (request, "extra");
}

static void
test_names_that_are_not_utf8_are_refused (void)
{
  g_autoptr (SeedanceRequest) request = make_request ("x");

  request->model = g_strdup ("\xff");
  assert_refused (request, "model");
}

/* The order of references matters: a prompt may say "the first picture". */
static void
test_references_have_an_order (void)
{
  g_autoptr (SeedanceRequest) a = make_request ("x"), b = make_request ("x");
  g_autofree gchar *one = NULL, *other = NULL;

  seedance_request_add_media (
      a, SEEDANCE_ROLE_REFERENCE_IMAGE, "https://h/1", NULL);
  seedance_request_add_media (a, SEEDANCE_ROLE_REFERENCE_IMAGE, DATA_URI, NULL);
  seedance_request_add_media (b, SEEDANCE_ROLE_REFERENCE_IMAGE, DATA_URI, NULL);
  seedance_request_add_media (
      b, SEEDANCE_ROLE_REFERENCE_IMAGE, "https://h/1", NULL);
  one = seedance_request_canonical (a);
  other = seedance_request_canonical (b);
  g_assert_cmpstr (one, !=, other);
  g_assert_nonnull (strstr (one, "[\"https://h/1\",\"sha256:"));
}

/* Fingerprints of these orders in released versions. With others, an upgrade
 * would order the same clips again. */
static const struct {
  const gchar *provider, *base_url;
  const gchar *plain, *full, *inline_image;
} released[] = {
  { "seeddance", "https://api.seeddanceapi.com",
      "a08bdab9db62d12d7f44582ed6b1f696285f6c70ca86a1f566111867ad2e9202",
      "a3fabdd32e5609d7a181886fbc97461e1f22ec552c5ad72760a1212aac83d9e7",
      "16c80ae74834b39810472de1e02e4370c9260f507f14ccf0026a546834445b05" },
  { "ark", "https://ark.ap-southeast.bytepluses.com/api/v3",
      "b9184a1121f55988570709805c0d4797baa766a7aa47f6f4a78000910a97adda",
      "55a086d460a149e0170420c1816536b4c0622819dbca30210ff8181a905d412a",
      "af7e59e383373ab0374fbbe3ea4a763c7e920dbf410d44017aefe9aa876a1404" },
};

static void
assert_released (const SeedanceRequest *request, guint nth, const gchar *print)
{
  g_autofree gchar *fingerprint = seedance_request_fingerprint (
      request, released[nth].provider, released[nth].base_url);

  g_assert_cmpstr (fingerprint, ==, print);
}

static void
test_orders_are_called_as_in_earlier_releases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (released); i++) {
    g_autoptr (SeedanceRequest) request = make_request ("a \"cat\"");

    assert_released (request, i, released[i].plain);
    seedance_request_add_media (
        request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i?a=1&b", NULL);
    request->resolution = g_strdup ("720p");
    request->aspect_ratio = g_strdup ("16:9");
    request->duration = 5;
    request->seed = 42;
    request->model = g_strdup ("m-1");
    assert_released (request, i, released[i].full);
    seedance_request_add_media (request, SEEDANCE_ROLE_FIRST_FRAME,
        "data:image/png;base64,AA/+==", NULL);
    request->extra = cJSON_Parse ("{\"watermark\":false,\"duration\":8,\"z\":{"
                                  "\"b\":[1.5,null],\"a\":\"\"}}");
    request->instance = g_strdup ("i");
    assert_released (request, i, released[i].inline_image);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/request/" path, test_##name)
  ADD ("nothing-is-set-at-first", nothing_is_set_at_first);
  ADD ("canonical/every-field-in-order", canonical_has_every_field_in_order);
  ADD ("canonical/only-what-was-set", canonical_has_only_what_was_set);
  ADD ("canonical/hash-of-image-data", canonical_holds_the_hash_of_image_data);
  ADD ("canonical/name-of-an-image", canonical_has_the_name_of_an_image);
  ADD ("canonical/every-bit-of-a-seed", canonical_keeps_every_bit_of_a_seed);
  ADD ("canonical/seed-of-zero", canonical_has_a_seed_of_zero);
  ADD (
      "canonical/leaves-the-request-alone", canonical_leaves_the_request_alone);
  ADD ("fingerprint/64-hex-digits", a_fingerprint_is_64_hex_digits);
  ADD ("fingerprint/equal-orders", equal_orders_have_equal_fingerprints);
  ADD ("fingerprint/every-field", every_field_changes_the_fingerprint);
  ADD ("fingerprint/where", where_changes_the_fingerprint);
  ADD ("canonical/references", references_have_an_order);
  ADD ("fingerprint/released", orders_are_called_as_in_earlier_releases);
  for (gsize i = 0; i < G_N_ELEMENTS (overrides); i++) {
    g_autofree gchar *path =
        g_strconcat ("/request/override/", overrides[i].name, NULL);

    g_test_add_data_func (path, &overrides[i], test_override);
  }
  ADD ("override/no-prompt", no_prompt_overrides_nothing);
  ADD ("valid/a-prompt-is-enough", a_prompt_is_enough);
  ADD ("valid/full", a_full_request_is_valid);
  ADD ("valid/images", images_are_http_https_or_data);
  ADD ("refused/prompts", bad_prompts_are_refused);
  ADD ("refused/images", other_images_are_refused);
  ADD ("refused/numbers", numbers_that_cannot_be_are_refused);
  ADD ("refused/extra", extra_is_a_json_object_in_utf8);
  ADD ("refused/names", names_that_are_not_utf8_are_refused);
  return g_test_run ();
}
