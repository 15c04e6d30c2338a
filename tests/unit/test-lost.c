/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which tasks in a service's list may come from a given order. */
#include "lost.h"

#include <string.h>

#include "provider-kit.h"

#define FROM 1000
#define TO 2000
#define BASE "https://api.own.example/v2"
#define TASK(id, made, more) "{\"id\":\"" id "\",\"created_at\":" made more "}"
#define LIST(total, tasks) "{\"total\":" total ",\"items\":[" tasks "]}"

static SeedanceRequest *
make_request (void)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup ("boat");
  request->model = g_strdup ("m-1");
  request->resolution = g_strdup ("720p");
  request->aspect_ratio = g_strdup ("adaptive");
  request->duration = 5;
  request->generate_audio = TRUE;

  return request;
}

/* @ids: the tasks that may come from the order; NULL: the list does not answer
 * the question. */
static const struct {
  const gchar *list, *ids;
} lists[] = {
  { LIST ("0", ""), "" },
  { LIST ("1", TASK ("a", "1500", "")), "a" },
  /* Results start with the newest task; both ends of the time span are
   * included. */
  { LIST ("2", TASK ("b", "2000", "") "," TASK ("a", "1000", "")), "b a" },
  { LIST ("2", TASK ("b", "2001", "") "," TASK ("a", "999", "")), "" },
  { LIST ("1", TASK ("a", "\"1970-01-01T00:20:00Z\"", "")), "a" },
  { LIST ("1", TASK ("a", "\"1500\"", "")), "a" },
  /* A task from before the time span shows that the list is complete for it. */
  { LIST ("9", TASK ("b", "1500", "") "," TASK ("a", "999", "")), "b" },
  { LIST ("9", TASK ("b", "1500", "")), NULL },
  { "{\"items\":[" TASK ("b", "1500", "") "]}", NULL },
  /* Fields that the list has are compared with the order. */
  { LIST ("1", TASK ("a", "1500", ",\"model\":\"M-1\"")), "a" },
  { LIST ("1", TASK ("a", "1500", ",\"model\":\"m-2\"")), "" },
  { LIST ("1", TASK ("a", "1500", ",\"duration\":5")), "a" },
  { LIST ("1", TASK ("a", "1500", ",\"duration\":\"5\"")), "a" },
  { LIST ("1", TASK ("a", "1500", ",\"duration\":6")), "" },
  { LIST ("1", TASK ("a", "1500", ",\"resolution\":\"1080p\"")), "" },
  { LIST ("1", TASK ("a", "1500", ",\"generate_audio\":false")), "" },
  { LIST ("1", TASK ("a", "1500", ",\"generate_audio\":true")), "a" },
  /* Fields that the order left to the service match any value. */
  { LIST ("1", TASK ("a", "1500", ",\"ratio\":\"16:9\"")), "a" },
  { LIST ("1", TASK ("a", "1500", ",\"seed\":77")), "a" },
  { LIST ("1", TASK ("a", "1500", ",\"duration\":null")), "a" },
  { LIST ("1", TASK ("a", "1500", ",\"duration\":{}")), "a" },
  /* A task that runs may have empty values. */
  { LIST ("1", TASK ("a", "1500", ",\"resolution\":\"\"")), "a" },
  /* An entry that cannot be understood may be the task. */
  { LIST ("1", "{\"id\":\"a\"}"), NULL },
  { LIST ("1", "{\"created_at\":1500}"), NULL },
  { LIST ("1", "{\"id\":\"\",\"created_at\":1500}"), NULL },
  { LIST ("1", "{\"id\":\"a\\nb\",\"created_at\":1500}"), NULL },
  { LIST ("1", "{\"id\":[],\"created_at\":1500}"), NULL },
  { LIST ("1", TASK ("a", "-1", "")), NULL },
  { LIST ("1", TASK ("a", "\"yesterday\"", "")), NULL },
  { LIST ("1", "7"), NULL },
  { LIST ("1", "null"), NULL },
  { "{\"total\":0,\"items\":{}}", NULL },
  { "{\"total\":0}", NULL },
  { "[]", NULL },
  { "", NULL },
  { "<html>", NULL },
};

