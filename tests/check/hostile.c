/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feeds the hostile set (tests/support/hostile.h) to files that the element
 * opens and to strings that reach it from outside. The element must not hang,
 * order what was not asked for, or leak the key, and its messages must be safe
 * to show in a terminal. */

#include "hostile.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ledger.h"
#include "run.h"

/* The most KiB by which the process may grow when it opens a file of 2 GiB. */
#define GROWTH_MAX (256 * 1024)

#define PEM "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
#define GIF "GIF89a and so on, for long enough"

#define BIT(kind) (1u << HOSTILE_##kind)
/* The element accepts good files in unusual places, because the user named
 * them. */
#define FINE_IF_NAMED (BIT (LINK) | BIT (FOREIGN) | BIT (SHARED))

static const struct {
  const gchar *property, *good;
  guint fine; /* the kinds that the element accepts */
} named[] = {
  { "api-key-file", TEST_KEY, FINE_IF_NAMED },
  { "ssl-ca-file", PEM, FINE_IF_NAMED },
  { "image", GIF, FINE_IF_NAMED | BIT (NUL) },
};

static glong
peak_memory (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);

  return usage.ru_maxrss;
}

/* Returns TRUE if an order was sent. The service refuses all orders. */
static gboolean
is_taken (const gchar *property, const gchar *path)
{
  TestRun *run = test_run_new (CLIP "reuse=never retries=0 ! fakesink");
  const gint64 before = test_service_count (service, "posts");
  const glong memory = peak_memory ();
  g_autoptr (GError) error = NULL;
  GstMessage *message;
  gboolean sent;

  test_service_fault (service, "submit:status=400");
  g_object_set (run->src, property, path, NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_ERROR);
  sent = test_service_count (service, "posts") > before;
  if (!sent) {
    gst_message_parse_error (message, &error, NULL);
    fail_unless (g_error_matches (
                     error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS),
        "%s", error->message);
  }
  test_run_free (run);
  fail_unless (peak_memory () - memory < GROWTH_MAX);

  return sent;
}

GST_START_TEST (a_named_file_is_read_or_refused_at_once)
{
  const HostileFile kind = (HostileFile) __i__;
  g_autofree gchar *path = test_home_path ("hostile");

  g_setenv ("SEEDANCE_API_KEY", TEST_KEY, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (named); i++) {
    if (!hostile_file_make (kind, path, named[i].good))
      continue;
    fail_unless_equals_int (is_taken (named[i].property, path),
        (named[i].fine & (1u << kind)) != 0);
  }
}
GST_END_TEST

/* Orders a clip in a process of its own. When it has ended, everything is in
 * the ledger. */
static void
buy (void)
{
  const gchar *program = g_getenv ("SEEDANCE_PLAY");
  const gchar *argv[] = { program, CLIP "reuse=always ! fakesink", NULL };
  gint status;

  fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL,
      G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
  fail_unless (g_spawn_check_wait_status (status, NULL));
}

/* Returns the error's text, or NULL if the clip was played. g_free(). */
static gchar *
play_again (void)
{
  TestRun *run = test_run_new (CLIP "reuse=always retries=0 ! fakesink");
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  message = test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  test_run_free (run);

  return error ? g_strdup (error->message) : NULL;
}

/* Whatever stands in the ledger's place may hide a record of money that was
 * spent. The ledger with zeros after its end (HOSTILE_HUGE) can still be
 * used. */
GST_START_TEST (a_ledger_that_is_no_file_of_ours_orders_nothing)
{
  const HostileFile kind = (HostileFile) __i__;
  g_autofree gchar *path = test_ledger_path (), *good = NULL, *said = NULL;
  gsize size;

  /* A damaged ledger is tested elsewhere. */
  if (kind == HOSTILE_NUL)
    return;
  buy ();
  test_ledger_settle ();
  fail_unless (g_file_get_contents (path, &good, &size, NULL));
  if (hostile_file_make_of (kind, path, good, size)) {
    said = play_again ();
    fail_unless_equals_int (said == NULL, kind == HOSTILE_HUGE);
  }
  assert_posts (service, 1);
}
GST_END_TEST

/* Files that SQLite keeps beside the database, and the kinds of planted files
 * with which the clip is still played. */
#define HARMLESS (BIT (HUGE) | BIT (EMPTY) | BIT (NUL))
static const gchar *const beside[] = { "-wal", "-shm", "-journal" };

