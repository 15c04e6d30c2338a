/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The as-run log: one line of JSON for each item that left the air or was
 * passed over, and what a restart reads from it. GLib and cJSON only. Writing
 * belongs to one thread (the worker's); a line is written whole or not at all,
 * and a half line that a crash left is closed before the next one. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceAsrun SeedanceAsrun;

typedef struct {
  const gchar *id, *task_id, *uri;
  const gchar *metadata; /* JSON text; put in as it is */
  gint64 out;            /* of the item, nanoseconds; -1 = the clip's end */
  gint64 planned;        /* UTC, microseconds since 1970; -1 = not known */
  gint64 started;        /* the same; -1 = was not on air */
  gint64 running_time;   /* of the first frame, nanoseconds; -1 */
  guint64 frames, held;  /* shown; of these repeated because none was there */
  /* end, skipped, removed, stopped, or why it failed (the reasons of
   * seedancesrc's errors, no-picture, hangs) */
  const gchar *reason;
  const gchar *cost; /* as the service wrote it; NULL */
  gboolean replay, filler;
} SeedanceAsrunLine;

/* Appends to @path, which is created when it is not there. NULL with a GError
 * of G_FILE_ERROR. */
SeedanceAsrun *seedance_asrun_open (const gchar *path, GError **error);
void seedance_asrun_close (SeedanceAsrun *asrun);

/* A full disk must not disturb the output: the error is told, the next line is
 * tried again. */
gboolean seedance_asrun_write (
    SeedanceAsrun *asrun, const SeedanceAsrunLine *line, GError **error);

/* What an item was played from. */
typedef struct {
  gchar *task_id, *uri; /* one of them may be NULL */
  gint64 out;           /* nanoseconds; -1 = the clip's end */
} SeedancePastItem;

/* What a log tells a restart. Replays and filler are left out, and what was
 * "stopped", because it is to be played again. */
typedef struct {
  GPtrArray *played; /* ids of what was on air, newest first */
  GHashTable *done;  /* set of these, and of what was passed over */
  GHashTable *items; /* id to SeedancePastItem, of what has a task or a file */
} SeedancePast;

SeedancePast *seedance_past_new (void);

/* Adds what the item @id was played from, or replaces it. */
void seedance_past_keep (SeedancePast *past, const gchar *id,
    const gchar *task_id, const gchar *uri, gint64 out);

void seedance_past_free (SeedancePast *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedancePast, seedance_past_free)

/* A log that is not there is empty. Lines that cannot be read are left out.
 * NULL with a GError of G_FILE_ERROR. */
SeedancePast *seedance_asrun_read (const gchar *path, GError **error);

G_END_DECLS
