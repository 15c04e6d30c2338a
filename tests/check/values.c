/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value that cannot be used makes the change of state fail with the element's
 * own error, and nothing is ordered. The values come from C, from
 * gst-launch-1.0 and from Python. */

#include <string.h>

#include "run.h"

typedef struct {
  const gchar *property, *value;
} Setting;

static const Setting outside[] = {
  { "duration", "-2" },
  { "duration", "-3" },
  { "duration", "3601" },
  { "duration", "-2147483648" },
  { "duration", "2147483647" },
  { "seed", "-2" },
  { "seed", "-7" },
  { "seed", "-9223372036854775808" },
  { "attempts", "0" },
  { "attempts", "-1" },
  { "attempts", "-2147483648" },
  { "poll-interval", "0" },
  { "poll-interval", "10" },
  { "poll-interval", "99" },
  { "poll-interval", "3600001" },
  { "poll-interval", "4294967295" },
  { "generation-timeout", "2147484" },
  { "generation-timeout", "4294967295" },
  { "timeout", "0" },
  { "timeout", "3601" },
  { "timeout", "4294967295" },
  { "retries", "-2" },
  { "retries", "-5" },
  { "retries", "-2147483648" },
  { "max-size", "1152921504606846977" },
  { "max-size", "9223372036854775808" },
  { "max-size", "18446744073709551615" },
};

/* The nearest values that are allowed, and other valid ones. */
static const Setting inside[] = {
  { "duration", "0" },
  { "duration", "1" },
  { "duration", "10" },
  { "seed", "-1" },
  { "seed", "0" },
  { "seed", "9223372036854775807" },
  { "attempts", "1" },
  { "attempts", "2147483647" },
  { "poll-interval", "100" },
  { "poll-interval", "3600000" },
  { "generation-timeout", "0" },
  { "generation-timeout", "2147483" },
  { "timeout", "1" },
  { "timeout", "3600" },
  { "retries", "-1" },
  { "retries", "0" },
  { "retries", "2147483647" },
  { "max-size", "0" },
  { "max-size", "1152921504606846976" },
  { "reuse", "never" },
  { "reuse", "2" },
  { "resolution", "" },
  { "resolution", "auto" },
  { "aspect-ratio", "auto" },
  { "aspect-ratio", "21:9" },
  { "provider", "" },
  { "provider", "seeddance" },
};

/* Words that the element does not know. */
static const Setting unknown[] = {
  { "provider", "openai" },
  { "provider", "Ark" },
  { "resolution", "720" },
  { "resolution", "4k" },
  { "aspect-ratio", "16x9" },
  { "aspect-ratio", "1:2" },
};

static void
set_number (GObject *object, const Setting *setting)
{
  GParamSpec *pspec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (object), setting->property);
  g_auto (GValue) value = G_VALUE_INIT;

  fail_unless (pspec != NULL, "%s", setting->property);
  g_value_init (&value, pspec->value_type);
  fail_unless (
      gst_value_deserialize (&value, setting->value), "%s", setting->value);
  /* If GObject itself refused the value, its warning would fail the test. */
  g_object_set_property (object, setting->property, &value);
}

static void
assert_refused (TestRun *run, const gchar *property)
{
  GstMessage *message;
  g_autoptr (GError) error = NULL;

  fail_unless (gst_element_set_state (run->pipeline, GST_STATE_PLAYING) ==
                   GST_STATE_CHANGE_FAILURE,
      "%s", property);
  message = test_run_wait (run, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  GST_INFO ("%s", error->message);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS),
      "%s", error->message);
  fail_unless (strstr (error->message, property) != NULL, "%s", error->message);
  fail_unless (strstr (error->message, "Nothing was ordered") != NULL, "%s",
      error->message);
  test_run_free (run);
}

static void
assert_nothing_was_sent (void)
{
  assert_posts (service, 0);
  assert_count (service, "connections", 0);
}

