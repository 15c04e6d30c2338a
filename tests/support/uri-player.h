/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An application with a player that opens a clip by its URI. */
#pragma once

#include "run.h"

G_BEGIN_DECLS

/* That of CLIP. */
#define TEST_BOAT "seedance:?prompt=boat&resolution=480p&duration=1&seed=7"

/* playbin, playbin3, and what they are made of; the first TEST_N_PLAYBINS are
 * playbins, which are pipelines by themselves. */
#define TEST_N_PLAYERS 5
#define TEST_N_PLAYBINS 2

typedef struct {
  TestRun *run;
  GstElement *player;
  GstElement *source; /* once it was set up */
  gboolean submit;
  const gchar *set, *to; /* one more property of the source, and its value */
  gint frames; /* atomic: what reached the sink of the pictures, "out" */
} TestPlayer;

/* A player of the @kind; @submit is what the source's uri-submit is set to. */
TestPlayer *test_player_new (gint kind, const gchar *uri, gboolean submit);
void test_player_free (TestPlayer *player);

/* Plays a clip of TEST_FRAMES to its end, and asserts that all came. */
void test_player_to_end (TestPlayer *player);

G_END_DECLS
