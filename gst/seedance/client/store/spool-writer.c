/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks wait here until the thread of their folder has written them. */

#define _GNU_SOURCE /* sync_file_range(), pwritev() */

#include "spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file.h"

/* How much is left to the kernel to write out when it likes: more, and the
 * commit of a large clip waits for all of it at its end. */
#define WRITE_OUT (8 * 1024 * 1024)
/* Blocks that are written by one call. */
#define RUN_MAX 8
/* Bytes of all spools of a folder that wait to be written, and so many more for
 * each of them; beyond that the network waits. Up to half of it is left until
 * more has come: a few large writes are much less work than many small ones. */
#define BACKLOG_MAX (RUN_MAX * SEEDANCE_BLOCK_MAX)
#define BACKLOG_OF_EACH (16 * 1024)
/* The network thread has other folders to serve, too: a disk that writes nothing
 * for so long is not waited for until it does, and what comes stays in memory;
 * beyond so much of that, the network is slowed down. */
#define PATIENCE (20 * G_TIME_SPAN_MILLISECOND)
#define HELD_MAX (64 * 1024 * 1024)
#define SLOW_DOWN (250 * G_TIME_SPAN_MILLISECOND)
/* What a later run could go on with is not left in memory for longer. */
#define OVERDUE (500 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  SeedanceBlock *blocks[RUN_MAX]; /* one after the other in the file */
  guint n;
} Run;

struct _SeedanceBacklog {
  GCond cond;
  gsize bytes;
  guint spools;
  guint counted;  /* how many it is measured for: never less while it holds
                    bytes, whose writing nobody may have asked for yet */
  gboolean stuck; /* nothing was written since somebody waited in vain */
};

static struct {
  GMutex lock;     /* taken last; of all backlogs */
  GHashTable *all; /* by the folder's thread */
} backlogs;

static void
count_locked (SeedanceBacklog *backlog)
{
  backlog->counted = backlog->bytes > 0
                         ? MAX (backlog->counted, backlog->spools)
                         : backlog->spools;
}

static SeedanceBacklog *
get_backlog_locked (SeedanceIo *io)
{
  SeedanceBacklog *backlog;

  if (!backlogs.all)
    backlogs.all = g_hash_table_new (NULL, NULL);
  backlog = g_hash_table_lookup (backlogs.all, io);
  if (!backlog) {
    backlog = g_new0 (SeedanceBacklog, 1);
    g_cond_init (&backlog->cond);
    g_hash_table_insert (backlogs.all, io, backlog);
  }

  return backlog;
}

void
seedance_spool_backlog_join (SeedanceSpool *spool, SeedanceIo *io)
{
  spool->io = seedance_io_ref (io);
  g_mutex_lock (&backlogs.lock);
  spool->backlog = get_backlog_locked (io);
  spool->backlog->spools++;
  count_locked (spool->backlog);
  g_mutex_unlock (&backlogs.lock);
}

void
seedance_spool_backlog_leave (SeedanceSpool *spool)
{
  SeedanceBacklog *backlog = g_steal_pointer (&spool->backlog);

  if (!backlog)
    return;
  g_mutex_lock (&backlogs.lock);
  backlog->spools--;
  count_locked (backlog);
  /* The thread's folder may be opened anew at the same place in memory. */
  if (backlog->spools == 0) {
    g_hash_table_remove (backlogs.all, spool->io);
    g_cond_clear (&backlog->cond);
    g_free (backlog);
  }
  g_mutex_unlock (&backlogs.lock);
}

static gsize
backlog_max (const SeedanceBacklog *backlog)
{
  return BACKLOG_MAX + backlog->counted * BACKLOG_OF_EACH;
}

void
seedance_spool_backlog_take (SeedanceSpool *spool, gsize size)
{
  SeedanceBacklog *backlog = spool->backlog;
  const gint64 start = g_get_monotonic_time ();
  gint64 end;

  g_mutex_lock (&backlogs.lock);
  end = start + (backlog->bytes > HELD_MAX ? SLOW_DOWN : PATIENCE);
  if (backlog->bytes > HELD_MAX)
    backlog->stuck = FALSE;
  while (backlog->bytes > 0 && backlog->bytes + size > backlog_max (backlog) &&
         !backlog->stuck)
    backlog->stuck = !g_cond_wait_until (&backlog->cond, &backlogs.lock, end);
  backlog->bytes += size;
  g_mutex_unlock (&backlogs.lock);
}

static gboolean
backlog_is_lazy (const SeedanceSpool *spool)
{
  gboolean lazy;

  g_mutex_lock (&backlogs.lock);
  lazy = spool->backlog->bytes <= backlog_max (spool->backlog) / 2;
  g_mutex_unlock (&backlogs.lock);

  return lazy;
}

static void
backlog_give (SeedanceSpool *spool, gsize size)
{
  SeedanceBacklog *backlog = spool->backlog;

  g_mutex_lock (&backlogs.lock);
  backlog->bytes -= size;
  if (backlog->bytes == 0)
    backlog->counted = backlog->spools;
  backlog->stuck = FALSE;
  g_cond_broadcast (&backlog->cond);
  g_mutex_unlock (&backlogs.lock);
}

