/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the program seedance-local and talks to its control port. */

#include "service.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In seconds. Only a test that fails waits this long. */
#define ANSWER_TIMEOUT 120

struct _TestService {
  GPid pid;
  gint input; /* when it closes, the service exits, also if the test dies */
  cJSON *addresses;
  SoupSession *session;
};

static const gchar *get_address (TestService *service, const gchar *name);

static GBytes *
send (
    TestService *service, const gchar *method, const gchar *path, GBytes *body)
{
  g_autofree gchar *url =
      g_strconcat (get_address (service, "control"), "/", path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GError) error = NULL;
  GBytes *answer;

  if (body)
    soup_message_set_request_body_from_bytes (message, "text/plain", body);
  answer = soup_session_send_and_read (service->session, message, NULL, &error);
  fail_unless (answer, "%s: %s", path, error ? error->message : "");
  fail_unless (soup_message_get_status (message) == SOUP_STATUS_OK,
      "%s: HTTP %u: %.*s", path, soup_message_get_status (message),
      (int) g_bytes_get_size (answer),
      (const gchar *) g_bytes_get_data (answer, NULL));

  return answer;
}

static GBytes *
call (TestService *service, const gchar *method, const gchar *path,
    const gchar *body)
{
  g_autoptr (GBytes) bytes = body ? g_bytes_new (body, strlen (body)) : NULL;

  return send (service, method, path, bytes);
}

static void
command (TestService *service, const gchar *path, const gchar *body)
{
  g_bytes_unref (call (service, "POST", path, body));
}

static cJSON *
ask (TestService *service, const gchar *path)
{
  g_autoptr (GBytes) answer = call (service, "GET", path, NULL);
  cJSON *json = cJSON_ParseWithLength (
      g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));

  fail_unless (json != NULL, "%s: not JSON", path);

  return json;
}

static gint64
read_number (const cJSON *json, const gchar *name)
{
  const cJSON *number = cJSON_GetObjectItemCaseSensitive (json, name);

  fail_unless (cJSON_IsNumber (number), "no counter %s", name);

  return (gint64) number->valuedouble;
}

gint64
test_service_count (TestService *service, const gchar *counter)
{
  cJSON *stats = ask (service, "stats");
  gint64 value = read_number (stats, counter);

  cJSON_Delete (stats);

  return value;
}

void
test_service_wait (TestService *service, const gchar *counter, guint at_least)
{
  g_autofree gchar *path =
      g_strdup_printf ("wait?counter=%s&at-least=%u", counter, at_least);
  cJSON *answer = ask (service, path);

  fail_unless (read_number (answer, counter) >= at_least);
  cJSON_Delete (answer);
}

gint64
test_service_count_answers (TestService *service)
{
  test_service_wait (service, "answers",
      (guint) (test_service_count (service, "posts") +
               test_service_count (service, "polls")));

  return test_service_count (service, "answers");
}

void
test_service_fault (TestService *service, const gchar *faults)
{
  command (service, "faults", faults);
}

void
test_service_set (TestService *service, const gchar *settings)
{
  command (service, "settings", settings);
}

void
test_service_set_clip (TestService *service, gconstpointer data, gsize size)
{
  g_autoptr (GBytes) clip = g_bytes_new (data, size);

  g_bytes_unref (send (service, "POST", "clip", clip));
}

void
test_service_release (TestService *service)
{
  command (service, "release", "");
}

void
test_service_release_one (TestService *service)
{
  command (service, "release?count=1", "");
}

void
test_service_reset (TestService *service)
{
  command (service, "reset", "");
}

gchar *
test_service_get_task (TestService *service, guint nth, const gchar *field)
{
  cJSON *stats = ask (service, "stats");
  const cJSON *tasks = cJSON_GetObjectItemCaseSensitive (stats, "tasks_list");
  const cJSON *task = cJSON_GetArrayItem (tasks, (int) nth);
  gchar *text;

  fail_unless (task != NULL, "there is no task %u", nth);
  text = g_strdup (
      cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (task, field)));
  fail_unless (text != NULL);
  cJSON_Delete (stats);

  return text;
}

