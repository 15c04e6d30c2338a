/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a seedance: URI may say; all else is refused. */
#include <string.h>

#include "gstseedancesettings.h"
#include "gstseedanceuri.h"
#include "uri.h"

#define BOAT "seedance:?prompt=boat"

/* The URI as written and its normal form; NULL: it already has the normal
 * form. */
static const gchar *const good[][2] = {
  { BOAT },
  { "SeeDance:?prompt=boat", BOAT },
  { "seedance:task/84005434-752b-46b3-8ab2-0c2f9016b340" },
  { "seedance:task/cgt-2025_a.b~c:1" },
  { "seedance:task/a%2Fb%20c" },
  { "seedance:task/a+b", "seedance:task/a%2Bb" },
  { BOAT "&resolution=720p&duration=5&seed=7" },
  { "seedance:?seed=7&duration=5&prompt=boat", BOAT "&duration=5&seed=7" },
  { "seedance:?prompt=A paper boat", "seedance:?prompt=A%20paper%20boat" },
  { "seedance:?prompt=A+paper+boat", "seedance:?prompt=A%20paper%20boat" },
  { "seedance:?prompt=1%2b1%3D2%26%23%3F%25%22",
      "seedance:?prompt=1%2B1%3D2%26%23%3F%25%22" },
  { "seedance:?prompt=雨", "seedance:?prompt=%E9%9B%A8" },
  { "seedance:?prompt=two%0Alines" },
  { "seedance:?prompt=%62o%61t", BOAT },
  { BOAT "&aspect-ratio=16%3A9", BOAT "&aspect-ratio=16:9" },
  { BOAT "&resolution=auto&duration=0&seed=-1", BOAT },
  { BOAT "&seed=9223372036854775807" },
  { BOAT "&generate-audio=false&camera-fixed=true&watermark=false"
         "&return-last-frame=true" },
  { BOAT "&model=dreamina-seedance-2-0-260128&instance=a%20b" },
  { "seedance:?prompt=boat&image=https://host/a.png%3Fw%3D8&last-image="
    "HTTP://host/b" },
  { BOAT "&reference-images=%5B%22https://host/a%22,%22https://host/b%22%5D" },
};

static gchar *
rewrite (const gchar *text, GError **error)
{
  GstSeedanceSettings settings;
  gchar *written = NULL;

  gst_seedance_settings_init (&settings);
  if (gst_seedance_uri_read (text, &settings, error)) {
    written = gst_seedance_uri_write (&settings);
    g_assert_nonnull (written);
  }
  gst_seedance_settings_clear (&settings);

  return written;
}

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    const gchar *normal = good[i][1] ? good[i][1] : good[i][0];
    g_autoptr (GError) error = NULL;
    g_autofree gchar *written = rewrite (good[i][0], &error);
    g_autofree gchar *again = NULL;

    g_assert_no_error (error);
    g_assert_cmpstr (written, ==, normal);
    again = rewrite (written, &error);
    g_assert_cmpstr (again, ==, normal);
  }
}

static void
test_values (void)
{
  GstSeedanceSettings settings;

  gst_seedance_settings_init (&settings);
  g_assert_true (gst_seedance_uri_read (BOAT
      "%20%E9%9B%A8&duration=-1&watermark=true&aspect-ratio=adaptive"
      "&reference-videos=%5B%22https://host/a%22%5D",
      &settings, NULL));
  g_assert_cmpstr (settings.prompt, ==, "boat 雨");
  g_assert_cmpint (settings.duration, ==, -1);
  g_assert_cmpint (settings.watermark, ==, 1);
  g_assert_cmpint (settings.camera_fixed, ==, -1);
  g_assert_cmpstr (settings.aspect_ratio, ==, "adaptive");
  g_assert_cmpuint (g_strv_length (settings.reference_videos), ==, 1);
  g_assert_cmpstr (settings.reference_videos[0], ==, "https://host/a");
  g_assert_null (settings.task_id);
  gst_seedance_settings_clear (&settings);
}

