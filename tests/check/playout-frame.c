/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* playout_frame_get_last() returns the last frame only of a clip that was read
 * to its end. */

#include "air.h"
#include "playout-frame.h"

#include <gst/app/gstappsink.h>
#include <string.h>

/* What happens after most of the clip was read and a picture was decoded. */
typedef enum { BREAK_HANGS, BREAK_STOPPED, BREAK_FAILS, BREAK_NOT } Break;

typedef struct {
  Break how;
  guint64 left; /* bytes of the clip that still pass */
  GstElement *source;
  gint held; /* atomic */
  gboolean told;
} Broken;

static GstPadProbeReturn
on_bytes (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Broken *broken = user_data;

  if (broken->how == BREAK_NOT || broken->left > info->size) {
    broken->left -= MIN (broken->left, info->size);
    return GST_PAD_PROBE_PASS;
  }
  g_atomic_int_set (&broken->held, TRUE);

  return GST_PAD_PROBE_OK;
}

static gboolean
has_picture (Broken *broken)
{
  GstObject *pipeline = gst_object_get_parent (GST_OBJECT (broken->source));
  GstIterator *sinks = gst_bin_iterate_all_by_element_factory_name (
      GST_BIN (pipeline), "appsink");
  GValue sink = G_VALUE_INIT;
  g_autoptr (GstStructure) stats = NULL;
  guint64 rendered = 0;

  if (gst_iterator_next (sinks, &sink) == GST_ITERATOR_OK) {
    g_object_get (g_value_get_object (&sink), "stats", &stats, NULL);
    gst_structure_get_uint64 (stats, "rendered", &rendered);
    g_value_unset (&sink);
  }
  gst_iterator_free (sinks);
  gst_object_unref (pipeline);

  return rendered > 0;
}

static gboolean
on_look (gpointer user_data)
{
  Broken *broken = user_data;

  if (!g_atomic_int_get (&broken->held) || !has_picture (broken))
    return FALSE;
  if (broken->how == BREAK_FAILS && !broken->told)
    GST_ELEMENT_ERROR (
        broken->source, RESOURCE, READ, ("The disk is gone."), (NULL));
  broken->told = TRUE;

  return broken->how == BREAK_STOPPED;
}

static gchar *
read_broken (const gchar *clip, Broken *broken, GError **error)
{
  g_autofree gchar *line = g_strdup_printf (
      "filesrc location=\"%s\" blocksize=1024 ! identity name=gate", clip);
  g_autofree gchar *data = NULL;
  GstElement *gate;
  GstPad *pad;
  gchar *image;
  gsize size;

  fail_unless (g_file_get_contents (clip, &data, &size, NULL));
  broken->left = size * 3 / 4;
  broken->source = gst_parse_bin_from_description (line, TRUE, NULL);
  gate = gst_bin_get_by_name (GST_BIN (broken->source), "gate");
  pad = gst_element_get_static_pad (gate, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_PULL,
      on_bytes, broken, NULL);
  image = playout_frame_get_last (broken->source, -1,
      (broken->how == BREAK_HANGS ? 3 : 60) * (gint64) GST_SECOND, on_look,
      broken, error);
  gst_object_unref (pad);
  gst_object_unref (gate);

  return image;
}

/* A picture from the middle of a clip must not be taken for its last frame. */
GST_START_TEST (a_clip_that_breaks_has_no_last_frame)
{
  static const struct {
    Break how;
    const gchar *text;
  } cases[] = {
    { BREAK_HANGS, "the decoder stood still" },
    { BREAK_STOPPED, "it was stopped" },
    { BREAK_FAILS, "The disk is gone." },
    { BREAK_NOT, NULL },
  };
  g_autofree gchar *clip = NULL;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  clip = test_air_write_clip ("clip.mp4", 71);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Broken broken = { .how = cases[i].how };
    g_autoptr (GError) error = NULL;
    g_autofree gchar *image = read_broken (clip, &broken, &error);

    fail_unless ((image == NULL) == (cases[i].text != NULL), "case %u", i);
    fail_unless ((error == NULL) == (cases[i].text == NULL), "case %u", i);
    fail_unless (!error || strstr (error->message, cases[i].text), "%s",
        error ? error->message : "");
  }
}
GST_END_TEST

static Suite *
playout_frame_suite (void)
{
  Suite *suite = suite_create ("playout-frame");
  TCase *tcase = test_case_new (suite, "frame");

  tcase_add_test (tcase, a_clip_that_breaks_has_no_last_frame);

  return suite;
}

GST_CHECK_MAIN (playout_frame)
