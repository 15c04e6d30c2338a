/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers queries. No query blocks or starts anything. While the size of the
 * clip is not known the answer is -1, which typefind and qtdemux accept. */

#include "gstseedancesrc-private.h"

static gint64
known_size (GstSeedanceSrc *self)
{
  SeedanceClipState state;

  seedance_clip_get_state (self->clip, &state);
  seedance_clip_state_clear (&state);

  return state.download.readable ? state.download.size : -1;
}

static gboolean
answer_buffering (GstSeedanceSrc *self, GstQuery *query)
{
  GstSeedanceLevel level;
  SeedanceSupply supply;

  if (!seedance_clip_is_open (self->clip))
    return FALSE;
  gst_seedance_bufferer_look (self->bufferer, &level, &supply);

  return gst_seedance_buffering_answer (query, &level, &supply);
}

static gboolean
is_about_bytes (GstQuery *query)
{
  GstFormat format;

  if (GST_QUERY_TYPE (query) == GST_QUERY_DURATION)
    gst_query_parse_duration (query, &format, NULL);
  else
    gst_query_parse_seeking (query, &format, NULL, NULL, NULL);

  return format == GST_FORMAT_BYTES;
}

gboolean
gst_seedance_src_answer_query (
    GstSeedanceSrc *self, GstQuery *query, gboolean *answered)
{
  const GstFormat format = GST_FORMAT_BYTES;

  *answered = TRUE;
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_BUFFERING:
      *answered = answer_buffering (self, query);
      return TRUE;
    case GST_QUERY_SCHEDULING:
      gst_query_set_scheduling (query, GST_SCHEDULING_FLAG_SEEKABLE, 1, -1, 0);
      gst_query_add_scheduling_mode (query, GST_PAD_MODE_PULL);
      gst_query_add_scheduling_mode (query, GST_PAD_MODE_PUSH);
      return TRUE;
    case GST_QUERY_DURATION:
      *answered = is_about_bytes (query);
      if (*answered)
        gst_query_set_duration (query, format, known_size (self));
      return TRUE;
    case GST_QUERY_SEEKING:
      *answered = is_about_bytes (query);
      if (*answered)
        gst_query_set_seeking (query, format, TRUE, 0, known_size (self));
      return TRUE;
    case GST_QUERY_URI:
      *answered = gst_seedance_src_answer_uri (self, query);
      return TRUE;
    default:
      return FALSE;
  }
}
