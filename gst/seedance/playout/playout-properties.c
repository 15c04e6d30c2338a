/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of the properties: their texts, ranges and defaults, and the field of
 * PlayoutSettings that each one sets. */
#include "playout-properties.h"

#include "error.h"
#include "gstseedanceenum.h"
#include "gstseedanceproperties.h"

#define READY \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define PLAYING \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)

static const GEnumValue on_empty_values[] = {
  { PLAYOUT_EMPTY_SLATE, "The slate", "slate" },
  { PLAYOUT_EMPTY_HOLD, "The last frame, without sound", "hold" },
  { PLAYOUT_EMPTY_LOOP, "What was played before, else the slate", "loop" },
  { PLAYOUT_EMPTY_NOTHING,
      "No picture (GAP events) and silence: in a mixer the branch is not there",
      "nothing" },
  { PLAYOUT_EMPTY_EOS,
      "The end of the stream when all items were played, the "
      "slate before that",
      "eos" },
  { 0, NULL, NULL },
};

static const GEnumValue start_when_values[] = {
  { PLAYOUT_START_WHOLE, "When all of its bytes are on this machine", "whole" },
  { PLAYOUT_START_BUFFERED, "As soon as it can be decoded", "buffered" },
  { 0, NULL, NULL },
};

static const GEnumValue chain_values[] = {
  { PLAYOUT_CHAIN_NONE, "What its item and the properties say", "none" },
  { PLAYOUT_CHAIN_LAST_FRAME, "The last frame of the item before",
      "last-frame" },
  { 0, NULL, NULL },
};

/* Registers the enum at the first call. The names have to be literals, so that
 * the documentation finds them. */
#define DEFINE_ENUM(function, name, values) \
  static GType function (void) \
  { \
    static gsize type = 0; \
\
    if (g_once_init_enter (&type)) \
      g_once_init_leave (&type, g_enum_register_static (name, values)); \
    return type; \
  }

DEFINE_ENUM (get_chain_type, "GstSeedancePlayoutChain", chain_values)
DEFINE_ENUM (get_on_empty_type, "GstSeedancePlayoutOnEmpty", on_empty_values)
DEFINE_ENUM (
    get_start_when_type, "GstSeedancePlayoutStartWhen", start_when_values)

void
playout_properties_mark_plugin_api (void)
{
  gst_type_mark_as_plugin_api (get_on_empty_type (), 0);
  gst_type_mark_as_plugin_api (get_start_when_type (), 0);
  gst_type_mark_as_plugin_api (get_chain_type (), 0);
}

typedef enum {
  KIND_STRING,
  KIND_STRINGS,
  KIND_UINT,
  KIND_BOOLEAN,
  KIND_ON_EMPTY,
  KIND_START_WHEN,
  KIND_CHAIN,
} Kind;

typedef struct {
  const gchar *name, *nick, *blurb;
  gsize field;
  Kind kind;
  GParamFlags flags;
  guint fallback, least, most; /* of a number or an enum */
} Property;

#define FIELD(member) G_STRUCT_OFFSET (PlayoutSettings, member)

/* The GParamSpec of a number accepts the whole range of its type, for the
 * reason that gstseedanceproperties.c gives: GObject would drop a limit that is
 * out of its range with a warning, and clips would be ordered by the old
 * limit. */
