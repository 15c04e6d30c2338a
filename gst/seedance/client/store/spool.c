/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clip on disk while it is downloaded: what came, and what readers may
 * have. */

#include "spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unique.h"

/* A reader that is this many bytes behind soon has to be served from the file,
 * which is dearer than waiting for it. Not for long: what is paid for is to be
 * here before its link expires. Real links are slower than these waits. */
#define BEHIND (SEEDANCE_SPOOL_RECENT / 2 * SEEDANCE_BLOCK_MAX)
#define BEHIND_WAIT (1 * G_TIME_SPAN_MILLISECOND)
#define BUSY_READER (2 * G_TIME_SPAN_MILLISECOND)

static SeedanceSpool *
spool_new (int fd, const gchar *path, GMutex *lock, GCond *cond)
{
  SeedanceSpool *spool = g_new0 (SeedanceSpool, 1);

  spool->fd = fd;
  spool->map_fd = -1;
  spool->cut = G_MAXUINT64;
  spool->facts.size = -1;
  spool->wrote = g_get_monotonic_time ();
  spool->path = g_strdup (path);
  spool->lock = lock;
  g_mutex_init (&spool->own_lock);
  spool->cond = cond;
  spool->there = seedance_ranges_new ();

  return spool;
}

SeedanceSpool *
seedance_spool_create (SeedanceIo *io, const gchar *path, GMutex *lock,
    GCond *cond, GError **error)
{
  g_autofree gchar *unique = seedance_unique ();
  g_autofree gchar *part = g_strconcat (path, ".", unique, ".part", NULL);
  SeedanceSpool *spool;
  int fd;

  fd = g_open (part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    seedance_spool_set_error (error, "create", part);
    return NULL;
  }
  spool = spool_new (fd, path, lock, cond);
  spool->part = g_steal_pointer (&part);
  seedance_spool_backlog_join (spool, io);

  return spool;
}

/* An own file takes the place of one that cannot be had. */
SeedanceSpool *
seedance_spool_resume (SeedanceIo *io, const gchar *path, GMutex *lock,
    GCond *cond, GError **error)
{
  SeedanceSpool *spool = spool_new (-1, path, lock, cond);

  if (!seedance_spool_part_open (spool)) {
    g_clear_pointer (&spool->part, g_free);
    seedance_spool_destroy (spool);
    return seedance_spool_create (io, path, lock, cond, error);
  }
  seedance_spool_backlog_join (spool, io);

  return spool;
}

void
seedance_spool_discard (SeedanceSpool *spool)
{
  g_mutex_lock (spool->lock);
  spool->discarded = TRUE;
  g_mutex_unlock (spool->lock);
}

SeedanceSpool *
seedance_spool_open (const gchar *path, gint64 size, GMutex *lock, GCond *cond)
{
  int fd = g_open (
      path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
  SeedanceSpool *spool;
  struct stat info;

  if (fd < 0)
    return NULL;
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) ||
      info.st_uid != geteuid () || info.st_size == 0 ||
      (size >= 0 && info.st_size != size)) {
    close (fd);
    return NULL;
  }
  spool = spool_new (fd, path, lock, cond);
  seedance_ranges_add (spool->there, 0, (guint64) info.st_size);

  return spool;
}

void
seedance_spool_set_hook (
    SeedanceSpool *spool, SeedanceSpoolHook hook, gpointer user_data)
{
  spool->hook = hook;
  spool->user_data = user_data;
}

/* A part that cannot be told from a whole clip of zeros, or is one that went
 * wrong, is not worth keeping. */
static gboolean
is_worth_keeping_locked (const SeedanceSpool *spool)
{
  return spool->part && spool->map_fd >= 0 && !spool->failed &&
         !spool->discarded && seedance_ranges_count (spool->there) > 0;
}

void
seedance_spool_free (SeedanceSpool *spool)
{
  if (!spool)
    return;
  g_mutex_lock (spool->lock);
  seedance_spool_hold_writing_locked (spool);
  spool->is_kept = is_worth_keeping_locked (spool);
  if (!spool->is_kept)
    seedance_spool_stop_writing_locked (spool);
  g_mutex_unlock (spool->lock);
  seedance_spool_backlog_leave (spool);
  if (spool->is_kept)
    seedance_spool_keep (spool);
  else
    seedance_spool_destroy (spool);
}

gboolean
seedance_spool_is_behind_locked (const SeedanceSpool *spool, guint64 offset)
{
  return spool->read_end + BEHIND < offset;
}

static void
wait_for_reader_locked (SeedanceSpool *spool, guint64 offset)
{
  gint64 now = g_get_monotonic_time ();

  if (!seedance_spool_is_behind_locked (spool, offset) ||
      now - spool->read_time > BUSY_READER)
    return;
  spool->waiting = TRUE;
  while (seedance_spool_is_behind_locked (spool, offset) &&
         g_cond_wait_until (spool->cond, spool->lock, now + BEHIND_WAIT))
    ;
  spool->waiting = FALSE;
}

void
seedance_spool_note_read_locked (SeedanceSpool *spool, guint64 end)
{
  spool->read_end = end;
  spool->read_time = g_get_monotonic_time ();
  if (spool->waiting)
    g_cond_broadcast (spool->cond);
}

static void
remember_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  g_clear_pointer (
      &spool->recent[SEEDANCE_SPOOL_RECENT - 1], seedance_block_unref);
  for (guint i = SEEDANCE_SPOOL_RECENT - 1; i > 0; i--)
    spool->recent[i] = spool->recent[i - 1];
  spool->recent[0] = seedance_block_ref (block);
}

