/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of a spool, as the spool and its writer both need it: what its
 * errors say, and its end. */

#include "spool-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "error.h"

gboolean
seedance_spool_set_error (GError **error, const gchar *what, const gchar *path)
{
  int number = errno;

  if (number == ENOSPC || number == EDQUOT || number == EFBIG)
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE,
        "No room for the clip at '%s': %s. The clip is paid for and kept at "
        "the service; make room or set state-dir, then run the same again to "
        "fetch it without a second bill.",
        path, g_strerror (number));
  else
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ,
        "Could not %s '%s': %s. The clip is paid for and kept at the service; "
        "mend that, or set state-dir to another folder and task-id to the "
        "task, to fetch it without a second bill.",
        what, path, g_strerror (number));

  return FALSE;
}

void
seedance_spool_forget_recent (SeedanceSpool *spool)
{
  for (guint i = 0; i < SEEDANCE_SPOOL_RECENT; i++)
    g_clear_pointer (&spool->recent[i], seedance_block_unref);
}

void
seedance_spool_destroy (SeedanceSpool *spool)
{
  seedance_spool_forget_recent (spool);
  if (spool->part && !spool->is_kept &&
      seedance_spool_is_at (spool, spool->part)) {
    if (spool->map)
      g_unlink (spool->map);
    g_unlink (spool->part);
  }
  /* The lock on a part goes with its descriptor, and the name before that. */
  if (spool->fd >= 0)
    close (spool->fd);
  if (spool->map_fd >= 0)
    close (spool->map_fd);
  seedance_io_close (spool->io);
  g_free (spool->part);
  g_free (spool->map);
  g_free (spool->path);
  seedance_spool_facts_clear (&spool->facts);
  g_clear_error (&spool->failed);
  seedance_ranges_free (spool->there);
  g_mutex_clear (&spool->own_lock);
  g_free (spool);
}
