/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs copies of one launch line in one process and prints as JSON when what
 * happened and what it cost. Every copy has an element called "sink"; times
 * are in milliseconds from the change of state on. In the launch line %COPY%
 * becomes the number of the copy. */

#include <glib-unix.h>
#include <gst/gst.h>

#include "usage.h"

#define SAMPLE_MS 20

static struct {
  gint copies;
  gint timeout;
  gint hold;
  gint seek;
  gboolean checksum;
  gboolean heed;
  gchar *end;
} options = { .copies = 1, .timeout = 120, .seek = -1 };

static const GOptionEntry entries[] = { { "copies", 0, 0, G_OPTION_ARG_INT,
                                            &options.copies, "How many at once",
                                            "N" },
  { "end", 0, 0, G_OPTION_ARG_STRING, &options.end,
      "Stop at eos (default), at the first frame, when it was paused for "
      "--hold, or at a line on the standard input",
      "eos|frame|paused|input" },
  { "hold", 0, 0, G_OPTION_ARG_INT, &options.hold,
      "How long to stay in PAUSED, for --end=paused", "MS" },
  { "seek", 0, 0, G_OPTION_ARG_INT, &options.seek,
      "Preroll, and seek to there before playing", "PERCENT" },
  { "checksum", 0, 0, G_OPTION_ARG_NONE, &options.checksum,
      "Of all that reached the sink after the last flush", NULL },
  { "heed", 0, 0, G_OPTION_ARG_NONE, &options.heed,
      "Play when no progress is open and nothing buffers, as gst-launch-1.0 "
      "does; tell when that was, and how many buffers the sink showed",
      NULL },
  { "timeout", 0, 0, G_OPTION_ARG_INT, &options.timeout,
      "Give up after so long", "SECONDS" },
  { NULL } };

typedef struct _Run Run;

typedef struct {
  Run *run;
  GstElement *pipeline;
  GChecksum *checksum;
  gboolean ended;

  /* Written by streaming threads, read after they are gone. */
  gint64 job; /* when seedancesrc began to see to its clip */
  gint64 first;
  gint64 eos;
  guint64 buffers, bytes;

  /* With --heed. */
  gint shown;    /* atomic: what the sink has sent to its handoff */
  gint percent;  /* atomic: of buffering */
  gint open;     /* atomic: progress that has not ended */
  gint64 played; /* when the pipeline came to PLAYING first */
} Stream;

struct _Run {
  GMainLoop *loop;
  GPtrArray *streams;
  guint left;
  guint frames_left;
  guint threads; /* most at once */
  gchar *error;
  const gchar *sought;
  Usage before, prerolled, after;
};

static gboolean
ends_at (const gchar *what)
{
  return g_strcmp0 (options.end ? options.end : "eos", what) == 0;
}

static gboolean
on_all_have_frames (gpointer user_data)
{
  Run *run = user_data;

  g_main_loop_quit (run->loop);

  return G_SOURCE_REMOVE;
}

static void
count_buffer (Stream *stream, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstMapInfo map;

  stream->buffers++;
  stream->bytes += gst_buffer_get_size (buffer);
  if (options.checksum && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_checksum_update (stream->checksum, map.data, map.size);
    g_checksum_update (stream->checksum, (guchar *) &pts, sizeof pts);
    gst_buffer_unmap (buffer, &map);
  }
}

static void
forget_buffers (Stream *stream)
{
  stream->buffers = stream->bytes = 0;
  g_checksum_reset (stream->checksum);
}

static GstPadProbeReturn
on_passing (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Stream *stream = user_data;

  if (info->type & GST_PAD_PROBE_TYPE_EVENT_FLUSH) {
    if (GST_EVENT_TYPE (info->data) == GST_EVENT_FLUSH_STOP)
      forget_buffers (stream);
    return GST_PAD_PROBE_OK;
  }
  if (stream->first < 0) {
    stream->first = g_get_monotonic_time ();
    if (g_atomic_int_dec_and_test ((gint *) &stream->run->frames_left) &&
        ends_at ("frame"))
      g_idle_add (on_all_have_frames, stream->run);
  }
  count_buffer (stream, GST_PAD_PROBE_INFO_BUFFER (info));

  return GST_PAD_PROBE_OK;
}