static const Property properties[] = {
  /**
   * GstSeedancePlayout:on-empty:
   *
   * What stands on air while no item is ready.
   *
   * Since: 0.2
   */
  { "on-empty", "On empty", "What is on air while no item is ready",
      FIELD (on_empty), KIND_ON_EMPTY, PLAYING, PLAYOUT_EMPTY_SLATE,
      PLAYOUT_EMPTY_SLATE, PLAYOUT_EMPTY_EOS },
  /**
   * GstSeedancePlayout:start-when:
   *
   * When an item counts as ready. With `buffered`, an item may freeze on air,
   * picture and sound, when its download is slower than it plays. An item with
   * a `uri` is not downloaded first, so for it `whole` means `buffered`.
   *
   * Since: 0.2
   */
  { "start-when", "Start when", "When an item counts as ready",
      FIELD (start_when), KIND_START_WHEN, READY, PLAYOUT_START_WHOLE,
      PLAYOUT_START_WHOLE, PLAYOUT_START_BUFFERED },
  /**
   * GstSeedancePlayout:chain:
   *
   * With `last-frame` each item continues the one before it: the last frame of
   * the clip before is the image of its order. So an order waits until the clip
   * before is there, and orders go out one after the other. The first frame of
   * such a clip is left out, because it was just shown. The frame is the one
   * that the service offers (`last_frame_url`), else the last decoded one.
   *
   * An item with an `image` of its own begins with that image, and the first
   * item with the element's. After an item that failed, the last one that
   * succeeded is continued; if there is none, the order has no such image. The
   * task that is continued, and not the picture, is part of an order, so the
   * same items order nothing when they are played again.
   *
   * Since: 0.2
   */
  { "chain", "Chain", "First frame of each ordered clip", FIELD (chain),
      KIND_CHAIN, READY, PLAYOUT_CHAIN_NONE, PLAYOUT_CHAIN_NONE,
      PLAYOUT_CHAIN_LAST_FRAME },
  /**
   * GstSeedancePlayout:prompts:
   *
   * Several items, one for each prompt. All other values of their orders come
   * from the element's properties.
   *
   * Since: 0.2
   */
  { "prompts", "Prompts", "Prompts to play in turn, one item each",
      FIELD (prompts), KIND_STRINGS, READY },
  /**
   * GstSeedancePlayout:rundown:
   *
   * A file with one item a line, in JSON, as the signal #GstSeedancePlayout::
   * enqueue takes it. The file is watched: lines that are added are played.
   *
   * Since: 0.2
   */
  { "rundown", "Rundown",
      "File with one JSON item per line; watched for changes", FIELD (rundown),
      KIND_STRING, READY },
  /**
   * GstSeedancePlayout:filler:
   *
   * Local files, and folders of them, that play in turn while no item is ready.
   * They end at once when one is.
   *
   * Since: 0.2
   */
  { "filler", "Filler",
      "Files, and folders of files, that play while no item is ready",
      FIELD (filler), KIND_STRINGS, READY },
  /**
   * GstSeedancePlayout:prefetch-time:
   *
   * How many seconds of material to have ready behind what is on air.
   *
   * Since: 0.2
   */
  { "prefetch-time", "Prefetch time",
      "Seconds of material to have ready behind what is on air",
      FIELD (prefetch_time), KIND_UINT, PLAYING, 60, 1, 24 * 3600 },
  /**
   * GstSeedancePlayout:max-in-flight:
   *
   * How many tasks are generated at the same time. An account has a limit of
   * its own, above which the service answers 429.
   *
   * Since: 0.2
   */
  { "max-in-flight", "Maximum in flight",
      "How many tasks are generated at the same time", FIELD (max_in_flight),
      KIND_UINT, PLAYING, 3, 1, 1000 },
  /**
   * GstSeedancePlayout:max-orders:
   *
   * How many clips one run may order; 0: as many as there are items.
   *
   * Since: 0.2
   */
  { "max-orders", "Maximum orders",
      "How many clips one run may order; 0: as many as there are items",
      FIELD (max_orders), KIND_UINT, PLAYING, 0, 0, G_MAXINT },
  /**
   * GstSeedancePlayout:prepare-timeout:
   *
   * Seconds after which a clip is given up whose bytes are all there, but whose
   * decoder stands still.
   *
   * Since: 0.2
   */
  { "prepare-timeout", "Prepare timeout",
      "Seconds after which a clip whose decoder stands still is given up",
      FIELD (prepare_timeout), KIND_UINT, PLAYING, 10, 1, 3600 },
  /**
   * GstSeedancePlayout:hold:
   *
   * While set, no further item is put on air. The item on air plays to its end,
   * and the next ones are still made ready.
   *
   * Since: 0.2
   */
  { "hold", "Hold", "Put no further item on air", FIELD (hold), KIND_BOOLEAN,
      PLAYING, FALSE },
  /**
   * GstSeedancePlayout:slate-color:
   *
   * Color of the slate, 0xAARRGGBB.
   *
   * Since: 0.2
   */
  { "slate-color", "Slate color", "Color of the slate, 0xAARRGGBB",
      FIELD (slate_color), KIND_UINT, READY, 0xff202020, 0, G_MAXUINT },
  /**
   * GstSeedancePlayout:slate-image:
   *
   * An image that the slate shows: a path or a URI.
   *
   * Since: 0.2
   */
  { "slate-image", "Slate image", "Image of the slate, a path or a URI",
      FIELD (slate_image), KIND_STRING, READY },
  /**
   * GstSeedancePlayout:slate-text:
   *
   * A text on the slate. In it `{eta}` becomes the time until a clip is likely
   * to be ready, and `{progress}` the percentage that its service reports.
   *
   * Since: 0.2
   */
  { "slate-text", "Slate text",
      "Text of the slate; {eta}: minutes and seconds until a clip is likely to "
      "be ready, {progress}: percent of it",
      FIELD (slate_text), KIND_STRING, READY },
  /**
   * GstSeedancePlayout:ai-label:
   *
   * A text in the lower right corner of every generated clip. A clip is not
   * shown when the text cannot be written into it.
   *
   * Since: 0.2
   */
  { "ai-label", "AI label",
      "Text in the lower right corner of every generated clip",
      FIELD (ai_label), KIND_STRING, READY },
  /**
   * GstSeedancePlayout:as-run:
   *
   * A file to which a line of JSON is added for each item that was on air or
   * failed. With #GstSeedancePlayout:rundown or #GstSeedancePlayout:prompts the
   * next run goes on behind the last item in this file.
   *
   * Since: 0.2
   */
  { "as-run", "As-run log",
      "File that gets a line (JSON) for each item that was on air or failed; a "
      "rundown goes on behind the last one",
      FIELD (as_run), KIND_STRING, READY },
};