GST_START_TEST (what_is_planted_beside_the_ledger_orders_nothing)
{
  const HostileFile kind = (HostileFile) (__i__ % HOSTILE_N_FILES);
  g_autofree gchar *ledger = test_ledger_path ();
  g_autofree gchar *path =
      g_strconcat (ledger, beside[__i__ / HOSTILE_N_FILES], NULL);
  g_autofree gchar *said = NULL;

  buy ();
  test_ledger_settle ();
  if (hostile_file_make (kind, path, GIF)) {
    said = play_again ();
    /* SQLite treats a file that is not its own as empty. */
    fail_unless_equals_int (said == NULL, (HARMLESS & (1u << kind)) != 0);
  }
  assert_posts (service, 1);
}
GST_END_TEST

/* Checks that a terminal can show @text safely. */
static void
assert_clean (const gchar *text)
{
  fail_unless (g_utf8_validate (text, -1, NULL));
  for (; *text; text = g_utf8_next_char (text)) {
    const gunichar c = g_utf8_get_char (text);
    const GUnicodeType type = g_unichar_type (c);

    fail_if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT,
        "U+%04X is told", c);
  }
}

static void
assert_fields (const GstStructure *fields)
{
  for (gint i = 0; i < gst_structure_n_fields (fields); i++) {
    const gchar *text = gst_structure_get_string (
        fields, gst_structure_nth_field_name (fields, i));

    if (text)
      assert_clean (text);
  }
}

static void
assert_message (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      assert_clean (error->message);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, NULL);
      assert_clean (error->message);
      break;
    case GST_MESSAGE_PROGRESS:
      gst_message_parse_progress (message, NULL, NULL, &text);
      assert_clean (text);
      break;
    case GST_MESSAGE_ELEMENT:
      assert_fields (gst_message_get_structure (message));
      break;
    default:
      break;
  }
}

static void
play_hostile (TestRun *run)
{
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  test_run_stop (run);
  for (guint i = 0; i < run->said->len; i++)
    assert_message (g_ptr_array_index (run->said, i));
  test_run_free (run);
}

/* All properties of the element that hold text, and all environment variables
 * that it reads; the_list_of_properties_is_whole checks the first list. */
static const gchar *const string_properties[] = { "api-key", "api-key-file",
  "aspect-ratio", "base-url", "budget", "image", "instance", "last-image",
  "model", "prompt", "provider", "proxy", "reference-audios",
  "reference-images", "reference-videos", "resolution", "ssl-ca-file",
  "state-dir", "task-id", "user-agent" };
static const gchar *const variables[] = { "SEEDANCE_API_KEY",
  "SEEDANCE_BASE_URL", "SEEDANCE_BUDGET", "SEEDANCE_PROVIDER",
  "SEEDANCE_STATE_DIR", "SEEDANCE_STATE_MAX_SIZE", "SEEDANCE_URI_SUBMIT",
  "https_proxy", "no_proxy" };

static gboolean
is_listed (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (string_properties); i++)
    if (g_str_equal (string_properties[i], name))
      return TRUE;

  return FALSE;
}

GST_START_TEST (the_list_of_properties_is_whole)
{
  TestRun *run = test_run_new (CLIP "! fakesink");
  guint n_properties;
  g_autofree GParamSpec **properties = g_object_class_list_properties (
      G_OBJECT_GET_CLASS (run->src), &n_properties);

  for (guint i = 0; i < n_properties; i++) {
    const GType type = properties[i]->value_type;

    if ((type == G_TYPE_STRING || type == GST_TYPE_ARRAY) &&
        (properties[i]->flags & G_PARAM_WRITABLE) &&
        properties[i]->owner_type == G_OBJECT_TYPE (run->src))
      fail_unless (is_listed (properties[i]->name), "%s", properties[i]->name);
  }
  test_run_free (run);
}
GST_END_TEST

/* Sets the property, or the array with this one element, to @text. */
static void
set_text (GstElement *src, const gchar *name, const gchar *text)
{
  const GParamSpec *property =
      g_object_class_find_property (G_OBJECT_GET_CLASS (src), name);
  g_auto (GValue) value = G_VALUE_INIT, element = G_VALUE_INIT;

  g_value_init (&element, G_TYPE_STRING);
  g_value_set_string (&element, text);
  if (property->value_type == GST_TYPE_ARRAY) {
    g_value_init (&value, GST_TYPE_ARRAY);
    gst_value_array_append_value (&value, &element);
    g_object_set_property (G_OBJECT (src), name, &value);
  } else {
    g_object_set_property (G_OBJECT (src), name, &element);
  }
}

