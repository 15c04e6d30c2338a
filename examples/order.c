/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an application orders a clip: it shows how far the order is, notes the
 * task id, explains errors, and can be stopped at any moment.
 *
 *   order [--set NAME=VALUE]… [--output FILE] PROMPT
 *
 * --set sets any property of seedancesrc, as in --set resolution=720p. */

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
#define BAR_WIDTH 30

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline, *source;
  gchar *prompt, *output, *part;
  gchar *task_id;
  gboolean terminal, bar_shown;
  int exit_code;
} App;

static gchar **settings;
static gchar *output;
static gchar **words;

static const GOptionEntry options[] = {
  { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &settings,
      "Set a property of seedancesrc; may be given several times",
      "NAME=VALUE" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "Where the clip goes (default: clip.mp4)", "FILE" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL,
      "PROMPT" },
  { NULL }
};

/* --- the terminal ------------------------------------------------------- */

static void
end_bar (App *app)
{
  if (app->bar_shown)
    g_print ("\n");
  app->bar_shown = FALSE;
}

static void
show_bar (App *app, gint percent, const gchar *text)
{
  gint filled = CLAMP (percent, 0, 100) * BAR_WIDTH / 100;
  g_autofree gchar *done = g_strnfill (filled, '#');
  g_autofree gchar *left = g_strnfill (BAR_WIDTH - filled, '.');

  if (app->terminal)
    g_print ("\r\033[K[%s%s] %s", done, left, text);
  else
    g_print ("%s\n", text);
  app->bar_shown = app->terminal;
}

/* --- messages ----------------------------------------------------------- */

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
  show_bar (app, percent, text);
  if (type != GST_PROGRESS_TYPE_START && type != GST_PROGRESS_TYPE_CONTINUE)
    end_bar (app);
}

/* The id is what brings a clip back that was paid for: a real application
 * stores it with its own data. */
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

/* The text says what happened and what to do; the details are for programs:
 * `retryable` says whether the same again may work. */
static void
on_error (App *app, GstMessage *message)
{
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  end_bar (app);
  g_printerr ("Error: %s\n", error->message);
  if (g_error_matches (
          error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED))
    g_printerr ("(The key or the account is at fault.)\n");
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
  g_print ("%s is complete. Orders sent: %u.\n", app->output, submits);
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

/* Stopping loses nothing: the order is in the ledger, and the task goes on at
 * the service. */
static gboolean
on_interrupt (gpointer user_data)
{
  App *app = user_data;

  end_bar (app);
  if (app->task_id)
    g_print ("Stopped. Task %s goes on and is billed. Run the same again to "
             "pick it up, or, from anywhere: --set task-id=%s\n",
        app->task_id, app->task_id);
  else
    g_print ("Stopped. Run the same again: if the order went out it is picked "
             "up, else it is sent.\n");
  app->exit_code = EXIT_INTERRUPTED;
  g_main_loop_quit (app->loop);

  return G_SOURCE_CONTINUE;
}

/* --- the pipeline ------------------------------------------------------- */

/* Texts are taken as they are. Anything else is read as gst-launch-1.0 does,
 * and refused where that, or g_object_set_property(), would make another value
 * of it: the wrong clip costs as much as the right one. */
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

static gboolean
make_pipeline (App *app)
{
  GstElement *sink = gst_element_factory_make ("filesink", NULL);

  app->source = gst_element_factory_make ("seedancesrc", NULL);
  if (!app->source || !sink) {
    g_printerr ("GStreamer does not find seedancesrc: set GST_PLUGIN_PATH to "
                "the folder of libgstseedance.so.\n");
    g_clear_object (&sink);
    return FALSE;
  }
  app->pipeline = gst_pipeline_new (NULL);
  gst_bin_add_many (GST_BIN (app->pipeline), app->source, sink, NULL);
  g_object_set (app->source, "prompt", app->prompt, NULL);
  g_object_set (sink, "location", app->part, NULL);

  return apply_settings (app->source) && gst_element_link (app->source, sink);
}

static void
run (App *app)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (app->pipeline);
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, app);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, app);

  gst_bus_add_watch (bus, on_message, app);
  /* Money is spent from here on. A failure comes as a message, too. */
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app->loop);
  gst_element_set_state (app->pipeline, GST_STATE_NULL);

  gst_bus_remove_watch (bus);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}

/* The file gets its name when it is whole. */
static void
settle_file (App *app)
{
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
