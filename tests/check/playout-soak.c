/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A long rundown with failures of every kind: no frame and no sample is missing,
 * each item is billed once at most, and neither memory nor threads grow. Short
 * here; SEEDANCE_SOAK_ITEMS makes it longer, SEEDANCE_SOAK_SPEED faster than
 * real time. */

#include "air.h"

#include <string.h>

#define WARM 10
#define GROWTH_MAX (10 * 1024) /* KiB */

static guint
get_number (const gchar *name, guint otherwise)
{
  const gchar *text = g_getenv (name);

  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : otherwise;
}

static guint64
read_status (const gchar *what)
{
  g_autofree gchar *text = NULL;
  const gchar *found;

  fail_unless (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  found = strstr (text, what);
  fail_unless (found != NULL);

  return g_ascii_strtoull (found + strlen (what), NULL, 10);
}

/* Every tenth fails; each fifth one's link is slow, and now and then the service
 * is busy. */
static gchar *
make_rundown (guint items)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < items; i++)
    g_string_append_printf (text,
        "{\"id\":\"%u\",\"prompt\":\"%s\",\"resolution\":\"480p\","
        "\"duration\":1,\"seed\":%u}\n",
        i, i % 10 == 7 ? "doomed" : "flash-and-beep", i % 5);

  return test_home_write ("soak.jsonl", text->str, text->len);
}

static void
wait_for_item (TestRun *run, guint item)
{
  g_autofree gchar *id = g_strdup_printf ("%u", item);

  test_air_wait_told (run, "off-air", id);
}

GST_START_TEST (a_long_rundown_leaves_nothing_behind)
{
  const guint items = get_number ("SEEDANCE_SOAK_ITEMS", 24);
  g_autofree gchar *path = make_rundown (items);
  TestRun *run = test_run_new (
      "seedanceplayout poll-interval=100 prefetch-time=6 rundown=\"%s\" "
      "on-empty=eos" AIR_SINKS,
      path);
  TestAir *air = test_air_new (run);
  guint64 memory, threads;

  if (g_getenv ("SEEDANCE_SOAK_SPEED"))
    test_air_use_clock (run, get_number ("SEEDANCE_SOAK_SPEED", 1), 1);
  test_service_fault (service, "submit@3:status=429+retry-after=1\n"
                               "clip@5:rate=200000\nclip@9:cut-reset=50%");
  test_run_start (run, GST_STATE_PLAYING);
  wait_for_item (run, WARM);
  memory = read_status ("VmRSS:");
  threads = read_status ("Threads:");
  test_run_wait (run, GST_MESSAGE_EOS);
  g_print ("# %u items, %u frames, memory %+" G_GINT64_FORMAT
           " KiB, threads %+" G_GINT64_FORMAT "\n",
      items, air->frames->len, (gint64) (read_status ("VmRSS:") - memory),
      (gint64) (read_status ("Threads:") - threads));
  fail_unless (read_status ("VmRSS:") <= memory + GROWTH_MAX ||
               g_getenv ("SEEDANCE_SANITIZED"));
  fail_unless (read_status ("Threads:") <= threads + 2);
  test_air_assert_steady (air);
  fail_unless_equals_int (
      test_air_count_told (run, "off-air"), items - (items + 2) / 10);
  test_run_free (run);
  test_air_free (air);
  fail_unless (test_service_count (service, "tasks") == items, "%u tasks",
      (guint) test_service_count (service, "tasks"));
}
GST_END_TEST

static Suite *
playout_soak_suite (void)
{
  Suite *suite = suite_create ("playout-soak");
  TCase *tcase = test_case_new (suite, "soak");

  tcase_add_test (tcase, a_long_rundown_leaves_nothing_behind);

  return suite;
}

GST_CHECK_MAIN (playout_soak)
