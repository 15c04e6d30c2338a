/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles that the user wrote: where they are found, and which are refused. */
#include "answer.h"
#include "order.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gchar *config;

static gchar *
make_profile (const gchar *name)
{
  return g_strdup_printf (
      "{\"profile\":1,\"name\":\"%s\",\"title\":\"Mine\",\"base-url\":"
      "\"https://api.mine.example/v2\",\"key\":\"X-Api-Key: "
      "${key}\",\"order\":{"
      "\"path\":\"/"
      "jobs\",\"body\":{\"text\":\"${prompt}\"}},\"task\":{\"path\":"
      "\"/jobs/${task-id}\"},\"answer\":{\"id\":[\"job.uid\"],\"status\":"
      "[\"job.phase\"],\"video\":[\"job.files[0].href\"],\"words\":{"
      "\"succeeded\":[\"Baked\"],\"failed\":[\"done\"]}}}",
      name);
}

static gchar *
write_file (const gchar *name, const gchar *text, gssize size, int mode)
{
  gchar *path =
      g_build_filename (config, "gst-seedance", "providers", name, NULL);
  g_autofree gchar *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_unlink (path);
  g_assert_true (g_file_set_contents (path, text, size, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);

  return path;
}

static void
assert_loads (const gchar *name, const gchar *called)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceProvider) provider = seedance_provider_load (name, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (provider->name, ==, called);
  g_assert_cmpstr (
      provider->default_base_url, ==, "https://api.mine.example/v2");
  g_assert_cmpstr (provider->key_header, ==, "X-Api-Key: ");
}

static void
assert_refused (const gchar *name, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_provider_load (name, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  if (!strstr (error->message, words))
    g_error ("\"%s\" is not in: %s", words, error->message);
  g_assert_nonnull (strstr (error->message, "Nothing was"));
}

static void
test_a_profile_is_found_by_path_and_by_name (void)
{
  g_autofree gchar *text = make_profile ("mine");
  g_autofree gchar *path = write_file ("mine.json", text, -1, 0600);

  assert_loads (path, "mine");
  assert_loads ("mine", "mine");
  assert_refused ("./mine.json", "No such file");
  assert_refused ("their", "There is no provider \"their\"");
  assert_refused ("../providers/mine", "No such file");
  assert_refused ("", "There is no provider");
}

/* The user can correct a built-in profile without a new build. */
static void
test_the_users_own_comes_before_the_built_in (void)
{
  g_autofree gchar *text = make_profile ("ark");
  g_autofree gchar *path = write_file ("ark.json", text, -1, 0600);
  g_autoptr (SeedanceProvider) again = NULL;

  assert_loads ("ark", "ark");
  g_unlink (path);
  again = seedance_provider_load ("ark", NULL);
  g_assert_cmpstr (again->default_base_url, ==,
      "https://ark.ap-southeast.bytepluses.com/api/v3");
}

/* The profile decides where the key is sent, so no other user may write it. */
static void
test_what_others_can_write_is_not_read (void)
{
  g_autofree gchar *text = make_profile ("theirs");
  g_autofree gchar *path = write_file ("theirs.json", text, -1, 0666);
  g_autofree gchar *link = g_strconcat (path, "-link.json", NULL);

  assert_refused (path, "can be written by other users");
  assert_refused ("theirs", "can be written by other users");
  g_assert_cmpint (g_chmod (path, 0620), ==, 0);
  assert_refused ("theirs", "can be written by other users");
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  assert_loads ("theirs", "theirs");
  g_unlink (link);
  g_assert_cmpint (symlink (path, link), ==, 0);
  assert_refused (link, "is a link");
  if (geteuid () == 0) {
    g_assert_cmpint (chown (path, 12345, 12345), ==, 0);
    assert_refused ("theirs", "belongs to another user");
  }
  assert_refused ("/dev/zero", "is not a regular file");
  assert_refused (config, "is a folder");
}

static void
test_hostile_files_are_refused (void)
{
  g_autofree gchar *large = g_strnfill (256 * 1024 + 1, ' ');
  g_autofree gchar *other = make_profile ("other");
  g_autofree gchar *path = write_file ("large.json", large, -1, 0600);
  g_autofree gchar *nul = write_file ("nul.json", "{}\0{}", 5, 0600);
  g_autofree gchar *named = write_file ("called.json", other, -1, 0600);

  assert_refused (path, "has more than");
  assert_refused (nul, "holds a NUL");
  assert_refused ("called", "at \"name\": expected \"called\"");
  assert_loads (named, "other");
}

static void
test_answers_are_read_as_the_profile_says (void)
{
  static const gchar *const body =
      "{\"id\":\"not-it\",\"status\":\"failed\",\"job\":{\"uid\":\"t-1\","
      "\"phase\":\"baked\",\"files\":[{\"href\":\"/clip.mp4\"}]}}";
  static const gchar *const usual = "{\"id\":\"t-2\",\"status\":\"succeeded\"}";
  static const gchar *const turned = "{\"id\":\"t-3\",\"status\":\"done\"}";
  g_autofree gchar *text = make_profile ("mine");
  g_autoptr (SeedanceProvider) provider =
      seedance_provider_parse (text, strlen (text), "mine", NULL);
  const SeedanceAnswerSource source = { "https://api.mine.example/v2/jobs",
    NULL, seedance_provider_get_answers (provider) };
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), &source);
  g_autoptr (SeedanceAnswer) other =
      seedance_answer_parse (usual, strlen (usual), &source);
  g_autoptr (SeedanceAnswer) third =
      seedance_answer_parse (turned, strlen (turned), &source);

  g_assert_cmpstr (answer->task_id, ==, "t-1");
  g_assert_cmpint (answer->status, ==, SEEDANCE_STATUS_SUCCEEDED);
  g_assert_cmpstr (answer->video_url, ==, "https://api.mine.example/clip.mp4");
  g_assert_cmpstr (other->task_id, ==, "t-2");
  g_assert_cmpint (other->status, ==, SEEDANCE_STATUS_SUCCEEDED);
  g_assert_cmpint (third->status, ==, SEEDANCE_STATUS_FAILED);
}

