/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker: the thread of a run that does everything that may block. It plans
 * the clips, reads the rundown and the as-run log, reports, and draws the
 * slate. */

#include "playout-private.h"

#include "io.h"
#include "playout-slate.h"

/* The user is told of a longer wait for the last run's log. */
#define LOG_WAIT (2 * G_TIME_SPAN_SECOND)
#define DRAW_MAX (2 * GST_SECOND)
/* How long a slate that could not be drawn is not tried again: a draw may hold
 * up the worker for DRAW_MAX. Doubles with each failure. */
#define DRAW_PAUSE (2 * (gint64) GST_SECOND)
#define DRAW_PAUSE_MAX (5 * 60 * (gint64) GST_SECOND)

static gint64
get_now (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
warn (PlayoutCore *core, GstResourceError code, const gchar *text)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_RESOURCE_ERROR, code, text);

  gst_element_post_message (core->element,
      gst_message_new_warning (GST_OBJECT (core->element), error, NULL));
}

/* Applies what the last run's log says, as soon as the rundown has items.
 * @more: the file had none yet. The log is kept, and says where to go on in the
 * file, too. */
static void
go_on_locked (PlayoutCore *core, gboolean more)
{
  if (!core->past || seedance_rundown_get_length (core->rundown) == 0)
    return;
  playout_chain_go_on_locked (core);
  seedance_rundown_start_behind (core->rundown, core->past, more);
  if (!more)
    g_clear_pointer (&core->past, seedance_past_free);
}

static void
on_rundown (GPtrArray *items, GPtrArray *errors, gpointer user_data)
{
  PlayoutCore *core = user_data;

  g_mutex_lock (&core->lock);
  seedance_rundown_merge (core->rundown, items);
  core->had_items |= items->len > 0;
  go_on_locked (core, items->len == 0);
  g_mutex_unlock (&core->lock);
  for (guint i = 0; i < errors->len; i++)
    warn (core, GST_RESOURCE_ERROR_READ, g_ptr_array_index (errors, i));
}

static gboolean
is_stopped (PlayoutCore *core)
{
  gboolean stopped;

  g_mutex_lock (&core->lock);
  stopped = core->stopped;
  g_mutex_unlock (&core->lock);

  return stopped;
}

/* The runs of this process that have a log, the oldest first. */
static GMutex logs_lock;
static GCond logs_changed;
static GQueue logs = G_QUEUE_INIT;

/* Returns TRUE if an older run with the same log was stopped and may still
 * write to it. */
static gboolean
is_awaited_locked (PlayoutCore *core)
{
  for (GList *link = logs.head; link->data != core; link = link->next) {
    PlayoutCore *older = link->data;

    if (g_str_equal (older->settings.as_run, core->settings.as_run) &&
        is_stopped (older))
      return TRUE;
  }

  return FALSE;
}

static void
warn_of_log (PlayoutCore *core)
{
  g_autofree gchar *shown = g_filename_display_name (core->settings.as_run);
  g_autofree gchar *text = g_strdup_printf (
      "The last run has not written all of its as-run log '%s' yet: a disk or "
      "share does not answer, or a message handler of the application does not "
      "return. Until it has, this run shows the slate and orders nothing.",
      shown);

  warn (core, GST_RESOURCE_ERROR_BUSY, text);
}

/* A stop does not wait for a worker that is held up, so what the last run has
 * shown may not be in the log yet. */
static void
enter_log (PlayoutCore *core)
{
  const gint64 end = g_get_monotonic_time () + LOG_WAIT;
  gboolean warned = FALSE;

  g_mutex_lock (&logs_lock);
  g_queue_push_tail (&logs, core);
  while (is_awaited_locked (core)) {
    if (warned) {
      g_cond_wait (&logs_changed, &logs_lock);
    } else if (!g_cond_wait_until (&logs_changed, &logs_lock, end)) {
      g_mutex_unlock (&logs_lock);
      warn_of_log (core);
      warned = TRUE;
      g_mutex_lock (&logs_lock);
    }
  }
  g_mutex_unlock (&logs_lock);
}

static void
leave_log (PlayoutCore *core)
{
  g_mutex_lock (&logs_lock);
  g_queue_remove (&logs, core);
  g_cond_broadcast (&logs_changed);
  g_mutex_unlock (&logs_lock);
}

static void
open_log (PlayoutCore *core)
{
  const gchar *path = core->settings.as_run;
  g_autoptr (GError) error = NULL;

  if (!path)
    return;
  enter_log (core);
  if (core->settings.rundown || core->settings.prompts)
    core->past = seedance_asrun_read (path, &error);
  core->asrun = seedance_asrun_new (path);
  if (!error)
    seedance_asrun_open (core->asrun, &error);
  if (error)
    warn (core, GST_RESOURCE_ERROR_OPEN_WRITE, error->message);
  core->asrun_failed = error != NULL;
}

static void
append_eta (GString *text, gint64 eta)
{
  const gint64 seconds = (eta + (gint64) GST_SECOND - 1) / (gint64) GST_SECOND;

  if (eta < 0)
    g_string_append (text, "-:--");
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT ":%02" G_GINT64_FORMAT,
        seconds / 60, seconds % 60);
}

static void
replace (GString *text, const gchar *what, const gchar *with)
{
  g_string_replace (text, what, with, 0);
}

/* Fills slate-text with the values of the clip that is nearest to being
 * ready. */
