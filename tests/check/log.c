/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GST_DEBUG shows of a run. A process of its own writes its log into a
 * file. The log tells every request and every decision, and at no level a
 * secret. */

#include <gio/gio.h>
#include <string.h>

#include "run.h"

#define WORDS "seedance*:4"
#define STEPS "seedance*:5"
#define ANSWERS "seedance*:6"
#define EVERYTHING \
  "seedance*:9,basesrc:9,GST_MESSAGE:9,GST_EVENT:9,GST_PARAMS:9,bin:9," \
  "GST_ELEMENT_*:9,GST_BUS:9"
#define PASSWORD "h1dd3n-fr0m-4ll"

/* Returns the log of a process that plays @line until EOS or an error.
 * g_free(). */
static gchar *
log_of (const gchar *debug, const gchar *line)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autofree gchar *path = test_home_path ("log");
  g_autoptr (GSubprocess) process = NULL;
  gchar *text;

  g_subprocess_launcher_setenv (launcher, "GST_DEBUG", debug, TRUE);
  g_subprocess_launcher_setenv (launcher, "GST_DEBUG_FILE", path, TRUE);
  g_subprocess_launcher_setenv (launcher, "GST_DEBUG_NO_COLOR", "1", TRUE);
  process = g_subprocess_launcher_spawn (
      launcher, NULL, g_getenv ("SEEDANCE_PLAY"), line, NULL);
  fail_unless (process != NULL);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  fail_unless (g_subprocess_get_if_exited (process));
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));

  return text;
}

static void
assert_told (const gchar *text, const gchar *what)
{
  fail_unless (strstr (text, what), "'%s' is not in:\n%s", what, text);
}

static void
assert_hidden (const gchar *text, const gchar *what)
{
  fail_if (strstr (text, what), "'%s' is in the log", what);
}

/* Returns the part behind the "?" of the link to the clip. g_free(). */
static gchar *
get_signature (void)
{
  g_autofree gchar *id = test_service_get_task (service, 0, "id");
  g_autofree gchar *url = test_service_get_clip_url (service, id);
  const gchar *query = strchr (url, '?');

  fail_unless (query != NULL, "%s", url);

  return g_strdup (query + 1);
}

GST_START_TEST (requests_and_decisions_are_told)
{
  g_autofree gchar *text = log_of (WORDS, CLIP "! fakesink");
  g_autofree gchar *id = test_service_get_task (service, 0, "id");
  g_autofree gchar *get = g_strdup_printf (
      "GET %s/v1/videos/%s", test_service_get_api (service), id);
  g_autofree gchar *post = g_strdup_printf (
      "POST %s/v1/videos/text-to-video", test_service_get_api (service));
  g_autofree gchar *clip =
      g_strdup_printf ("GET %s/", test_service_get_clips (service));
  g_autofree gchar *accepted = g_strdup_printf ("accepted as task %s", id);

  assert_told (text, post);
  assert_told (text, get);
  assert_told (text, clip);
  assert_told (text, "HTTP 200 after 0.");
  assert_told (text, "claimed");
  assert_told (text, accepted);
  assert_told (text, "asks in ");
  assert_told (text, "status succeeded");
  assert_told (text, "clip stored");
  /* Bodies are logged only at a higher level. */
  assert_hidden (text, "\"status\":");
}
GST_END_TEST

/* What is on air, and why. The address of an item may have a password. */
GST_START_TEST (what_is_on_air_is_told)
{
  g_autofree gchar *text = log_of (WORDS,
      "seedanceplayout name=out poll-interval=100 prompt=boat resolution=480p "
      "duration=1 on-empty=eos out.video ! fakesink out.audio ! fakesink");

  assert_told (text, "seedanceplayout");
  assert_told (text, "the format is video/x-raw");
  assert_told (text, "ready prompt-");
  assert_told (text, "on-air prompt-");
  assert_told (text, "off-air prompt-");
}
GST_END_TEST

/* The log names the states and events of docs/job.md, in their order. */
GST_START_TEST (each_step_of_a_job_is_told)
{
  static const gchar *const steps[] = { "idle, wanted: claiming",
    "claiming, ours: ordering", "ordering, accepted: noting-id",
    "noting-id, noted: generating", "generating, timer: asking",
    "asking, link: opening", "opening, opened: fetching",
    "fetching, whole: storing", "storing, stored: noting-clip",
    "noting-clip, noted: ready" };
  g_autofree gchar *text = log_of (STEPS, CLIP "! fakesink");
  const gchar *at = text;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    at = strstr (at, steps[i]);
    fail_unless (
        at != NULL, "'%s' is not in its place in:\n%s", steps[i], text);
  }
}
GST_END_TEST

static const struct {
  const gchar *faults, *line, *words;
} decisions[] = {
  { "submit@1:status=429", CLIP "! fakesink", "surely not accepted" },
  { "submit@1:status=429", CLIP "! fakesink", "sent again in " },
  { "submit:status=400", CLIP "! fakesink", "is withdrawn" },
  { "submit:status=500", CLIP "! fakesink", "may have been accepted" },
  { "submit:accept-drop", CLIP "! fakesink", "broken (" },
  { "poll@1:status=503", CLIP "! fakesink", "no answer of use: HTTP 503" },
  { "poll:word=failed", CLIP "! fakesink", "ended without a clip" },
  { "poll:word=queued", CLIP "generation-timeout=1 ! fakesink",
      "its time is over" },
  { "clip@1:status=500", CLIP "! fakesink", "download: failure 1" },
  { "", CLIP "base-url=http://127.0.0.1:1 retries=0 ! fakesink", "not sent (" },
  { "", SOURCE "task-id=nobody retries=0 ! fakesink",
      "task nobody was not in the ledger" },
};