/* An item that is not set, as in a list of numbers, becomes an empty string,
 * which playout_properties_check() refuses. */
static gchar **
to_strings (const GValue *array)
{
  guint size = gst_value_array_get_size (array);
  gchar **strings = g_new0 (gchar *, size + 1);

  for (guint i = 0; i < size; i++) {
    const gchar *text =
        g_value_get_string (gst_value_array_get_value (array, i));

    strings[i] = g_strdup (text ? text : "");
  }
  if (size == 0)
    g_clear_pointer (&strings, g_strfreev);

  return strings;
}

static void
from_strings (GValue *array, gchar **strings)
{
  for (; strings && *strings; strings++) {
    GValue string = G_VALUE_INIT;

    g_value_init (&string, G_TYPE_STRING);
    g_value_set_string (&string, *strings);
    gst_value_array_append_and_take_value (array, &string);
  }
}

#define NOTHING "Nothing was ordered and nothing is billed."

static guint first_id;

static const Property *
find (guint id)
{
  return id >= first_id && id < first_id + G_N_ELEMENTS (properties)
             ? &properties[id - first_id]
             : NULL;
}

static GParamSpec *
make_pspec (const Property *p)
{
  const gboolean has_range = p->kind == KIND_UINT && p->most < G_MAXUINT;
  const gchar *blurb =
      has_range ? gst_seedance_blurb_with_range (p->blurb, p->least, p->most)
                : p->blurb;

  switch (p->kind) {
    case KIND_STRING:
      return g_param_spec_string (p->name, p->nick, p->blurb, NULL, p->flags);
    case KIND_STRINGS:
      return gst_seedance_list_param_new (p->name, p->nick, p->blurb, p->flags);
    case KIND_UINT:
      return g_param_spec_uint (
          p->name, p->nick, blurb, 0, G_MAXUINT, p->fallback, p->flags);
    case KIND_BOOLEAN:
      return gst_seedance_boolean_param_new (
          p->name, p->nick, p->blurb, (gboolean) p->fallback, p->flags);
    case KIND_ON_EMPTY:
      return gst_seedance_enum_param_new (p->name, p->nick, p->blurb,
          get_on_empty_type (), (gint) p->fallback, p->flags);
    case KIND_START_WHEN:
      return gst_seedance_enum_param_new (p->name, p->nick, p->blurb,
          get_start_when_type (), (gint) p->fallback, p->flags);
    case KIND_CHAIN:
      return gst_seedance_enum_param_new (p->name, p->nick, p->blurb,
          get_chain_type (), (gint) p->fallback, p->flags);
  }
  g_assert_not_reached ();
}

