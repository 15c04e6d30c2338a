/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key goes to the service and nowhere else; the signature of a link stays
 * out of all that people get to see. */

#define _GNU_SOURCE
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "names.h"
#include "run.h"

/* Part of every signed link of the local service. */
#define SIGNATURE "signature="

/* --- what is logged ----------------------------------------------------- */

static gint leaks; /* atomic */
static gint lines; /* atomic */

static gboolean
is_secret (const gchar *text)
{
  return strstr (text, TEST_KEY) || strstr (text, SIGNATURE);
}

static void
on_log (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  const gchar *text = gst_debug_message_get (message);

  g_atomic_int_inc (&lines);
  if (!text || !is_secret (text))
    return;
  g_atomic_int_inc (&leaks);
  g_printerr ("%s:%d: %s\n", file, line, text);
}

static GLogWriterOutput
on_glib_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
    gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++) {
    if (fields[i].length < 0 && is_secret (fields[i].value))
      g_atomic_int_inc (&leaks);
  }

  return G_LOG_WRITER_HANDLED;
}

/* GLib takes one writer in a process's life, which without forks is that of all
 * tests. */
static void
start_listening (void)
{
  static gboolean listening;

  if (!listening) {
    gst_debug_remove_log_function (gst_debug_log_default);
    gst_debug_add_log_function (on_log, NULL, NULL);
    gst_debug_set_active (TRUE);
    g_log_set_writer_func (on_glib_log, NULL, NULL);
    listening = TRUE;
  }
  g_atomic_int_set (&lines, 0);
  gst_debug_set_default_threshold (GST_LEVEL_MEMDUMP);
}

static void
assert_nothing_logged (void)
{
  gst_debug_set_default_threshold (GST_LEVEL_NONE);
  fail_unless (g_atomic_int_get (&lines) > 0);
  fail_unless_equals_int (g_atomic_int_get (&leaks), 0);
}

/* --- what is said ------------------------------------------------------- */

static void
assert_text (const gchar *text)
{
  fail_if (text && is_secret (text), "%s", text);
}

static void
assert_message (GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  g_autofree gchar *text =
      structure ? gst_structure_to_string (structure) : NULL;
  g_autofree gchar *plain = text ? g_strcompress (text) : NULL;

  assert_text (text);
  assert_text (plain);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *debug = NULL;

    gst_message_parse_error (message, &error, &debug);
    assert_text (error->message);
    assert_text (debug);
  }
}

static void
assert_properties (GObject *object)
{
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;
    g_autofree gchar *text = NULL;

    if (!(specs[i]->flags & G_PARAM_READABLE))
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (object, specs[i]->name, &value);
    if (!G_VALUE_HOLDS_BOXED (&value) || g_value_get_boxed (&value))
      text = g_strdup_value_contents (&value);
    assert_text (text);
    g_value_unset (&value);
  }
}

/* --- what is kept ------------------------------------------------------- */

static gboolean
holds (const gchar *data, gsize size, const gchar *secret)
{
  return memmem (data, size, secret, strlen (secret)) != NULL;
}

/* The network thread may be writing still: what was only on its way to its name
 * can be gone by any of these lines. */
static void
assert_file (const gchar *path)
{
  g_autofree gchar *data = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf status;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error)) {
    fail_unless (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT),
        "%s", error->message);
    return;
  }
  fail_if (holds (data, size, TEST_KEY), "%s", path);
  fail_if (holds (data, size, SIGNATURE), "%s", path);
  if (g_stat (path, &status) != 0) {
    fail_unless_equals_int (errno, ENOENT);
    return;
  }
  fail_unless_equals_int (status.st_mode & 0777, 0600);
}

static void
assert_files (void)
{
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    assert_file (path);
  }
}

static void
assert_run (TestRun *run)
{
  g_autofree gchar *dot = gst_debug_bin_to_dot_data (
      GST_BIN (run->pipeline), GST_DEBUG_GRAPH_SHOW_ALL);

  assert_text (dot);
  assert_properties (G_OBJECT (run->src));
  assert_files ();
  test_run_stop (run);
  for (guint i = 0; i < run->said->len; i++)
    assert_message (g_ptr_array_index (run->said, i));
  assert_files ();
  assert_count (service, "credentials_on_clip_port", 0);
}

/* --- tests -------------------------------------------------------------- */

/* How the key is given. */
typedef enum { BY_ENVIRONMENT, BY_PROPERTY, BY_FILE, N_WAYS } Way;

static TestRun *
new_run (Way way)
{
  TestRun *run = test_run_new (CLIP "retries=0 ! decodebin ! fakesink");

  if (way != BY_ENVIRONMENT)
    g_unsetenv ("SEEDANCE_API_KEY");
  if (way == BY_PROPERTY)
    g_object_set (run->src, "api-key", TEST_KEY, NULL);
  if (way == BY_FILE) {
    g_autofree gchar *path =
        test_home_write ("key", TEST_KEY, strlen (TEST_KEY));

    g_object_set (run->src, "api-key-file", path, NULL);
  }

  return run;
}

GST_START_TEST (a_run_shows_no_secret)
{
  TestRun *run = new_run ((Way) __i__);

  start_listening ();
  test_run_to_end (run);
  assert_nothing_logged ();
  assert_run (run);
  test_run_free (run);
}
GST_END_TEST

