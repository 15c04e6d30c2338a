/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program seedance-local: a service on this machine that speaks the
 * Seedance API and renders the clips that are ordered. It is for tests and for
 * trying the plugin out. This file has the command-line options and the main
 * loop. */

#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service.h"

static struct {
  gint port;
  gint clip_port;
  gchar *api_key;
  gdouble generation_time;
  gchar *layout;
  gboolean no_audio;
  gchar *codec;
  gint bitrate;
  gchar *clip_file;
  gchar **clips_for;
  gchar *cache_dir;
  gint max_running;
  gint rate;
  gint64 url_lifetime;
  gint url_uses;
  gint busy_status;
  gboolean newest_wins;
  gchar *refuse_word;
  gchar *fail_word;
  gchar *flash_word;
  gchar **faults;
  gchar **hosts;
  gboolean exit_with_stdin;
  gboolean verbose;
} options = { .generation_time = 3, .url_lifetime = 24 * 60 * 60 };

static GOptionEntry entries[] = {
  { "port", 0, 0, G_OPTION_ARG_INT, &options.port,
      "Port of the API; 0, the default, picks one", "N" },
  { "clip-port", 0, 0, G_OPTION_ARG_INT, &options.clip_port,
      "Port of the clips; 0, the default, picks one", "N" },
  { "api-key", 0, 0, G_OPTION_ARG_STRING, &options.api_key,
      "The key that is right (default: local-key)", "KEY" },
  { "generation-time", 0, 0, G_OPTION_ARG_DOUBLE, &options.generation_time,
      "How long a task takes at least (default: 3)", "SECONDS" },
  { "layout", 0, 0, G_OPTION_ARG_STRING, &options.layout,
      "moov-last (default), moov-first, fragmented", "LAYOUT" },
  { "no-audio", 0, 0, G_OPTION_ARG_NONE, &options.no_audio,
      "Make clips without sound", NULL },
  { "codec", 0, 0, G_OPTION_ARG_STRING, &options.codec,
      "h264 (default) or h265", "CODEC" },
  { "bitrate", 0, 0, G_OPTION_ARG_INT, &options.bitrate,
      "Of the picture (default: as genuine clips)", "KBITS" },
  { "clip-file", 0, 0, G_OPTION_ARG_FILENAME, &options.clip_file,
      "Serve this file as every clip, render none", "PATH" },
  { "clip-for", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.clips_for,
      "The clip of prompts with WORD; repeatable", "WORD=PATH" },
  { "cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.cache_dir,
      "Keep rendered clips (default: until the end)", "DIR" },
  { "max-running", 0, 0, G_OPTION_ARG_INT, &options.max_running,
      "So many tasks run at once (default: all)", "N" },
  { "rate", 0, 0, G_OPTION_ARG_INT, &options.rate,
      "More API requests a second get a 429", "N" },
  { "url-lifetime", 0, 0, G_OPTION_ARG_INT64, &options.url_lifetime,
      "How long a clip's URL works (default: a day)", "SECONDS" },
  { "url-uses", 0, 0, G_OPTION_ARG_INT, &options.url_uses,
      "Uses of a clip's URL (default: any)", "N" },
  { "busy-status", 0, 0, G_OPTION_ARG_INT, &options.busy_status,
      "Answer to a second request while one runs", "STATUS" },
  { "newest-wins", 0, 0, G_OPTION_ARG_NONE, &options.newest_wins,
      "Let a request for a clip end those before it", NULL },
  { "refuse-word", 0, 0, G_OPTION_ARG_STRING, &options.refuse_word,
      "Refuse prompts with it (default: forbidden)", "WORD" },
  { "fail-word", 0, 0, G_OPTION_ARG_STRING, &options.fail_word,
      "Fail prompts with it later (default: doomed)", "WORD" },
  { "flash-word", 0, 0, G_OPTION_ARG_STRING, &options.flash_word,
      "Clips to measure (default: flash-and-beep)", "WORD" },
  { "fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.faults,
      "Make this fault; may be given several times", "SPEC" },
  { "allow-host", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.hosts,
      "Be asked by this name, too; repeatable", "NAME" },
  { "exit-with-stdin", 0, 0, G_OPTION_ARG_NONE, &options.exit_with_stdin,
      "End when the standard input does", NULL },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &options.verbose,
      "Tell each request on the standard error", NULL },
  { NULL }
};

static gboolean
parse_options (int *argc, char ***argv, GError **error)
{
  g_autofree gchar *faults = faults_describe ();
  g_autofree gchar *description = g_strconcat (
      "The first line of output is JSON and tells the addresses. What faults "
      "and the\ncontrol path do stands in README.md beside the source.\n\n",
      faults, NULL);
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- speak the Seedance API on this machine");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  g_option_context_set_description (context, description);
  return g_option_context_parse (context, argc, argv, error);
}

static void
take_text (gchar **field, gchar *option)
{
  if (option == NULL)
    return;
  g_free (*field);
  *field = g_strdup (option);
}

