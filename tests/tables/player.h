/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that play one line in a process of their own. */
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

/* Starts @program with @line; where that has no sink, it is written to a file,
 * which must come to be the clip. A process of root is not above the rights of
 * files. */
Player *player_start (const gchar *program, const gchar *line);

/* The same, and no file of it gets larger than @bytes. */
Player *player_start_limited (
    const gchar *program, const gchar *line, goffset bytes);

/* Stays as it is at its end until it is killed. */
Player *player_start_staying (const gchar *line);

/* Until it says so. */
void player_wait_for (Player *player, const gchar *word);

/* Whether its file is the service's clip, once it has ended. */
gboolean player_has_clip (Player *player);

/* Ends the player: "whole" when its file is the service's clip, "killed",
 * "stopped", or what its error says about money. Never to be freed. */
const gchar *player_end (Player *player);

/* Start and end; @format is a line. */
const gchar *player_play (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* Whether gst-launch-1.0 can load the plugin: not one with a sanitizer. */
gboolean player_can_launch (void);

G_END_DECLS