static void
take_task_news (Stream *stream, const GstStructure *news)
{
  guint64 elapsed;
  gint64 begin;

  if (!news || !gst_structure_get_uint64 (news, "elapsed", &elapsed))
    return;
  begin = g_get_monotonic_time () - (gint64) (elapsed / 1000);
  /* The message that was delayed least tells best. */
  stream->job = stream->job < 0 ? begin : MIN (stream->job, begin);
}

static gboolean
on_ended (gpointer user_data)
{
  Stream *stream = user_data;

  if (!stream->ended) {
    stream->ended = TRUE;
    if (--stream->run->left == 0 && !ends_at ("input"))
      g_main_loop_quit (stream->run->loop);
  }

  return G_SOURCE_REMOVE;
}

static gboolean
on_prerolled (gpointer user_data)
{
  Stream *stream = user_data;
  Run *run = stream->run;
  gint64 duration;

  if (options.seek < 0 || run->sought)
    return G_SOURCE_REMOVE;
  run->sought = "refused";
  if (gst_element_query_duration (
          stream->pipeline, GST_FORMAT_TIME, &duration) &&
      gst_element_seek_simple (stream->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
          gst_util_uint64_scale_int (duration, options.seek, 100)))
    run->sought = "done";
  gst_element_set_state (stream->pipeline, GST_STATE_PLAYING);

  return G_SOURCE_REMOVE;
}

static void
on_shown (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer stream)
{
  g_atomic_int_inc (&((Stream *) stream)->shown);
}

static gboolean
on_heed (gpointer user_data)
{
  Stream *stream = user_data;
  gboolean wait = g_atomic_int_get (&stream->percent) < 100 ||
                  g_atomic_int_get (&stream->open) > 0;

  if (!stream->ended)
    gst_element_set_state (
        stream->pipeline, wait ? GST_STATE_PAUSED : GST_STATE_PLAYING);

  return G_SOURCE_REMOVE;
}

static void
take_progress (Stream *stream, GstMessage *message)
{
  GstProgressType type;

  gst_message_parse_progress (message, &type, NULL, NULL);
  if (type == GST_PROGRESS_TYPE_START)
    g_atomic_int_inc (&stream->open);
  else if (type != GST_PROGRESS_TYPE_CONTINUE)
    g_atomic_int_add (&stream->open, -1);
}

static void
take_state (Stream *stream, GstMessage *message)
{
  GstState state;

  gst_message_parse_state_changed (message, NULL, &state, NULL);
  if (GST_MESSAGE_SRC (message) == GST_OBJECT (stream->pipeline) &&
      state == GST_STATE_PLAYING && stream->played < 0)
    stream->played = g_get_monotonic_time ();
}

static void
take_what_is_heeded (Stream *stream, GstMessage *message)
{
  gint percent;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_BUFFERING:
      gst_message_parse_buffering (message, &percent);
      g_atomic_int_set (&stream->percent, percent);
      break;
    case GST_MESSAGE_PROGRESS:
      take_progress (stream, message);
      break;
    case GST_MESSAGE_STATE_CHANGED:
      take_state (stream, message);
      return;
    case GST_MESSAGE_ASYNC_DONE:
      break;
    default:
      return;
  }
  g_idle_add (on_heed, stream);
}

static void
take_error (Run *run, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  gchar *text;

  gst_message_parse_error (message, &error, NULL);
  text = g_strdup (error->message);
  if (!g_atomic_pointer_compare_and_exchange (&run->error, NULL, text))
    g_free (text);
}

/* Where it is posted: a watch for each of hundreds of buses would cost more
 * than some sources. */
static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Stream *stream = user_data;

  if (options.heed)
    take_what_is_heeded (stream, message);
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      take_error (stream->run, message);
      g_idle_add (on_ended, stream);
      break;
    case GST_MESSAGE_EOS:
      stream->eos = g_get_monotonic_time ();
      g_idle_add (on_ended, stream);
      break;
    case GST_MESSAGE_ASYNC_DONE:
      if (stream->run->prerolled.at == 0)
        usage_take (&stream->run->prerolled);
      g_idle_add (on_prerolled, stream);
      break;
    case GST_MESSAGE_ELEMENT:
      take_task_news (stream, gst_message_get_structure (message));
      break;
    default:
      break;
  }
  gst_message_unref (message);

  return GST_BUS_DROP;
}