static void
unqueue_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  if (block->queued)
    backlog_give (spool, block->size);
  block->queued = FALSE;
}

void
seedance_spool_drop_unwritten_locked (SeedanceSpool *spool)
{
  SeedanceBlock *block;

  while ((block = g_queue_pop_head (&spool->unwritten))) {
    unqueue_locked (spool, block);
    seedance_block_unref (block);
  }
}

/* The blocks that can be written next by one call. */
static gboolean
take_run_locked (SeedanceSpool *spool, Run *run)
{
  guint64 end = 0;

  run->n = 0;
  for (GList *l = spool->unwritten.head; l && run->n < RUN_MAX; l = l->next) {
    SeedanceBlock *block = l->data;

    if (!block->queued)
      continue;
    if (run->n > 0 && block->start != end)
      break;
    end = block->start + block->size;
    run->blocks[run->n++] = seedance_block_ref (block);
  }

  return run->n > 0;
}

static gsize
run_to_vectors (const Run *run, struct iovec *vectors)
{
  gsize size = 0;

  for (guint i = 0; i < run->n; i++) {
    vectors[i].iov_base = run->blocks[i]->data;
    vectors[i].iov_len = run->blocks[i]->size;
    size += run->blocks[i]->size;
  }

  return size;
}

static gboolean
write_vectors (int fd, guint64 offset, struct iovec *vectors, guint n)
{
  while (n > 0) {
    gssize wrote = pwritev (fd, vectors, (int) n, (off_t) offset);

    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote == 0)
      errno = ENOSPC;
    if (wrote <= 0)
      return FALSE;
    offset += (guint64) wrote;
    while (n > 0 && (gsize) wrote >= vectors->iov_len) {
      wrote -= (gssize) vectors->iov_len;
      vectors++;
      n--;
    }
    if (n > 0) {
      vectors->iov_base = (guint8 *) vectors->iov_base + wrote;
      vectors->iov_len -= (gsize) wrote;
    }
  }

  return TRUE;
}

/* Only a hint: a commit makes sure. */
static void
write_out (SeedanceSpool *spool, guint64 start, gsize size)
{
  spool->not_written_out += size;
  if (spool->not_written_out < WRITE_OUT)
    return;
  spool->not_written_out = 0;
#ifdef __linux__
  /* Not the run itself, into whose last page the next one writes. */
  if (start > 0)
    sync_file_range (spool->fd, 0, (off_t) start, SYNC_FILE_RANGE_WRITE);
#endif
}

static gboolean
write_run (SeedanceSpool *spool, const Run *run)
{
  struct iovec vectors[RUN_MAX];
  guint64 start = run->blocks[0]->start;
  gsize size;

  size = run_to_vectors (run, vectors);
  if (!write_vectors (spool->fd, start, vectors, run->n))
    return FALSE;
  write_out (spool, start, size);
  for (guint i = 0; i < run->n; i++)
    seedance_spool_map_add (spool, run->blocks[i]->start, run->blocks[i]->data,
        run->blocks[i]->size);

  return TRUE;
}

/* What could not be written stays in memory, where readers have it. */
static void
finish_run_locked (SeedanceSpool *spool, Run *run, GError *error)
{
  for (guint i = 0; i < run->n; i++) {
    GList *link = g_queue_find (&spool->unwritten, run->blocks[i]);

    if (link && !error) {
      unqueue_locked (spool, run->blocks[i]);
      g_queue_delete_link (&spool->unwritten, link);
      seedance_block_unref (run->blocks[i]);
    }
    seedance_block_unref (run->blocks[i]);
  }
  if (!error)
    return;
  for (GList *l = spool->unwritten.head; l; l = l->next)
    unqueue_locked (spool, l->data);
  spool->failed = error;
}

/* What was forgotten since the last write goes from the file before the next
 * one. Failing to give the room back costs nothing but room. */
static void
cut_file_locked (SeedanceSpool *spool)
{
  const guint64 end = spool->cut;

  if (end == G_MAXUINT64)
    return;
  spool->cut = G_MAXUINT64;
  g_mutex_unlock (spool->lock);
  if (ftruncate (spool->fd, (off_t) end) != 0)
    g_debug ("ftruncate: %s", g_strerror (errno));
  if (end == 0)
    seedance_spool_map_clear (spool);
  g_mutex_lock (spool->lock);
}

/* The next blocks. What was forgotten meanwhile has not failed. */
static void
write_next_locked (SeedanceSpool *spool, Run *run)
{
  const guint times_cleared = spool->times_cleared;
  GError *error = NULL;

  g_mutex_unlock (spool->lock);
  if (!write_run (spool, run))
    seedance_spool_set_error (&error, "write", spool->path);
  g_mutex_lock (spool->lock);
  if (spool->times_cleared != times_cleared)
    g_clear_error (&error);
  finish_run_locked (spool, run, error);
}