GST_START_TEST (a_hostile_property_does_no_harm)
{
  const gchar *name = string_properties[__i__];
  g_autofree gchar *home = test_home_path ("");
  gint64 posts = 0;

  /* A state-dir that is no absolute path belongs to the working directory. */
  fail_unless (chdir (home) == 0);
  test_service_fault (service, "submit:status=400");
  for (guint i = 0; i < hostile_n_strings (); i++) {
    TestRun *run = test_run_new (
        CLIP "reuse=never retries=0 generation-timeout=5 ! fakesink");

    set_text (run->src, name, hostile_string (i));
    play_hostile (run);
    /* A text that is not plain is refused as a User-Agent header. */
    if (g_str_equal (name, "user-agent") && hostile_string_is_plain (i) &&
        strlen (hostile_string (i)) < 1024)
      posts++;
    if (g_str_equal (name, "user-agent"))
      assert_posts (service, posts);
  }
  fail_unless (chdir ("/") == 0);
}
GST_END_TEST

GST_START_TEST (a_hostile_variable_does_no_harm)
{
  const gchar *name = variables[__i__];
  g_autofree gchar *before = g_strdup (g_getenv (name));
  g_autofree gchar *home = test_home_path ("");

  fail_unless (chdir (home) == 0);
  test_service_fault (service, "submit:status=400");
  for (guint i = 0; i < hostile_n_strings (); i++) {
    TestRun *run = test_run_new (CLIP "reuse=never retries=0 ! fakesink");

    g_setenv (name, hostile_string (i), TRUE);
    play_hostile (run);
  }
  if (before)
    g_setenv (name, before, TRUE);
  else
    g_unsetenv (name);
  fail_unless (chdir ("/") == 0);
}
GST_END_TEST

/* What the service sends, with %s in place of the hostile string. */
static const gchar *const places[] = {
  "submit:status=400+message=%s+code=%s",
  "submit:status=500+message=%s",
  "submit:body=%7B%22task_id%22:%22%s%22%7D",
  "poll:status=401+message=%s+code=%s",
  "poll@1:word=%s",
  "poll:url=http://127.0.0.1:1/%s",
  "clip:status=403+message=%s",
  "clip:content-type=%s+garbage",
};

GST_START_TEST (a_hostile_answer_does_no_harm)
{
  for (guint i = 0; i < hostile_n_strings (); i++) {
    g_autofree gchar *escaped =
        g_uri_escape_string (hostile_string (i), NULL, FALSE);
    g_autoptr (GString) fault = g_string_new (places[__i__]);
    TestRun *run;

    /* The test service cannot send these characters in a header. */
    if (strstr (places[__i__], "content-type") &&
        strpbrk (hostile_string (i), "\r\n"))
      continue;
    run = test_run_new (CLIP "reuse=never retries=0 timeout=5 "
                             "generation-timeout=2 ! fakesink");
    /* The test service itself cannot handle a fault of a megabyte. */
    if (strlen (escaped) > 4096)
      escaped[4096] = '\0';
    g_string_replace (fault, "%s", escaped, 0);
    test_service_fault (service, fault->str);
    play_hostile (run);
  }
}
GST_END_TEST

static void
add_strings (TCase *tcase)
{
  tcase_add_test (tcase, the_list_of_properties_is_whole);
  tcase_add_loop_test (tcase, a_hostile_property_does_no_harm, 0,
      G_N_ELEMENTS (string_properties));
  tcase_add_loop_test (
      tcase, a_hostile_variable_does_no_harm, 0, G_N_ELEMENTS (variables));
  tcase_add_loop_test (
      tcase, a_hostile_answer_does_no_harm, 0, G_N_ELEMENTS (places));
}

static Suite *
hostile_suite (void)
{
  Suite *suite = suite_create ("hostile");
  TCase *files = test_case_new (suite, "files");

  tcase_add_loop_test (
      files, a_named_file_is_read_or_refused_at_once, 0, HOSTILE_N_FILES);
  tcase_add_loop_test (files, a_ledger_that_is_no_file_of_ours_orders_nothing,
      0, HOSTILE_N_FILES);
  tcase_add_loop_test (files, what_is_planted_beside_the_ledger_orders_nothing,
      0, G_N_ELEMENTS (beside) * HOSTILE_N_FILES);

  add_strings (test_case_new (suite, "strings"));

  return suite;
}

GST_CHECK_MAIN (hostile)