static Stream *
stream_new (Run *run, const gchar *launch_line, guint number)
{
  Stream *stream = g_new0 (Stream, 1);
  g_autofree gchar *copy = g_strdup_printf ("%u", number);
  g_autoptr (GString) line = g_string_new (launch_line);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstBus) bus = NULL;

  g_string_replace (line, "%COPY%", copy, 0);
  stream->run = run;
  stream->job = stream->first = stream->eos = stream->played = -1;
  stream->percent = 100;
  stream->checksum = g_checksum_new (G_CHECKSUM_MD5);
  stream->pipeline = gst_parse_launch (line->str, &error);
  if (error)
    g_error ("%s: %s", line->str, error->message);
  sink = gst_bin_get_by_name (GST_BIN (stream->pipeline), "sink");
  if (!sink)
    g_error ("No element is called sink: %s", line->str);
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_FLUSH, on_passing,
      stream, NULL);
  if (options.heed)
    g_signal_connect (sink, "handoff", G_CALLBACK (on_shown), stream);
  bus = gst_element_get_bus (stream->pipeline);
  gst_bus_set_sync_handler (bus, on_message, stream, NULL);

  return stream;
}

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  gst_object_unref (stream->pipeline);
  g_checksum_free (stream->checksum);
  g_free (stream);
}

static void
set_state (Run *run, GstState state)
{
  for (guint i = 0; i < run->streams->len; i++) {
    Stream *stream = g_ptr_array_index (run->streams, i);

    gst_element_set_state (stream->pipeline, state);
  }
}

