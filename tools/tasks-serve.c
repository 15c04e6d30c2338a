/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks serve: a page for browsers of this machine, with all orders,
 * costs and clips. It changes nothing and orders nothing. The path of each
 * request has to begin with a random token, which is printed at the start. */

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "serve-clip.h"
#include "serve-door.h"
#include "serve-guard.h"
#include "serve-news.h"
#include "serve-page.h"
#include "tasks-command.h"

/* How many orders the page gets at first, and at most. */
#define ROWS 200
#define ROWS_MAX 100000

typedef struct {
  const gchar *dir;
  gchar *token, *policy;
  GBytes *page;
  ServeNews *news;
  ServeDoor *door;
} Serve;

/* Sets the headers of every answer, even of one that refuses. */
static void
add_headers (const Serve *serve, SoupServerMessage *message)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);
  const gchar *const all[][2] = {
    { "Cache-Control", "no-store" },
    { "Content-Security-Policy", serve->policy },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Referrer-Policy", "no-referrer" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    soup_message_headers_replace (headers, all[i][0], all[i][1]);
}

static void
send_page (const Serve *serve, SoupServerMessage *message)
{
  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "Content-Type",
      "text/html; charset=utf-8");
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (message), serve->page);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static void
send_data (const Serve *serve, SoupServerMessage *message)
{
  const gchar *query = g_uri_get_query (soup_server_message_get_uri (message));
  guint64 rows;

  if (!query || !g_str_has_prefix (query, "rows=") ||
      !g_ascii_string_to_unsigned (
          query + strlen ("rows="), 10, 1, ROWS_MAX, &rows, NULL))
    rows = ROWS;
  serve_news_send (serve->news, message, (guint) rows);
}

/* Redirects "/TOKEN" to "/TOKEN/". Without the slash a browser would look for
 * the page's relative addresses in another place. */
static void
send_on (const Serve *serve, SoupServerMessage *message)
{
  g_autofree gchar *path = g_strdup_printf ("/%s/", serve->token);

  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "Location", path);
  soup_server_message_set_status (
      message, SOUP_STATUS_PERMANENT_REDIRECT, NULL);
}

static void
send_what_is_at (
    const Serve *serve, SoupServerMessage *message, const gchar *path)
{
  const gchar *clip = serve_guard_clip (path, "/clip/");

  if (clip) {
    serve_clip_send (message, serve->dir, clip);
    return;
  }
  /* Only clips are sent in parts. */
  soup_message_headers_remove (
      soup_server_message_get_request_headers (message), "Range");
  if (g_str_equal (path, "/"))
    send_page (serve, message);
  else if (g_str_equal (path, "/data.json"))
    send_data (serve, message);
  else if (*path == '\0')
    send_on (serve, message);
  else
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

static void
refuse_method (SoupServerMessage *message)
{
  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "Allow", "GET, HEAD");
  soup_server_message_set_status (
      message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
}

/* Returns TRUE if the request is for this machine, by its header "Host" and by
 * its first line, which may have another name. */
static gboolean
is_for_this_machine (const Serve *serve, SoupServerMessage *message)
{
  const guint16 port = serve_door_get_port (serve->door);
  const gchar *header = soup_message_headers_get_list (
      soup_server_message_get_request_headers (message), "Host");
  GUri *uri = soup_server_message_get_uri (message);
  const gchar *host = g_uri_get_host (uri);
  g_autofree gchar *line =
      g_strdup_printf (host && strchr (host, ':') ? "[%s]:%d" : "%s:%d",
          host ? host : "", g_uri_get_port (uri));

  return serve_guard_is_host (header, port) && serve_guard_is_host (line, port);
}

/* A client that does not know the token learns nothing, not even which paths
 * exist. */
static void
on_request (SoupServerMessage *message, gpointer user_data)
{
  const Serve *serve = user_data;
  const gchar *method = soup_server_message_get_method (message);
  const gchar *path = serve_guard_open (
      g_uri_get_path (soup_server_message_get_uri (message)), serve->token);

  add_headers (serve, message);
  if (!is_for_this_machine (serve, message))
    soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
  else if (!path)
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  else if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD)
    refuse_method (message);
  else
    send_what_is_at (serve, message, path);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_CONTINUE;
}

/* The first line is the address alone, for programs that read it. */
static void
announce (const Serve *serve, gboolean ipv6)
{
  const guint16 port = serve_door_get_port (serve->door);

  g_print ("http://127.0.0.1:%u/%s/\n", port, serve->token);
  if (ipv6)
    g_print ("http://[::1]:%u/%s/\n", port, serve->token);
  g_print ("Open it in a browser on this machine. Nobody gets in without the "
           "whole\naddress; who has it sees every order and clip. Ctrl-C "
           "ends it.\n");
  fflush (stdout);
}

/* The signals are caught before the address is printed, because a program that
 * has read the address may end this one at once. */
static void
run_loop (const Serve *serve, gboolean ipv6)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  const guint interrupted = g_unix_signal_add (SIGINT, on_signal, loop);
  const guint terminated = g_unix_signal_add (SIGTERM, on_signal, loop);

  announce (serve, ipv6);
  /* Without its address nobody can open the page. */
  if (!ferror (stdout))
    g_main_loop_run (loop);
  g_source_remove (interrupted);
  g_source_remove (terminated);
}

/* Returns 128 random bits. Only the system's generator is good enough, because
 * nothing but the token keeps other users of this machine out. */
static gchar *
make_token (void)
{
  guint64 bits[2];

  if (getrandom (bits, sizeof bits, 0) != (ssize_t) sizeof bits)
    return NULL;

  return g_strdup_printf (
      "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", bits[0], bits[1]);
}

static void
serve_clear (Serve *serve)
{
  g_clear_pointer (&serve->door, serve_door_free);
  g_clear_pointer (&serve->news, serve_news_unref);
  g_clear_pointer (&serve->page, g_bytes_unref);
  g_free (serve->token);
  g_free (serve->policy);
}

int
tasks_run_serve (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GError) error = NULL;
  Serve serve = { .dir = options->dir };

  if (options->port != TASKS_NO_PORT &&
      (options->port > G_MAXUINT16 || options->port < 0)) {
    tasks_complain (
        "--port wants a number from 0 to 65535; 0 is any free one.");
    return EXIT_USAGE;
  }
  serve.token = make_token ();
  if (!serve.token)
    return tasks_complain (
        "The page cannot be served: the system has no random numbers.");
  serve.page = serve_page_get ();
  serve.policy = serve_page_get_policy ();
  serve.news = serve_news_new (options->dir, options->as_run);
  serve.door = serve_door_new ((guint16) MAX (options->port, 0), options->ipv6,
      on_request, &serve, &error);
  if (!serve.door) {
    serve_clear (&serve);
    return tasks_complain ("The page cannot be served: %s. Without --port, it "
                           "takes any port that is free.",
        error->message);
  }
  run_loop (&serve, options->ipv6);
  serve_clear (&serve);

  return EXIT_DONE;
}