static gboolean
bad_option (GError **error, const gchar *what)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "bad %s", what);
  return FALSE;
}

static gboolean
fill_settings (Settings *settings, GError **error)
{
  settings->generation_time = options.generation_time;
  settings->audio = !options.no_audio;
  settings->bitrate = MAX (options.bitrate, 0);
  settings->max_running = MAX (options.max_running, 0);
  settings->rate = MAX (options.rate, 0);
  settings->url_lifetime = options.url_lifetime;
  settings->url_uses = MAX (options.url_uses, 0);
  settings->busy_status = MAX (options.busy_status, 0);
  settings->newest_wins = options.newest_wins;
  take_text (&settings->clip_file, options.clip_file);
  take_text (&settings->refuse_word, options.refuse_word);
  take_text (&settings->fail_word, options.fail_word);
  take_text (&settings->flash_word, options.flash_word);
  if (options.layout && !settings_set_layout (settings, options.layout))
    return bad_option (error, "--layout");
  if (options.codec && !settings_set_codec (settings, options.codec))
    return bad_option (error, "--codec");
  if (options.port < 0 || options.port > G_MAXUINT16 || options.clip_port < 0 ||
      options.clip_port > G_MAXUINT16)
    return bad_option (error, "port");
  return TRUE;
}

/* @option is WORD=PATH. */
static gboolean
take_clip_for (Service *service, const gchar *option, GError **error)
{
  const gchar *equals = strchr (option, '=');
  g_autofree gchar *word = equals ? g_strndup (option, equals - option) : NULL;
  g_autoptr (Clip) clip = NULL;

  if (word == NULL || *word == '\0')
    return bad_option (error, "--clip-for, it is WORD=PATH");
  clip = studio_open (service->studio, equals + 1);
  if (clip_get_state (clip) != CLIP_READY)
    return bad_option (error, "--clip-for, the file cannot be read");
  service_set_clip_for (service, word, g_steal_pointer (&clip));
  return TRUE;
}

static Service *
make_service (GError **error)
{
  g_autoptr (Settings) settings = settings_new ();
  g_autoptr (Service) service = NULL;
  g_autofree gchar *specs = NULL;

  if (!fill_settings (settings, error))
    return NULL;
  service = service_new (options.api_key ? options.api_key : "local-key",
      g_steal_pointer (&settings));
  service->verbose = options.verbose;
  service->hosts = g_strdupv (options.hosts);
  specs = options.faults ? g_strjoinv ("\n", options.faults) : g_strdup ("");
  if (!faults_set (service->faults, specs, error))
    return NULL;
  service->studio = studio_new (options.cache_dir, service->counters, error);
  if (service->studio == NULL)
    return NULL;
  for (gchar **each = options.clips_for; each && *each; each++) {
    if (!take_clip_for (service, *each, error))
      return NULL;
  }
  return g_steal_pointer (&service);
}

static void
announce (Service *service, Door *api, Door *clips)
{
  guint16 port = door_get_port (api);

  g_print ("{\"api\":\"http://127.0.0.1:%u\","
           "\"clips\":\"http://127.0.0.1:%u\","
           "\"ark\":\"http://127.0.0.1:%u/api/v3\","
           "\"openai\":\"http://127.0.0.1:%u/openai/v1\","
           "\"fal\":\"http://127.0.0.1:%u/fal\","
           "\"replicate\":\"http://127.0.0.1:%u/replicate/v1\","
           "\"openrouter\":\"http://127.0.0.1:%u/openrouter/api/v1\","
           "\"control\":\"http://127.0.0.1:%u/control/%s\",\"pid\":%d}\n",
      port, door_get_port (clips), port, port, port, port, port, port,
      service->control_secret, (gint) getpid ());
  fflush (stdout);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_stdin (gint fd, GIOCondition condition, gpointer loop)
{
  gchar buffer[256];

  if (read (fd, buffer, sizeof buffer) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_loop (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_unix_signal_add (SIGINT, on_signal, loop);
  if (options.exit_with_stdin)
    g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_stdin, loop);
  g_main_loop_run (loop);
}

static gboolean
run (GError **error)
{
  g_autoptr (Service) service = make_service (error);
  g_autoptr (GCancellable) quit = g_cancellable_new ();
  g_autoptr (Door) clips = NULL;
  g_autoptr (Door) api = NULL;

  if (service == NULL)
    return FALSE;
  clips = door_new (options.clip_port, clips_handle, service, quit, error);
  if (clips == NULL)
    return FALSE;
  service->clip_origin =
      g_strdup_printf ("http://127.0.0.1:%u", door_get_port (clips));
  api = door_new (options.port, api_handle, service, quit, error);
  if (api == NULL)
    return FALSE;
  announce (service, api, clips);
  run_loop ();
  g_cancellable_cancel (quit);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (&argc, &argv, &error) || !run (&error)) {
    g_printerr ("seedance-local: %s\n", error->message);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
