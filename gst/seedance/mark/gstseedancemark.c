/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element seedancemark: a pass-through with a sink pad and a source pad,
 * which holds global tags back until it can merge the mark into them.
 * mark-facts.c finds out which clip passes, mark-tags.c makes the tags. */
/**
 * SECTION:element-seedancemark
 * @title: seedancemark
 *
 * seedancemark marks a file as AI-generated. It passes any stream on, raw or
 * encoded, unchanged and without a copy. Before the first buffer it sends tags
 * of global scope, which the muxer behind it writes into the file. Tags that a
 * source sends do not get past a demuxer, so put seedancemark between the
 * demuxer and the muxer. If the muxer has several pads, put one in front of
 * each pad: a muxer keeps the tags that come first, which may be those of the
 * service's own file.
 *
 * What is written:
 *
 * | tag | content | written to |
 * |---|---|---|
 * | `DigitalSourceType` | IPTC's URI for media made by a generative model | MP4, as a freeform atom |
 * | `AIGC` | the text of #GstSeedanceMark:aigc | MP4, as a freeform atom |
 * | `SeedanceTaskId` | the task, if it is known | MP4, as a freeform atom |
 * | comment | `AI-generated:` and that URI; then `AIGC=` and the text, if set | MP4, MOV, Matroska, WebM and others |
 * | title, description | the prompt, with #GstSeedanceMark:include-prompt | every container whose muxer supports the tag |
 * | application-name, extended-comment | the service, the task and the seed | every container whose muxer supports the tag |
 *
 * matroskamux and webmmux have a fixed list of keys. It has the comment, but
 * not `DigitalSourceType` and `AIGC`. These muxers also put a backslash before
 * every character of a text that is not a letter, a digit or one of `_-+/:.`:
 * the URI stays unchanged, the JSON does not. `docs/provenance.md` shows what
 * arrives in which container, and what other programs leave of it.
 *
 * ## Which clip it is
 *
 * When the first buffer comes, the element follows the links upstream to a
 * #GstSeedanceSrc of the same pipeline; demuxers, decoders and bins may be
 * between. If the links end elsewhere, for example at an appsrc,
 * #GstSeedanceMark:task-id can name a task of the ledger. Without either, the
 * file has the mark but no task. If the links lead to several sources, as
 * behind a mixer, and no task is named, or to another task than the named one,
 * the element posts a warning and takes no task from the links.
 *
 * ## Tags from upstream and from the application
 *
 * Tags of global scope that arrive before the first buffer are held until then,
 * and go on together with the mark. They win over the mark: a title from a
 * taginject stays the title, and a comment is put in front of the mark's
 * comment. If several events have the same tag, the last one wins. Tags that
 * the application sets on the muxer itself win over all of these: a comment
 * among them replaces the comment of the mark.
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

#include "gstseedanceenum.h"
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

  /* Set from READY to PAUSED, before the streaming thread reads them. */
  MarkFacts named; /* facts of the task that the property task-id names */
  gchar *aigc;     /* checked */
  gboolean include_prompt;

  /* Used by the streaming thread, or while that one is stopped. */
  GstTagList *others; /* all global tags from upstream so far; or NULL */
  GstTagList *mark;   /* made in begin(); NULL until then */
  gchar *hidden;      /* made in begin(): the prompt, if it must not be told */
  gboolean sent;      /* the mark was sent since the start or a flush */
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

/* Posts @message (transfer full) from another thread. An application may stop
 * the pipeline in its handler. If the streaming thread ran that handler, the
 * thread would wait for its own end. */
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
  if (!self->include_prompt)
    self->hidden = mark_get_prompt (found.tags ? &found : facts);
  mark = mark_make_tags (facts, self->aigc, self->include_prompt);
  GST_INFO_OBJECT (self, "%u sources; the mark is %" GST_PTR_FORMAT, n_sources,
      (gpointer) mark);

  return mark;
}

static gboolean
send_tags (GstSeedanceMark *self)
{
  self->sent = TRUE;

  return gst_pad_push_event (
      self->src, gst_event_new_tag (
                     mark_merge_tags (self->others, self->mark, self->hidden)));
}

/* Sends the mark before the first buffer, GAP or EOS: when one of them arrives,
 * the source upstream knows its task. */
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

/* A pad stores only the last tag event of global scope, so each event that is
 * sent has to contain all global tags of the stream so far. Takes @event. */
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
  g_clear_pointer (&self->hidden, g_free);
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

/* Checks the properties before the source orders anything: in a change of state
 * elements downstream of the source come first. */
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

/* An empty text unsets the property. */
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
   * The task in the ledger whose clip passes through. Not needed if the links
   * lead to a #GstSeedanceSrc. A task that the ledger does not know is an
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
   * The folder of the ledger in which #GstSeedanceMark:task-id is looked up.
   * Not set: the default of #GstSeedanceSrc:state-dir.
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
   * A JSON object that is written unchanged into MP4 files as the key `AIGC`;
   * 16384 bytes at most. The Chinese standard GB 45438-2025 says what it has to
   * contain. A text that is not a JSON object is an error, before anything is
   * ordered.
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
   * Without it, a title or description from upstream that is the prompt is
   * dropped, too.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_INCLUDE_PROMPT,
      gst_seedance_boolean_param_new ("include-prompt", "Include prompt",
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
