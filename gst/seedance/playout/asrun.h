/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The as-run log: one line of JSON for each item that left the air or was
 * passed over. A restart reads from it what was played already. Uses GLib and
 * cJSON only.
 *
 * One thread, the worker, writes. A line is written whole or not at all. If a
 * crash left half a line, the next write ends that line first. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceAsrun SeedanceAsrun;

typedef struct {
  const gchar *id, *task_id, *uri;
  const gchar *metadata; /* JSON text, inserted verbatim; NULL */
  gint64 out;            /* of the item, nanoseconds; -1 = the clip's end */
  gint64 planned;        /* UTC, microseconds since 1970; -1 = not known */
  gint64 started;        /* the same; -1 = not on air */
  gint64 running_time;   /* of the first frame, ns; -1 = not on air */
  guint64 frames, held;  /* new frames; ticks that repeated the last one */
  /* end, skipped, stopped, format (the output changed its caps), or why the
   * item failed: a reason of seedancesrc's errors, no-picture, hangs, decode,
   * no-file. */
  const gchar *reason;
  const gchar *cost; /* text of the service; NULL = not told */
  gboolean replay, filler;
  gboolean again; /* the clip stood still on air, and is shown again */
} SeedanceAsrunLine;

/* Makes the log of the file @path, and opens nothing yet. Free with
 * seedance_asrun_close(). */
SeedanceAsrun *seedance_asrun_new (const gchar *path);
/* Opens the file for appending and creates it if needed. Returns FALSE with an
 * error of G_FILE_ERROR; then the next line tries it again. */
gboolean seedance_asrun_open (SeedanceAsrun *asrun, GError **error);
void seedance_asrun_close (SeedanceAsrun *asrun);

/* Appends a line; reopens the log first if it was moved away. Returns FALSE
 * with an error of G_FILE_ERROR, such as a full disk: the output goes on, and
 * the next line is tried again. */
gboolean seedance_asrun_write (
    SeedanceAsrun *asrun, const SeedanceAsrunLine *line, GError **error);

/* Appends a short line that is for restarts only, in the same way:
 * {"begun":ID}, {"removed":ID}, or, with @id NULL, {"cleared":true}. */
gboolean seedance_asrun_note (
    SeedanceAsrun *asrun, const gchar *note, const gchar *id, GError **error);

/* What an item was played from. */
typedef struct {
  gchar *task_id, *uri; /* one of them may be NULL */
  gint64 out;           /* nanoseconds; -1 = the clip's end */
} SeedancePastItem;

/* What a restart reads from a log. @played and @done contain no replays, no
 * filler and no items that were cut off: such an item is played again. */
typedef struct {
  GPtrArray *played; /* ids of what was on air, newest first */
  GHashTable *done;  /* ids: these, and what was passed over or removed */
  GHashTable *begun; /* ids of what was begun, and not cleared since */
  /* Ids of what may be repeated: it was whole on air, and the operator did not
   * take it off, not as a repeat either. */
  GHashTable *whole;
  GHashTable *items; /* id to SeedancePastItem, if it has a task or a file */
} SeedancePast;

/* Returns TRUE if @reason is why an item leaves the air that may be
 * repeated. */
gboolean seedance_asrun_was_whole (const gchar *reason);

SeedancePast *seedance_past_new (void);

/* Records what the item @id was played from; replaces an earlier record of
 * it. */
void seedance_past_keep (SeedancePast *past, const gchar *id,
    const gchar *task_id, const gchar *uri, gint64 out);

void seedance_past_free (SeedancePast *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedancePast, seedance_past_free)

/* Reads the last 32 MiB of the log @path. A missing log counts as empty; lines
 * that cannot be parsed are skipped. Returns NULL with an error of
 * G_FILE_ERROR. Free with seedance_past_free(). */
SeedancePast *seedance_asrun_read (const gchar *path, GError **error);

G_END_DECLS
