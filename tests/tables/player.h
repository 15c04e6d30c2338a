/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A player: a program that plays one launch line in a process of its own. */
#pragma once

#include <gio/gio.h>

#include "run.h"

G_BEGIN_DECLS

#define PLAY "seedance-play"
#define LAUNCH "gst-launch-1.0"

typedef struct {
  GSubprocess *process;
  gchar *file;
  GString *said;
} Player;

/* Starts @program with @line. If the line has no sink, the player writes the
 * clip to a file. File permissions bind the process even if it runs as root.
 * The caller frees the player with player_end(). */
Player *player_start (const gchar *program, const gchar *line);

/* The same; writing more than @bytes into a file fails like on a full disk. */
Player *player_start_limited (
    const gchar *program, const gchar *line, goffset bytes);

/* Starts a player that keeps its pipeline after the end until it is killed. */
Player *player_start_staying (const gchar *line);

/* Reads the player's output until a line ends with @word. Fails the test if the
 * player ends before that. */
void player_wait_for (Player *player, const gchar *word);

/* Waits for the player's end. Returns TRUE if its file is the service's
 * clip. */
gboolean player_has_clip (Player *player);

/* Waits for the player's end and frees it. Returns "whole" if its file is the
 * service's clip, "killed", "stopped", or what its error says about money. The
 * result is static. */
const gchar *player_end (Player *player);

/* Does player_start() and player_end() for the launch line in @format. */
const gchar *player_play (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* Returns TRUE if gst-launch-1.0 can load the plugin; it cannot load one that
 * is built with a sanitizer. */
gboolean player_can_launch (void);

G_END_DECLS
