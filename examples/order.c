/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an application orders a clip: it shows the progress, remembers the task's
 * id, plays without losing frames while the clip still arrives, explains
 * errors, and can be stopped at any moment.
 *
 *   order [--set NAME=VALUE]… [--output FILE | --play] PROMPT
 *
 * --set sets any property of seedancesrc, as in --set resolution=720p.
 * --play plays the clip instead of writing it to a file; VIDEO_SINK and
 * AUDIO_SINK in the environment name other sinks than the desktop's own. */

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
/* Columns of a terminal that does not tell its width. */
#define COLUMNS 80
/* Columns for the longest text of the element's progress. */
#define TEXT_WIDTH 60
/* How often the download is looked at, in milliseconds. */
#define LOOK_INTERVAL 250

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline, *source;
  gchar *prompt, *output, *part;
  gchar *done; /* printed at the end */
  gchar *task_id;
  gboolean terminal, bar_shown;
  gboolean fetching; /* the clip is made, and arrives */
  int exit_code;
} App;

static gchar **settings;
static gchar *output;
static gboolean play;
static gchar **words;

static const GOptionEntry options[] = {
  { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &settings,
      "A property of seedancesrc; may be repeated", "NAME=VALUE" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "Where the clip goes (default: clip.mp4)", "FILE" },
  { "play", 'p', 0, G_OPTION_ARG_NONE, &play,
      "Play the clip instead of writing it", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL,
      "PROMPT" },
  { NULL }
};

static void
end_bar (App *app)
{
  if (app->bar_shown)
    g_print ("\n");
  app->bar_shown = FALSE;
}

static gint
count_columns (void)
{
  struct winsize size;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;

  return COLUMNS;
}

/* Draws one line over the one before, cut to the terminal's width. The last
 * column stays free, because some terminals begin a new line there. */
static void
draw_bar (gint percent, const gchar *text)
{
  const gint columns = count_columns () - 1;
  const gint width = CLAMP (columns - TEXT_WIDTH - 3, 0, 40);
  const gint room = MAX (columns - (width ? width + 3 : 0), 0);
  const gint filled = CLAMP (percent, 0, 100) * width / 100;
  g_autofree gchar *done = g_strnfill (filled, '#');
  g_autofree gchar *left = g_strnfill (width - filled, '.');
  g_autofree gchar *cut =
      g_utf8_substring (text, 0, MIN (room, g_utf8_strlen (text, -1)));

  if (width > 0)
    g_print ("\r\033[K[%s%s] %s", done, left, cut);
  else
    g_print ("\r\033[K%s", cut);
}

static void
show_bar (App *app, gint percent, const gchar *text)
{
  if (app->terminal)
    draw_bar (percent, text);
  else
    g_print ("%s\n", text);
  app->bar_shown = app->terminal;
}

/* Prints a whole line in place of the bar: the task's id may be in it. */
static void
show_line (App *app, const gchar *text)
{
  g_print ("%s%s\n", app->bar_shown ? "\r\033[K" : "", text);
  app->bar_shown = FALSE;
}

static void
on_progress (App *app, GstMessage *message)
{
  GstProgressType type;
  g_autofree gchar *code = NULL;
  g_autofree gchar *text = NULL;
  gint percent = 0;

  gst_message_parse_progress (message, &type, &code, &text);
  gst_structure_get_int (
      gst_message_get_structure (message), "percent", &percent);
  if (type == GST_PROGRESS_TYPE_START || type == GST_PROGRESS_TYPE_CONTINUE)
    show_bar (app, percent, text);
  else
    show_line (app, text);
  app->fetching =
      type == GST_PROGRESS_TYPE_COMPLETE && g_strcmp0 (code, "generate") == 0;
}

/* The download has no progress messages, because a clip can be played while it
 * arrives. The property `stats` tells how much of it is there. */
static gboolean
on_look (gpointer user_data)
{
  App *app = user_data;
  GstStructure *stats = NULL;
  guint64 bytes = 0;
  gint64 size = 0;

  if (!app->fetching || !app->terminal)
    return G_SOURCE_CONTINUE;
  g_object_get (app->source, "stats", &stats, NULL);
  gst_structure_get (
      stats, "bytes", G_TYPE_UINT64, &bytes, "size", G_TYPE_INT64, &size, NULL);
  gst_structure_free (stats);
  if (size > 0) {
    g_autofree gchar *there = g_format_size (bytes);
    g_autofree gchar *whole = g_format_size (size);
    g_autofree gchar *text = g_strdup_printf ("%s of %s fetched", there, whole);

    show_bar (app, (gint) (bytes * 100 / size), text);
  }

  return G_SOURCE_CONTINUE;
}

/* Below 100 percent the download is not far enough ahead to play through. An
 * application that plays all the same loses frames. */