static void
test_an_order_takes_base_and_header_of_the_profile (void)
{
  g_autofree gchar *text = make_profile ("mine");
  g_autofree gchar *path = write_file ("mine.json", text, -1, 0600);
  g_autofree gchar *folder = g_dir_make_tmp ("order-XXXXXX", NULL);
  g_autoptr (SeedanceOrder) order = seedance_order_new ();
  g_autofree gchar *url = NULL;
  g_autoptr (GError) error = NULL;

  order->provider_name = g_strdup (path);
  order->request->prompt = g_strdup ("a boat");
  order->key = g_strdup ("k");
  order->state_dir = g_strdup (folder);
  g_assert_true (seedance_order_prepare (order, &error));
  g_assert_no_error (error);
  url = seedance_order_submit_url (order);
  g_assert_cmpstr (url, ==, "https://api.mine.example/v2/jobs");
  g_assert_cmpstr (order->http.key_header, ==, "X-Api-Key: ");
}

/* The example in docs/providers.md works as the text says. */
static void
test_the_example_of_the_documents (void)
{
  g_autofree gchar *page = g_build_filename (
      g_getenv ("SEEDANCE_SOURCE_ROOT"), "docs", "providers.md", NULL);
  g_autofree gchar *text = NULL, *body = NULL;
  g_autoptr (SeedanceProvider) provider = NULL;
  g_autoptr (SeedanceRequest) request = seedance_request_new ();
  g_autoptr (GError) error = NULL;
  gchar *start, *end;

  g_assert_true (g_file_get_contents (page, &text, NULL, NULL));
  start = strstr (text, "```json\n") + strlen ("```json\n");
  end = strstr (start, "```");
  provider = seedance_provider_parse (start, end - start, "example", &error);
  g_assert_no_error (error);
  request->prompt = g_strdup ("A pond");
  request->model = g_strdup ("oven-1");
  request->duration = 5;
  body = seedance_provider_submit_body (provider, request);
  g_assert_nonnull (strstr (end, body));
  g_assert_true (seedance_provider_validate (provider, request, NULL));
  request->duration = 9;
  g_assert_false (seedance_provider_validate (provider, request, NULL));
  request->duration = 5;
  request->seed = 7;
  g_assert_false (seedance_provider_validate (provider, request, NULL));
}