GST_START_TEST (a_number_outside_its_range_orders_nothing)
{
  for (guint i = 0; i < G_N_ELEMENTS (outside); i++) {
    TestRun *run = test_run_new (CLIP "! fakesink");

    set_number (G_OBJECT (run->src), &outside[i]);
    assert_refused (run, outside[i].property);
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

GST_START_TEST (a_number_that_is_none_of_the_enums_orders_nothing)
{
  static const gint numbers[] = { -1, 3, 99, G_MININT, G_MAXINT };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    TestRun *run = test_run_new (CLIP "! fakesink");

    g_object_set (run->src, "reuse", numbers[i], NULL);
    assert_refused (run, "reuse");
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

static const gchar *const lists[] = { "reference-images", "reference-videos",
  "reference-audios" };

static void
set_list_of_numbers (GObject *object, const gchar *property)
{
  g_auto (GValue) list = G_VALUE_INIT, number = G_VALUE_INIT;

  g_value_init (&list, GST_TYPE_ARRAY);
  g_value_init (&number, G_TYPE_INT);
  gst_value_array_append_value (&list, &number);
  g_object_set_property (object, property, &list);
}

/* The list that was set before must not be ordered instead. */
GST_START_TEST (a_list_of_numbers_orders_nothing)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    TestRun *run = test_run_new (CLIP "provider=ark model=m base-url=%s "
                                      "%s=\"<\\\"http://h/v\\\">\" ! fakesink",
        test_service_get_ark (service), lists[i]);

    set_list_of_numbers (G_OBJECT (run->src), lists[i]);
    assert_refused (run, lists[i]);
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

/* Most of these limit what is ordered. */
static const Setting outside_playout[] = {
  { "max-orders", "2147483648" },
  { "max-orders", "4294967295" },
  { "max-in-flight", "0" },
  { "max-in-flight", "1001" },
  { "max-in-flight", "4294967295" },
  { "prefetch-time", "0" },
  { "prefetch-time", "86401" },
  { "prepare-timeout", "0" },
  { "prepare-timeout", "3601" },
};

#define ON_AIR \
  "seedanceplayout name=src prompts=\"<boat>\" filler=\"<a.mp4>\" ! fakesink"

GST_START_TEST (a_limit_of_a_playout_outside_its_range_orders_nothing)
{
  for (guint i = 0; i < G_N_ELEMENTS (outside_playout); i++) {
    TestRun *run = test_run_new (ON_AIR);

    set_number (G_OBJECT (run->src), &outside_playout[i]);
    assert_refused (run, outside_playout[i].property);
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

static const gchar *const enums[] = { "chain", "on-empty", "start-when" };

GST_START_TEST (a_number_that_is_none_of_a_playouts_enums_orders_nothing)
{
  for (guint i = 0; i < G_N_ELEMENTS (enums); i++) {
    TestRun *run = test_run_new (ON_AIR);

    g_object_set (run->src, enums[i], i == 0 ? -1 : 99, NULL);
    assert_refused (run, enums[i]);
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

static const gchar *const playout_lists[] = { "prompts", "filler" };

GST_START_TEST (a_list_of_numbers_puts_nothing_on_air)
{
  for (guint i = 0; i < G_N_ELEMENTS (playout_lists); i++) {
    TestRun *run = test_run_new (ON_AIR);

    set_list_of_numbers (G_OBJECT (run->src), playout_lists[i]);
    assert_refused (run, playout_lists[i]);
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

static const gchar *const elements[] = { "seedancesrc", "seedanceplayout",
  "seedancemark" };

/* C programs set a boolean to a bit of their flags. */
GST_START_TEST (any_number_but_zero_is_true)
{
  g_autoptr (GstElement) element =
      gst_element_factory_make (elements[__i__], NULL);
  guint n = 0, found = 0;
  g_autofree GParamSpec **pspecs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);

  gst_object_ref_sink (element);
  for (guint i = 0; i < n; i++) {
    gboolean value = FALSE;

    if (pspecs[i]->value_type != G_TYPE_BOOLEAN ||
        pspecs[i]->owner_type != G_OBJECT_TYPE (element))
      continue;
    g_object_set (element, pspecs[i]->name, 4, NULL);
    g_object_get (element, pspecs[i]->name, &value, NULL);
    fail_unless_equals_int (value, TRUE);
    found++;
  }
  fail_unless (found > 0);
}
GST_END_TEST

GST_START_TEST (an_unknown_word_orders_nothing)
{
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++) {
    TestRun *run = test_run_new (CLIP "! fakesink");

    g_object_set (run->src, unknown[i].property, unknown[i].value, NULL);
    assert_refused (run, unknown[i].property);
  }
  assert_nothing_was_sent ();
}
GST_END_TEST

GST_START_TEST (an_unknown_provider_is_told_which_there_are)
{
  TestRun *run = test_run_new (CLIP "provider=other ! fakesink");
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      strstr (error->message, "seeddance, ark") != NULL, "%s", error->message);
  test_run_free (run);
}
GST_END_TEST

/* A valid value gets as far as the service, which refuses every order here. */
GST_START_TEST (a_value_at_the_edge_of_its_range_is_taken)
{
  test_service_fault (service, "submit:status=400");
  for (guint i = 0; i < G_N_ELEMENTS (inside); i++) {
    TestRun *run = test_run_new (CLIP "! fakesink");

    gst_util_set_object_arg (
        G_OBJECT (run->src), inside[i].property, inside[i].value);
    test_run_to_error (run);
    GST_INFO ("%s=%s", inside[i].property, inside[i].value);
    assert_posts (service, i + 1);
    test_run_free (run);
  }
}
GST_END_TEST

GST_START_TEST (what_is_auto_reads_so_and_is_not_sent)
{
  TestRun *run = test_run_new (SOURCE "prompt=boat ! fakesink");
  g_autofree gchar *resolution = NULL, *ratio = NULL, *provider = NULL;
  g_autofree gchar *body = NULL;

  g_object_set (run->src, "resolution", "480p", "aspect-ratio", "1:1",
      "provider", "ark", NULL);
  g_object_set (
      run->src, "resolution", NULL, "aspect-ratio", "", "provider", NULL, NULL);
  g_object_get (run->src, "resolution", &resolution, "aspect-ratio", &ratio,
      "provider", &provider, NULL);
  fail_unless_equals_string (resolution, "auto");
  fail_unless_equals_string (ratio, "auto");
  fail_unless_equals_string (provider, "seeddance");
  test_run_start (run, GST_STATE_PLAYING);
  test_service_wait (service, "polls", 1);
  test_run_free (run);
  body = test_service_get_task (service, 0, "body");
  fail_unless_equals_string (body, "{\"prompt\":\"boat\"}");
}
GST_END_TEST

/* Services keep adding values. If the profile does not list them, the user's
 * value is sent. */
GST_START_TEST (a_size_that_is_new_is_sent_to_a_provider_that_may_know_it)
{
  TestRun *run = test_run_new (CLIP
      "provider=ark model=m base-url=%s resolution=2k aspect-ratio=adaptive "
      "! fakesink",
      test_service_get_ark (service));

  test_run_to_error (run);
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

/* Values that gst-launch-1.0 itself cannot parse, and values that only the
 * element can refuse. */
static const gchar *const lines[] = {
  "duration=-3",
  "duration=99999999999",
  "duration=abc",
  "duration=5s",
  "duration=5.5",
  "seed=-7",
  "seed=99999999999999999999",
  "timeout=0",
  "retries=-5",
  "retries=2147483648",
  "poll-interval=10",
  "poll-interval=-5",
  "max-size=-1",
  "max-size=2GiB",
  "attempts=0",
  "reuse=sometimes",
  "reuse=99",
  "ssl-strict=maybe",
  "resolution=720",
  "aspect-ratio=wide",
  "provider=unknown",
  "extra-params=watermark=false",
  "extra-params=watermark",
  "duraton=5",
};

/* Returns TRUE if the program exits with an error, has ordered nothing, and has
 * printed no GLib warning. */
static gboolean
refuses (const gchar *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (argv,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  g_autofree gchar *said = NULL;

  fail_unless (process != NULL, "%s", error ? error->message : "");
  fail_unless (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, NULL));
  GST_INFO ("%s", said);
  assert_posts (service, 0);

  return g_subprocess_get_if_exited (process) &&
         g_subprocess_get_exit_status (process) != 0 &&
         strstr (said, "WARNING **") == NULL;
}

/* A program without the sanitizer cannot load a plugin that has it. */
static gboolean
can_load_plugin (void)
{
  return !g_getenv ("SEEDANCE_SANITIZED");
}

GST_START_TEST (gst_launch_orders_nothing_with_a_value_that_is_none)
{
  for (guint i = 0; can_load_plugin () && i < G_N_ELEMENTS (lines); i++) {
    const gchar *argv[] = { "gst-launch-1.0", "-q", "seedancesrc",
      "prompt=boat", lines[i], "!", "fakesink", NULL };

    fail_unless (refuses (argv), "%s", lines[i]);
  }
}
GST_END_TEST

/* Python itself refuses values that do not fit the property's type. */
static const gchar python[] =
    "import gi\n"
    "gi.require_version('Gst', '1.0')\n"
    "from gi.repository import Gst\n"
    "Gst.init(None)\n"
    "for name, value in (\n"
    "        ('duration', -3), ('duration', 10**10), ('seed', -7),\n"
    "        ('timeout', 0), ('retries', -5), ('poll_interval', 10),\n"
    "        ('max-size', 2**64 - 1), ('max-size', -1), ('attempts', 0),\n"
    "        ('generation-timeout', 2**32 - 1), ('reuse', 'sometimes'),\n"
    "        ('reuse', 99), ('provider', 'unknown'), ('resolution', '720')):\n"
    "    pipeline = Gst.parse_launch(\n"
    "        'seedancesrc name=src prompt=boat ! fakesink')\n"
    "    try:\n"
    "        pipeline.get_by_name('src').set_property(name, value)\n"
    "    except (TypeError, OverflowError):\n"
    "        continue\n"
    "    result = pipeline.set_state(Gst.State.PLAYING)\n"
    "    assert result == Gst.StateChangeReturn.FAILURE, name\n"
    "    message = pipeline.get_bus().timed_pop_filtered(\n"
    "        10 * Gst.SECOND, Gst.MessageType.ERROR)\n"
    "    error = message.parse_error()[0]\n"
    "    assert error.matches(Gst.ResourceError.quark(),\n"
    "                         Gst.ResourceError.SETTINGS), error.message\n"
    "    pipeline.set_state(Gst.State.NULL)\n"
    "print('all refused')\n";

/* Returns a Python with the GStreamer bindings, or NULL. */
static const gchar *
find_python (void)
{
  static const gchar *const programs[] = { "python3", "/usr/bin/python3" };

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++) {
    g_autoptr (GSubprocess) process =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, programs[i],
            "-c", "import gi; gi.require_version('Gst', '1.0')", NULL);

    if (process && g_subprocess_wait_check (process, NULL, NULL))
      return programs[i];
  }

  return NULL;
}

GST_START_TEST (a_python_program_orders_nothing_with_a_value_that_is_none)
{
  const gchar *program = find_python ();
  g_autoptr (GSubprocess) process = NULL;
  g_autofree gchar *said = NULL;

  if (!program || !can_load_plugin ()) {
    g_printerr ("SKIPPED: no Python with GStreamer (python3-gi, "
                "gir1.2-gstreamer-1.0) that can load the plugin\n");
    return;
  }
  process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, NULL,
      program, "-c", python, NULL);
  fail_unless (process && g_subprocess_communicate_utf8 (
                              process, NULL, NULL, &said, NULL, NULL));
  fail_unless_equals_string (said, "all refused\n");
  assert_nothing_was_sent ();
}
GST_END_TEST

/* Also without a run, because a DOT dump shows all properties. */
GST_START_TEST (passwords_in_urls_are_not_read_back)
{
  static const gchar *const names[] = { "proxy", "base-url", "image" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    TestRun *run = test_run_new (CLIP "! fakesink");
    g_autofree gchar *value = NULL, *dot = NULL;

    g_object_set (
        run->src, names[i], "https://me:" TEST_KEY "@h.test:81/", NULL);
    g_object_get (run->src, names[i], &value, NULL);
    fail_unless_equals_string (value, "https://h.test:81/");
    dot = gst_debug_bin_to_dot_data (
        GST_BIN (run->pipeline), GST_DEBUG_GRAPH_SHOW_ALL);
    fail_unless (!strstr (dot, TEST_KEY));
    test_run_free (run);
  }
}
GST_END_TEST

static Suite *
values_suite (void)
{
  Suite *suite = suite_create ("values");
  TCase *from_c = test_case_new (suite, "C");
  TCase *programs = test_case_new (suite, "programs");

  tcase_add_test (from_c, a_number_outside_its_range_orders_nothing);
  tcase_add_test (from_c, a_number_that_is_none_of_the_enums_orders_nothing);
  tcase_add_test (from_c, a_list_of_numbers_orders_nothing);
  tcase_add_test (
      from_c, a_limit_of_a_playout_outside_its_range_orders_nothing);
  tcase_add_test (
      from_c, a_number_that_is_none_of_a_playouts_enums_orders_nothing);
  tcase_add_test (from_c, a_list_of_numbers_puts_nothing_on_air);
  tcase_add_loop_test (
      from_c, any_number_but_zero_is_true, 0, G_N_ELEMENTS (elements));
  tcase_add_test (from_c, an_unknown_word_orders_nothing);
  tcase_add_test (from_c, an_unknown_provider_is_told_which_there_are);
  tcase_add_test (from_c, a_value_at_the_edge_of_its_range_is_taken);
  tcase_add_test (from_c, what_is_auto_reads_so_and_is_not_sent);
  tcase_add_test (
      from_c, a_size_that_is_new_is_sent_to_a_provider_that_may_know_it);
  tcase_add_test (
      programs, gst_launch_orders_nothing_with_a_value_that_is_none);
  tcase_add_test (
      programs, a_python_program_orders_nothing_with_a_value_that_is_none);
  tcase_add_test (from_c, passwords_in_urls_are_not_read_back);

  return suite;
}

GST_CHECK_MAIN (values)
