/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that an application does with a clip: it orders the clip once,
 * shows the progress, plays without losing frames, and reacts to errors.
 *
 *   clip PROMPT "decodebin ! videoconvert ! autovideosink"
 *   clip PROMPT "filesink location=clip.mp4" */

#include <gst/gst.h>
#include <stdlib.h>

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline;
  gboolean prerolled; /* the first picture is there */
  gint open;          /* operations that have begun and not ended */
  gint buffering;     /* percent of what is needed to play through */
  int status;
} App;

/* The pipeline stays in PAUSED while the clip is being made or arrives too
 * slowly. To play then would lose frames. */
static void
update (App *app)
{
  gboolean ready = app->prerolled && app->open == 0 && app->buffering == 100;

  gst_element_set_state (
      app->pipeline, ready ? GST_STATE_PLAYING : GST_STATE_PAUSED);
}

static void
on_progress (App *app, GstMessage *message)
{
  GstProgressType type;
  g_autofree gchar *text = NULL;

  gst_message_parse_progress (message, &type, NULL, &text);
  g_print ("%s\n", text);
  if (type == GST_PROGRESS_TYPE_START)
    app->open++;
  else if (type != GST_PROGRESS_TYPE_CONTINUE)
    app->open--;
  update (app);
}

/* The error's text is for people. A program looks at the reason, which is one
 * word. */
static void
on_error (App *app, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  const GstStructure *details = NULL;
  const gchar *reason;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  reason = details ? gst_structure_get_string (details, "reason") : NULL;
  g_printerr ("%s\n", error->message);
  if (g_strcmp0 (reason, "moderation") == 0)
    g_printerr ("Ask for something else.\n");
  else if (g_strcmp0 (reason, "maybe-billed") == 0)
    g_printerr ("Look at the service's list of tasks first.\n");
  app->status = EXIT_FAILURE;
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
      gst_message_parse_buffering (message, &app->buffering);
      update (app);
      break;
    case GST_MESSAGE_ASYNC_DONE:
      app->prerolled = TRUE;
      update (app);
      break;
    case GST_MESSAGE_ERROR:
      on_error (app, message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }

  return G_SOURCE_CONTINUE;
}

/* A prompt may contain anything, so it is set as a property and not parsed. */
static gboolean
make_pipeline (App *app, const gchar *prompt, const gchar *rest)
{
  g_autofree gchar *text = g_strconcat (
      "seedancesrc name=clip resolution=480p duration=5 ! ", rest, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) clip = NULL;

  app->pipeline = gst_parse_launch (text, &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  clip = gst_bin_get_by_name (GST_BIN (app->pipeline), "clip");
  g_object_set (clip, "prompt", prompt, NULL);
  /* A second run plays the same clip and costs nothing. */
  gst_util_set_object_arg (G_OBJECT (clip), "reuse", "always");

  return TRUE;
}

int
main (int argc, char **argv)
{
  App app = { .buffering = 100, .status = EXIT_SUCCESS };
  g_autoptr (GstBus) bus = NULL;

  gst_init (&argc, &argv);
  if (argc != 3) {
    g_printerr ("usage: clip PROMPT PIPELINE\n");
    return EXIT_FAILURE;
  }
  if (!make_pipeline (&app, argv[1], argv[2]))
    return EXIT_FAILURE;
  app.loop = g_main_loop_new (NULL, FALSE);
  bus = gst_element_get_bus (app.pipeline);
  gst_bus_add_watch (bus, on_message, &app);
  /* From here on money may be spent. */
  gst_element_set_state (app.pipeline, GST_STATE_PAUSED);
  g_main_loop_run (app.loop);
  gst_element_set_state (app.pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (app.pipeline);
  g_main_loop_unref (app.loop);

  return app.status;
}