/* The URI and a word of its error. */
static const gchar *const bad[][2] = {
  { "", "does not begin" },
  { "http://host/", "does not begin" },
  { "seedance", "does not begin" },
  { "seedance:", "neither" },
  { "seedance:boat", "neither" },
  { "seedance:task", "neither" },
  { "seedance:/task/a", "neither" },
  { "seedance:Task/a", "neither" },
  { "seedance://host/task/a", "host" },
  { "seedance://", "host" },
  { "seedance:///?prompt=boat", "host" },
  { "seedance:?", "NAME=VALUE" },
  { "seedance:?prompt", "NAME=VALUE" },
  { "seedance:?=boat", "NAME=VALUE" },
  { BOAT "&", "NAME=VALUE" },
  { "seedance:?&prompt=boat", "NAME=VALUE" },
  { BOAT "&&seed=1", "NAME=VALUE" },
  { "seedance:?prompt=", "prompt is empty" },
  { BOAT "&resolution=", "resolution is empty" },
  { BOAT "&prompt=boat", "prompt is there twice" },
  { BOAT "&seed=1&seed=1", "seed is there twice" },
  { BOAT "#clip", "fragment" },
  { "seedance:task/a#b", "fragment" },
  { "seedance:?prompt=%", "two hexadecimal digits" },
  { "seedance:?prompt=%4", "two hexadecimal digits" },
  { "seedance:?prompt=%4&seed=1", "two hexadecimal digits" },
  { "seedance:?prompt=%g0", "two hexadecimal digits" },
  { "seedance:?prompt=100%", "two hexadecimal digits" },
  { "seedance:task/%zz", "two hexadecimal digits" },
  { "seedance:?prompt=a%00b", "NUL" },
  { "seedance:task/a%00", "NUL" },
  { "seedance:?prompt=%ff", "not UTF-8" },
  { "seedance:?prompt=%c3", "not UTF-8" },
  { "seedance:task/%C3%28", "not UTF-8" },
  { "seedance:?prompt=a\nb", "control character" },
  { "seedance:?prompt=a\x7f", "control character" },
  { "seedance:task/", "id is empty" },
  { "seedance:task/a/b", "second /" },
  { "seedance:task/a?prompt=boat", "no fields" },
  { "seedance:task/a%0Ab", "cannot be seen" },
  { "seedance:?seed=1", "no prompt" },
  /* Unknown names. */
  { BOAT "&promt=sea", "no such field" },
  { BOAT "&Prompt=sea", "no such field" },
  { BOAT "&p%72ompt=sea", "no such field" },
  { BOAT "&key=a", "no such field" },
  { BOAT "&profile=a", "no such field" },
  /* Properties that only the application may set. */
  { BOAT "&api-key=a", "api-key is never part" },
  { BOAT "&api-key-file=/a", "api-key-file is never part" },
  { BOAT "&base-url=https://host", "base-url is never part" },
  { BOAT "&provider=ark", "provider is never part" },
  { BOAT "&state-dir=/a", "state-dir is never part" },
  { BOAT "&ssl-ca-file=/a", "ssl-ca-file is never part" },
  { BOAT "&ssl-strict=false", "ssl-strict is never part" },
  { BOAT "&proxy=http://host", "proxy is never part" },
  { BOAT "&allow-insecure=true", "allow-insecure is never part" },
  { BOAT "&uri-submit=true", "uri-submit is never part" },
  { BOAT "&reuse=never", "reuse is never part" },
  { BOAT "&budget=9/hour", "budget is never part" },
  { BOAT "&attempts=9", "attempts is never part" },
  { BOAT "&extra-params={}", "extra-params is never part" },
  { "seedance:?task-id=a", "seedance:task/ID" },
  /* Invalid values. */
  { BOAT "&duration=5s", "duration" },
  { BOAT "&duration=3601", "duration" },
  { BOAT "&duration=1e1", "duration" },
  { BOAT "&seed=-2", "seed" },
  { BOAT "&seed=9223372036854775808", "seed" },
  { BOAT "&watermark=yes", "watermark" },
  { BOAT "&resolution=7%0A", "cannot be seen" },
  { BOAT "&instance=a%E2%80%AEb", "cannot be seen" },
  { BOAT "&reference-images=a", "reference-images" },
  { BOAT "&reference-images=%5B1%5D", "reference-images" },
  /* Files and other references that are no web addresses. */
  { BOAT "&image=boat.png", "http or https" },
  { BOAT "&image=/etc/passwd", "http or https" },
  { BOAT "&image=file:///etc/passwd", "http or https" },
  { BOAT "&image=data:image/png;base64,AAAA", "http or https" },
  { BOAT "&image=ftp://host/a", "http or https" },
  { BOAT "&last-image=%2Fetc%2Fpasswd", "http or https" },
  { BOAT "&reference-images=%5B%22/etc/passwd%22%5D", "http or https" },
  { BOAT "&reference-images=%5B%22https://a%22,%22%22%5D", "http or https" },
  { BOAT "&image=https://me:pw@host/a", "password" },
  { BOAT "&reference-audios=%5B%22https://me@host/a%22%5D", "password" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *written = rewrite (bad[i][0], &error);

    g_assert_null (written);
    g_assert_nonnull (error);
    g_assert_true (error->domain == GST_URI_ERROR);
    g_test_message ("%s: %s", bad[i][0], error->message);
    g_assert_nonnull (strstr (error->message, bad[i][1]));
    g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
  }
}