static void
show_locked (SeedanceSpool *spool, SeedanceBlock *block)
{
  if (block->size == block->shown)
    return;
  if (block->shown == 0) {
    remember_locked (spool, block);
    g_queue_push_tail (&spool->unwritten, seedance_block_ref (block));
  } else if (!g_queue_find (&spool->unwritten, block)) {
    /* It was cleared meanwhile. */
    return;
  }
  block->shown = block->size;
  seedance_ranges_add (spool->there, block->start, block->start + block->size);
  if (spool->hook)
    spool->hook (spool->user_data);
  g_cond_broadcast (spool->cond);
}

void
seedance_spool_show (SeedanceSpool *spool, SeedanceBlock *block)
{
  g_mutex_lock (spool->lock);
  show_locked (spool, block);
  g_mutex_unlock (spool->lock);
}

gboolean
seedance_spool_store (
    SeedanceSpool *spool, SeedanceBlock *block, GError **error)
{
  gboolean stored;

  if (block->size == 0)
    return TRUE;
  seedance_spool_backlog_take (spool, block->size);
  g_mutex_lock (spool->lock);
  if (block->size == SEEDANCE_BLOCK_MAX)
    wait_for_reader_locked (spool, block->start);
  show_locked (spool, block);
  stored = seedance_spool_queue_locked (spool, block, error);
  g_mutex_unlock (spool->lock);

  return stored;
}

void
seedance_spool_clear_locked (SeedanceSpool *spool)
{
  seedance_ranges_clear (spool->there);
  seedance_spool_drop_unwritten_locked (spool);
  seedance_spool_forget_recent (spool);
  g_clear_error (&spool->failed);
  seedance_spool_facts_clear (&spool->facts);
  spool->times_cleared++;
  spool->cut = 0;
}

void
seedance_spool_cut_locked (SeedanceSpool *spool, guint64 end)
{
  seedance_ranges_cut (spool->there, end);
  spool->cut = MIN (spool->cut, end);
}

static gboolean
shows (const SeedanceBlock *block, guint64 offset)
{
  return block && offset >= block->start &&
         offset - block->start < block->shown;
}

SeedanceBlock *
seedance_spool_recent_locked (
    SeedanceSpool *spool, guint64 offset, gsize *there)
{
  SeedanceBlock *found = NULL;

  for (guint i = 0; i < SEEDANCE_SPOOL_RECENT && !found; i++) {
    if (shows (spool->recent[i], offset))
      found = spool->recent[i];
  }
  for (GList *l = spool->unwritten.head; l && !found; l = l->next) {
    if (shows (l->data, offset))
      found = l->data;
  }
  if (!found)
    return NULL;
  *there = found->shown - (gsize) (offset - found->start);

  return seedance_block_ref (found);
}

guint64
seedance_spool_count_locked (SeedanceSpool *spool)
{
  return seedance_ranges_count (spool->there);
}

guint64
seedance_spool_available_locked (SeedanceSpool *spool, guint64 offset)
{
  return seedance_ranges_available (spool->there, offset);
}

guint64
seedance_spool_gap_locked (SeedanceSpool *spool, guint64 from)
{
  return from + seedance_ranges_available (spool->there, from);
}

guint64
seedance_spool_next_locked (SeedanceSpool *spool, guint64 from)
{
  return seedance_ranges_next (spool->there, from);
}

/* How many of @size bytes at @offset are in *@block, or with NULL on disk. */
static gsize
find_piece_locked (
    SeedanceSpool *spool, guint64 offset, gsize size, SeedanceBlock **block)
{
  gsize there;

  *block = seedance_spool_recent_locked (spool, offset, &there);
  if (*block)
    return MIN (size, there);
  for (GList *l = spool->unwritten.head; l; l = l->next) {
    SeedanceBlock *later = l->data;

    if (later->start > offset)
      size = MIN (size, later->start - offset);
  }

  return size;
}

static gssize
load_piece (SeedanceSpool *spool, SeedanceBlock *block, guint64 offset,
    guint8 *data, gsize size)
{
  gssize got;

  if (block) {
    memcpy (data, block->data + (offset - block->start), size);
    seedance_block_unref (block);
    return (gssize) size;
  }
  do {
    got = pread (spool->fd, data, size, (off_t) offset);
  } while (got < 0 && errno == EINTR);

  return got;
}

static gssize
load (SeedanceSpool *spool, guint64 offset, guint8 *data, gsize size,
    gboolean locked, GError **error)
{
  gsize done = 0;

  while (done < size) {
    SeedanceBlock *block;
    gsize piece;
    gssize got;

    if (!locked)
      g_mutex_lock (spool->lock);
    piece = find_piece_locked (spool, offset + done, size - done, &block);
    if (!locked)
      g_mutex_unlock (spool->lock);
    got = load_piece (spool, block, offset + done, data + done, piece);
    if (got < 0) {
      seedance_spool_set_error (error, "read", spool->path);
      return -1;
    }
    if (got == 0)
      break;
    done += (gsize) got;
  }

  return (gssize) done;
}

gssize
seedance_spool_load (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  return load (spool, offset, data, size, FALSE, error);
}

gssize
seedance_spool_load_locked (SeedanceSpool *spool, guint64 offset, guint8 *data,
    gsize size, GError **error)
{
  return load (spool, offset, data, size, TRUE, error);
}
