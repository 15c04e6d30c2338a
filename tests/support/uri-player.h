/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Imitates an application whose player opens a clip by its URI. */
#pragma once

#include "run.h"

G_BEGIN_DECLS

/* The URI of the same clip that CLIP orders. */
#define TEST_BOAT "seedance:?prompt=boat&resolution=480p&duration=1&seed=7"

/* playbin, playbin3, and three smaller players in pipelines of their own. The
 * first TEST_N_PLAYBINS of the TEST_N_PLAYERS kinds are playbins. */
#define TEST_N_PLAYERS 5
#define TEST_N_PLAYBINS 2

typedef struct {
  TestRun *run;
  GstElement *player;
  GstElement *source; /* set when "source-setup" was emitted */
  gboolean submit;
  const gchar *set, *to; /* one more property of the source, and its value */
  gint frames; /* atomic: buffers that reached the video sink */
} TestPlayer;

/* Makes a player of @kind, from 0 to TEST_N_PLAYERS - 1, with the source's
 * uri-submit set to @submit. The caller frees it with test_player_free(). */
TestPlayer *test_player_new (gint kind, const gchar *uri, gboolean submit);
void test_player_free (TestPlayer *player);

/* Plays a clip of TEST_FRAMES frames to its end, and asserts that all frames
 * came. */
void test_player_to_end (TestPlayer *player);

G_END_DECLS
