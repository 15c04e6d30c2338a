/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: what an application does with items while the element is not
 * running is what the next runs begin with. */

#include "air.h"

#define PLAYOUT "seedanceplayout poll-interval=100 "
#define LINE \
  "{\"id\":\"%s\",\"prompt\":\"flash-and-beep\",\"resolution\":\"480p\"," \
  "\"duration\":1,\"seed\":%d}\n"

static gboolean
emit (TestRun *run, const gchar *signal, const gchar *text)
{
  gboolean done = FALSE;

  g_signal_emit_by_name (test_run_get (run, "out"), signal, text, &done);

  return done;
}

static gboolean
emit_before (
    TestRun *run, const gchar *signal, const gchar *text, const gchar *before)
{
  gboolean done = FALSE;

  g_signal_emit_by_name (
      test_run_get (run, "out"), signal, text, before, &done);

  return done;
}

static gboolean
enqueue (TestRun *run, const gchar *id, gint seed)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, seed);

  return emit (run, "enqueue", line);
}

static gboolean
insert (TestRun *run, const gchar *id, gint seed, const gchar *before)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, seed);

  return emit_before (run, "insert", line, before);
}

static guint
count_warnings (TestRun *run)
{
  test_run_drain (run);

  return test_run_count (run, GST_MESSAGE_WARNING);
}

static void
go_to (TestRun *run, GstState state)
{
  fail_unless (
      gst_element_set_state (run->pipeline, state) != GST_STATE_CHANGE_FAILURE);
}

/* In READY, where the bus takes warnings. */
GST_START_TEST (items_have_their_order_before_a_run)
{
  TestRun *run = test_run_new (PLAYOUT "on-empty=eos" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const gint seeds[] = { 4, 3, 1, 5 };
  g_autoptr (GArray) stretches = NULL;

  go_to (run, GST_STATE_READY);
  fail_unless (enqueue (run, "a", 1));
  fail_unless (enqueue (run, "b", 2));
  fail_unless (enqueue (run, "c", 3));
  fail_unless (emit_before (run, "move", "c", "a"));
  fail_unless (insert (run, "d", 4, "c"));
  fail_unless (emit (run, "remove", "b"));
  fail_unless (insert (run, "b", 5, ""));
  fail_unless_equals_int (count_warnings (run), 0);
  fail_if (enqueue (run, "a", 6));
  fail_if (insert (run, "e", 7, "nowhere"));
  fail_if (emit_before (run, "move", "a", "nowhere"));
  fail_if (emit (run, "remove", "nowhere"));
  fail_if (emit (run, "remove", NULL));
  fail_unless_equals_int (count_warnings (run), 5);
  test_run_to_end (run);
  test_air_assert_steady (air);
  stretches = test_air_find_stretches (air);
  fail_unless_equals_int (stretches->len, G_N_ELEMENTS (seeds));
  for (guint i = 0; i < stretches->len; i++)
    fail_unless_equals_int (
        g_array_index (stretches, TestStretch, i).seed, seeds[i]);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, 4);
}
GST_END_TEST

/* A later run could order it. */
GST_START_TEST (a_removed_item_is_not_in_the_next_run)
{
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);

  fail_unless (enqueue (run, "a", 1));
  fail_unless (enqueue (run, "b", 2));
  go_to (run, GST_STATE_PAUSED);
  fail_unless (emit (run, "remove", "b"));
  fail_unless (enqueue (run, "c", 3));
  fail_unless_equals_int (test_air_count_items (run), 2);
  go_to (run, GST_STATE_READY);
  go_to (run, GST_STATE_PAUSED);
  fail_unless_equals_int (test_air_count_items (run), 1);
  g_signal_emit_by_name (test_run_get (run, "out"), "clear");
  go_to (run, GST_STATE_READY);
  go_to (run, GST_STATE_PAUSED);
  fail_unless_equals_int (test_air_count_items (run), 0);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

