/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-seedancemark
 * @title: seedancemark
 *
 * seedancemark says in a file that its clip was generated. It passes any stream
 * on, raw or encoded, untouched and uncopied; in front of the first buffer it
 * sends tags of global scope, which the muxer behind it writes into the file.
 * Tags that a source sends before a demuxer never get there. So put it between
 * the demuxer and the muxer, and where the muxer has several pads in front of
 * each: a muxer keeps what it is told first, which may be the tags that the
 * service's own file had.
 *
 * What is written:
 *
 * | tag | says | in |
 * |---|---|---|
 * | `DigitalSourceType` | IPTC's URI for media made by a generative model | MP4, as a freeform atom |
 * | `AIGC` | the text of #GstSeedanceMark:aigc | MP4, as a freeform atom |
 * | `SeedanceTaskId` | the task, where it is known | MP4, as a freeform atom |
 * | comment | `AI-generated:` and that URI; then `AIGC=` and the text, if set | MP4, MOV, Matroska, WebM and others |
 * | title, description | the prompt, with #GstSeedanceMark:include-prompt | where a muxer has a place for it |
 * | application-name, extended-comment | the service, the task and the seed | where a muxer has a place for it |
 *
 * matroskamux and webmmux have a fixed list of keys; the comment is among them,
 * and `DigitalSourceType` and `AIGC` are not. They put backslashes in front of
 * what is no letter, digit or one of `_-+/:.`, so the URI comes out as it is and
 * the JSON does not. `docs/provenance.md` shows what arrives in which
 * container and what is left of it behind the next program.
 *
 * ## Which clip it is
 *
 * In one pipeline with a #GstSeedanceSrc the element finds it by following the
 * links upstream, when the first buffer comes; demuxers, decoders and bins may be
 * between. Behind an appsrc or another end of the links #GstSeedanceMark:task-id
 * names a task of the ledger. Without either the file has the mark and says
 * nothing of the task. When the links lead to several sources, as behind a mixer,
 * or to another task than the named one, a warning says so, and no task is taken
 * from the links.
 *
 * ## Tags of others
 *
 * Tags of global scope that arrive before the first buffer are held until then,
 * and go on together with the mark. What they say stays: a title that a taginject
 * sent stays the title, and a comment is put in front of the mark's. Of several
 * that say the same thing the last one counts. Tags that the application gives
 * to the muxer itself come before all of these: its own comment takes the place
 * of the mark's.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -e seedancesrc prompt="A paper boat on a rainy street" ! decodebin ! videoconvert ! x264enc ! seedancemark ! mp4mux ! filesink location=boat.mp4
 * ]| A transcoded clip that says what it is.
 * |[
 * gst-launch-1.0 -e seedancesrc prompt="A paper boat on a rainy street" ! qtdemux ! h264parse ! seedancemark include-prompt=true ! matroskamux ! filesink location=boat.mkv
 * ]| Another container, with the prompt as its title.
 *
 * Since: 0.2
 */

#include "config.h"

#include "gstseedancemark.h"

#include "gstseedancemessages.h"
#include "mark-facts.h"

GST_DEBUG_CATEGORY_STATIC (gst_seedance_mark_debug);
#define GST_CAT_DEFAULT gst_seedance_mark_debug

typedef struct {
  gchar *task_id, *state_dir, *aigc; /* NULL = not set */
  gboolean include_prompt;
} MarkSettings;

struct _GstSeedanceMark {
  GstElement parent;

  GstPad *sink, *src;
  MarkSettings settings; /* under the object lock */

  /* Set from READY to PAUSED, used by the streaming thread until it stopped. */
  MarkFacts named; /* of the property task-id */
  gchar *aigc;     /* checked */
  gboolean include_prompt;

  /* Of the streaming thread. */
  GstTagList *others; /* of global scope, from upstream; or NULL */
  GstTagList *mark;   /* NULL until the clip's facts were looked for */
  gboolean sent;
};

enum {
  PROP_0,
  PROP_TASK_ID,
  PROP_STATE_DIR,
  PROP_AIGC,
  PROP_INCLUDE_PROMPT,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

#define gst_seedance_mark_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstSeedanceMark, gst_seedance_mark, GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (gst_seedance_mark_debug, "seedancemark", 0,
        "Says in files that their clips were generated"))
GST_ELEMENT_REGISTER_DEFINE (
    seedancemark, "seedancemark", GST_RANK_NONE, GST_TYPE_SEEDANCE_MARK)

static void
post_later (GstElement *element, gpointer message)
{
  gst_element_post_message (element, gst_message_ref (message));
}

static void
free_message (gpointer message)
{
  gst_message_unref (message);
}

/* The application may stop the pipeline as it handles a message, and would wait
 * for the streaming thread that posted it. */
