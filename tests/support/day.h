/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A day on air: runs of seedanceplayout that play the rundown day.jsonl and
 * write the log as-run.jsonl, both in the test's home. */
#pragma once

#include "run.h"

G_BEGIN_DECLS

#define PLAYOUT \
  "seedanceplayout name=src poll-interval=100 resolution=480p duration=1 "
/* Small, because what is shown does not matter here. */
#define OUTPUT \
  " src.video ! video/x-raw,width=64,height=36,framerate=25/1 " \
  "! fakesink name=out src.audio ! fakesink"
#define LINE(id, prompt) "{\"id\":\"" id "\",\"prompt\":\"" prompt "\"}\n"
#define THREE LINE ("a", "One") LINE ("b", "Two") LINE ("c", "Three")

/* Writes @text to the file @name, which is opened with @flags. */
void test_day_put (const gchar *name, gint flags, const gchar *text);
/* Adds @text to the rundown. */
void test_day_append (const gchar *text);

/* Returns the launch line of the day with further @properties. g_free(). */
gchar *test_day_make_line (const gchar *properties);
/* Returns the run of that line. */
TestRun *test_day_new_run (const gchar *properties);

/* Returns how often the log has the item @id with @reason. */
guint test_day_count_logged (const gchar *id, const gchar *reason);

G_END_DECLS
