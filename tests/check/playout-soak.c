/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A long rundown with failures of every kind. No frame and no sample is
 * missing, each item is billed at most once, and neither memory nor threads
 * grow. The run lasts two minutes at four times the speed, if the machine keeps
 * up. SEEDANCE_SOAK_ITEMS makes it longer. With SEEDANCE_SOAK_SPEED the clock
 * does not wait for the output; 1 is real time. */

#include "air.h"

#include <malloc.h>
#include <string.h>

#define WARM 10
#define ITEMS 120
#define SPEED 4
#define GROWTH_MAX (10 * 1024) /* KiB */
/* KiB per item. The test's notes about an item lie among freed memory, and keep
 * some of it from going back to the system. */
#define GROWTH_EACH 10

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

static guint
count_open_files (void)
{
  GDir *folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint files = 0;

  fail_unless (folder != NULL);
  while (g_dir_read_name (folder))
    files++;
  g_dir_close (folder);

  return files;
}

/* Writes a rundown in which every tenth item fails. */
static gchar *
make_rundown (const gchar *name, guint items)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < items; i++)
    g_string_append_printf (text,
        "{\"id\":\"%s-%u\",\"prompt\":\"%s\",\"resolution\":\"480p\","
        "\"duration\":1,\"seed\":%u}\n",
        name, i, i % 10 == 7 ? "doomed" : "flash-and-beep", i % 5);

  return test_home_write ("soak.jsonl", text->str, text->len);
}

/* In every twenty requests the service is busy once, one download is slow, and
 * one breaks. */
static void
set_faults (guint items)
{
  g_autoptr (GString) specs = g_string_new (NULL);

  for (guint i = 0; i < items; i += 20)
    g_string_append_printf (specs,
        "submit@%u:status=429+retry-after=1\nclip@%u:rate=200000\n"
        "clip@%u:cut-reset=50%%\n",
        i + 3, i + 5, i + 9);
  test_service_fault (service, specs->str);
}

typedef struct {
  guint64 memory, allocated, threads; /* KiB */
  guint files;
} Footprint;

static guint64
get_allocated (void)
{
#ifdef __GLIBC__
  struct mallinfo2 info = mallinfo2 ();

  return (info.uordblks + info.hblkhd) / 1024;
#else
  return 0;
#endif
}

static Footprint
take_footprint (void)
{
  return (Footprint){ .memory = read_status ("VmRSS:"),
    .allocated = get_allocated (),
    .threads = read_status ("Threads:"),
    .files = count_open_files () };
}

static void
give_memory_back (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

/* Waits until freed memory went back to the system, which happens after the
 * last clip's pipeline has ended; a stop does not wait for that. Tools that
 * watch memory keep it, so this does not wait under them. */
static void
wait_for_memory (guint64 most)
{
  const gint64 until = g_get_monotonic_time () + test_patience ();

  while (test_slowness () == 1 && read_status ("VmRSS:") > most) {
    fail_unless (g_get_monotonic_time () < until, "%u KiB are still there",
        (guint) read_status ("VmRSS:"));
    g_usleep (10000);
  }
}

static void
assert_footprint (const Footprint *before, guint items)
{
  Footprint now;

  wait_for_memory (before->memory + GROWTH_MAX + GROWTH_EACH * items);
  now = take_footprint ();
  g_print ("# memory %" G_GINT64_FORMAT " %+" G_GINT64_FORMAT
           " KiB (at most %" G_GINT64_FORMAT "), allocated %+" G_GINT64_FORMAT
           " KiB, threads %+" G_GINT64_FORMAT ", open files %+d\n",
      before->memory, (gint64) (now.memory - before->memory),
      read_status ("VmHWM:"), (gint64) (now.allocated - before->allocated),
      (gint64) (now.threads - before->threads),
      (gint) (now.files - before->files));
  fail_unless (now.allocated <= before->allocated + GROWTH_MAX ||
               g_getenv ("SEEDANCE_SANITIZED"));
  fail_unless (now.threads <= before->threads + 2);
  fail_unless (now.files <= before->files + 4);
}

/* Checks that each clip on air was whole, in order and in sync. */
static void
assert_clips (TestAir *air, guint clips)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);
  guint longer = 0;

  fail_unless_equals_int (stretches->len, clips);
  for (guint i = 0; i < stretches->len; i++) {
    const TestStretch *stretch = &g_array_index (stretches, TestStretch, i);

    fail_unless (stretch->ordered, "the frames came in another order");
    fail_unless_equals_int (stretch->distinct, 24);
    longer += stretch->frames > 26;
  }
  g_print ("# %u clips, in %u of them a frame stood; skew %.1f ms\n", clips,
      longer, (gdouble) test_air_get_skew (air) / GST_MSECOND);
  fail_unless (test_air_get_skew (air) <= 2 * GST_MSECOND);
}

static void
play (const gchar *name, guint items)
{
  const guint clips = items - (items + 2) / 10;
  g_autofree gchar *path = make_rundown (name, items);
  TestRun *run = test_run_new (
      "seedanceplayout poll-interval=100 prefetch-time=6 rundown=\"%s\" "
      "on-empty=eos" AIR_SINKS,
      path);
  TestAir *air = test_air_new (run);

  if (g_getenv ("SEEDANCE_SOAK_SPEED"))
    test_air_use_real_clock (air, get_number ("SEEDANCE_SOAK_SPEED", 1));
  else
    test_air_set_pace (air, SPEED, test_slowness ());
  set_faults (items);
  test_run_to_end (run);
  g_print (
      "# %u items, %u frames, %u missing or double, %u gaps in the sound\n",
      items, air->frames->len, test_air_count_gaps (air, 0), air->sound_gaps);
  test_air_assert_steady (air);
  assert_clips (air, clips);
  fail_unless_equals_int (test_air_count_told (run, "off-air"), clips);
  test_run_free (run);
  test_air_free (air);
  fail_unless (test_service_count (service, "tasks") == items, "%u tasks",
      (guint) test_service_count (service, "tasks"));
}

/* The first clips load libraries and fill caches, which does not count as
 * growth. */
GST_START_TEST (a_long_rundown_leaves_nothing_behind)
{
  const guint items = get_number ("SEEDANCE_SOAK_ITEMS", ITEMS);
  Footprint before;

  play ("warm", WARM);
  test_service_reset (service);
  give_memory_back ();
  before = take_footprint ();
  play ("soak", items);
  assert_footprint (&before, items);
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
