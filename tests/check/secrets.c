/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key is sent to the service and to nobody else. Neither the key nor the
 * signature of a link appears in logs, messages, properties or files. */

#define _GNU_SOURCE
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "ledger.h"
#include "names.h"
#include "peer.h"
#include "run.h"

/* Part of every signed link of the local service. */
#define SIGNATURE "signature="

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

/* GLib accepts one log writer in the life of a process. Without forks all tests
 * share the process. */
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

static gboolean
holds (const gchar *data, gsize size, const gchar *secret)
{
  return memmem (data, size, secret, strlen (secret)) != NULL;
}

/* The network thread may still be writing. A temporary file can vanish at any
 * line of this function. */
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
assert_folder (const gchar *dir)
{
  g_autoptr (GDir) folder = g_dir_open (dir, 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename (dir, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      assert_folder (path);
    else
      assert_file (path);
  }
}

static void
assert_files (void)
{
  g_autofree gchar *dir = test_home_state_dir ();

  assert_folder (dir);
}

/* Checks that the ledger and its log are among the files that are searched. */
static void
assert_ledger (void)
{
  g_autofree gchar *ledger = test_ledger_path ();
  g_autofree gchar *log = g_strconcat (ledger, "-wal", NULL);

  fail_unless (g_file_test (ledger, G_FILE_TEST_IS_REGULAR));
  fail_unless (g_file_test (log, G_FILE_TEST_IS_REGULAR));
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

/* How the user gives the key to the element. */
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
  assert_ledger ();
  assert_run (run);
  test_run_free (run);
}
GST_END_TEST

/* Services and proxies quote in their errors what they were sent. */
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
  assert_ledger ();
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

/* A redirect to the API's own origin may carry the key, and no other may. */
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

/* Proxy settings. The requests go to this machine without a proxy under all of
 * them, because plain http never uses a proxy. */
static const struct {
  const gchar *properties;
  const gchar *proxy, *no_proxy; /* in the environment */
} unproxied[] = {
  { "" },
  { "proxy=\"\"" },
  { "proxy=\"\"", "http://127.0.0.1:9", NULL },
  { "proxy=http://127.0.0.1:9" },
  { "proxy=http://127.0.0.1:9", NULL, "seedance.test" },
  { "", "", NULL },
  { "", "http://127.0.0.1:9", NULL },
  { "", "http://127.0.0.1:9", "localhost, seedance.test" },
  { "", "http://127.0.0.1:9", "seedance.test." },
  { "", "http://127.0.0.1:9", "\tseedance.test\t" },
  { "", "http://127.0.0.1:9", "*" },
};

/* Returns a run that reaches the service by a public name of this machine. */
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

/* Otherwise a link could reach servers that only this machine may reach. */
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

/* A user's proxy settings; "%s" is the address of the proxy. */
static const struct {
  const gchar *variable; /* NULL = the property */
  const gchar *format;
} proxies[] = {
  { NULL, "http://%s" },
  { NULL, "http://me:" TEST_KEY "@%s" },
  { NULL, "%s" },
  { NULL, "socks4://%s" },
  { NULL, "socks5h://%s" },
  { NULL, "https://%s" },
  { "http_proxy", "http://%s" },
  { "all_proxy", "http://%s" },
  { "ALL_PROXY", "socks5://%s" },
  { "https_proxy", "http://%s" },
};

static TestRun *
new_run_by_proxy (gint way, TestPeer *peer, const gchar *properties)
{
  TestRun *run = test_run_new (CLIP "retries=0 %s ! fakesink", properties);
  g_autofree gchar *proxy =
      g_strdup_printf (proxies[way].format, test_peer_get_address (peer));

  if (proxies[way].variable)
    g_setenv (proxies[way].variable, proxy, TRUE);
  else
    g_object_set (run->src, "proxy", proxy, NULL);

  return run;
}

static void
end_proxy (gint way, TestPeer *peer)
{
  if (proxies[way].variable)
    g_unsetenv (proxies[way].variable);
  test_peer_stop (peer);
}

/* The service is asked directly, and the proxy gets no byte. */
GST_START_TEST (plain_http_goes_through_no_proxy)
{
  TestPeer *peer = test_peer_start (TEST_PEER_TUNNEL);
  TestRun *run = new_run_by_proxy (__i__, peer, "");
  g_autofree gchar *heard = NULL;

  start_listening ();
  test_run_to_end (run);
  assert_nothing_logged ();
  assert_run (run);
  test_run_free (run);
  assert_posts (service, 1);
  heard = test_peer_get_heard (peer);
  fail_unless_equals_string (heard, "");
  end_proxy (__i__, peer);
}
GST_END_TEST

/* If allow-insecure lets plain http go to another machine, the proxy gets no
 * byte, either. */
GST_START_TEST (plain_http_to_another_machine_shows_a_proxy_nothing)
{
  TestPeer *peer = test_peer_start (TEST_PEER_TUNNEL);
  const gchar *port = strrchr (test_service_get_api (service), ':');
  g_autofree gchar *properties =
      g_strdup_printf ("allow-insecure=true base-url=http://%s%s",
          test_names_get_public (), port);
  TestRun *run = new_run_by_proxy (__i__, peer, properties);
  g_autofree gchar *heard = NULL;

  test_service_fault (service, "submit:status=400");
  test_run_to_error (run);
  test_run_free (run);
  assert_posts (service, 1);
  heard = test_peer_get_heard (peer);
  fail_unless_equals_string (heard, "");
  end_proxy (__i__, peer);
}
GST_END_TEST

/* https does use the proxy, by a tunnel. The proxy learns only the host. */
GST_START_TEST (a_proxy_of_https_does_not_hear_the_key)
{
  TestPeer *peer = test_peer_start (TEST_PEER_TUNNEL);
  TestRun *run =
      new_run_by_proxy (__i__, peer, "timeout=1 base-url=https://192.0.2.1");
  g_autofree gchar *heard = NULL;

  start_listening ();
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  if (g_strcmp0 (proxies[__i__].variable, "http_proxy") != 0)
    test_peer_wait (peer, 1);
  test_run_wait (run, GST_MESSAGE_ERROR);
  assert_nothing_logged ();
  assert_run (run);
  test_run_free (run);
  heard = test_peer_get_heard (peer);
  fail_if (strstr (heard, "Bearer"), "%s", heard);
  fail_if (strstr (heard, TEST_KEY), "%s", heard);
  if (g_str_has_prefix (heard, "CONNECT "))
    fail_unless (
        g_str_has_prefix (heard, "CONNECT 192.0.2.1:443 "), "%s", heard);
  end_proxy (__i__, peer);
}
GST_END_TEST

/* Proxies that libcurl cannot parse, and would quote in its error. */
static const gchar *const unreadable[] = { "http://me:" TEST_KEY "@h:99999",
  "http://me:" TEST_KEY "/x@h:80", "http://me:x/" TEST_KEY "@h:80",
  "http://me:x#" TEST_KEY "@h:80", "gopher://me:" TEST_KEY "@h:80",
  "http://me:" TEST_KEY "@h:80/path", "http://me:" TEST_KEY "@",
  "http://me:" TEST_KEY " @h", "http://me:" TEST_KEY "\r\n@h",
  "://me:" TEST_KEY "@h" };

GST_START_TEST (a_proxy_that_cannot_be_read_shows_no_password)
{
  const gboolean by_property = __i__ % 2 == 0;
  const gchar *proxy = unreadable[__i__ / 2];
  TestRun *run = test_run_new (CLIP "! fakesink");
  g_autoptr (GError) error = NULL;

  if (by_property)
    g_object_set (run->src, "proxy", proxy, NULL);
  else
    g_setenv ("https_proxy", proxy, TRUE);
  start_listening ();
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS),
      "%s", error->message);
  fail_unless (strstr (error->message, "The proxy cannot be used") != NULL);
  assert_nothing_logged ();
  assert_run (run);
  test_run_free (run);
  g_unsetenv ("https_proxy");
  assert_posts (service, 0);
}
GST_END_TEST