static void
on_buffering (App *app, GstMessage *message)
{
  gint percent;
  g_autofree gchar *text = NULL;

  gst_message_parse_buffering (message, &percent);
  text = g_strdup_printf ("%d %% of what has to be there to play", percent);
  app->fetching = FALSE;
  show_bar (app, percent, text);
  gst_element_set_state (
      app->pipeline, percent < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  if (percent == 100)
    end_bar (app);
}

/* The task's id brings back a clip that was paid for. A real application stores
 * it with its own data. */
static void
on_task (App *app, const GstStructure *task)
{
  const gchar *id = gst_structure_get_string (task, "task-id");

  if (g_strcmp0 (id, app->task_id) == 0)
    return;
  g_free (app->task_id);
  app->task_id = g_strdup (id);
}

static void
on_warning (App *app, GstMessage *message)
{
  g_autoptr (GError) warning = NULL;

  gst_message_parse_warning (message, &warning, NULL);
  end_bar (app);
  g_printerr ("Warning: %s\n", warning->message);
}

static void
print_details (const GstStructure *details)
{
  for (gint i = 0; i < gst_structure_n_fields (details); i++) {
    const gchar *name = gst_structure_nth_field_name (details, i);
    g_autofree gchar *text =
        g_strdup_value_contents (gst_structure_get_value (details, name));

    g_printerr ("  %s: %s\n", name, text);
  }
}

/* What this application adds to some errors. A program never has to parse the
 * error's text, which is for people. */
static const struct {
  const gchar *reason, *advice;
} advices[] = {
  { "moderation", "Ask for something else." },
  { "maybe-billed", "Look at the service's own list of tasks first." },
  { "attempts", "The same order failed more than once." },
};

static void
advise (const GError *error, const gchar *reason)
{
  if (g_error_matches (
          error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED))
    g_printerr ("(The key or the account is at fault.)\n");
  for (guint i = 0; i < G_N_ELEMENTS (advices); i++) {
    if (g_strcmp0 (reason, advices[i].reason) == 0)
      g_printerr ("(%s)\n", advices[i].advice);
  }
}

/* The error's text says what happened and what to do. The details are for
 * programs: `reason` is the kind of error, and `retryable` says whether the
 * same order may work later. */
static void
on_error (App *app, GstMessage *message)
{
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  end_bar (app);
  g_printerr ("Error: %s\n", error->message);
  advise (error, details ? gst_structure_get_string (details, "reason") : NULL);
  if (details)
    print_details (details);
  app->exit_code = EXIT_FAILURE;
  g_main_loop_quit (app->loop);
}

static void
on_eos (App *app)
{
  GstStructure *stats = NULL;
  guint submits = 0;

  g_object_get (app->source, "stats", &stats, NULL);
  gst_structure_get_uint (stats, "submits", &submits);
  gst_structure_free (stats);
  end_bar (app);
  g_print ("%s. Orders sent: %u.\n", app->done, submits);
  app->exit_code = EXIT_SUCCESS;
  g_main_loop_quit (app->loop);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      on_progress (app, message);
      break;
    case GST_MESSAGE_BUFFERING:
      on_buffering (app, message);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "seedance-task"))
        on_task (app, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      on_warning (app, message);
      break;
    case GST_MESSAGE_ERROR:
      on_error (app, message);
      break;
    case GST_MESSAGE_EOS:
      on_eos (app);
      break;
    default:
      break;
  }

  return G_SOURCE_CONTINUE;
}

/* Nothing is lost: the order is in the ledger, and the service continues the
 * task. */
static gboolean
on_interrupt (gpointer user_data)
{
  App *app = user_data;
  g_autofree gchar *quoted = app->task_id ? g_shell_quote (app->task_id) : NULL;

  end_bar (app);
  if (app->task_id)
    g_print ("Stopped. Task %s goes on and is billed.\n"
             "Run the same again to pick it up, or, from anywhere, with\n"
             "  --set task-id=%s\n",
        app->task_id, quoted);
  else
    g_print ("Stopped. Run the same again: if the order went out it is "
             "picked up,\nelse it is sent.\n");
  app->exit_code = EXIT_INTERRUPTED;
  g_main_loop_quit (app->loop);

  return G_SOURCE_CONTINUE;
}

/* A text is taken literally. Any other value is read as gst-launch-1.0 reads
 * it, and refused if it would be changed on the way: the wrong clip costs as
 * much as the right one. */
static gboolean
parse_value (GParamSpec *pspec, const gchar *text, GValue *value)
{
  g_value_init (value, pspec->value_type);
  if (pspec->value_type == G_TYPE_STRING)
    g_value_set_string (value, text);
  else if (!*text || !gst_value_deserialize_with_pspec (value, text, pspec))
    return FALSE;

  return !g_param_value_validate (pspec, value);
}