static void
test_lists (void)
{
  const SeedanceProvider *ark = provider_get ("ark");
  SeedanceRequest *request = make_request ();

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    const gchar *list = lists[i].list;
    g_auto (GStrv) ids = seedance_provider_find_lost (
        ark, BASE, request, list, strlen (list), FROM, TO);
    g_autofree gchar *joined = ids ? g_strjoinv (" ", ids) : NULL;

    g_test_message ("%s", list);
    g_assert_cmpstr (joined, ==, lists[i].ids);
  }
  seedance_request_free (request);
}

/* Extra parameters override the order's own fields. */
static void
test_extra (void)
{
  static const gchar list[] =
      LIST ("2", TASK ("b", "1500", ",\"duration\":7") "," TASK (
                     "a", "1400", ",\"duration\":5"));
  SeedanceRequest *request = make_request ();
  g_auto (GStrv) ids = NULL;

  request->extra = cJSON_Parse ("{\"duration\":7}");
  ids = seedance_provider_find_lost (
      provider_get ("ark"), BASE, request, list, strlen (list), FROM, TO);
  g_assert_nonnull (ids);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  g_assert_cmpstr (ids[0], ==, "b");
  seedance_request_free (request);
}

/* An order may name an endpoint of the account. The list tells its model, or the
 * endpoint itself: another endpoint is none of the order's. */
static void
test_endpoint (void)
{
  static const gchar list[] = LIST ("4",
      TASK ("d", "1700", ",\"model\":\"ep-20260101120000-fghij\"") "," TASK (
          "c", "1600", ",\"model\":\"ep-20260101120000-abcde\"") "," TASK ("b",
          "1500", ",\"model\":\"m-2\",\"duration\":6") "," TASK ("a", "1400",
          ",\"model\":\"m-2\",\"duration\":5"));
  SeedanceRequest *request = make_request ();
  g_auto (GStrv) ids = NULL;
  g_autofree gchar *joined = NULL;

  g_free (request->model);
  request->model = g_strdup ("ep-20260101120000-abcde");
  ids = seedance_provider_find_lost (
      provider_get ("ark"), BASE, request, list, strlen (list), FROM, TO);
  g_assert_nonnull (ids);
  joined = g_strjoinv (" ", ids);
  g_assert_cmpstr (joined, ==, "c a");
  seedance_request_free (request);
}

static void
test_milliseconds (void)
{
  static const gchar list[] = LIST (
      "2", TASK ("b", "1700000000999", "") "," TASK ("a", "1600000000000", ""));
  SeedanceRequest *request = make_request ();
  g_auto (GStrv) ids = seedance_provider_find_lost (provider_get ("ark"), BASE,
      request, list, strlen (list), 1700000000, 1700000000);

  g_assert_nonnull (ids);
  g_assert_cmpstr (ids[0], ==, "b");
  g_assert_null (ids[1]);
  seedance_request_free (request);
}

static SeedanceProvider *
make_own (const gchar *task, const gchar *answer)
{
  g_autofree gchar *text = g_strdup_printf (
      "{\"profile\":1,\"name\":\"own\",\"title\":\"Own\","
      "\"base-url\":\"https://api.own.example\",\"key\":\"X-Key: ${key}\","
      "\"order\":{\"path\":\"/jobs\",\"body\":{\"text\":\"${prompt}\"}},"
      "\"task\":{\"path\":\"%s\"},"
      "\"list\":{\"path\":\"/jobs\",\"tasks\":\"items\",\"total\":\"total\","
      "\"made\":\"created_at\",\"same\":[\"text\"]}%s}",
      task, answer);
  g_autoptr (GError) error = NULL;
  SeedanceProvider *own =
      seedance_provider_parse (text, strlen (text), "own", &error);

  g_assert_no_error (error);

  return own;
}