static void
warn (GstSeedanceMark *self, GstMessage *message)
{
  gst_element_call_async (
      GST_ELEMENT (self), post_later, message, free_message);
}

static void
warn_of_sources (GstSeedanceMark *self, guint n_sources, const MarkFacts *found)
{
  const gchar *named = self->named.task_id;

  if (n_sources > 1 && !named)
    warn (self,
        gst_seedance_make_warning (GST_ELEMENT (self),
            "%u seedancesrc lead to this element, so the file is marked as "
            "AI-generated and names none of their tasks. Put a seedancemark "
            "behind each, before their streams meet, or set task-id.",
            n_sources));
  if (named && found->task_id && g_strcmp0 (named, found->task_id) != 0)
    warn (self,
        gst_seedance_make_warning (GST_ELEMENT (self),
            "task-id is '%s', and what comes by is the clip of the task '%s'. "
            "The file names the first one. Leave task-id out to have it name "
            "the clip's own.",
            named, found->task_id));
}

static GstTagList *
make_mark (GstSeedanceMark *self)
{
  g_auto (MarkFacts) found = { NULL };
  guint n_sources = mark_find_source (self->sink, &found);
  const MarkFacts *facts = self->named.task_id ? &self->named : &found;
  GstTagList *mark;

  warn_of_sources (self, n_sources, &found);
  mark = mark_make_tags (facts, self->aigc, self->include_prompt);
  GST_INFO_OBJECT (self, "%u sources; the mark is %" GST_PTR_FORMAT, n_sources,
      (gpointer) mark);

  return mark;
}

static gboolean
send_tags (GstSeedanceMark *self)
{
  self->sent = TRUE;

  return gst_pad_push_event (self->src,
      gst_event_new_tag (mark_merge_tags (self->others, self->mark)));
}

/* In front of whatever shows that the stream has begun. */
static void
begin (GstSeedanceMark *self)
{
  if (self->sent)
    return;
  if (!self->mark)
    self->mark = make_mark (self);
  send_tags (self);
}

static GstFlowReturn
gst_seedance_mark_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstSeedanceMark *self = GST_SEEDANCE_MARK (parent);

  begin (self);

  return gst_pad_push (self->src, buffer);
}

static GstFlowReturn
gst_seedance_mark_chain_list (
    GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstSeedanceMark *self = GST_SEEDANCE_MARK (parent);

  begin (self);

  return gst_pad_push_list (self->src, list);
}

/* A pad stores one tag event of global scope: what is sent must hold all that
 * was ever said of the stream. */
static gboolean
take_tags (GstSeedanceMark *self, GstEvent *event)
{
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  if (!self->others) {
    self->others = gst_tag_list_copy (tags);
  } else {
    self->others = gst_tag_list_make_writable (self->others);
    gst_tag_list_insert (self->others, tags, GST_TAG_MERGE_REPLACE);
  }
  gst_event_unref (event);

  return self->sent ? send_tags (self) : TRUE;
}

static gboolean
has_global_tags (GstEvent *event)
{
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);

  return gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL;
}

static void
forget_stream (GstSeedanceMark *self)
{
  gst_clear_tag_list (&self->others);
  gst_clear_tag_list (&self->mark);
  self->sent = FALSE;
}

static gboolean
gst_seedance_mark_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstSeedanceMark *self = GST_SEEDANCE_MARK (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      forget_stream (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      self->sent = FALSE;
      break;
    case GST_EVENT_GAP:
    case GST_EVENT_EOS:
      begin (self);
      break;
    case GST_EVENT_TAG:
      if (has_global_tags (event))
        return take_tags (self, event);
      break;
    default:
      break;
  }

  return gst_pad_event_default (pad, parent, event);
}

/* Everything that can be wrong with the properties is told before the source
 * orders anything: elements start from the sink on. */
static gboolean
prepare (GstSeedanceMark *self, GError **error)
{
  g_autofree gchar *task_id = NULL, *state_dir = NULL, *aigc = NULL;

  GST_OBJECT_LOCK (self);
  task_id = g_strdup (self->settings.task_id);
  state_dir = g_strdup (self->settings.state_dir);
  aigc = g_strdup (self->settings.aigc);
  self->include_prompt = self->settings.include_prompt;
  GST_OBJECT_UNLOCK (self);

  if (aigc && !(self->aigc = mark_check_aigc (aigc, error)))
    return FALSE;

  return !task_id || mark_find_task (state_dir, task_id, &self->named, error);
}

static void
reset (GstSeedanceMark *self)
{
  forget_stream (self);
  mark_facts_clear (&self->named);
  g_clear_pointer (&self->aigc, g_free);
}

