/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a spool share: spool.c shows blocks to readers,
 * spool-writer.c writes them to the file, and spool-part.c keeps an unfinished
 * part file, with a map of what is in it, for a later run. */
#pragma once

#include "spool.h"

#include "ranges.h"

G_BEGIN_DECLS

struct _SeedanceSpool {
  SeedanceIo *io; /* NULL if the clip is only read */
  int fd;
  gchar *path; /* the clip's final name */
  GMutex *lock;
  GCond *cond;
  SeedanceSpoolHook hook;
  gpointer user_data;

  /* Protected by the lock. */
  SeedanceRanges *there;
  /* Blocks that were shown, the newest first: those that are not on disk, and
   * the last few that are. */
  GQueue blocks;
  gboolean writing; /* write_call() is queued or runs */
  GError *failed;   /* why writing has stopped; NULL = it has not */
  guint64 cut;      /* size to cut the file to before the next write;
                     * G_MAXUINT64 = no cut is due */
  gboolean discarded;
  SeedanceSpoolFacts facts;
  gboolean facts_written; /* the map has the facts */

  /* Used by the folder's thread only. */
  gchar *part; /* name of the part file; NULL once committed */
  gchar *map;  /* name of a resumable part's map, else NULL */
  int map_fd;  /* -1 = no later run can use the part */
  gboolean unreadable;   /* reading the part or its map has failed */
  gsize not_written_out; /* bytes since the last sync_file_range() */
  SeedanceSpoolDone done;
  gpointer done_data;
};

/* spool-writer.c */

/* Sets READ or NO_SPACE by errno, which it keeps, and returns FALSE. @what is
 * the verb of the message. */
gboolean seedance_spool_set_error (
    GError **error, const gchar *what, const gchar *path);

/* Queues a block that was shown to be written. The caller has called
 * seedance_io_take_room() for it. Returns FALSE if an earlier write failed,
 * with the error of that one. */
gboolean seedance_spool_queue_locked (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Writes all blocks that were shown, queued or not. For seedance_spool_free(),
 * on the folder's thread. */
void seedance_spool_write_rest_locked (SeedanceSpool *spool);

/* Drops all blocks, written or not. */
void seedance_spool_drop_blocks_locked (SeedanceSpool *spool);

/* spool-part.c */

/* Opens the part file that a later run can continue and takes over what an
 * earlier one left in it; may read all of it. Returns FALSE if the file belongs
 * to somebody else, cannot be read now, or is open in another spool. Without
 * the lock. */
gboolean seedance_spool_part_open (SeedanceSpool *spool);

/* Returns TRUE if @path names the file that the spool has open. */
gboolean seedance_spool_is_at (const SeedanceSpool *spool, const gchar *path);

/* map_add() notes in the map that bytes were written, map_cut() that the file
 * ends at @end. On the folder's thread, without the lock. */
void seedance_spool_map_add (
    SeedanceSpool *spool, guint64 start, const guint8 *data, gsize size);
void seedance_spool_map_cut (SeedanceSpool *spool, guint64 end);

void seedance_spool_facts_clear (SeedanceSpoolFacts *facts);

G_END_DECLS