static void
test_files_are_bad_references (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rewrite (BOAT "&image=/etc/passwd", &error));
  g_assert_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_REFERENCE);
}

static void
test_long (void)
{
  g_autofree gchar *most =
      g_strnfill (SEEDANCE_URI_MAX - strlen ("seedance:?prompt="), 'a');
  g_autofree gchar *longest = g_strconcat ("seedance:?prompt=", most, NULL);
  g_autofree gchar *longer = g_strconcat (longest, "a", NULL);
  g_autofree gchar *id = g_strnfill (1025, 'a');
  g_autofree gchar *task = g_strconcat ("seedance:task/", id, NULL);
  g_autofree gchar *written = rewrite (longest, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (written, ==, longest);
  g_assert_null (rewrite (longer, &error));
  g_assert_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI);
  g_assert_null (rewrite (task, NULL));
}

/* Errors are shown and logged, so they must not contain the values. */
static void
test_errors_hide_values (void)
{
  static const gchar *const secrets[] = {
    BOAT "&api-key=sk-s3cr3t",
    BOAT "&sk-s3cr3t",
    BOAT "&sk-s3cr3t=1",
    BOAT "&sk-s3cr3t=1&sk-s3cr3t=2",
    BOAT "&sk-s3cr3t=%",
    BOAT "&duration=sk-s3cr3t",
    BOAT "&watermark=sk-s3cr3t",
    BOAT "&reference-images=sk-s3cr3t",
    BOAT "&image=sk-s3cr3t",
    BOAT "&image=https://sk-s3cr3t@host/",
    "seedance:sk-s3cr3t",
    "seedance://sk-s3cr3t@host",
    "seedance:task/sk-s3cr3t/a",
    "seedance:task/sk-s3cr3t%",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (rewrite (secrets[i], &error));
    g_assert_nonnull (error);
    g_assert_null (strstr (error->message, "s3cr3t"));
  }
}

static void
assert_written (GstSeedanceSettings *settings, const gchar *expected)
{
  g_autofree gchar *written = gst_seedance_uri_write (settings);

  g_assert_cmpstr (written, ==, expected);
}

/* Settings that a URI cannot express give no URI. */
static void
test_unsaid (void)
{
  GstSeedanceSettings settings;

  gst_seedance_settings_init (&settings);
  assert_written (&settings, NULL);
  settings.prompt = g_strdup ("boat");
  assert_written (&settings, BOAT);
  settings.image = g_strdup ("boat.png");
  assert_written (&settings, NULL);
  g_free (settings.image);
  settings.image = g_strdup ("https://me:pw@host/");
  assert_written (&settings, NULL);
  g_clear_pointer (&settings.image, g_free);
  settings.extra_params = gst_structure_new_empty ("params");
  assert_written (&settings, NULL);
  g_clear_pointer (&settings.extra_params, gst_structure_free);
  settings.image_name = g_strdup ("frame");
  assert_written (&settings, NULL);
  g_clear_pointer (&settings.image_name, g_free);
  settings.duration = 9999;
  assert_written (&settings, NULL);
  settings.task_id = g_strdup ("a/b");
  assert_written (&settings, "seedance:task/a%2Fb");
  gst_seedance_settings_clear (&settings);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri/good", test_good);
  g_test_add_func ("/uri/values", test_values);
  g_test_add_func ("/uri/bad", test_bad);
  g_test_add_func (
      "/uri/files-are-bad-references", test_files_are_bad_references);
  g_test_add_func ("/uri/long", test_long);
  g_test_add_func ("/uri/errors-hide-values", test_errors_hide_values);
  g_test_add_func ("/uri/unsaid", test_unsaid);

  return g_test_run ();
}