/* The properties are only known when the run begins. */
GST_START_TEST (an_id_of_a_property_is_told_at_the_start)
{
  TestRun *run = test_run_new (PLAYOUT "task-id=task_1" AIR_SINKS);

  go_to (run, GST_STATE_READY);
  fail_unless (enqueue (run, "task-id", 1));
  fail_unless_equals_int (count_warnings (run), 0);
  go_to (run, GST_STATE_PAUSED);
  fail_unless_equals_int (count_warnings (run), 1);
  fail_unless_equals_int (test_air_count_items (run), 1);
  test_run_free (run);
  assert_posts (service, 0);
}
GST_END_TEST

typedef struct {
  TestRun *run;
  gint begun, enough; /* atomic */
  guint taken;
} Feeder;

static gpointer
feed (gpointer user_data)
{
  Feeder *feeder = user_data;

  while (!g_atomic_int_get (&feeder->enough)) {
    g_autofree gchar *id = g_strdup_printf ("%u", feeder->taken);

    feeder->taken += enqueue (feeder->run, id, 1);
    g_atomic_int_set (&feeder->begun, TRUE);
  }

  return NULL;
}

/* Many tries, as an item has to come at the moment when the run begins. */
GST_START_TEST (no_item_is_lost_when_a_run_begins)
{
  for (guint i = 0; i < 100; i++) {
    Feeder feeder = { .run = test_run_new (PLAYOUT AIR_SINKS) };
    GThread *thread = g_thread_new ("feeder", feed, &feeder);

    while (!g_atomic_int_get (&feeder.begun))
      g_thread_yield ();
    go_to (feeder.run, GST_STATE_PAUSED);
    g_atomic_int_set (&feeder.enough, TRUE);
    g_thread_join (thread);
    fail_unless_equals_int (test_air_count_items (feeder.run), feeder.taken);
    test_run_free (feeder.run);
  }
  assert_posts (service, 0);
}
GST_END_TEST

/* An application may take seedancesrc out of the registry, as one that shall
 * not be chosen for URIs. */
GST_START_TEST (the_source_need_not_be_in_the_registry)
{
  GstRegistry *registry = gst_registry_get ();
  g_autoptr (GstPluginFeature) feature =
      gst_registry_lookup_feature (registry, "seedancesrc");
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);

  gst_registry_remove_feature (registry, feature);
  fail_unless (enqueue (run, "a", 1));
  go_to (run, GST_STATE_PLAYING);
  test_air_wait_told (run, "on-air", "a");
  test_run_free (run);
  assert_posts (service, 1);
}
GST_END_TEST

static gboolean
is_loaded (const gchar *name)
{
  g_autoptr (GstPlugin) plugin =
      gst_registry_find_plugin (gst_registry_get (), name);

  fail_unless (plugin != NULL);

  return gst_plugin_is_loaded (plugin);
}

/* Programs make an element to look at it, as gst-inspect-1.0 does. */
GST_START_TEST (the_decoders_are_loaded_in_ready)
{
  GstElement *element = gst_element_factory_make ("seedanceplayout", NULL);

  fail_unless (element != NULL);
  fail_if (is_loaded ("libav"));
  fail_if (gst_element_set_state (element, GST_STATE_READY) ==
           GST_STATE_CHANGE_FAILURE);
  fail_unless (is_loaded ("libav"));
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}
GST_END_TEST

static Suite *
playout_queued_suite (void)
{
  Suite *suite = suite_create ("playout-queued");
  TCase *tcase = test_case_new (suite, "queued");

  /* First: valgrind and TSan run all tests in one process. */
  tcase_add_test (tcase, the_decoders_are_loaded_in_ready);
  tcase_add_test (tcase, items_have_their_order_before_a_run);
  tcase_add_test (tcase, a_removed_item_is_not_in_the_next_run);
  tcase_add_test (tcase, an_id_of_a_property_is_told_at_the_start);
  tcase_add_test (tcase, the_source_need_not_be_in_the_registry);
  tcase_add_test (tcase, no_item_is_lost_when_a_run_begins);

  return suite;
}

GST_CHECK_MAIN (playout_queued)
