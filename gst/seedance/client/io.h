/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread for each state folder, for all work that waits for its disk or its
 * ledger: so neither the network thread nor a streaming thread has to, and a
 * folder that hangs holds up only who uses it. It knows nothing of what it
 * does. Any thread may call any of this. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceIo SeedanceIo;
typedef void (*SeedanceIoFunc) (gpointer user_data);

/* The thread of the folder @dir, which is started unless it runs, and lives until
 * all who opened it have closed it, and all that they asked for is done. NULL
 * when the process can have no more threads. */
SeedanceIo *seedance_io_open (const gchar *dir, GError **error);
SeedanceIo *seedance_io_ref (SeedanceIo *io);
const gchar *seedance_io_get_dir (const SeedanceIo *io);
void seedance_io_close (SeedanceIo *io);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceIo, seedance_io_close)

/* Calls @func on the thread, after all that was asked for before. */
void seedance_io_invoke (
    SeedanceIo *io, SeedanceIoFunc func, gpointer user_data);

/* The same for what is short and waited for: a long call lets it in. */
void seedance_io_invoke_short (
    SeedanceIo *io, SeedanceIoFunc func, gpointer user_data);

/* For a long call, on the thread and without locks: does what is short and was
 * asked for meanwhile, in its order. On another thread nothing. */
void seedance_io_let_in (SeedanceIo *io);

/* Room in memory for @size bytes until the thread has written them. While too
 * many wait already, waits a moment for the thread; one that hangs is not waited
 * for, and the bytes are counted all the same. */
void seedance_io_take_room (SeedanceIo *io, gsize size);
void seedance_io_give_room (SeedanceIo *io, gsize size);

/* Waits until no thread has anything to do, at most until @end (monotonic,
 * microseconds). FALSE when one has still. */
gboolean seedance_io_drain (gint64 end);

/* The same, and ends the threads: the process exits. One that hangs is left
 * alone; what is asked for from now on may never be done. */
void seedance_io_finish (gint64 end);

/* From now on a write of this thread that exceeds the limit on the size of files
 * (ulimit -f) fails with EFBIG. Otherwise a signal ends the whole program. For
 * threads of our own only: it changes their signal mask. */
void seedance_io_survive_limits (void);

G_END_DECLS
