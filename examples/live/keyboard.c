/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A small studio: one key puts a clip on air, another one takes it off.
 *
 *   keyboard [--set NAME=VALUE]… PROMPT…
 *
 *   1 … 9   puts the clip of that prompt at the end of the rundown
 *   s       skips what is on air
 *   h       holds: puts nothing more on air, until h is pressed again
 *   c       clears the rundown
 *   i       prints what is on air and what comes next
 *   q       quits
 *
 * Nothing is ordered before a key asks for it, and a clip is ordered once: the
 * same key plays it again. --set sets any property of seedanceplayout, as in
 * --set resolution=720p; VIDEO_SINK and AUDIO_SINK in the environment name
 * other sinks than the desktop's own. */

#include <cjson/cJSON.h>
#include <glib-unix.h>
#include <gst/gst.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define CLIPS_MAX 9

typedef struct {
  const gchar *prompt;
  gchar *task_id; /* once it was ordered */
  guint wishes;   /* how often its key has made an item */
  gboolean failed;
} Clip;

typedef struct {
  GMainLoop *loop;
  GstElement *pipeline, *playout;
  Clip clips[CLIPS_MAX];
  guint n_clips;
  struct termios terminal;
  gboolean is_terminal;
  int exit_code;
} App;

static gchar **settings, **words;

static const GOptionEntry options[] = {
  { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &settings,
      "Property of seedanceplayout; may be repeated", "NAME=VALUE" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL,
      "PROMPT…" },
  { NULL }
};

/* Makes an item with an id such as "1-2": the clip of key 1, for the second
 * time. The first time its prompt is ordered. Later it is played by its task's
 * id, which costs nothing. */
static gchar *
make_item (guint nth, const Clip *clip)
{
  g_autofree gchar *id = g_strdup_printf ("%u-%u", nth + 1, clip->wishes);
  cJSON *json = cJSON_CreateObject ();
  gchar *line;
  char *text;

  cJSON_AddStringToObject (json, "id", id);
  if (clip->task_id)
    cJSON_AddStringToObject (json, "task-id", clip->task_id);
  else
    cJSON_AddStringToObject (json, "prompt", clip->prompt);
  text = cJSON_PrintUnformatted (json);
  line = g_strdup (text);
  cJSON_free (text);
  cJSON_Delete (json);

  return line;
}

/* Returns why the clip cannot be put on air now; NULL if it can. */
static const gchar *
find_hindrance (const App *app, guint nth)
{
  if (nth >= app->n_clips)
    return "has no prompt";
  if (app->clips[nth].failed)
    return "failed; ask for something else";
  if (app->clips[nth].wishes > 0 && !app->clips[nth].task_id)
    return "is about to be ordered";

  return NULL;
}

static void
put_on_air (App *app, guint nth)
{
  const gchar *hindrance = find_hindrance (app, nth);
  Clip *clip = &app->clips[nth];
  g_autofree gchar *line = NULL;
  gboolean done = FALSE;

  if (hindrance) {
    g_print ("Clip %u %s.\n", nth + 1, hindrance);
    return;
  }
  clip->wishes++;
  line = make_item (nth, clip);
  g_signal_emit_by_name (app->playout, "enqueue", line, &done);
  if (!done)
    clip->wishes--;
  else
    g_print ("Clip %u: %s.\n", nth + 1,
        clip->task_id ? "from what was bought" : "ordered when its turn comes");
}

/* A clip that was not ordered may be asked for again under the id that it had.
 * If an order of it is on its way all the same, the element refuses the id. */
static void
clear (App *app)
{
  g_signal_emit_by_name (app->playout, "clear");
  for (guint i = 0; i < app->n_clips; i++) {
    if (!app->clips[i].task_id)
      app->clips[i].wishes = 0;
  }
  g_print ("Cleared.\n");
}

