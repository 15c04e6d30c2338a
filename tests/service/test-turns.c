/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the turns of tasks, when only some may run at once, and of clips
 * that are set for certain prompts. */

#include <string.h>

#include "test-service.h"

#define BODY \
  "{\"prompt\":\"%s\",\"resolution\":\"480p\",\"duration\":1,\"seed\":1}"
#define ARK "/api/v3/contents/generations/tasks"
#define ARK_BODY \
  "{\"model\":\"m\",\"content\":[{\"type\":\"text\",\"text\":\"a pond\"}]," \
  "\"resolution\":\"480p\",\"duration\":1}"
#define TASKS 5

static gchar *
order (Client *client, const gchar *prompt)
{
  g_autofree gchar *body = g_strdup_printf (BODY, prompt);

  return client_order (client, body);
}

/* Starts a service whose clips are fixed bytes, so that only the generation
 * time decides how long a task takes. */
static Client *
start (const gchar *generation_time, const gchar *max_running)
{
  const gchar *args[] = { "--generation-time", generation_time, "--max-running",
    max_running, NULL };
  Client *client = client_start (args);
  cJSON *done = client_control (client, "POST", "clip", "not a clip");

  cJSON_Delete (done);
  return client;
}

/* Returns one letter for each task, in the order of acceptance: queued,
 * running, succeeded, cancelled. Free with g_free(). */
static gchar *
look (Client *client)
{
  cJSON *stats = client_control (client, "GET", "stats", NULL);
  GString *letters = g_string_new (NULL);
  const cJSON *task;

  cJSON_ArrayForEach (
      task, cJSON_GetObjectItemCaseSensitive (stats, "tasks_list"))
  {
    const gchar *status = cJSON_GetStringValue (
        cJSON_GetObjectItemCaseSensitive (task, "status"));

    g_string_append_c (letters, status[0]);
  }
  cJSON_Delete (stats);
  return g_string_free (letters, FALSE);
}

static guint
count (const gchar *letters, gchar letter)
{
  guint n = 0;

  for (; *letters; letters++)
    n += *letters == letter;
  return n;
}

static void
wait_for_all (Client *client)
{
  g_autofree gchar *letters = look (client);

  while (count (letters, 's') < strlen (letters)) {
    g_free (letters);
    letters = look (client);
  }
}

/* Tasks end in the order of acceptance and at most two run at once, so five
 * tasks take three times as long as one. */
static void
test_turns (void)
{
  g_autoptr (Client) client = start ("0.2", "2");
  gint64 begin = g_get_monotonic_time ();
  guint most = 0;

  for (guint i = 0; i < TASKS; i++)
    g_free (order (client, "a pond"));
  for (guint done = 0; done < TASKS;) {
    g_autofree gchar *letters = look (client);

    done = count (letters, 's');
    most = MAX (most, count (letters, 'r'));
    g_assert_cmpuint (strspn (letters, "s"), ==, done);
    g_assert_cmpuint (strspn (letters + done, "rq"), ==, TASKS - done);
    for (guint i = done + 2; i < TASKS; i++)
      g_assert_cmpint (letters[i], ==, 'q');
  }
  g_assert_cmpuint (most, <=, 2);
  g_assert_cmpint (
      g_get_monotonic_time () - begin, >=, 600 * G_TIME_SPAN_MILLISECOND);
}

/* Without a limit, all tasks run at once. */
static void
test_no_turns (void)
{
  g_autoptr (Client) client = start ("3600", "0");
  g_autofree gchar *letters = NULL;

  for (guint i = 0; i < TASKS; i++)
    g_free (order (client, "a pond"));
  cJSON_Delete (
      client_control (client, "POST", "settings", "{\"generation_time\":0}"));
  letters = look (client);
  g_assert_cmpstr (letters, ==, "sssss");
}

