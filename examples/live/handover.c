/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Passes picture and sound from one pipeline to another in the same process, by
 * proxysink and proxysrc. The pipeline with the programme, which is recorded,
 * is never stopped. The pipeline with the clips may be stopped, changed and
 * started again at any time, and the programme goes on meanwhile.
 *
 *   handover [--set NAME=VALUE]… [--restart] PROMPT FILE.mkv
 *
 * --set sets any property of seedanceplayout, as in --set resolution=720p.
 * --restart stops the pipeline with the clips for one second after the clip was
 * on air, and starts it again: the clip comes back and is not bought again.
 * Ctrl-C ends the recording. PICTURE in the environment sets size and rate, as
 * in "width=1280,height=720,framerate=25/1".
 *
 * Both pipelines have the same clock and the same base time, so that a
 * timestamp means the same in both. Otherwise picture and sound of the clips
 * would be in step with each other, but not with the programme. */

#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define SIZE "width=854,height=480,framerate=25/1"
#define SOUND "audio/x-raw,rate=48000,channels=2"

/* If an input of a mixer gets nothing for the mixer's latency, the mixer goes
 * on without it. max-last-buffer-repeat keeps it from showing the last picture
 * of the clips until they are back. PICTURE and SOUND stand for the caps. */
static const gchar programme[] =
    "compositor name=pictures latency=100000000 "
    "sink_1::max-last-buffer-repeat=200000000 "
    "! PICTURE ! queue ! videoconvert "
    "! x264enc tune=zerolatency speed-preset=ultrafast bitrate=3000 "
    "! h264parse ! queue max-size-time=0 max-size-bytes=0 ! mux. "
    "audiomixer name=sounds latency=100000000 ! SOUND ! queue "
    "! audioconvert ! opusenc ! queue ! mux. "
    "matroskamux name=mux ! filesink name=file "
    "videotestsrc is-live=true pattern=smpte100 ! PICTURE ! queue "
    "! pictures. "
    "audiotestsrc is-live=true wave=silence ! SOUND ! queue ! sounds. "
    "proxysrc name=picture ! PICTURE ! queue ! pictures. "
    "proxysrc name=sound ! SOUND ! queue ! sounds. ";
static const gchar clips[] = "seedanceplayout name=clips on-empty=nothing "
                             "clips.video ! PICTURE ! proxysink name=picture "
                             "clips.audio ! SOUND ! proxysink name=sound ";

typedef struct {
  GMainLoop *loop;
  GstElement *programme, *clips;
  int status;
} App;

static gchar **settings;
static gboolean restart;
static gchar **words;

static const GOptionEntry options[] = {
  { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &settings,
      "Property of seedanceplayout; may be repeated", "NAME=VALUE" },
  { "restart", 'r', 0, G_OPTION_ARG_NONE, &restart,
      "Stop the clips, start them a second later", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL,
      "PROMPT FILE.mkv" },
  { NULL }
};

static GstElement *
make_pipeline (const gchar *description)
{
  const gchar *size = g_getenv ("PICTURE") ? g_getenv ("PICTURE") : SIZE;
  g_autofree gchar *picture =
      g_strconcat ("video/x-raw,format=I420,", size, NULL);
  g_autoptr (GString) text = g_string_new (description);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline;

  g_string_replace (text, "PICTURE", picture, 0);
  g_string_replace (text, "SOUND", SOUND, 0);
  pipeline = gst_parse_launch (text->str, &error);

  if (error) {
    g_printerr ("%s\n", error->message);
    exit (EXIT_FAILURE);
  }

  return pipeline;
}

static void
join (App *app, const gchar *name)
{
  g_autoptr (GstElement) from =
      gst_bin_get_by_name (GST_BIN (app->clips), name);
  g_autoptr (GstElement) to =
      gst_bin_get_by_name (GST_BIN (app->programme), name);

  g_object_set (to, "proxysink", from, NULL);
}

/* Sets clock and base time by hand; otherwise a pipeline counts its time from
 * when it starts to play. */
static void
start (App *app)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  const GstClockTime now = gst_clock_get_time (clock);
  GstElement *pipelines[] = { app->programme, app->clips };

  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++) {
    gst_pipeline_use_clock (GST_PIPELINE (pipelines[i]), clock);
    gst_element_set_start_time (pipelines[i], GST_CLOCK_TIME_NONE);
    gst_element_set_base_time (pipelines[i], now);
  }
  gst_element_set_state (app->programme, GST_STATE_PLAYING);
  gst_element_set_state (app->clips, GST_STATE_PLAYING);
}