static void
hold (App *app)
{
  gboolean held;

  g_object_get (app->playout, "hold", &held, NULL);
  g_object_set (app->playout, "hold", !held, NULL);
  g_print (held ? "Going on.\n" : "Holding: nothing more goes on air.\n");
}

static void
tell_status (App *app)
{
  GstStructure *status;
  g_autofree gchar *text = NULL;

  g_object_get (app->playout, "status", &status, NULL);
  text = gst_structure_to_string (status);
  g_print ("%s\n", text);
  gst_structure_free (status);
}

static void
press (App *app, gchar key)
{
  gboolean done;

  switch (key) {
    case 's':
      g_signal_emit_by_name (app->playout, "skip", &done);
      if (!done)
        g_print ("There is nothing to skip.\n");
      break;
    case 'h':
      hold (app);
      break;
    case 'c':
      clear (app);
      break;
    case 'i':
      tell_status (app);
      break;
    case 'q':
      g_main_loop_quit (app->loop);
      break;
    default:
      if (key >= '1' && key <= '9')
        put_on_air (app, (guint) (key - '1'));
  }
}

/* If the input ends, as that of a pipe does, the programme goes on. */
static gboolean
on_key (gint fd, GIOCondition condition, gpointer user_data)
{
  gchar key;

  if (read (fd, &key, 1) != 1)
    return G_SOURCE_REMOVE;
  press (user_data, key);

  return G_SOURCE_CONTINUE;
}

/* Sets the terminal to give each key at once, without Enter and without
 * echo. */
static void
open_keyboard (App *app)
{
  struct termios raw;

  app->is_terminal = tcgetattr (STDIN_FILENO, &app->terminal) == 0;
  if (app->is_terminal) {
    raw = app->terminal;
    raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
    tcsetattr (STDIN_FILENO, TCSANOW, &raw);
  }
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_key, app);
}

static void
close_keyboard (App *app)
{
  if (app->is_terminal)
    tcsetattr (STDIN_FILENO, TCSANOW, &app->terminal);
}

static Clip *
find_clip (App *app, const gchar *id)
{
  const guint64 nth = id ? g_ascii_strtoull (id, NULL, 10) : 0;

  return nth >= 1 && nth <= app->n_clips ? &app->clips[nth - 1] : NULL;
}

/* As soon as the task's id is known, a key plays what was ordered. */
static void
on_task (App *app, const GstStructure *told)
{
  Clip *clip = find_clip (app, gst_structure_get_string (told, "id"));
  const gchar *task_id = gst_structure_get_string (told, "task-id");

  if (clip && task_id && !clip->task_id)
    clip->task_id = g_strdup (task_id);
}

static void
on_playout (App *app, const GstStructure *told)
{
  const gchar *what = gst_structure_get_string (told, "what");
  const gchar *id = gst_structure_get_string (told, "id");
  const gchar *text = gst_structure_get_string (told, "text");
  Clip *clip = find_clip (app, id);
  gboolean again = FALSE;

  g_print ("%s%s%s%s%s\n", what, id ? " " : "", id ? id : "", text ? ": " : "",
      text ? text : "");
  gst_structure_get_boolean (told, "again", &again);
  if (clip && g_str_equal (what, "failed") && !again)
    clip->failed = TRUE;
  on_task (app, told);
}

static void
on_error (App *app, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  g_printerr ("Error: %s\n", error->message);
  app->exit_code = EXIT_FAILURE;
  g_main_loop_quit (app->loop);
}

/* The element only warns, because its output goes on. */
static void
on_warning (GstMessage *message)
{
  g_autoptr (GError) warning = NULL;

  gst_message_parse_warning (message, &warning, NULL);
  g_printerr ("Warning: %s\n", warning->message);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "seedance-playout"))
        on_playout (app, gst_message_get_structure (message));
      else if (gst_message_has_name (message, "seedance-task"))
        on_task (app, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      on_warning (message);
      break;
    case GST_MESSAGE_ERROR:
      on_error (app, message);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (app->pipeline));
      break;
    default:
      break;
  }

  return G_SOURCE_CONTINUE;
}