/* The tasks get their turns even if nobody asks for their status meanwhile. */
static void
test_turns_that_nobody_saw (void)
{
  g_autoptr (Client) client = start ("0.05", "1");
  g_autofree gchar *last = NULL;
  gint64 begin;

  for (guint i = 0; i < TASKS; i++) {
    g_free (last);
    last = order (client, "a pond");
  }
  begin = g_get_monotonic_time ();
  while (g_get_monotonic_time () <
         begin + (TASKS + 1) * 50 * G_TIME_SPAN_MILLISECOND)
    g_usleep (1000);
  {
    g_autofree gchar *letters = look (client);

    g_assert_cmpstr (letters, ==, "sssss");
  }
}

static void
test_a_queued_task_is_cancelled (void)
{
  g_autoptr (Client) client = start ("3600", "1");
  g_autofree gchar *first = order (client, "a pond");
  g_autoptr (Answer) queued = client_call (client, "POST", ARK, ARK_BODY);
  g_autofree gchar *id = answer_text (queued, "id");
  g_autofree gchar *path = g_strconcat (ARK "/", id, NULL);
  g_autofree gchar *third = order (client, "a pond");
  g_autoptr (Answer) cancelled = client_call (client, "DELETE", path, NULL);
  g_autofree gchar *letters = NULL;

  g_assert_nonnull (first);
  g_assert_nonnull (third);
  g_assert_cmpuint (cancelled->status, ==, 200);
  cJSON_Delete (
      client_control (client, "POST", "settings", "{\"generation_time\":0}"));
  letters = look (client);
  g_assert_cmpstr (letters, ==, "scs");
}

/* A limit that is raised later lets waiting tasks run. */
static void
test_more_may_run (void)
{
  g_autoptr (Client) client = start ("0.1", "1");

  for (guint i = 0; i < TASKS; i++)
    g_free (order (client, "a pond"));
  cJSON_Delete (client_control (client, "POST", "settings",
      "{\"generation_time\":3600,\"max_running\":0}"));
  cJSON_Delete (
      client_control (client, "POST", "settings", "{\"generation_time\":0}"));
  wait_for_all (client);
}

static void
assert_clip (Client *client, const gchar *prompt, const gchar *text)
{
  g_autofree gchar *id = order (client, prompt);
  g_autoptr (GBytes) clip = client_clip (client, id);
  g_autofree gchar *got =
      g_strndup (g_bytes_get_data (clip, NULL), g_bytes_get_size (clip));

  g_assert_cmpstr (got, ==, text);
}

/* A clip that is set for a word goes to prompts that contain the word; the
 * longest word wins, and other prompts get the general clip. */
static void
test_clips_for_prompts (void)
{
  g_autofree gchar *path = g_build_filename (test_cache, "given", NULL);
  g_autofree gchar *option = g_strconcat ("harbour=", path, NULL);
  const gchar *args[] = { "--generation-time", "0", "--clip-for", option,
    NULL };
  g_autoptr (Client) client = NULL;

  g_assert_true (g_file_set_contents (path, "a file", -1, NULL));
  client = client_start (args);
  cJSON_Delete (client_control (client, "POST", "clip", "any"));
  cJSON_Delete (client_control (client, "POST", "clip?for=pond", "a pond"));
  cJSON_Delete (
      client_control (client, "POST", "clip?for=a%20green%20pond", "green"));
  assert_clip (client, "the harbour at dawn", "a file");
  assert_clip (client, "a pond", "a pond");
  assert_clip (client, "a green pond", "green");
  assert_clip (client, "a street", "any");
  cJSON_Delete (client_control (client, "POST", "clip?for=pond", ""));
  assert_clip (client, "a pond", "any");
  g_assert_cmpint (client_counter (client, "renders"), ==, 0);
}

void
add_turn_tests (void)
{
  g_test_add_func ("/service/turns/two-at-a-time", test_turns);
  g_test_add_func ("/service/turns/none", test_no_turns);
  g_test_add_func ("/service/turns/unseen", test_turns_that_nobody_saw);
  g_test_add_func ("/service/turns/cancelled", test_a_queued_task_is_cancelled);
  g_test_add_func ("/service/turns/more", test_more_may_run);
  g_test_add_func ("/service/clips-for-prompts", test_clips_for_prompts);
}