static gchar *
make_text_locked (PlayoutCore *core, gint64 now)
{
  GString *text = g_string_new (core->settings.slate_text);
  g_autoptr (GString) eta = g_string_new (NULL), percent = g_string_new ("0");
  gint64 first = -1;
  gint progress = -1;

  for (guint i = 0; i < core->entries->len; i++) {
    PlayoutEntry *entry = g_ptr_array_index (core->entries, i);
    gint64 its;

    if (entry->kind != PLAYOUT_ENTRY_ITEM || entry->was_ready)
      continue;
    its = seedance_planner_get_eta (core->planner, now, entry->begun);
    if (first < 0 || its < first)
      first = its;
    progress = MAX (progress, entry->progress);
  }
  append_eta (eta, first);
  if (progress >= 0)
    g_string_printf (percent, "%d", progress);
  replace (text, "{eta}", eta->str);
  replace (text, "{progress}", percent->str);

  return g_string_free (text, FALSE);
}

/* Returns the text of a new slate, or NULL if none has to be drawn. While an
 * item is on air a slate that is there is not drawn anew. */
static gchar *
find_news_locked (PlayoutCore *core, gint64 now)
{
  g_autofree gchar *text = NULL;

  if (!core->has_video || now < core->slate_after || core->stopped ||
      (core->slate_drawn && core->air.entry) ||
      (!core->settings.slate_text && !core->settings.slate_image))
    return NULL;
  text = make_text_locked (core, now);
  if (g_strcmp0 (text, core->slate_drawn) == 0 &&
      gst_video_info_is_equal (&core->format.video, &core->slate_format))
    return NULL;

  return g_steal_pointer (&text);
}

static void
take_slate (PlayoutCore *core, const GstVideoInfo *info, GstBuffer *slate)
{
  g_mutex_lock (&core->lock);
  if (gst_video_info_is_equal (&core->format.video, info))
    gst_buffer_replace (&core->slate, slate);
  g_mutex_unlock (&core->lock);
}

/* Shows the colour alone: an old text, such as a time until a clip is there,
 * would be wrong soon. */
static void
give_up_slate (PlayoutCore *core, const GstVideoInfo *info, guint32 color)
{
  GstBuffer *plain = playout_slate_fill (info, color);
  const gint64 pause =
      MIN (DRAW_PAUSE << MIN (core->slate_failures, 10), DRAW_PAUSE_MAX);

  take_slate (core, info, plain);
  gst_clear_buffer (&plain);
  core->slate_failures++;
  core->slate_after = get_now () + pause;
  g_clear_pointer (&core->slate_drawn, g_free);
}

static void
draw_slate (PlayoutCore *core, gint64 now)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL, *image = NULL;
  GstVideoInfo info;
  GstBuffer *slate;
  guint32 color;

  g_mutex_lock (&core->lock);
  text = find_news_locked (core, now);
  image = g_strdup (core->settings.slate_image);
  color = core->settings.slate_color;
  info = core->format.video;
  g_mutex_unlock (&core->lock);
  if (!text)
    return;
  slate = playout_slate_draw (&info, color, image && *image ? image : NULL,
      *text ? text : NULL, DRAW_MAX, &error);
  if (!slate) {
    if (core->slate_failures == 0)
      warn (core, GST_RESOURCE_ERROR_READ, error->message);
    give_up_slate (core, &info, color);
    return;
  }
  take_slate (core, &info, slate);
  gst_clear_buffer (&slate);
  core->slate_failures = 0;
  g_free (core->slate_drawn);
  core->slate_drawn = g_steal_pointer (&text);
  core->slate_format = info;
}

/* Sleeps until @until (monotonic, nanoseconds), or until a kick. */
static void
sleep_until (PlayoutCore *core, gint64 until)
{
  g_mutex_lock (&core->wake_lock);
  while (!core->kicked &&
         g_cond_wait_until (&core->wake, &core->wake_lock, until / 1000))
    ;
  core->kicked = FALSE;
  g_mutex_unlock (&core->wake_lock);
}

static void
work (PlayoutCore *core)
{
  while (!is_stopped (core)) {
    const gint64 look =
        core->file ? seedance_rundown_file_look (core->file) : G_MAXINT64;
    gint64 next = playout_plan (core, get_now ());

    playout_report (core);
    playout_report_levels (core, get_now ());
    draw_slate (core, get_now ());
    sleep_until (core, MIN (next, look));
  }
}

static void
open_all (PlayoutCore *core)
{
  playout_list_filler (core);
  open_log (core);
  if (core->settings.rundown) {
    core->file =
        seedance_rundown_file_new (core->settings.rundown, on_rundown, core);
    return;
  }
  g_mutex_lock (&core->lock);
  go_on_locked (core, FALSE);
  g_mutex_unlock (&core->lock);
}

static void
close_all (PlayoutCore *core)
{
  g_clear_pointer (&core->file, seedance_rundown_file_free);
  playout_plan (core, get_now ());
  playout_report (core);
  g_clear_pointer (&core->asrun, seedance_asrun_close);
  leave_log (core);
  g_clear_pointer (&core->filler_items, g_ptr_array_unref);
  g_clear_pointer (&core->past, seedance_past_free);
  g_clear_pointer (&core->slate_drawn, g_free);
}

gpointer
playout_worker_main (gpointer data)
{
  PlayoutCore *core = data;
  GstElement *element = core->element;

  /* The as-run log may hit a limit of the file size, or be a pipe whose reader
   * is gone: write() has to fail then, instead of a signal that ends the
   * process. */
  seedance_io_survive_writes ();
  open_all (core);
  work (core);
  close_all (core);
  g_mutex_lock (&core->lock);
  core->worker_ended = TRUE;
  g_cond_broadcast (&core->changed);
  g_mutex_unlock (&core->lock);
  gst_object_unref (element);
  playout_core_unref (core);

  return NULL;
}
