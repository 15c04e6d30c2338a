/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libcurl alone needs for the bytes: the limit that sources are held
 * against. Fetches copies of one URL at once and throws them away; prints the
 * same JSON as bench-pipeline. With --end=input it stops at a line on the
 * standard input. */

#include <curl/curl.h>
#include <unistd.h>

#include "usage.h"

#define RECEIVE_BUFFER (512 * 1024L)

static struct {
  gint copies;
  gint timeout;
  gchar *ca_file;
  gchar *end;
} options = { .copies = 1, .timeout = 120 };

static const GOptionEntry entries[] = { { "copies", 0, 0, G_OPTION_ARG_INT,
                                            &options.copies, "How many at once",
                                            "N" },
  { "ca-file", 0, 0, G_OPTION_ARG_STRING, &options.ca_file,
      "PEM file of certificates to trust", "PATH" },
  { "end", 0, 0, G_OPTION_ARG_STRING, &options.end,
      "Stop at the end (default), or at a line on the standard input",
      "eos|input" },
  { "timeout", 0, 0, G_OPTION_ARG_INT, &options.timeout,
      "Give up after so long", "SECONDS" },
  { NULL } };

typedef struct {
  CURLM *multi;
  GPtrArray *transfers;
  gint64 first, end;
  guint64 bytes;
  const gchar *error;
} Run;

static size_t
on_data (char *data, size_t size, size_t count, void *user_data)
{
  Run *run = user_data;

  if (run->first < 0)
    run->first = g_get_monotonic_time ();
  run->bytes += size * count;

  return size * count;
}

static void
add_transfer (Run *run, const gchar *url)
{
  CURL *easy = curl_easy_init ();

  curl_easy_setopt (easy, CURLOPT_URL, url);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, run);
  curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
  curl_easy_setopt (easy, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
  if (options.ca_file)
    curl_easy_setopt (easy, CURLOPT_CAINFO, options.ca_file);
  g_ptr_array_add (run->transfers, easy);
  curl_multi_add_handle (run->multi, easy);
}

static void
take_results (Run *run)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (run->multi, &left))) {
    if (message->msg == CURLMSG_DONE && message->data.result != CURLE_OK)
      run->error = curl_easy_strerror (message->data.result);
  }
}

static void
fetch (Run *run)
{
  gint64 deadline =
      g_get_monotonic_time () + options.timeout * G_TIME_SPAN_SECOND;
  gboolean until_input = g_strcmp0 (options.end, "input") == 0;
  struct curl_waitfd input = { .fd = STDIN_FILENO, .events = CURL_WAIT_POLLIN };
  int running = 1;

  while (running > 0 && input.revents == 0) {
    curl_multi_perform (run->multi, &running);
    take_results (run);
    if (running > 0)
      curl_multi_poll (run->multi, &input, until_input, 1000, NULL);
    if (g_get_monotonic_time () >= deadline) {
      run->error = "It took too long";
      return;
    }
  }
  if (running == 0 && !run->error)
    run->end = g_get_monotonic_time ();
}

static void
stop (Run *run)
{
  for (guint i = 0; i < run->transfers->len; i++) {
    CURL *easy = g_ptr_array_index (run->transfers, i);

    curl_multi_remove_handle (run->multi, easy);
    curl_easy_cleanup (easy);
  }
  curl_multi_cleanup (run->multi);
  g_ptr_array_unref (run->transfers);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("URL");
  g_autoptr (GError) error = NULL;
  Run run = { .first = -1, .end = -1 };
  cJSON *json = cJSON_CreateObject ();
  Usage before, after;
  gint64 begin;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (argc != 2)
    g_error ("One URL is wanted");

  curl_global_init (CURL_GLOBAL_DEFAULT);
  run.multi = curl_multi_init ();
  run.transfers = g_ptr_array_new ();
  usage_take (&before);
  for (gint i = 0; i < options.copies; i++)
    add_transfer (&run, argv[1]);
  fetch (&run);
  begin = g_get_monotonic_time ();
  stop (&run);
  usage_take (&after);

  usage_add_span (json, "first", before.at, run.first);
  usage_add_span (json, "eos", before.at, run.end);
  usage_add_span (json, "stop", begin, after.at);
  cJSON_AddNumberToObject (json, "bytes", (gdouble) run.bytes);
  if (run.error)
    cJSON_AddStringToObject (json, "error", run.error);
  usage_add_cost (json, &before, &after);
  usage_print (json);
  curl_global_cleanup ();

  return 0;
}