/* Refuses a value that cannot be read: the wrong clip costs as much as the
 * right one. */
static gboolean
apply_setting (GstElement *playout, const gchar *setting)
{
  g_auto (GStrv) pair = g_strsplit (setting, "=", 2);
  GParamSpec *pspec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (playout), pair[0] ? pair[0] : "");
  g_auto (GValue) value = G_VALUE_INIT;

  if (!pspec || !pair[1] || !(pspec->flags & G_PARAM_WRITABLE)) {
    g_printerr (
        "No property of seedanceplayout that can be set: %s\n", setting);
    return FALSE;
  }
  g_value_init (&value, pspec->value_type);
  if (pspec->value_type == G_TYPE_STRING)
    g_value_set_string (&value, pair[1]);
  else if (!gst_value_deserialize_with_pspec (&value, pair[1], pspec)) {
    g_printerr ("No value for %s: %s\n", pair[0], pair[1]);
    return FALSE;
  }
  g_object_set_property (G_OBJECT (playout), pair[0], &value);

  return TRUE;
}

static const gchar *
get_sink (const gchar *variable, const gchar *otherwise)
{
  const gchar *name = g_getenv (variable);

  return name && *name ? name : otherwise;
}

static gboolean
make_pipeline (App *app)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line =
      g_strdup_printf ("seedanceplayout name=air slate-text=\"Ready in {eta}\" "
                       "air.video ! queue ! videoconvert ! %s "
                       "air.audio ! queue ! audioconvert ! audioresample ! %s",
          get_sink ("VIDEO_SINK", "autovideosink"),
          get_sink ("AUDIO_SINK", "autoaudiosink"));

  app->pipeline = gst_parse_launch (line, &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  app->playout = gst_bin_get_by_name (GST_BIN (app->pipeline), "air");
  for (gchar **setting = settings; setting && *setting; setting++) {
    if (!apply_setting (app->playout, *setting))
      return FALSE;
  }

  return TRUE;
}

static gboolean
on_interrupt (gpointer user_data)
{
  App *app = user_data;

  g_main_loop_quit (app->loop);

  return G_SOURCE_CONTINUE;
}

static void
run (App *app)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (app->pipeline);

  gst_bus_add_watch (bus, on_message, app);
  g_unix_signal_add (SIGINT, on_interrupt, app);
  g_unix_signal_add (SIGTERM, on_interrupt, app);
  open_keyboard (app);
  /* The slate is on air at once; nothing was ordered yet. */
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
  g_print ("On air. Keys: 1 to %u, s, h, c, i, q.\n", app->n_clips);
  g_main_loop_run (app->loop);
  gst_element_set_state (app->pipeline, GST_STATE_NULL);
  close_keyboard (app);
  gst_bus_remove_watch (bus);
}

static gboolean
read_prompts (App *app)
{
  app->n_clips = words ? g_strv_length (words) : 0;
  if (app->n_clips < 1 || app->n_clips > CLIPS_MAX) {
    g_printerr ("One to nine prompts are needed, each in quotes.\n");
    return FALSE;
  }
  for (guint i = 0; i < app->n_clips; i++)
    app->clips[i].prompt = words[i];

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- a studio with nine keys");
  g_autoptr (GError) error = NULL;
  App app = { .exit_code = EXIT_SUCCESS };

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  app.loop = g_main_loop_new (NULL, FALSE);
  if (read_prompts (&app) && make_pipeline (&app))
    run (&app);
  else
    app.exit_code = EXIT_FAILURE;
  g_clear_object (&app.playout);
  g_clear_object (&app.pipeline);
  g_main_loop_unref (app.loop);
  for (guint i = 0; i < CLIPS_MAX; i++)
    g_free (app.clips[i].task_id);
  g_strfreev (settings);
  g_strfreev (words);

  return app.exit_code;
}