static const gchar *const private_hosts[] = { "10.0.0.1", "172.16.0.1",
  "192.168.0.1", "100.64.0.1", "[fd00::1]", "[fe80::1]", "169.254.169.254",
  "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "0.0.0.0",
  "224.0.0.1", "167772161", "0xa.1", "012.1", "10.0.0.1.", "localhost.",
  "127.0.0.1", "[::1]" };

/* The address as it is written is refused. Nothing is sent to it, and no name
 * is looked up. */
GST_START_TEST (a_link_into_a_private_network_is_not_followed)
{
  g_autofree gchar *fault =
      g_strdup_printf ("poll:url=http://%s:1/clip.mp4", private_hosts[__i__]);
  TestRun *run = new_public_run ("");
  g_autoptr (GError) error = NULL;

  test_service_fault (service, fault);
  gst_message_parse_error (test_run_to_error (run), &error, NULL);
  fail_unless (strstr (error->message, "allow-local-links") != NULL, "%s",
      error->message);
  test_run_free (run);
  assert_posts (service, 1);
  assert_count (service, "clip_requests", 0);
}
GST_END_TEST

/* The user can allow such links. */
GST_START_TEST (local_links_may_be_allowed)
{
  TestRun *run = new_public_run ("allow-local-links=true");

  test_run_to_end (run);
  test_run_free (run);
  assert_posts (service, 1);
  fail_unless (test_service_count (service, "clip_requests") > 0);
}
GST_END_TEST

static void
add_proxies (TCase *tcase)
{
  tcase_add_loop_test (
      tcase, plain_http_goes_through_no_proxy, 0, G_N_ELEMENTS (proxies));
  tcase_add_loop_test (tcase,
      plain_http_to_another_machine_shows_a_proxy_nothing, 0,
      G_N_ELEMENTS (proxies));
  tcase_add_loop_test (
      tcase, a_proxy_of_https_does_not_hear_the_key, 0, G_N_ELEMENTS (proxies));
  tcase_add_loop_test (tcase, a_proxy_that_cannot_be_read_shows_no_password, 0,
      2 * G_N_ELEMENTS (unreadable));
}

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
  add_proxies (test_case_new (suite, "proxies"));
  tcase_add_loop_test (tcase, a_link_into_a_private_network_is_not_followed, 0,
      G_N_ELEMENTS (private_hosts));
  tcase_add_test (tcase, local_links_may_be_allowed);

  return suite;
}

GST_CHECK_MAIN (secrets)
