/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a spool share: spool.c shows blocks to readers,
 * spool-writer.c brings them to the disk, and spool-part.c keeps what is not a
 * whole clip yet for a later run. */
#pragma once

#include "spool.h"

#include "ranges.h"

G_BEGIN_DECLS

/* A reader that keeps up finds what it wants in one of the last blocks. */
#define SEEDANCE_SPOOL_RECENT 8

/* What waits to be written in one folder. */
typedef struct _SeedanceBacklog SeedanceBacklog;

struct _SeedanceSpool {
  SeedanceIo *io;           /* NULL of a clip that is only read */
  SeedanceBacklog *backlog; /* the same */
  int fd;
  gchar *path; /* final */
  GMutex *lock;
  GMutex own_lock; /* when it has outlived its owner */
  GCond *cond;
  SeedanceSpoolHook hook;
  gpointer user_data;

  /* Under the lock. */
  SeedanceRanges *there;
  SeedanceBlock
      *recent[SEEDANCE_SPOOL_RECENT]; /* the latest first; any may be NULL */
  GQueue unwritten; /* blocks that were shown and are not on disk */
  gboolean writing; /* the folder's thread is at it, or about to be */
  GError *failed;   /* why no more is written */
  guint64 cut;      /* where the file ends before more is written;
                     * G_MAXUINT64 = where it does */
  guint times_cleared;
  guint64 read_end; /* where the last read of a reader ended */
  gint64 read_time; /* and when, monotonic, microseconds */
  gboolean waiting; /* for the reader */
  gboolean discarded;
  gboolean is_kept; /* its part file stays */

  SeedanceSpoolFacts facts;
  gboolean facts_written; /* to the map */
  gint64 wrote; /* when blocks were last written, monotonic, microseconds */

  /* The writer's, on the folder's thread. */
  gchar *part;           /* until committed, else NULL */
  gchar *map;            /* of a part that is kept, else NULL */
  int map_fd;            /* -1 = nobody will go on with it */
  gsize not_written_out; /* bytes */
  SeedanceSpoolDone done;
  gpointer done_data;
};

/* Sets READ or NO_SPACE from errno and returns FALSE; @what is a verb. */
gboolean seedance_spool_set_error (
    GError **error, const gchar *what, const gchar *path);

/* Whether a reader that goes on from its last read soon loses what it wants
 * from memory, if a block is stored at @offset. */
gboolean seedance_spool_is_behind_locked (
    const SeedanceSpool *spool, guint64 offset);

/* Lets go of the last blocks. */
void seedance_spool_forget_recent (SeedanceSpool *spool);

/* A spool that is to be filled is there, or gone. */
void seedance_spool_backlog_join (SeedanceSpool *spool, SeedanceIo *io);
void seedance_spool_backlog_leave (SeedanceSpool *spool);

/* Waits a moment, without locks, until there is room for @size more bytes that
 * are not on disk, in the whole folder, and counts them. */
void seedance_spool_backlog_take (SeedanceSpool *spool, gsize size);

/* Has a block written whose bytes are counted and that was shown. FALSE with
 * the error of an earlier one when that failed. */
gboolean seedance_spool_queue_locked (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Opens the part file that a later run can go on with, and takes over what one
 * before left in it. FALSE when it is another's, or in use. May read all of
 * it. */
gboolean seedance_spool_part_open (SeedanceSpool *spool);

/* Whether @path is the name of the spool's own file. */
gboolean seedance_spool_is_at (const SeedanceSpool *spool, const gchar *path);

/* Notes bytes that were written, on the folder's thread without the lock; and
 * that none are there any more. */
void seedance_spool_map_add (
    SeedanceSpool *spool, guint64 start, const guint8 *data, gsize size);
void seedance_spool_map_clear (SeedanceSpool *spool);

void seedance_spool_facts_clear (SeedanceSpoolFacts *facts);

/* Closes everything and frees it. Nobody else has it. */
void seedance_spool_destroy (SeedanceSpool *spool);

/* Nothing is written after this; what was not stays in memory. */
void seedance_spool_hold_writing_locked (SeedanceSpool *spool);

/* Writes what is left, then destroys it, soon, on the folder's thread. */
void seedance_spool_keep (SeedanceSpool *spool);

/* Nothing is written after this, and what was not goes; lets go of the lock for
 * as long as a write takes. */
void seedance_spool_stop_writing_locked (SeedanceSpool *spool);

/* What waits to be written is not wanted any more. */
void seedance_spool_drop_unwritten_locked (SeedanceSpool *spool);

G_END_DECLS