static gboolean
on_sample (gpointer user_data)
{
  Run *run = user_data;
  Usage now;

  usage_take (&now);
  run->threads = MAX (run->threads, now.threads);
  if (ends_at ("paused") && run->prerolled.at > 0 &&
      now.at >= run->prerolled.at + options.hold * G_TIME_SPAN_MILLISECOND)
    g_main_loop_quit (run->loop);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_timeout (gpointer user_data)
{
  Run *run = user_data;

  if (!run->error)
    run->error = g_strdup ("It took too long");
  g_main_loop_quit (run->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer user_data)
{
  Run *run = user_data;

  g_main_loop_quit (run->loop);

  return G_SOURCE_REMOVE;
}

static void
play (Run *run)
{
  gboolean preroll = ends_at ("paused") || options.seek >= 0 || options.heed;

  set_state (run, GST_STATE_READY);
  usage_take (&run->before);
  g_timeout_add (SAMPLE_MS, on_sample, run);
  g_timeout_add_seconds ((guint) options.timeout, on_timeout, run);
  if (ends_at ("input"))
    g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input, run);
  set_state (run, preroll ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  g_main_loop_run (run->loop);
  on_sample (run);
}

static void
on_source (const GValue *item, gpointer user_data)
{
  GstElement **found = user_data;
  GstElement *element = g_value_get_object (item);
  GstElementFactory *factory = gst_element_get_factory (element);

  if (!*found && factory &&
      g_str_equal (GST_OBJECT_NAME (factory), "seedancesrc"))
    *found = element;
}

static GstStructure *
find_stats (GstElement *pipeline)
{
  GstIterator *sources = gst_bin_iterate_sources (GST_BIN (pipeline));
  GstElement *source = NULL;
  GstStructure *stats = NULL;

  while (
      gst_iterator_foreach (sources, on_source, &source) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (sources);
  gst_iterator_free (sources);
  if (source)
    g_object_get (source, "stats", &stats, NULL);

  return stats;
}

static void
add_numbers (cJSON *json, const GstStructure *fields)
{
  for (gint i = 0; i < gst_structure_n_fields (fields); i++) {
    const gchar *name = gst_structure_nth_field_name (fields, i);
    GValue number = G_VALUE_INIT;

    g_value_init (&number, G_TYPE_DOUBLE);
    if (g_value_transform (gst_structure_get_value (fields, name), &number))
      cJSON_AddNumberToObject (json, name, g_value_get_double (&number));
    g_value_unset (&number);
  }
}

/* Times of the order count from the change of state on, as all others. */
static void
add_stats (cJSON *json, const Run *run, const Stream *stream,
    const GstStructure *stats)
{
  gint64 known = -1, ready = -1;

  if (!stats)
    return;
  add_numbers (cJSON_AddObjectToObject (json, "stats"), stats);
  gst_structure_get_int64 (stats, "time-to-id", &known);
  gst_structure_get_int64 (stats, "time-to-ready", &ready);
  if (stream->job >= 0 && known >= 0)
    usage_add_span (
        json, "id-known", run->before.at, stream->job + known / 1000);
  if (stream->job >= 0 && ready >= 0)
    usage_add_span (
        json, "url-known", run->before.at, stream->job + ready / 1000);
}

static cJSON *
describe (const Run *run, GstStructure *stats)
{
  cJSON *json = cJSON_CreateObject ();
  const Stream *one = g_ptr_array_index (run->streams, 0);
  gint64 first = -1, eos = -1;
  guint64 buffers = 0, bytes = 0;
  gboolean all_ended = TRUE;

  for (guint i = 0; i < run->streams->len; i++) {
    const Stream *stream = g_ptr_array_index (run->streams, i);

    first = MAX (first, stream->first);
    eos = MAX (eos, stream->eos);
    all_ended = all_ended && stream->eos >= 0;
    buffers += stream->buffers;
    bytes += stream->bytes;
  }
  usage_add_span (json, "first", run->before.at, first);
  usage_add_span (json, "eos", run->before.at, all_ended ? eos : -1);
  if (options.heed) {
    usage_add_span (json, "played", run->before.at, one->played);
    cJSON_AddNumberToObject (json, "shown", one->shown);
  }
  cJSON_AddNumberToObject (json, "buffers", (gdouble) buffers);
  cJSON_AddNumberToObject (json, "bytes", (gdouble) bytes);
  if (options.checksum)
    cJSON_AddStringToObject (
        json, "checksum", g_checksum_get_string (one->checksum));
  if (run->sought)
    cJSON_AddStringToObject (json, "seek", run->sought);
  if (run->error)
    cJSON_AddStringToObject (json, "error", run->error);
  if (run->prerolled.at > 0)
    usage_add_cost (cJSON_AddObjectToObject (json, "since-preroll"),
        &run->prerolled, &run->after);
  usage_add_cost (json, &run->before, &run->after);
  cJSON_AddNumberToObject (json, "most-threads", run->threads);
  add_stats (json, run, one, stats);

  return json;
}

/* The figures are taken when the streaming threads are gone but before their
 * memory is given back: the highest RSS is kept by the kernel anyway. */
static cJSON *
finish (Run *run)
{
  const Stream *one = g_ptr_array_index (run->streams, 0);
  g_autoptr (GstStructure) stats = find_stats (one->pipeline);
  gint64 begin = g_get_monotonic_time ();
  gint64 end;
  cJSON *json;

  set_state (run, GST_STATE_NULL);
  end = g_get_monotonic_time ();
  usage_take (&run->after);
  json = describe (run, stats);
  usage_add_span (json, "stop", begin, end);

  return json;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("LAUNCH-LINE");
  g_autoptr (GError) error = NULL;
  Run run = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (argc != 2 || options.copies < 1)
    g_error ("One launch line is wanted");

  run.loop = g_main_loop_new (NULL, FALSE);
  run.left = run.frames_left = (guint) options.copies;
  run.streams = g_ptr_array_new_with_free_func (stream_free);
  for (guint i = 0; i < (guint) options.copies; i++)
    g_ptr_array_add (run.streams, stream_new (&run, argv[1], i));
  play (&run);
  usage_print (finish (&run));
  g_ptr_array_unref (run.streams);
  g_main_loop_unref (run.loop);
  g_free (run.error);
  g_free (options.end);

  return 0;
}