static GstStateChangeReturn
gst_seedance_mark_change_state (GstElement *element, GstStateChange transition)
{
  GstSeedanceMark *self = GST_SEEDANCE_MARK (element);
  g_autoptr (GError) error = NULL;
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      !prepare (self, &error)) {
    reset (self);
    gst_element_post_message (
        element, gst_seedance_make_error (element, NULL, error));
    return GST_STATE_CHANGE_FAILURE;
  }
  result = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    reset (self);

  return result;
}

/* An empty text is as good as none. */
static void
set_text (gchar **text, const GValue *value)
{
  const gchar *given = g_value_get_string (value);

  g_free (*text);
  *text = given && *given ? g_strdup (given) : NULL;
}

static void
gst_seedance_mark_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MarkSettings *settings = &GST_SEEDANCE_MARK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_TASK_ID:
      set_text (&settings->task_id, value);
      break;
    case PROP_STATE_DIR:
      set_text (&settings->state_dir, value);
      break;
    case PROP_AIGC:
      set_text (&settings->aigc, value);
      break;
    case PROP_INCLUDE_PROMPT:
      settings->include_prompt = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_seedance_mark_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const MarkSettings *settings = &GST_SEEDANCE_MARK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_TASK_ID:
      g_value_set_string (value, settings->task_id);
      break;
    case PROP_STATE_DIR:
      g_value_set_string (value, settings->state_dir);
      break;
    case PROP_AIGC:
      g_value_set_string (value, settings->aigc);
      break;
    case PROP_INCLUDE_PROMPT:
      g_value_set_boolean (value, settings->include_prompt);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_seedance_mark_finalize (GObject *object)
{
  GstSeedanceMark *self = GST_SEEDANCE_MARK (object);

  reset (self);
  g_free (self->settings.task_id);
  g_free (self->settings.state_dir);
  g_free (self->settings.aigc);

  G_OBJECT_CLASS (parent_class)->finalize (object);
}

#define FLAGS \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

static void
install_properties (GObjectClass *object_class)
{
  /**
   * GstSeedanceMark:task-id:
   *
   * The task whose clip comes by, as the ledger has it. Not needed where links
   * lead to the #GstSeedanceSrc. A task that the ledger does not know is an
   * error, before anything is ordered.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_TASK_ID,
      g_param_spec_string ("task-id", "Task id",
          "The task in the ledger whose clip comes by; not needed in one "
          "pipeline with the source",
          NULL, FLAGS));
  /**
   * GstSeedanceMark:state-dir:
   *
   * The folder of the ledger that #GstSeedanceMark:task-id is looked up in; the
   * default is the one of #GstSeedanceSrc:state-dir.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_STATE_DIR,
      g_param_spec_string ("state-dir", "State folder",
          "The folder of the ledger that task-id is looked up in", NULL,
          FLAGS));
  /**
   * GstSeedanceMark:aigc:
   *
   * A JSON object that is written into MP4 files as the key `AIGC`, word for
   * word; 16384 bytes at most. The Chinese standard GB 45438-2025 says what it
   * has to hold. What is no JSON object is an error, before anything is ordered.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_AIGC,
      g_param_spec_string ("aigc", "AIGC",
          "A JSON object for the key AIGC of MP4 files, as GB 45438-2025 "
          "describes it",
          NULL, FLAGS));
  /**
   * GstSeedanceMark:include-prompt:
   *
   * Whether the prompt is written into the file, as its title and description.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_INCLUDE_PROMPT,
      g_param_spec_boolean ("include-prompt", "Include prompt",
          "Write the prompt into the file, as its title and description", FALSE,
          FLAGS));
}

static void
gst_seedance_mark_class_init (GstSeedanceMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  mark_register_tags ();
  object_class->set_property = gst_seedance_mark_set_property;
  object_class->get_property = gst_seedance_mark_get_property;
  object_class->finalize = gst_seedance_mark_finalize;
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Seedance AI-generated mark", "Filter/Metadata",
      "Passes a stream on, and has the muxer behind it write that the clip was "
      "generated",
      "gst-seedance developers");
  element_class->change_state = gst_seedance_mark_change_state;
}

static void
gst_seedance_mark_init (GstSeedanceMark *self)
{
  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sink, gst_seedance_mark_chain);
  gst_pad_set_chain_list_function (self->sink, gst_seedance_mark_chain_list);
  gst_pad_set_event_function (self->sink, gst_seedance_mark_sink_event);
  self->src = gst_pad_new_from_static_template (&src_template, "src");
  GST_PAD_SET_PROXY_CAPS (self->sink);
  GST_PAD_SET_PROXY_ALLOCATION (self->sink);
  GST_PAD_SET_PROXY_CAPS (self->src);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}
