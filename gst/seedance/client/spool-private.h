/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the halves of a spool share: spool.c shows blocks to readers, and
 * spool-writer.c brings them to the disk. */
#pragma once

#include "spool.h"

#include "ranges.h"

G_BEGIN_DECLS

/* A reader that keeps up finds what it wants in one of the last blocks. */
#define SEEDANCE_SPOOL_RECENT 8

struct _SeedanceSpool {
  int fd;
  gchar *path; /* final */
  GMutex *lock;
  GCond *cond;
  SeedanceSpoolHook hook;
  gpointer user_data;

  /* Under the lock. */
  SeedanceRanges *there;
  SeedanceBlock
      *recent[SEEDANCE_SPOOL_RECENT]; /* the latest first; any may be NULL */
  GQueue unwritten; /* blocks that were shown and are not on disk */
  gboolean writing; /* the disk thread is at it, or about to be */
  GError *failed;   /* why no more is written */
  guint64 read_end; /* where the last read of a reader ended */
  gint64 read_time; /* and when, monotonic, microseconds */
  gboolean waiting; /* for the reader */
  gboolean is_new;  /* and not opened */

  /* The writer's, on the disk thread. */
  gchar *part;           /* until committed, else NULL */
  int direct_fd;         /* -1 = not open */
  gboolean no_direct;    /* the file system does not know how */
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
void seedance_spool_backlog_join (gboolean join);

/* Waits, without locks, until there is room for @size more bytes that are not
 * on disk, in the whole process, and counts them. */
void seedance_spool_backlog_take (gsize size);

/* Has a block written whose bytes are counted and that was shown. FALSE with
 * the error of an earlier one when that failed. */
gboolean seedance_spool_queue_locked (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Nothing is written after this, until more is queued; lets go of the lock for
 * as long as a write takes. */
void seedance_spool_stop_writing_locked (SeedanceSpool *spool);

G_END_DECLS
