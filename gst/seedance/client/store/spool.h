/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a clip on disk: stored by the network thread in any order,
 * written out by the thread of its folder (io.h), read at any offset by others. The spool
 * shares the lock and the condition of its owner: a call that ends in _locked
 * needs the lock held, and showing and storing broadcast the condition. Memory
 * stays flat whatever the clip's size: what is not written yet, of which there
 * is little in the whole process, and the last few blocks, for readers that
 * keep up. */
#pragma once

#include "block.h"
#include "error.h"
#include "io.h"

G_BEGIN_DECLS

typedef struct _SeedanceSpool SeedanceSpool;

/* A new, empty file beside @path, called @path.<unique>.part until it is
 * committed; @io is of its folder. Errors: NO_SPACE, READ. */
SeedanceSpool *seedance_spool_create (SeedanceIo *io, const gchar *path,
    GMutex *lock, GCond *cond, GError **error);

/* The same, but the file is called @path.part, stays when it is not committed,
 * and has what an earlier one left in it, which was checked against what was
 * written then: that takes as long as to read it. While another spool has the
 * file it is one of its own. Errors as above. Any thread. */
SeedanceSpool *seedance_spool_resume (SeedanceIo *io, const gchar *path,
    GMutex *lock, GCond *cond, GError **error);

/* Removes what is kept beside @path. */
void seedance_spool_remove_part (const gchar *path);

/* What the bytes are of, as far as is known; kept with them. Only who stores
 * notes facts, and reads them. */
typedef struct {
  gint64 size; /* -1 = not known */
  gchar *etag, *last_modified;
} SeedanceSpoolFacts;

void seedance_spool_note_facts (SeedanceSpool *spool, gint64 size,
    const gchar *etag, const gchar *last_modified);
const SeedanceSpoolFacts *seedance_spool_get_facts (const SeedanceSpool *spool);

/* Nobody will want to go on with it. */
void seedance_spool_discard (SeedanceSpool *spool);

/* The whole clip that stands at @path, NULL when it is not there or is not of
 * @size bytes (-1 = any). */
SeedanceSpool *seedance_spool_open (
    const gchar *path, gint64 size, GMutex *lock, GCond *cond);

/* Closes; writes what is left of a file that is kept, and removes one that is
 * not and was not committed. On the folder's thread, after the last call of
 * store(); one that is only read on any. */
void seedance_spool_free (SeedanceSpool *spool);

/* Called with the lock held whenever bytes were shown, before anybody can see
 * them. */
typedef void (*SeedanceSpoolHook) (gpointer user_data);
void seedance_spool_set_hook (
    SeedanceSpool *spool, SeedanceSpoolHook hook, gpointer user_data);

/* Lets readers have what is in @block by now; takes the lock. More may be
 * appended to the block after that. One thread shows and stores. */
void seedance_spool_show (SeedanceSpool *spool, SeedanceBlock *block);

/* Shows what is in @block, which must not change any more, and has it written;
 * takes the lock, and waits a moment while the disk is far behind; when that
 * hangs, what comes stays in memory. What was shown can be read whatever becomes
 * of the disk.
 * Errors: NO_SPACE, READ, of this or an earlier block. */
gboolean seedance_spool_store (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Forgets all that was stored. The caller knows that nobody reads. */
void seedance_spool_clear_locked (SeedanceSpool *spool);

/* Forgets what a run before has left from @end on, before anything is
 * stored. */
void seedance_spool_cut_locked (SeedanceSpool *spool, guint64 end);

/* How many bytes are there in all. */
guint64 seedance_spool_count_locked (SeedanceSpool *spool);

/* How many bytes are there from @offset on without a gap. */
guint64 seedance_spool_available_locked (SeedanceSpool *spool, guint64 offset);

/* The first offset >= @from that is missing. */
guint64 seedance_spool_gap_locked (SeedanceSpool *spool, guint64 from);

/* The first offset >= @from that is there; G_MAXUINT64 when there is none. */
guint64 seedance_spool_next_locked (SeedanceSpool *spool, guint64 from);

/* Reads bytes that are known to be there. The number read, or -1 with READ. */
gssize seedance_spool_load (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error);
gssize seedance_spool_load_locked (SeedanceSpool *spool, guint64 offset,
    guint8 *data, gsize size, GError **error);

/* A reference to a block that is in memory and shows the byte at @offset, and
 * in *@there how many bytes it shows from that on; NULL when there is none. */
SeedanceBlock *seedance_spool_recent_locked (
    SeedanceSpool *spool, guint64 offset, gsize *there);

/* Makes the file durable under its final name, when all is written. @done is
 * called on the folder's thread; until then the spool must not be freed.
 * Errors: NO_SPACE, READ; @lost tells that not even all bytes could be
 * written. @error belongs to the caller of @done. */
typedef void (*SeedanceSpoolDone) (
    const GError *error, gboolean lost, gpointer user_data);
void seedance_spool_commit (
    SeedanceSpool *spool, SeedanceSpoolDone done, gpointer user_data);

G_END_DECLS