GBytes *
test_service_get_clip (TestService *service, guint nth)
{
  g_autofree gchar *id = test_service_get_task (service, nth, "id");
  g_autofree gchar *path = g_strconcat ("clip/", id, NULL);

  return call (service, "GET", path, NULL);
}

gchar *
test_service_get_clip_url (TestService *service, const gchar *id)
{
  g_autofree gchar *url =
      g_strconcat (test_service_get_api (service), "/v1/videos/", id, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GBytes) answer = NULL;
  cJSON *json;
  gchar *link;

  soup_message_headers_append (soup_message_get_request_headers (message),
      "Authorization", "Bearer " TEST_KEY);
  answer = soup_session_send_and_read (service->session, message, NULL, NULL);
  fail_unless (answer != NULL);
  json = cJSON_ParseWithLength (
      g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  link = g_strdup (cJSON_GetStringValue (
      cJSON_GetObjectItemCaseSensitive (json, "video_url")));
  fail_unless (link != NULL);
  cJSON_Delete (json);

  return link;
}

static gchar *
read_line (gint fd)
{
  GString *line = g_string_new (NULL);
  gchar byte;

  while (read (fd, &byte, 1) == 1 && byte != '\n')
    g_string_append_c (line, byte);

  return g_string_free (line, FALSE);
}

TestService *
test_service_start (void)
{
  const gchar *program = g_getenv ("SEEDANCE_LOCAL");
  const gchar *cache = g_getenv ("SEEDANCE_LOCAL_CACHE");
  const gchar *arguments[] = { program, "--exit-with-stdin", "--api-key",
    TEST_KEY, "--generation-time", "0", "--allow-host", "public.seedance.test",
    cache ? "--cache-dir" : NULL, cache, NULL };
  TestService *service = g_new0 (TestService, 1);
  g_autofree gchar *line = NULL;
  GError *error = NULL;
  gint output;

  fail_unless (program != NULL, "SEEDANCE_LOCAL must name the local service");
  fail_unless (g_spawn_async_with_pipes (NULL, (gchar **) arguments, NULL,
                   G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &service->pid,
                   &service->input, &output, NULL, &error),
      "%s", error ? error->message : "");
  /* Keeps the pipe out of programs that a test starts: with it open there, the
   * service would outlive the test. */
  fcntl (service->input, F_SETFD, FD_CLOEXEC);
  line = read_line (output);
  close (output);
  service->addresses = cJSON_Parse (line);
  fail_unless (service->addresses != NULL, "%s said: %s", program, line);
  service->session = soup_session_new_with_options (
      "timeout", ANSWER_TIMEOUT, "proxy-resolver", NULL, NULL);

  return service;
}

void
test_service_stop (TestService *service)
{
  int status;

  close (service->input);
  waitpid (service->pid, &status, 0);
  fail_unless (WIFEXITED (status) && WEXITSTATUS (status) == 0,
      "the local service ended with %d", status);
  g_object_unref (service->session);
  cJSON_Delete (service->addresses);
  g_free (service);
}

static const gchar *
get_address (TestService *service, const gchar *name)
{
  return cJSON_GetStringValue (
      cJSON_GetObjectItemCaseSensitive (service->addresses, name));
}

const gchar *
test_service_get_api (TestService *service)
{
  return get_address (service, "api");
}

const gchar *
test_service_get_ark (TestService *service)
{
  return get_address (service, "ark");
}

const gchar *
test_service_get_base (TestService *service, const gchar *provider)
{
  return get_address (
      service, g_str_equal (provider, "seeddance") ? "api" : provider);
}

const gchar *
test_service_get_clips (TestService *service)
{
  return get_address (service, "clips");
}
