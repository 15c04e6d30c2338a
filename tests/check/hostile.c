/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every file that the element opens, and every string that comes to it from
 * outside, is fed the hostile set: nothing hangs, nothing is ordered that was
 * not asked for, the key stays where it is, and what is told is fit for a
 * terminal. */

#include "hostile.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#include "run.h"

/* KiB by which the process may grow while it looks at 2 GiB. */
#define GROWTH_MAX (256 * 1024)

/* --- files -------------------------------------------------------------- */

#define PEM "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
#define GIF "GIF89a and so on, for long enough"

#define BIT(kind) (1u << HOSTILE_##kind)
/* Good files in odd places: the user named them. */
#define FINE_IF_NAMED (BIT (LINK) | BIT (FOREIGN) | BIT (SHARED))

static const struct {
  const gchar *property, *good;
  guint fine; /* which kinds are taken */
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

/* Whether an order was sent: the service refuses all of them. */
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

/* The largest: a record, not what leads to one. */
static gchar *
find_state_file (const gchar *suffix)
{
  gchar *found = NULL;
  goffset largest = 0;
  g_autofree gchar *dir = test_home_state_dir ();
  g_auto (GStrv) names = test_home_list_state ();

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);
    GStatBuf info;

    if (*names[i] == '.' || !g_str_has_suffix (names[i], suffix) ||
        g_stat (path, &info) != 0 || info.st_size <= largest)
      continue;
    largest = info.st_size;
    g_free (found);
    found = g_steal_pointer (&path);
  }
  fail_unless (found != NULL, "there is no %s", suffix);

  return found;
}

/* In a process of its own: when that has ended, all is written down. */
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

static GstMessageType
play_again (void)
{
  TestRun *run = test_run_new (CLIP "reuse=always retries=0 ! fakesink");
  GstMessageType type;

  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  type = GST_MESSAGE_TYPE (
      test_run_wait (run, GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
  test_run_free (run);

  return type;
}

/* What stands where a record stood may stand for money. */
GST_START_TEST (a_record_that_is_no_file_of_ours_orders_nothing)
{
  g_autofree gchar *path = NULL, *good = NULL;

  buy ();
  path = find_state_file (".json");
  fail_unless (g_file_get_contents (path, &good, NULL, NULL));
  if (hostile_file_make ((HostileFile) __i__, path, good))
    fail_unless (play_again () == GST_MESSAGE_ERROR);
  assert_posts (service, 1);
}
GST_END_TEST

/* How long clips took is only good to know. */
GST_START_TEST (a_history_that_is_no_file_of_ours_is_left_alone)
{
  g_autofree gchar *path = NULL;
  TestRun *run;

  buy ();
  path = find_state_file (".times");
  if (!hostile_file_make ((HostileFile) __i__, path, "1 2 3"))
    return;
  run = test_run_new (CLIP "reuse=never ! fakesink");
  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 2);
}
GST_END_TEST

static Suite *
hostile_suite (void)
{
  Suite *suite = suite_create ("hostile");
  TCase *files = test_case_new (suite, "files");

  tcase_add_loop_test (
      files, a_named_file_is_read_or_refused_at_once, 0, HOSTILE_N_FILES);
  tcase_add_loop_test (files, a_record_that_is_no_file_of_ours_orders_nothing,
      0, HOSTILE_N_FILES);
  tcase_add_loop_test (files, a_history_that_is_no_file_of_ours_is_left_alone,
      0, HOSTILE_N_FILES);

  return suite;
}

GST_CHECK_MAIN (hostile)