guint
playout_properties_install (GObjectClass *klass, guint first)
{
  first_id = first;
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    g_object_class_install_property (
        klass, first + i, make_pspec (&properties[i]));

  return first + G_N_ELEMENTS (properties);
}

void
playout_properties_install_reports (
    GObjectClass *klass, guint status, guint stats)
{
  /**
   * GstSeedancePlayout:status:
   *
   * What is on air (`on-air`, `left` in nanoseconds), what comes `next`, how
   * many nanoseconds of material are `ready`, how many orders are `in-flight`,
   * the items that are `waiting` (each with `id`, `progress` and `eta`), how
   * many `items` are left, which `share` of the time can be new material in the
   * long run, and why nothing is ordered (`blocked`).
   *
   * Since: 0.2
   */
  g_object_class_install_property (klass, status,
      g_param_spec_boxed ("status", "Status",
          "What is on air, what comes next, and what is waited for",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstSeedancePlayout:stats:
   *
   * Counts of the current or the last run: `frames` of the output; of these
   * `held` (the clip had no frame in time, so the last one stood), `duplicated`
   * (a clip's frame repeated to reach the output's frame rate) and `empty` (no
   * clip was ready); frames `dropped` because downstream was too slow; items
   * `played`, `replayed`, `skipped` and `failed`; `orders`, and what the
   * service told of their cost: the sum of the `tokens`, and `spent`, a text
   * with the sum of each unit, such as "1.26 USD".
   *
   * Since: 0.2
   */
  g_object_class_install_property (klass, stats,
      g_param_spec_boxed ("stats", "Statistics",
          "Counts of the current or the last run: frames, held, duplicated, "
          "empty, dropped, played, replayed, skipped, failed, orders, tokens, "
          "spent",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static gpointer
field_of (const PlayoutSettings *settings, const Property *property)
{
  return (guint8 *) settings + property->field;
}

void
playout_properties_init (PlayoutSettings *settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
    const Property *property = &properties[i];

    if (property->kind != KIND_STRING && property->kind != KIND_STRINGS)
      *(guint *) field_of (settings, property) = property->fallback;
  }
}

gboolean
playout_properties_set (
    PlayoutSettings *settings, guint id, const GValue *value)
{
  const Property *property = find (id);
  gpointer field = property ? field_of (settings, property) : NULL;

  if (!property)
    return FALSE;
  switch (property->kind) {
    case KIND_STRING:
      g_free (*(gchar **) field);
      *(gchar **) field = g_value_dup_string (value);
      break;
    case KIND_STRINGS:
      g_strfreev (*(gchar ***) field);
      *(gchar ***) field = to_strings (value);
      break;
    case KIND_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case KIND_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case KIND_ON_EMPTY:
    case KIND_START_WHEN:
    case KIND_CHAIN:
      *(gint *) field = g_value_get_enum (value);
      break;
  }

  return TRUE;
}

gboolean
playout_properties_get (
    const PlayoutSettings *settings, guint id, GValue *value)
{
  const Property *property = find (id);
  gpointer field = property ? field_of (settings, property) : NULL;

  if (!property)
    return FALSE;
  switch (property->kind) {
    case KIND_STRING:
      g_value_set_string (value, *(gchar **) field);
      break;
    case KIND_STRINGS:
      from_strings (value, *(gchar ***) field);
      break;
    case KIND_UINT:
      g_value_set_uint (value, *(guint *) field);
      break;
    case KIND_BOOLEAN:
      g_value_set_boolean (value, *(gboolean *) field);
      break;
    case KIND_ON_EMPTY:
    case KIND_START_WHEN:
    case KIND_CHAIN:
      g_value_set_enum (value, *(gint *) field);
      break;
  }

  return TRUE;
}

static gboolean
refuse (const Property *property, gint64 number, const gchar *outcome,
    GError **error)
{
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The value %" G_GINT64_FORMAT " of %s is out of range. Set %s to a value "
      "from %u to %u. %s",
      number, property->name, property->name, property->least, property->most,
      outcome);

  return FALSE;
}

static gboolean
is_in_range (const Property *property, gint64 number)
{
  return number >= property->least && number <= property->most;
}

static gboolean
check_list (const Property *property, GStrv strings, GError **error)
{
  if (!strings || !g_strv_contains ((const gchar *const *) strings, ""))
    return TRUE;
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The list %s holds something that is no text, or an empty text. " NOTHING,
      property->name);

  return FALSE;
}

static gboolean
check_property (
    const PlayoutSettings *settings, const Property *property, GError **error)
{
  gpointer field = field_of (settings, property);
  gint64 number;

  if (property->kind == KIND_STRINGS)
    return check_list (property, *(GStrv *) field, error);
  if (property->kind == KIND_STRING || property->kind == KIND_BOOLEAN)
    return TRUE;
  number = property->kind == KIND_UINT ? (gint64) * (guint *) field
                                       : *(gint *) field;

  return is_in_range (property, number) ||
         refuse (property, number, NOTHING, error);
}

gboolean
playout_properties_check (const PlayoutSettings *settings, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
    if (!check_property (settings, &properties[i], error))
      return FALSE;
  }

  return TRUE;
}

gboolean
playout_properties_check_value (guint id, const GValue *value, GError **error)
{
  const Property *property = find (id);
  gint64 number;

  if (!property || !(G_VALUE_HOLDS_UINT (value) || G_VALUE_HOLDS_ENUM (value)))
    return TRUE;
  number = G_VALUE_HOLDS_UINT (value) ? (gint64) g_value_get_uint (value)
                                      : g_value_get_enum (value);

  return is_in_range (property, number) ||
         refuse (property, number, "The old value still holds.", error);
}

void
playout_properties_update (
    PlayoutSettings *settings, const PlayoutSettings *from)
{
  settings->on_empty = from->on_empty;
  settings->prefetch_time = from->prefetch_time;
  settings->max_in_flight = from->max_in_flight;
  settings->max_orders = from->max_orders;
  settings->prepare_timeout = from->prepare_timeout;
  settings->hold = from->hold;
}

void
playout_settings_copy (PlayoutSettings *to, const PlayoutSettings *from)
{
  playout_settings_clear (to);
  *to = *from;
  to->slate_image = g_strdup (from->slate_image);
  to->slate_text = g_strdup (from->slate_text);
  to->ai_label = g_strdup (from->ai_label);
  to->rundown = g_strdup (from->rundown);
  to->as_run = g_strdup (from->as_run);
  to->prompts = g_strdupv (from->prompts);
  to->filler = g_strdupv (from->filler);
}

void
playout_settings_clear (PlayoutSettings *settings)
{
  g_clear_pointer (&settings->slate_image, g_free);
  g_clear_pointer (&settings->slate_text, g_free);
  g_clear_pointer (&settings->ai_label, g_free);
  g_clear_pointer (&settings->rundown, g_free);
  g_clear_pointer (&settings->as_run, g_free);
  g_clear_pointer (&settings->prompts, g_strfreev);
  g_clear_pointer (&settings->filler, g_strfreev);
}