static void
test_the_tool_prints_profiles (void)
{
  g_autofree gchar *text = make_profile ("mine");
  g_autofree gchar *path = write_file ("mine.json", text, -1, 0600);
  const gchar *names[] = { "mine", path, "seeddance", "none" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const gchar *argv[] = { g_getenv ("SEEDANCE_TASKS"), "provider", names[i],
      NULL };
    g_autofree gchar *out = NULL, *err = NULL;
    int status;

    g_assert_true (g_spawn_sync (
        NULL, (gchar **) argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
    g_assert_cmpint (status == 0, ==, i < 3);
    g_assert_true (i < 3 ? strstr (out, "\"base-url\"") != NULL
                         : strstr (err, "There is no provider") != NULL);
    g_assert_true (i >= 2 || g_str_has_prefix (out, text));
  }
}

/* Without a name, the tool uses SEEDANCE_PROVIDER, which may name a file. */
static void
test_the_tool_knows_the_variable (void)
{
  g_autofree gchar *text = make_profile ("mine");
  g_autofree gchar *path = write_file ("mine.json", text, -1, 0600);
  const gchar *named[] = { "", "ark", path, "none" };
  const gchar *words[] = { "seeddanceapi.com", "ModelArk", "\"mine\"",
    "SEEDANCE_PROVIDER: There is no provider" };
  const gchar *argv[] = { g_getenv ("SEEDANCE_TASKS"), "provider", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (named); i++) {
    g_autofree gchar *out = NULL, *err = NULL;
    int status;

    g_setenv ("SEEDANCE_PROVIDER", named[i], TRUE);
    g_assert_true (g_spawn_sync (
        NULL, (gchar **) argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
    g_assert_cmpint (status == 0, ==, i < 3);
    g_assert_nonnull (strstr (i < 3 ? out : err, words[i]));
  }
  g_unsetenv ("SEEDANCE_PROVIDER");
}

/* Loads a built-in profile in several threads, none of which is first. */
static gpointer
load_with_others (gpointer waiting)
{
  g_autoptr (SeedanceProvider) provider = NULL;

  g_atomic_int_add ((gint *) waiting, -1);
  while (g_atomic_int_get ((gint *) waiting) > 0)
    ;
  provider = seedance_provider_load ("ark", NULL);

  return GINT_TO_POINTER (provider && g_str_equal (provider->name, "ark"));
}

static gboolean
all_load_at_once (void)
{
  GThread *threads[4];
  gint waiting = G_N_ELEMENTS (threads);
  gboolean all = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, load_with_others, &waiting);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    all &= GPOINTER_TO_INT (g_thread_join (threads[i]));

  return all;
}

/* GLib prepares the profiles when a process first asks for one, so each try
 * needs a process. The test must run first: a fork copies what is prepared. */
static void
test_the_first_loads_of_a_process_may_come_at_once (void)
{
  for (guint i = 0; i < 100; i++) {
    pid_t pid = fork ();
    int status;

    if (pid == 0)
      _exit (all_load_at_once () ? 0 : 1);
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_cmpint (status, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  config = g_dir_make_tmp ("config-XXXXXX", NULL);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  g_unsetenv ("SEEDANCE_BASE_URL");
#define ADD(path, name) g_test_add_func ("/provider-own/" path, test_##name)
  ADD ("at-once", the_first_loads_of_a_process_may_come_at_once);
  ADD ("found", a_profile_is_found_by_path_and_by_name);
  ADD ("before-built-in", the_users_own_comes_before_the_built_in);
  ADD ("writable", what_others_can_write_is_not_read);
  ADD ("hostile", hostile_files_are_refused);
  ADD ("answers", answers_are_read_as_the_profile_says);
  ADD ("order", an_order_takes_base_and_header_of_the_profile);
  ADD ("example", the_example_of_the_documents);
  ADD ("tool", the_tool_prints_profiles);
  ADD ("variable", the_tool_knows_the_variable);
  return g_test_run ();
}
