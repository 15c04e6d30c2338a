/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a clip on disk: stored by the network thread in any order, read
 * at any offset by others. The spool shares the lock and the condition of its
 * owner: a call that ends in _locked needs the lock held, and storing
 * broadcasts the condition. Memory stays flat whatever the clip's size: the
 * last few blocks, for readers that keep up. */
#pragma once

#include "block.h"
#include "error.h"

G_BEGIN_DECLS

typedef struct _SeedanceSpool SeedanceSpool;

/* A new, empty file beside @path, called @path.<unique>.part until it is
 * committed. Errors: NO_SPACE, READ. */
SeedanceSpool *seedance_spool_create (const gchar *path, GMutex *lock,
    GCond *cond, GError **error);

/* The whole clip that stands at @path, NULL when it is not there or is not of
 * @size bytes (-1 = any). */
SeedanceSpool *seedance_spool_open (const gchar *path, gint64 size,
    GMutex *lock, GCond *cond);

/* Closes, and removes a file that was not committed. */
void seedance_spool_free (SeedanceSpool *spool);

/* Called with the lock held whenever bytes were stored, before anybody can see
 * them. */
typedef void (*SeedanceSpoolHook) (gpointer user_data);
void seedance_spool_set_hook (
    SeedanceSpool *spool, SeedanceSpoolHook hook, gpointer user_data);

/* Stores what is in @block, which must not change any more; takes the lock.
 * One writer at a time. Errors: NO_SPACE, READ; then none of it is there. */
gboolean seedance_spool_store (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error);

/* Forgets all that was stored. The caller knows that nobody reads. */
void seedance_spool_clear_locked (SeedanceSpool *spool);

/* How many bytes are there from @offset on without a gap. */
guint64 seedance_spool_available_locked (SeedanceSpool *spool, guint64 offset);

/* The first offset >= @from that is missing. */
guint64 seedance_spool_gap_locked (SeedanceSpool *spool, guint64 from);

/* The first offset >= @from that is there; G_MAXUINT64 when there is none. */
guint64 seedance_spool_next_locked (SeedanceSpool *spool, guint64 from);

/* Reads bytes that are known to be there; needs no lock. The number read, or
 * -1 with READ. */
gssize seedance_spool_load (SeedanceSpool *spool, guint64 offset,
    guint8 *data, gsize size, GError **error);

/* A reference to the stored block that holds the byte at @offset, while it is
 * one of the last; NULL else. */
SeedanceBlock *seedance_spool_recent_locked (
    SeedanceSpool *spool, guint64 offset);

/* Makes the file durable under its final name. Errors: NO_SPACE, READ. */
gboolean seedance_spool_commit (SeedanceSpool *spool, GError **error);

G_END_DECLS