static gboolean
start_clips (gpointer user_data)
{
  App *app = user_data;

  gst_element_set_state (app->clips, GST_STATE_PLAYING);
  g_print ("The clips are back.\n");

  return G_SOURCE_REMOVE;
}

/* The base time is kept, so that the clips come back at the time that it is
 * then. */
static gboolean
stop_clips (gpointer user_data)
{
  App *app = user_data;

  gst_element_set_state (app->clips, GST_STATE_NULL);
  g_print ("The clips are stopped, the programme goes on.\n");
  g_timeout_add_seconds (1, start_clips, app);

  return G_SOURCE_REMOVE;
}

/* Ends the stream, so that the muxer completes the file. */
static gboolean
on_interrupt (gpointer user_data)
{
  App *app = user_data;

  gst_element_set_state (app->clips, GST_STATE_NULL);
  gst_element_send_event (app->programme, gst_event_new_eos ());

  return G_SOURCE_CONTINUE;
}

static void
on_playout (App *app, const GstStructure *said)
{
  const gchar *what = gst_structure_get_string (said, "what");
  const gchar *text = gst_structure_get_string (said, "text");

  g_print ("%s%s%s\n", what, text ? ": " : "", text ? text : "");
  if (restart && g_strcmp0 (what, "off-air") == 0) {
    restart = FALSE;
    /* What has not passed the mixer by then is lost. */
    g_timeout_add_seconds (1, stop_clips, app);
  }
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "seedance-playout"))
        on_playout (app, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, NULL);
      g_printerr ("Warning: %s\n", error->message);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("Error: %s\n", error->message);
      app->status = EXIT_FAILURE;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }

  return G_SOURCE_CONTINUE;
}

static void
watch (App *app, GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_add_watch (bus, on_message, app);
}

static void
apply_settings (GstElement *playout)
{
  g_object_set (playout, "prompt", words[0], NULL);
  for (gchar **each = settings; each && *each; each++) {
    g_auto (GStrv) parts = g_strsplit (*each, "=", 2);

    gst_util_set_object_arg (G_OBJECT (playout), parts[0], parts[1]);
  }
}

static void
make (App *app)
{
  g_autoptr (GstElement) file = NULL, playout = NULL;

  app->programme = make_pipeline (programme);
  app->clips = make_pipeline (clips);
  file = gst_bin_get_by_name (GST_BIN (app->programme), "file");
  playout = gst_bin_get_by_name (GST_BIN (app->clips), "clips");
  g_object_set (file, "location", words[1], NULL);
  apply_settings (playout);
  join (app, "picture");
  join (app, "sound");
  watch (app, app->programme);
  watch (app, app->clips);
}

static void
run (App *app)
{
  app->loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGINT, on_interrupt, app);
  g_unix_signal_add (SIGTERM, on_interrupt, app);
  start (app);
  g_main_loop_run (app->loop);
  gst_element_set_state (app->clips, GST_STATE_NULL);
  gst_element_set_state (app->programme, GST_STATE_NULL);
  g_main_loop_unref (app->loop);
}

/* A setting that was ignored would order another clip, so it is refused. */
static gboolean
are_settings (void)
{
  for (gchar **each = settings; each && *each; each++) {
    const gchar *argv[] = { "seedanceplayout", *each, NULL };
    g_autoptr (GstElement) element = NULL;
    g_autoptr (GError) error = NULL;

    if (!strchr (*each, '=') || **each == '=') {
      g_printerr (
          "--set %s: NAME=VALUE is needed. Nothing was ordered.\n", *each);
      return FALSE;
    }
    element = gst_parse_launchv (argv, &error);
    if (error) {
      g_printerr (
          "--set %s: %s. Nothing was ordered.\n", *each, error->message);
      return FALSE;
    }
  }

  return TRUE;
}

int
main (int argc, char **argv)
{
  App app = { .status = EXIT_SUCCESS };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || !words ||
      g_strv_length (words) != 2) {
    g_printerr ("%s\nusage: handover [--set NAME=VALUE]… [--restart] "
                "PROMPT FILE.mkv\n",
        error ? error->message : "A prompt and a file are needed.");
    return 2;
  }
  if (!are_settings ())
    return 2;
  make (&app);
  run (&app);
  gst_object_unref (app.clips);
  gst_object_unref (app.programme);
  g_strfreev (settings);
  g_strfreev (words);

  return app.status;
}
