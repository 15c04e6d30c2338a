/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implements the players of uri-player.h. */

#include "uri-player.h"

#define SINKS "video-sink=\"fakesink name=out\" audio-sink=fakesink"
#define VIDEO "! video/x-raw ! fakesink name=out"

static const gchar *const players[TEST_N_PLAYERS] = {
  "playbin name=player uri=\"%s\" " SINKS,
  "playbin3 name=player uri=\"%s\" " SINKS,
  "uridecodebin name=player uri=\"%s\" " VIDEO,
  "uridecodebin3 name=player uri=\"%s\" " VIDEO,
  "urisourcebin name=player uri=\"%s\" ! decodebin " VIDEO,
};

/* When "source-setup" is emitted, the source has its URI already. */
static void
on_source_setup (GstElement *element, GstElement *source, TestPlayer *player)
{
  g_object_set (
      source, "poll-interval", 100, "uri-submit", player->submit, NULL);
  if (player->set)
    gst_util_set_object_arg (G_OBJECT (source), player->set, player->to);
  gst_object_replace ((GstObject **) &player->source, GST_OBJECT_CAST (source));
}

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_inc (&((TestPlayer *) user_data)->frames);

  return GST_PAD_PROBE_OK;
}

/* A playbin is itself the pipeline and has its video sink in a property. */
TestPlayer *
test_player_new (gint kind, const gchar *uri, gboolean submit)
{
  TestPlayer *player = g_new0 (TestPlayer, 1);
  g_auto (GStrv) parts = g_strsplit (players[kind], "%s", 2);
  g_autofree gchar *line = g_strjoinv (uri, parts);
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;

  player->submit = submit;
  player->run = test_run_new ("%s", line);
  if (g_str_has_prefix (line, "playbin")) {
    player->player = gst_object_ref (player->run->pipeline);
    g_object_get (player->player, "video-sink", &sink, NULL);
  } else {
    player->player = gst_object_ref (test_run_get (player->run, "player"));
    sink = gst_object_ref (test_run_get (player->run, "out"));
  }
  g_signal_connect (
      player->player, "source-setup", G_CALLBACK (on_source_setup), player);
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, player, NULL);

  return player;
}

void
test_player_free (TestPlayer *player)
{
  test_run_free (player->run);
  gst_clear_object (&player->source);
  gst_object_unref (player->player);
  g_free (player);
}

void
test_player_to_end (TestPlayer *player)
{
  g_atomic_int_set (&player->frames, 0);
  test_run_to_end (player->run);
  fail_unless_equals_int (g_atomic_int_get (&player->frames), TEST_FRAMES);
}
