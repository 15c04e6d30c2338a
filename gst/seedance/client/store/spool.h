/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of one clip, in memory and in a file of the state folder.
 *
 * The network thread stores blocks in any order, the thread of the folder
 * (io.h) writes them to the file, and any thread may read them at any offset.
 * While a clip is being downloaded its file is called the part file. The spool
 * uses the lock and the condition of its owner: functions that end in _locked
 * need the lock held, and each new byte for readers broadcasts the condition.
 * Memory use does not grow with the clip: a spool holds the blocks that are not
 * written yet, which the whole process limits, and the last few that were, for
 * readers that keep up with the download. */
#pragma once

#include "block.h"
#include "error.h"
#include "io.h"

G_BEGIN_DECLS

typedef struct _SeedanceSpool SeedanceSpool;

/* Creates a spool with an empty part file @path.<unique>.part, which becomes
 * @path when it is committed. @io is the thread of the file's folder. Returns
 * NULL on errors NO_SPACE and READ. */
SeedanceSpool *seedance_spool_create (SeedanceIo *io, const gchar *path,
    GMutex *lock, GCond *cond, GError **error);

/* Like seedance_spool_create(), but with the part file @path.part. It outlives
 * a spool that is freed without a commit, so the new spool starts with the
 * bytes that an earlier run left in it. All of them are read here, to compare
 * them with their checksums. If another spool has that file open, or if it
 * cannot be read now, the new spool gets a file of its own, as from
 * seedance_spool_create(). Any thread. */
SeedanceSpool *seedance_spool_resume (SeedanceIo *io, const gchar *path,
    GMutex *lock, GCond *cond, GError **error);

/* Returns TRUE if a spool of seedance_spool_resume() has the file @path.part,
 * and FALSE if it has a file of its own. */
gboolean seedance_spool_is_resumed (const SeedanceSpool *spool);

/* Returns TRUE if a spool of any process writes the part file @path.part, or if
 * that cannot be found out. */
gboolean seedance_spool_may_be_in_use (const gchar *path);

/* Returns TRUE if there is such a file, or if that cannot be found out. */
gboolean seedance_spool_may_have_part (const gchar *path);

/* Returns FALSE if bytes of the clip are surely missing in the part file
 * @path.part. Reads only its map, and so does not tell whether the others are
 * damaged. */
gboolean seedance_spool_may_be_whole (const gchar *path);

/* Removes the files that seedance_spool_resume() keeps beside @path. */
void seedance_spool_remove_part (const gchar *path);

/* What is known of the clip that the bytes are from. A later run finds these
 * facts beside the part file. Only the thread that stores blocks may set or
 * read them. note_facts() copies the strings and takes the lock. */
typedef struct {
  gint64 size; /* -1 = not known */
  gchar *etag, *last_modified;
} SeedanceSpoolFacts;

void seedance_spool_note_facts (SeedanceSpool *spool, gint64 size,
    const gchar *etag, const gchar *last_modified);
const SeedanceSpoolFacts *seedance_spool_get_facts (const SeedanceSpool *spool);

/* Has seedance_spool_free() remove the part file: no later run can use it. */
void seedance_spool_discard (SeedanceSpool *spool);

/* Opens the finished clip at @path for reading. Returns NULL if it cannot.
 * *@fault is then 0 if no such clip is there: no file, no regular file of ours,
 * or one that is not of @size bytes (-1 = any size). Else the clip may be
 * there, and *@fault is the errno of what failed. Any thread. */
SeedanceSpool *seedance_spool_open (
    const gchar *path, gint64 size, int *fault, GMutex *lock, GCond *cond);

/* Returns TRUE if a spool of any process surely has the finished clip at @path
 * open. */
gboolean seedance_spool_is_open (const gchar *path);

/* Frees the spool. Without a commit, a part file that a later run can continue
 * is first written to the end, and any other is removed. Call it on the
 * folder's thread after the last store(); a spool of seedance_spool_open() may
 * be freed on any thread. */
void seedance_spool_free (SeedanceSpool *spool);

/* Called with the lock held whenever blocks were shown. Readers see the new
 * bytes only after it has returned. */
typedef void (*SeedanceSpoolHook) (gpointer user_data);
void seedance_spool_set_hook (
    SeedanceSpool *spool, SeedanceSpoolHook hook, gpointer user_data);

/* Lets readers have the bytes that are in @block so far; more may be appended
 * to the block afterwards. Takes the lock. Only the thread that stores may call
 * it. */
void seedance_spool_show (SeedanceSpool *spool, SeedanceBlock *block);

/* Shows all of @block, which must not change any more, and queues it to be
 * written. Takes the lock. While too many bytes wait for the disk it blocks for
 * a moment; if the disk hangs, the bytes stay in memory. Readers can read what
 * was shown even if the disk fails. Errors: NO_SPACE, READ, from writing this
 * block or an earlier one. */
gboolean seedance_spool_store (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Removes all bytes and facts. The caller makes sure that nobody reads. */
void seedance_spool_clear_locked (SeedanceSpool *spool);

/* Removes the bytes from @end on that an earlier run left. To be called before
 * the first block is stored. */
void seedance_spool_cut_locked (SeedanceSpool *spool, guint64 end);

/* Returns the number of bytes that the spool has, over all its ranges. */
guint64 seedance_spool_count_locked (SeedanceSpool *spool);

/* Returns the number of bytes from @offset on up to the first gap. */
guint64 seedance_spool_available_locked (SeedanceSpool *spool, guint64 offset);

/* Returns the first offset >= @from whose byte is missing. */
guint64 seedance_spool_gap_locked (SeedanceSpool *spool, guint64 from);

/* Returns the first offset >= @from whose byte the spool has, or G_MAXUINT64 if
 * there is none. */
guint64 seedance_spool_next_locked (SeedanceSpool *spool, guint64 from);

/* Reads bytes that the spool has. Returns how many were read, or -1 with the
 * error READ and errno. The _locked variant is for callers that hold the
 * lock. */
gssize seedance_spool_load (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error);
gssize seedance_spool_load_locked (SeedanceSpool *spool, guint64 offset,
    guint8 *data, gsize size, GError **error);

/* Returns a reference to a block in memory that shows the byte at @offset, or
 * NULL if there is none. *@there is the number of bytes that the block shows
 * from @offset on. The caller frees it with seedance_block_unref(). */
SeedanceBlock *seedance_spool_recent_locked (
    SeedanceSpool *spool, guint64 offset, gsize *there);

/* To be called when all bytes were stored. Writes those that are still queued,
 * syncs the file and renames it to its final name, then calls @done on the
 * folder's thread; the spool must live until then. @error, NO_SPACE or READ, is
 * NULL after success and belongs to the caller of @done. If @lost is TRUE, some
 * bytes could not be written; else all are in the file, which may have kept the
 * name of the part file. */
typedef void (*SeedanceSpoolDone) (
    const GError *error, gboolean lost, gpointer user_data);
void seedance_spool_commit (
    SeedanceSpool *spool, SeedanceSpoolDone done, gpointer user_data);

/* The same at once, for a resumed spool that has all bytes of the clip. To be
 * called on the folder's thread. Returns FALSE with an error, NO_SPACE or READ;
 * the file then keeps the name of the part file. */
gboolean seedance_spool_finish (SeedanceSpool *spool, GError **error);

G_END_DECLS