GST_START_TEST (a_decision_is_told)
{
  g_autofree gchar *text = NULL;

  test_service_fault (service, decisions[__i__].faults);
  text = log_of (WORDS, decisions[__i__].line);
  assert_told (text, decisions[__i__].words);
}
GST_END_TEST

GST_START_TEST (what_the_ledger_knew_is_told)
{
  g_autofree gchar *first = log_of (WORDS, CLIP "reuse=always ! fakesink");
  g_autofree gchar *second = log_of (WORDS, CLIP "reuse=always ! fakesink");

  assert_told (first, "POST ");
  assert_told (second, "nothing is ordered");
  assert_told (second, "plays the stored clip");
  assert_hidden (second, "POST ");
}
GST_END_TEST

GST_START_TEST (answers_are_told_without_their_signatures)
{
  g_autofree gchar *text = log_of (ANSWERS, CLIP "! fakesink");
  g_autofree gchar *signature = get_signature ();

  assert_told (text, "\"status\":\"succeeded\"");
  assert_told (text, "\"video_url\":\"");
  assert_hidden (text, signature);
}
GST_END_TEST

/* At the level of decisions the answer is shown, because it explains them. */
GST_START_TEST (an_answer_that_cannot_be_read_is_shown)
{
  g_autofree gchar *text = NULL;

  test_service_fault (service, "submit:body=%7B%22strange%22%3A1%7D");
  text = log_of (WORDS, CLIP "! fakesink");
  assert_told (text, "{\"strange\":1}");
}
GST_END_TEST

static const struct {
  const gchar *faults, *line;
} secret_runs[] = {
  { "", CLIP "! decodebin ! fakesink" },
  { "submit:status=400+message=" TEST_KEY, CLIP "! fakesink" },
  { "submit:status=500+code=" TEST_KEY, CLIP "! fakesink" },
  { "submit:body=%7B%22key%22%3A%22" TEST_KEY "%22%7D", CLIP "! fakesink" },
  { "poll:status=401+message=Bearer%20" TEST_KEY, CLIP "! fakesink" },
  { "poll:word=" TEST_KEY, CLIP "generation-timeout=1 ! fakesink" },
  { "poll:url=http%3A%5C%2F%5C%2Fme%3A" PASSWORD
    "%40127.0.0.1%3A1%5C%2Fa.mp4%3Fsig%3D" TEST_KEY,
      CLIP "retries=0 ! fakesink" },
  { "", CLIP "retries=0 base-url=https://127.0.0.1:1 proxy=http://me:" PASSWORD
             "@127.0.0.1:2 ! fakesink" },
  { "", CLIP "retries=0 base-url=https://127.0.0.1:1 proxy=http://me:" PASSWORD
             "@/bad[ ! fakesink" },
};

GST_START_TEST (nothing_secret_is_told_at_any_level)
{
  g_autofree gchar *text = NULL;

  test_service_fault (service, secret_runs[__i__].faults);
  text = log_of (EVERYTHING, secret_runs[__i__].line);
  assert_told (text, "seedancesrc");
  assert_hidden (text, TEST_KEY);
  /* A large part of the key must not be shown either. */
  assert_hidden (text, "sk-7e57-k3y-");
  if (strstr (secret_runs[__i__].line, "proxy=")) {
    /* The parser of GStreamer itself logs the launch line, so lines with
     * "proxy=" may show the password. */
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint i = 0; lines[i]; i++)
      fail_if (strstr (lines[i], "seedance") && strstr (lines[i], PASSWORD) &&
                   !strstr (lines[i], "proxy="),
          "%s", lines[i]);
  } else {
    assert_hidden (text, PASSWORD);
  }
}
GST_END_TEST

GST_START_TEST (an_image_is_not_told)
{
  g_autofree gchar *path = test_home_paint ("boat.png", 512, 512);
  g_autofree gchar *line = g_strdup_printf (CLIP "image=%s ! fakesink", path);
  g_autofree gchar *text = log_of (EVERYTHING, line);
  g_autofree gchar *data = NULL, *base64 = NULL;
  gsize size;

  fail_unless (g_file_get_contents (path, &data, &size, NULL));
  base64 = g_base64_encode ((const guchar *) data, size);
  base64[60] = '\0';
  assert_told (text, "POST ");
  assert_hidden (text, base64);
}
GST_END_TEST

static Suite *
log_suite (void)
{
  Suite *suite = suite_create ("log");
  TCase *told = test_case_new (suite, "told");
  TCase *hidden = test_case_new (suite, "hidden");

  tcase_add_test (told, requests_and_decisions_are_told);
  tcase_add_test (told, what_is_on_air_is_told);
  tcase_add_test (told, each_step_of_a_job_is_told);
  tcase_add_loop_test (told, a_decision_is_told, 0, G_N_ELEMENTS (decisions));
  tcase_add_test (told, what_the_ledger_knew_is_told);
  tcase_add_test (told, answers_are_told_without_their_signatures);
  tcase_add_test (told, an_answer_that_cannot_be_read_is_shown);
  tcase_add_loop_test (hidden, nothing_secret_is_told_at_any_level, 0,
      G_N_ELEMENTS (secret_runs));
  tcase_add_test (hidden, an_image_is_not_told);

  return suite;
}

GST_CHECK_MAIN (log)