/* Services and proxies repeat in errors what they were sent. */
static const gchar *echoes[] = {
  "submit:status=401+message=Bad%20key%20" TEST_KEY,
  "submit:status=400+message=Bad%20header%20Bearer%20" TEST_KEY
  "+code=" TEST_KEY,
  "submit:status=500+message=" TEST_KEY,
  "submit:accept-drop",
  "poll:status=401+message=" TEST_KEY "+code=" TEST_KEY,
  "poll:word=failed",
  "poll@1:word=" TEST_KEY,
  "clip:status=500+message=" TEST_KEY,
  "clip:expired",
  "clip:truncate=50%",
  "clip:html",
  "clip:content-type=text/" TEST_KEY "+garbage",
  "clip:redirect=http://192.0.2.1/?" SIGNATURE "1",
  "poll:url=http://192.0.2.1/clip.mp4?" SIGNATURE "1",
};

GST_START_TEST (a_failure_shows_no_secret)
{
  TestRun *run = new_run (BY_ENVIRONMENT);

  start_listening ();
  test_service_fault (service, echoes[__i__]);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  assert_nothing_logged ();
  assert_run (run);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (the_key_cannot_be_read_back)
{
  TestRun *run = new_run (BY_PROPERTY);
  GObjectClass *klass = G_OBJECT_GET_CLASS (run->src);

  fail_if (g_object_class_find_property (klass, "api-key")->flags &
           G_PARAM_READABLE);
  assert_properties (G_OBJECT (run->src));
  test_run_free (run);
}
GST_END_TEST

/* A link back to the API's own origin may have the key; any other may not. */
GST_START_TEST (a_redirect_away_from_the_service_loses_the_key)
{
  g_autofree gchar *id = NULL, *url = NULL, *faults = NULL;
  TestRun *run = new_run (BY_ENVIRONMENT);

  test_run_to_end (run);
  test_run_free (run);
  id = test_service_get_task (service, 0, "id");
  url = test_service_get_clip_url (service, id);
  faults = g_strdup_printf ("poll@1:redirect=%s", url);
  test_service_fault (service, faults);
  run = test_run_new (CLIP "reuse=never retries=0 ! fakesink");
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  test_run_free (run);
  assert_count (service, "credentials_on_clip_port", 0);
}
GST_END_TEST

/* What stands between the plugin and this machine: nothing at all, or nothing
 * for this name. */
static const struct {
  const gchar *properties;
  const gchar *proxy, *no_proxy; /* in the environment */
} unproxied[] = {
  { "" },
  { "proxy=\"\"" },
  { "proxy=\"\"", "http://127.0.0.1:9", NULL },
  { "", "", NULL },
  { "", "http://127.0.0.1:9", "localhost, seedance.test" },
  { "", "http://127.0.0.1:9", "*" },
};

/* A line that asks the service by a name that is not this machine's. */
static TestRun *
new_public_run (const gchar *properties)
{
  const gchar *port = strrchr (test_service_get_api (service), ':');

  return test_run_new (CLIP "base-url=http://%s%s allow-insecure=true "
                            "retries=0 %s ! fakesink",
      test_names_get_public (), port, properties);
}

static void
set_variable (const gchar *name, const gchar *value)
{
  if (value)
    g_setenv (name, value, TRUE);
  else
    g_unsetenv (name);
}

static const gchar *const strangers[] = { "poll:url=http://%s%s/clip.mp4",
  "poll:redirect=http://%s%s/clip.mp4" };

/* Else a link could ask what only this machine may be asked. */
GST_START_TEST (a_name_that_leads_into_this_machine_is_not_followed)
{
  const guint way = (guint) __i__ / G_N_ELEMENTS (strangers);
  const gboolean redirects = __i__ % G_N_ELEMENTS (strangers) == 1;
  const gchar *port = strrchr (test_service_get_clips (service), ':');
  g_autofree gchar *fault =
      redirects
          ? g_strdup_printf (strangers[1], test_names_get_public (), port)
          : g_strdup_printf (strangers[0], test_names_get_public (), port);
  TestRun *run = new_public_run (unproxied[way].properties);

  test_service_fault (service, fault);
  set_variable ("http_proxy", unproxied[way].proxy);
  set_variable ("no_proxy", unproxied[way].no_proxy);
  test_run_start (run, GST_STATE_PLAYING);
  if (redirects)
    test_service_wait (service, "polls", 2);
  else
    test_run_wait (run, GST_MESSAGE_ERROR);
  test_run_free (run);
  set_variable ("http_proxy", NULL);
  set_variable ("no_proxy", NULL);
  assert_posts (service, 1);
  assert_count (service, "clip_requests", 0);
}
GST_END_TEST

static Suite *
secrets_suite (void)
{
  Suite *suite = suite_create ("secrets");
  TCase *tcase = test_case_new (suite, "secrets");

  tcase_add_loop_test (tcase, a_run_shows_no_secret, 0, N_WAYS);
  tcase_add_loop_test (
      tcase, a_failure_shows_no_secret, 0, G_N_ELEMENTS (echoes));
  tcase_add_test (tcase, the_key_cannot_be_read_back);
  tcase_add_loop_test (tcase,
      a_name_that_leads_into_this_machine_is_not_followed, 0,
      G_N_ELEMENTS (strangers) * G_N_ELEMENTS (unproxied));
  tcase_add_test (tcase, a_redirect_away_from_the_service_loses_the_key);

  return suite;
}

GST_CHECK_MAIN (secrets)
