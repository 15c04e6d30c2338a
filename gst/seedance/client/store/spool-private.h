/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a spool share: spool.c shows blocks to readers,
 * spool-writer.c brings them to the disk, and spool-part.c keeps what is not a
 * whole clip yet for a later run. */
#pragma once

#include "spool.h"

#include "ranges.h"

G_BEGIN_DECLS

struct _SeedanceSpool {
  SeedanceIo *io; /* NULL of a clip that is only read */
  int fd;
  gchar *path; /* final */
  GMutex *lock;
  GCond *cond;
  SeedanceSpoolHook hook;
  gpointer user_data;

  /* Under the lock. */
  SeedanceRanges *there;
  GQueue blocks;    /* that were shown, the latest first: what is not on disk,
                     * and the last few */
  gboolean writing; /* the folder's thread is at it, or about to be */
  GError *failed;   /* why no more is written */
  guint64 cut;      /* where the file ends before more is written;
                     * G_MAXUINT64 = where it does */
  gboolean discarded;
  SeedanceSpoolFacts facts;
  gboolean facts_written; /* to the map */

  /* The folder's thread's. */
  gchar *part; /* until committed, else NULL */
  gchar *map;  /* of a part that is kept, else NULL */
  int map_fd;  /* -1 = nobody will go on with it */
  gsize not_written_out; /* bytes */
  SeedanceSpoolDone done;
  gpointer done_data;
};

/* spool-writer.c */

/* Sets READ or NO_SPACE from errno and returns FALSE; @what is a verb. */
gboolean seedance_spool_set_error (
    GError **error, const gchar *what, const gchar *path);

/* Has a block written that was shown, and for which there is room in @io. FALSE
 * with the error of an earlier one when that failed. */
gboolean seedance_spool_queue_locked (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Writes all that was shown, on the folder's thread, when the spool is about to
 * be freed. */
void seedance_spool_write_rest_locked (SeedanceSpool *spool);

/* Lets go of all blocks, written or not. */
void seedance_spool_drop_blocks_locked (SeedanceSpool *spool);

/* spool-part.c */

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

G_END_DECLS
