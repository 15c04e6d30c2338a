/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstURIHandler for seedance: URIs, by which players and editors open a clip,
 * and the answer to the URI query. A player sets the URI first; its application
 * may set other properties after that, for example in the signal
 * source-setup. */

#include "gstseedancesrc-private.h"

#include "gstseedanceuri.h"
#include "unique.h"
#include "uri.h"

/* Returns the URI of the task of this run, for settings that no URI can
 * express; NULL while no task is known. */
static gchar *
make_task_uri (GstSeedanceSrc *self)
{
  g_autoptr (SeedanceUri) uri = seedance_uri_new ();
  g_auto (GValue) task_id = G_VALUE_INIT;

  g_value_init (&task_id, G_TYPE_STRING);
  if (seedance_clip_is_open (self->clip))
    gst_seedance_src_get_current_task_id (self, &task_id);
  uri->task_id = g_value_dup_string (&task_id);

  return uri->task_id ? seedance_uri_to_string (uri) : NULL;
}

static gboolean
is_from_uri (GstSeedanceSrc *self)
{
  gboolean from_uri;

  GST_OBJECT_LOCK (self);
  from_uri = self->from_uri;
  GST_OBJECT_UNLOCK (self);

  return from_uri;
}

static gchar *
make_uri (GstSeedanceSrc *self)
{
  gchar *uri;

  GST_OBJECT_LOCK (self);
  uri = gst_seedance_uri_write (&self->settings);
  GST_OBJECT_UNLOCK (self);

  return uri ? uri : make_task_uri (self);
}

/* GStreamer makes the stream ids of this name. Editors find the streams of a
 * clip again by these ids, so a URI has the same name in every run. Without a
 * URI each run has a name of its own, because each may play another clip. */
static gchar *
make_name (GstSeedanceSrc *self)
{
  g_autofree gchar *uri = is_from_uri (self) ? make_uri (self) : NULL;
  g_autofree gchar *unique =
      uri ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, uri, -1)
          : seedance_unique ();

  return g_strdup_printf ("%s:%s.mp4", SEEDANCE_URI_SCHEME, unique);
}

void
gst_seedance_src_renew_name (GstSeedanceSrc *self)
{
  gchar *name = make_name (self), *old;

  GST_OBJECT_LOCK (self);
  old = self->run.name;
  self->run.name = name;
  GST_OBJECT_UNLOCK (self);
  g_free (old);
}

/* Returns TRUE if the URI query probably comes from GStreamer itself: the pad
 * is active and no byte was asked for. The base class makes the stream id of
 * the answer, and typefind looks at its extension. With .mp4 typefind
 * recognizes the clip by its first box. Without an extension it reads 128 KiB
 * first, which on a slow link takes longer than everything that the first frame
 * needs. In push mode an element with a URI always answers with that URI.
 *
 * Such a name is no URI of a clip, and set_uri() refuses it. An application
 * that asks so early gets a name that orders nothing. */
static gboolean
is_asked_for_a_name (GstSeedanceSrc *self)
{
  const GstPadMode mode = GST_PAD_MODE (GST_BASE_SRC_PAD (self));

  if (mode == GST_PAD_MODE_NONE || g_atomic_int_get (&self->run.asked))
    return FALSE;

  return mode == GST_PAD_MODE_PULL || !is_from_uri (self);
}

gboolean
gst_seedance_src_answer_uri (GstSeedanceSrc *self, GstQuery *query)
{
  g_autofree gchar *uri = NULL;

  if (is_asked_for_a_name (self)) {
    GST_OBJECT_LOCK (self);
    uri = g_strdup (self->run.name);
    GST_OBJECT_UNLOCK (self);
  } else {
    uri = make_uri (self);
  }
  if (uri)
    gst_query_set_uri (query, uri);

  return uri != NULL;
}

gboolean
gst_seedance_src_may_order_locked (GstSeedanceSrc *self)
{
  return !self->from_uri || self->settings.uri_submit ||
         g_strcmp0 (g_getenv ("SEEDANCE_URI_SUBMIT"), "1") == 0;
}

gboolean
gst_seedance_src_may_spend (gpointer user_data, GError **error)
{
  GstSeedanceSrc *self = user_data;

  if (g_atomic_int_get (&self->run.may_order))
    return TRUE;
  g_propagate_error (error, seedance_uri_refuse_order ());

  return FALSE;
}

static GstURIType
get_uri_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
get_protocols (GType type)
{
  static const gchar *const protocols[] = { SEEDANCE_URI_SCHEME, NULL };

  return protocols;
}

static gchar *
get_uri (GstURIHandler *handler)
{
  return make_uri (GST_SEEDANCE_SRC (handler));
}

/* Replaces all settings that say what the clip shall be: a field that the URI
 * does not have goes back to its default. The same URI is the same clip,
 * however often it is opened, so this also sets `reuse` to always. */
static void
adopt_locked (GstSeedanceSrc *self, const GstSeedanceSettings *settings)
{
  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);
    g_auto (GValue) value = G_VALUE_INIT;

    if (property->part != GST_SEEDANCE_PART_REQUEST)
      continue;
    g_value_init (&value, gst_seedance_property_get_value_type (property));
    gst_seedance_settings_get (settings, id, &value);
    gst_seedance_settings_set (&self->settings, id, &value);
  }
  g_clear_pointer (&self->settings.image_name, g_free);
  self->settings.reuse = SEEDANCE_REUSE_ALWAYS;
  self->from_uri = TRUE;
}

static void
notify_if_changed (
    GstSeedanceSrc *self, const GstSeedanceSettings *before, guint id)
{
  const GstSeedanceProperty *property = gst_seedance_property_find (id);
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (self), property->name);
  g_auto (GValue) old = G_VALUE_INIT, now = G_VALUE_INIT;

  g_value_init (&old, pspec->value_type);
  g_value_init (&now, pspec->value_type);
  gst_seedance_settings_get (before, id, &old);
  GST_OBJECT_LOCK (self);
  gst_seedance_settings_get (&self->settings, id, &now);
  GST_OBJECT_UNLOCK (self);
  if (!gst_seedance_is_same_value (pspec, &old, &now))
    g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

static gboolean
take_settings (GstSeedanceSrc *self, const GstSeedanceSettings *settings)
{
  GstSeedanceSettings before;
  gboolean late;

  gst_seedance_settings_init (&before);
  GST_OBJECT_LOCK (self);
  late = self->run.prepared;
  gst_seedance_settings_copy (&before, &self->settings);
  if (!late)
    adopt_locked (self, settings);
  GST_OBJECT_UNLOCK (self);
  for (guint id = 1; !late && gst_seedance_property_find (id); id++)
    notify_if_changed (self, &before, id);
  gst_seedance_settings_clear (&before);
  /* In pull mode a demuxer may ask for the name before the next run begins. */
  if (!late)
    gst_seedance_src_renew_name (self);

  return !late;
}

static gboolean
set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  GstSeedanceSettings settings;
  gboolean good;

  gst_seedance_settings_init (&settings);
  good = gst_seedance_uri_read (uri, &settings, error);
  if (good) {
    good = take_settings (GST_SEEDANCE_SRC (handler), &settings);
    if (!good)
      g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
          "seedancesrc takes a URI in NULL and READY only, and plays another "
          "one now.");
  }
  gst_seedance_settings_clear (&settings);

  return good;
}

void
gst_seedance_src_init_uri_handler (gpointer iface, gpointer unused)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = get_uri_type;
  handler->get_protocols = get_protocols;
  handler->get_uri = get_uri;
  handler->set_uri = set_uri;
}
