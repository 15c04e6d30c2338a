/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread per process for work that waits for disks, so that the network
 * thread need not. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*SeedanceDiskFunc) (gpointer user_data);

/* From now on a write of this thread that exceeds the limit on the size of files
 * (ulimit -f) fails with EFBIG. Otherwise a signal ends the whole program. For
 * threads of our own only: it changes their signal mask. */
void seedance_disk_survive_limits (void);

/* Starts the thread unless it runs, so that it is there when bytes come. FALSE
 * when the process can have no more threads. */
gboolean seedance_disk_ensure (GError **error);

/* Calls @func on the disk thread, after all that was asked for before. */
void seedance_disk_invoke (SeedanceDiskFunc func, gpointer user_data);

/* Takes a call back; FALSE when it has begun or was never asked for. */
gboolean seedance_disk_cancel (SeedanceDiskFunc func, gpointer user_data);

/* Does what is left and ends the thread: when the process exits, and nobody
 * invokes any more. */
void seedance_disk_finish (void);

G_END_DECLS
