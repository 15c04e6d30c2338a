/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread for each state folder. It runs the work that may wait for the disk
 * or the ledger of that folder, which keeps the network thread free. A folder
 * that hangs (a dead network mount) delays only its own users. Any thread may
 * call any of these functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceIo SeedanceIo;
typedef void (*SeedanceIoFunc) (gpointer user_data);

/* Returns a reference to the thread of the folder @dir and starts the thread if
 * it does not run. Drop the reference with seedance_io_close(). The thread ends
 * when all references are dropped and all calls are done. Returns NULL with an
 * error of SEEDANCE_ERROR_FAILED if no thread can be started. */
SeedanceIo *seedance_io_open (const gchar *dir, GError **error);
SeedanceIo *seedance_io_ref (SeedanceIo *io);
const gchar *seedance_io_get_dir (const SeedanceIo *io);
void seedance_io_close (SeedanceIo *io);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceIo, seedance_io_close)

/* Queues @func to be called on the thread, in the order of these calls. */
void seedance_io_invoke (
    SeedanceIo *io, SeedanceIoFunc func, gpointer user_data);

/* The same for a short @func whose result is urgent, such as a ledger call. A
 * long call that is running may let it in (see below). */
void seedance_io_invoke_short (
    SeedanceIo *io, SeedanceIoFunc func, gpointer user_data);

/* A long call calls this now and then, with no lock held. It runs the short
 * calls that are queued, in their order. Does nothing on any other thread. */
void seedance_io_let_in (SeedanceIo *io);

/* take_room() counts @size bytes that stay in memory until the thread has
 * written them; give_room() subtracts them again. If too many bytes are
 * unwritten already, take_room() waits for the disk, for 20 ms at most (250 ms
 * if more than 32 MiB are unwritten). It never fails: the bytes are counted
 * even if the disk hangs. */
void seedance_io_take_room (SeedanceIo *io, gsize size);
void seedance_io_give_room (SeedanceIo *io, gsize size);

/* Waits until all threads are idle, at most until @end (monotonic,
 * microseconds). Returns FALSE if a thread is still busy then. */
gboolean seedance_io_drain (gint64 end);

/* Ends the threads when the process exits, after their queued calls, and joins
 * them until @end. A thread that hangs is left running. A call that is queued
 * from now on may never run. */
void seedance_io_finish (gint64 end);

/* Blocks SIGXFSZ and SIGPIPE in the calling thread. A write beyond the file
 * size limit (ulimit -f) then fails with EFBIG, and one to a pipe without a
 * reader with EPIPE, where the signal would end the whole program. Only for
 * threads that the plugin has created, because it changes their signal mask. */
void seedance_io_survive_writes (void);

G_END_DECLS