/* All of it, or as much as brings the backlog down to what may wait. */
static void
write_queued_locked (SeedanceSpool *spool, gboolean all)
{
  Run run;

  cut_file_locked (spool);
  while (!spool->failed && (all || !backlog_is_lazy (spool)) &&
         take_run_locked (spool, &run)) {
    write_next_locked (spool, &run);
    cut_file_locked (spool);
  }
}

static gboolean
is_overdue_locked (const SeedanceSpool *spool)
{
  return spool->map_fd >= 0 && g_get_monotonic_time () - spool->wrote > OVERDUE;
}

static void
write_call (gpointer data)
{
  SeedanceSpool *spool = data;

  g_mutex_lock (spool->lock);
  write_queued_locked (spool, is_overdue_locked (spool));
  spool->wrote = g_get_monotonic_time ();
  spool->writing = FALSE;
  /* It may be freed from here on. */
  g_cond_broadcast (spool->cond);
  g_mutex_unlock (spool->lock);
}

gboolean
seedance_spool_queue_locked (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error)
{
  /* Cleared meanwhile? Then nobody wants it. */
  if (!g_queue_find (&spool->unwritten, block)) {
    backlog_give (spool, block->size);
    return TRUE;
  }
  if (spool->failed) {
    backlog_give (spool, block->size);
    g_propagate_error (error, g_error_copy (spool->failed));
    return FALSE;
  }
  block->queued = TRUE;
  if (!spool->writing &&
      (!backlog_is_lazy (spool) || is_overdue_locked (spool))) {
    spool->writing = TRUE;
    seedance_io_invoke (spool->io, write_call, spool);
  }

  return TRUE;
}

static void
wait_for_writing_locked (SeedanceSpool *spool)
{
  if (spool->writing && seedance_io_cancel (spool->io, write_call, spool))
    spool->writing = FALSE;
  while (spool->writing)
    g_cond_wait (spool->cond, spool->lock);
}

void
seedance_spool_stop_writing_locked (SeedanceSpool *spool)
{
  seedance_spool_drop_unwritten_locked (spool);
  wait_for_writing_locked (spool);
}

void
seedance_spool_hold_writing_locked (SeedanceSpool *spool)
{
  for (GList *l = spool->unwritten.head; l; l = l->next)
    unqueue_locked (spool, l->data);
  wait_for_writing_locked (spool);
}

/* Blocks may not be full. */
static gboolean
write_shown (SeedanceSpool *spool, const SeedanceBlock *block)
{
  struct iovec vector = { block->data, block->shown };

  if (block->shown == 0 || !write_vectors (spool->fd, block->start, &vector, 1))
    return FALSE;
  seedance_spool_map_add (spool, block->start, block->data, block->shown);

  return TRUE;
}

static void
keep_call (gpointer data)
{
  SeedanceSpool *spool = data;
  SeedanceBlock *block;

  g_mutex_lock (spool->lock);
  cut_file_locked (spool);
  g_mutex_unlock (spool->lock);
  while ((block = g_queue_pop_head (&spool->unwritten))) {
    write_shown (spool, block);
    seedance_block_unref (block);
  }
  seedance_spool_destroy (spool);
}

void
seedance_spool_keep (SeedanceSpool *spool)
{
  /* Whoever shared its lock with the spool goes now. */
  spool->lock = &spool->own_lock;
  seedance_io_invoke (spool->io, keep_call, spool);
}

static gboolean
make_durable (SeedanceSpool *spool, GError **error)
{
  g_autofree gchar *folder = NULL;

  if (!spool->part)
    return TRUE;
  /* Whatever got that name meanwhile is not what was written. */
  if (!seedance_spool_is_at (spool, spool->part)) {
    errno = ESTALE;
    return seedance_spool_set_error (error, "store", spool->path);
  }
  if (fsync (spool->fd) != 0 || g_rename (spool->part, spool->path) != 0)
    return seedance_spool_set_error (error, "write", spool->path);
  if (spool->map)
    g_unlink (spool->map);
  folder = g_path_get_dirname (spool->path);
  seedance_file_sync_folder (folder);
  g_clear_pointer (&spool->part, g_free);

  return TRUE;
}

static void
commit_call (gpointer data)
{
  SeedanceSpool *spool = data;
  g_autoptr (GError) error = NULL;
  gboolean lost;

  g_mutex_lock (spool->lock);
  write_queued_locked (spool, TRUE);
  /* A clip with a hole must not pass for a whole one. */
  if (!spool->failed && !g_queue_is_empty (&spool->unwritten)) {
    errno = EIO;
    seedance_spool_set_error (&spool->failed, "write", spool->path);
  }
  lost = spool->failed != NULL;
  if (lost)
    error = g_error_copy (spool->failed);
  g_mutex_unlock (spool->lock);
  if (!lost && make_durable (spool, &error)) {
    g_mutex_lock (spool->lock);
    seedance_spool_forget_recent (spool);
    g_mutex_unlock (spool->lock);
  }
  spool->done (error, lost, spool->done_data);
}

void
seedance_spool_commit (
    SeedanceSpool *spool, SeedanceSpoolDone done, gpointer user_data)
{
  spool->done = done;
  spool->done_data = user_data;
  seedance_io_invoke (spool->io, commit_call, spool);
}