static gboolean
apply_setting (GstElement *source, const gchar *name, const gchar *text)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (source), name);
  g_auto (GValue) value = G_VALUE_INIT;

  if (!pspec || !(pspec->flags & G_PARAM_WRITABLE)) {
    g_printerr ("No property of seedancesrc that can be set: %s\n", name);
    return FALSE;
  }
  if (!parse_value (pspec, text, &value)) {
    g_printerr ("No value for %s: %s. gst-inspect-1.0 seedancesrc lists what "
                "it takes. Nothing was ordered.\n",
        name, text);
    return FALSE;
  }
  g_object_set_property (G_OBJECT (source), name, &value);

  return TRUE;
}

static gboolean
apply_settings (GstElement *source)
{
  for (gchar **setting = settings; setting && *setting; setting++) {
    g_auto (GStrv) pair = g_strsplit (*setting, "=", 2);

    if (!pair[0] || !pair[1]) {
      g_printerr ("Not NAME=VALUE: %s\n", *setting);
      return FALSE;
    }
    if (!apply_setting (source, pair[0], pair[1]))
      return FALSE;
  }

  return TRUE;
}

static GstElement *
make_file_sink (App *app)
{
  GstElement *sink = gst_element_factory_make ("filesink", NULL);

  if (sink)
    g_object_set (sink, "location", app->part, NULL);

  return sink;
}

static const gchar *
get_sink (const gchar *variable, const gchar *otherwise)
{
  const gchar *name = g_getenv (variable);

  return name && *name ? name : otherwise;
}

/* playsink's pad for sound is requested only when the clip has sound. */
static GstElement *
make_player (GError **error)
{
  g_autofree gchar *description = g_strdup_printf (
      "decodebin name=decode playsink name=play video-sink=\"%s\" "
      "audio-sink=\"%s\" decode. ! play.video_sink decode. ! play.audio_sink",
      get_sink ("VIDEO_SINK", "autovideosink"),
      get_sink ("AUDIO_SINK", "autoaudiosink"));
  GstElement *player = gst_parse_launch_full (
      description, NULL, GST_PARSE_FLAG_PLACE_IN_BIN, error);
  g_autoptr (GstElement) decode = NULL;
  g_autoptr (GstPad) pad = NULL;

  if (!player)
    return NULL;
  decode = gst_bin_get_by_name (GST_BIN (player), "decode");
  pad = gst_element_get_static_pad (decode, "sink");
  gst_element_add_pad (player, gst_ghost_pad_new ("sink", pad));

  return player;
}

static gboolean
make_pipeline (App *app)
{
  g_autoptr (GError) error = NULL;
  GstElement *sink = play ? make_player (&error) : make_file_sink (app);

  app->source = gst_element_factory_make ("seedancesrc", NULL);
  if (!app->source || !sink) {
    g_printerr ("%s\n", error ? error->message
                              : "GStreamer does not find seedancesrc: set "
                                "GST_PLUGIN_PATH to the folder of "
                                "libgstseedance.so.");
    g_clear_object (&sink);
    return FALSE;
  }
  app->pipeline = gst_pipeline_new (NULL);
  gst_bin_add_many (GST_BIN (app->pipeline), app->source, sink, NULL);
  g_object_set (app->source, "prompt", app->prompt, NULL);

  return apply_settings (app->source) && gst_element_link (app->source, sink);
}

static void
run (App *app)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (app->pipeline);
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, app);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, app);
  guint look = g_timeout_add (LOOK_INTERVAL, on_look, app);

  gst_bus_add_watch (bus, on_message, app);
  /* From here on money may be spent. Failures come as messages. */
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app->loop);
  gst_element_set_state (app->pipeline, GST_STATE_NULL);

  gst_bus_remove_watch (bus);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_source_remove (look);
}

/* The file gets its final name only when it is complete. */
static void
settle_file (App *app)
{
  if (play)
    return;
  if (app->exit_code != EXIT_SUCCESS)
    g_unlink (app->part);
  else if (g_rename (app->part, app->output) != 0) {
    g_printerr ("%s could not be renamed to %s.\n", app->part, app->output);
    app->exit_code = EXIT_FAILURE;
  }
}

static void
clear (App *app)
{
  g_clear_object (&app->pipeline);
  g_clear_pointer (&app->loop, g_main_loop_unref);
  g_free (app->prompt);
  g_free (app->part);
  g_free (app->output);
  g_free (app->done);
  g_free (app->task_id);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- order a clip and wait for it");
  g_autoptr (GError) error = NULL;
  App app = { .exit_code = EXIT_FAILURE };

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }

  app.loop = g_main_loop_new (NULL, FALSE);
  app.prompt = words ? g_strjoinv (" ", words) : NULL;
  app.output = output ? output : g_strdup ("clip.mp4");
  app.part = g_strconcat (app.output, ".part", NULL);
  app.done = play ? g_strdup ("Played to its end")
                  : g_strconcat (app.output, " is complete", NULL);
  app.terminal = isatty (STDOUT_FILENO);
  if (make_pipeline (&app)) {
    run (&app);
    settle_file (&app);
  }
  clear (&app);
  g_strfreev (settings);
  g_strfreev (words);

  return app.exit_code;
}