/* The id of a listed task stands where it stands in an answer. */
static void
test_ids (void)
{
  static const struct {
    const gchar *answer, *item, *id;
  } items[] = {
    { "", "\"task_id\":\"a\"", "a" },
    { "", "\"taskId\":\"a\",\"id\":\"row\"", "a" },
    { "", "\"id\":4711", "4711" },
    { "", "\"id\":12345678901234567890", "12345678901234567890" },
    { "", "\"id\":\"a\",\"status\":\"failed\"", "a" },
    { "", "\"uid\":\"a\"", NULL },
    { ",\"answer\":{\"id\":[\"job.uid\"]}",
        "\"job\":{\"uid\":\"a\"},\"id\":\"row\"", "a" },
  };
  SeedanceRequest *request = make_request ();

  for (guint i = 0; i < G_N_ELEMENTS (items); i++) {
    g_autoptr (SeedanceProvider) own =
        make_own ("/jobs/${task-id}", items[i].answer);
    g_autofree gchar *list =
        g_strdup_printf (LIST ("1", "{\"created_at\":1500,%s}"), items[i].item);
    g_auto (GStrv) ids = seedance_provider_find_lost (
        own, BASE, request, list, strlen (list), FROM, TO);

    g_test_message ("%s", list);
    g_assert_cmpstr (ids ? ids[0] : NULL, ==, items[i].id);
  }
  seedance_request_free (request);
}

#define STATUS "/${task-path}/status"
/* Where ids are parts of addresses, a listed task has the id that the answer to
 * its order gave it, or none. */
static void
test_addresses (void)
{
  static const struct {
    const gchar *task, *url, *id;
  } items[] = {
    { STATUS, BASE "/o/n/r-1/status", "o/n/r-1" },
    { STATUS, "/v2/o/n/r-1/status", "o/n/r-1" },
    { STATUS, BASE "/o/n/r-1/status\",\"error\":{\"message\":\"No.\"},\"x\":\"",
        "o/n/r-1" },
    { STATUS, "https://proxy.example/o/n/r-1/status", "o/n/r-1" },
    { STATUS, BASE "/o/n/r-1/status?logs=1", "o/n/r-1" },
    { STATUS, BASE "/o/n/r-1/cancel", NULL },
    { STATUS, "r-1", NULL },
    { STATUS, "", NULL },
    { STATUS "?full=1", BASE "/o/n/r-1/status", "o/n/r-1" },
    { STATUS "?full=1", BASE "/o/n/r-1/status?full=1", "o/n/r-1" },
    { STATUS "?full=1", BASE "/o/n/r-1", NULL },
    { "/jobs/${task-path}?full=1", BASE "/jobs/r-1", "r-1" },
    { "/jobs/${task-path}?full=1", BASE "/jobs/", NULL },
    { "/jobs?task=${task-path}", BASE "/jobs?task=r-1", NULL },
  };
  SeedanceRequest *request = make_request ();

  for (guint i = 0; i < G_N_ELEMENTS (items); i++) {
    g_autoptr (SeedanceProvider) own = make_own (
        items[i].task, ",\"answer\":{\"task-address\":[\"status_url\"]}");
    g_autofree gchar *item = g_strdup_printf (
        LIST ("1", TASK ("r-1", "1500", ",\"status_url\":\"%s\"")),
        items[i].url);
    g_auto (GStrv) ids = seedance_provider_find_lost (
        own, BASE, request, item, strlen (item), FROM, TO);

    g_test_message ("%s %s", items[i].task, item);
    g_assert_cmpstr (ids ? ids[0] : NULL, ==, items[i].id);
  }
  seedance_request_free (request);
}

static void
test_paths (void)
{
  g_assert_cmpstr (seedance_provider_list_path (provider_get ("ark")),
      ==, "/contents/generations/tasks?page_num=1&page_size=100");
  g_assert_null (
      seedance_provider_list_path (provider_get ("seeddance")));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lost/lists", test_lists);
  g_test_add_func ("/lost/extra", test_extra);
  g_test_add_func ("/lost/endpoint", test_endpoint);
  g_test_add_func ("/lost/milliseconds", test_milliseconds);
  g_test_add_func ("/lost/ids", test_ids);
  g_test_add_func ("/lost/addresses", test_addresses);
  g_test_add_func ("/lost/paths", test_paths);

  return g_test_run ();
}
