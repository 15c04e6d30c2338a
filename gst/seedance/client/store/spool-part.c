/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Part files that outlive their process, so that a later run fetches only what
 * is missing. Beside the part stands its map, a text file: one line for each
 * piece that was written, with a checksum, and lines with the facts of the
 * clip. The map is append-only until the part is cleared. The checksums catch
 * what a crash of the machine has damaged. Reading stops at the first line that
 * is wrong.
 *
 * One spool at a time has a part file open and holds a lock (flock) on it
 * meanwhile. Another spool for the same clip gets a part file of its own
 * (seedance_spool_create()), which no later run continues. */

#include "spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define FIRST_LINE "seedance-part 2\n"
#define MAP_MAX (4 * 1024 * 1024)
#define LABEL_MAX 1024
#define PIECE (256 * 1024)

/* Opens or creates a file and checks it by its descriptor. Rejects symbolic
 * links, files of another user, and files with a second name (hard links):
 * writing to those could damage a file that is not ours. */
static int
open_ours (const gchar *path, int flags)
{
  int fd = g_open (path,
      flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
  struct stat info;

  if (fd < 0)
    return -1;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) &&
      info.st_uid == geteuid () && info.st_nlink == 1 &&
      !(info.st_mode & (S_IWGRP | S_IWOTH)))
    return fd;
  close (fd);

  return -1;
}

gboolean
seedance_spool_is_at (const SeedanceSpool *spool, const gchar *path)
{
  struct stat ours, there;

  return fstat (spool->fd, &ours) == 0 && g_lstat (path, &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static guint64
mix (guint64 sum, guint64 word)
{
  sum = (sum ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  return sum ^ sum >> 29;
}

/* A checksum in the making. The four sums are independent, so that the
 * processor can compute them in parallel. */
typedef struct {
  guint64 sums[4];
} Checksum;

static void
checksum_begin (Checksum *checksum, guint64 start)
{
  for (guint i = 0; i < G_N_ELEMENTS (checksum->sums); i++)
    checksum->sums[i] = start + i;
}

/* Except in the last call, @size has to be a multiple of 32 bytes, which the
 * four sums take at once. */
static void
checksum_add (Checksum *checksum, const guint8 *data, gsize size)
{
  Checksum made = *checksum;
  guint64 words[4];

  for (; size >= sizeof words; data += sizeof words, size -= sizeof words) {
    memcpy (words, data, sizeof words);
    made.sums[0] = mix (made.sums[0], words[0]);
    made.sums[1] = mix (made.sums[1], words[1]);
    made.sums[2] = mix (made.sums[2], words[2]);
    made.sums[3] = mix (made.sums[3], words[3]);
  }
  for (; size > 0; data++, size--)
    made.sums[0] = mix (made.sums[0], *data);
  *checksum = made;
}

/* The checksum finds a page of zeros or bytes of another clip. It does not
 * protect against somebody who changes the file on purpose. */
static guint64
checksum_end (const Checksum *checksum)
{
  guint64 sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (checksum->sums); i++)
    sum = mix (sum, checksum->sums[i]);

  return sum;
}

/* Closes the map if @ok is FALSE. The download goes on without it, only no
 * later run can continue the part. */
static void
drop_map_unless (SeedanceSpool *spool, gboolean ok)
{
  if (ok || spool->map_fd < 0)
    return;
  close (spool->map_fd);
  spool->map_fd = -1;
}

static void
add_to_map (SeedanceSpool *spool, const gchar *text)
{
  gssize size = (gssize) strlen (text);

  drop_map_unless (spool, write (spool->map_fd, text, (gsize) size) == size);
}

/* Cuts the map to its first @end bytes; 0 starts it anew. */
static void
cut_map (SeedanceSpool *spool, gsize end)
{
  drop_map_unless (spool, ftruncate (spool->map_fd, (off_t) end) == 0);
  if (end == 0)
    add_to_map (spool, FIRST_LINE);
}

/* The reader drops all earlier facts at a "size" line, so that one is first. */
static void
append_facts (GString *text, const SeedanceSpoolFacts *facts)
{
  g_string_append_printf (text, "size %" G_GINT64_FORMAT "\n", facts->size);
  if (facts->etag && strlen (facts->etag) <= LABEL_MAX)
    g_string_append_printf (text, "etag %s\n", facts->etag);
  if (facts->last_modified && strlen (facts->last_modified) <= LABEL_MAX)
    g_string_append_printf (text, "date %s\n", facts->last_modified);
}

void
seedance_spool_map_add (
    SeedanceSpool *spool, guint64 start, const guint8 *data, gsize size)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Checksum checksum;

  if (spool->map_fd < 0)
    return;
  g_mutex_lock (spool->lock);
  if (!spool->facts_written)
    append_facts (text, &spool->facts);
  spool->facts_written = TRUE;
  g_mutex_unlock (spool->lock);
  checksum_begin (&checksum, start);
  checksum_add (&checksum, data, size);
  g_string_append_printf (text,
      "%" G_GUINT64_FORMAT " %" G_GSIZE_FORMAT " %" G_GINT64_MODIFIER "x\n",
      start, size, checksum_end (&checksum));
  add_to_map (spool, text->str);
}

/* Lines of facts begin with a letter. */
static gboolean
is_piece_beyond (const gchar *line, guint64 end)
{
  gchar *rest;
  const guint64 start = g_ascii_strtoull (line, &rest, 10);

  return g_ascii_isdigit (*line) &&
         (start >= end || g_ascii_strtoull (rest, NULL, 10) > end - start);
}

/* Returns the lines of the map but the first one, without those of pieces that
 * reach beyond @end. */
static gchar *
read_map_up_to (SeedanceSpool *spool, guint64 end)
{
  g_autoptr (GString) kept = g_string_new (NULL);
  g_autofree gchar *text = NULL;
  gchar *line, *next;

  if (!seedance_file_read (
          spool->map, SEEDANCE_FILE_OURS, MAP_MAX, &text, NULL, NULL) ||
      !g_str_has_prefix (text, FIRST_LINE))
    return NULL;
  line = text + strlen (FIRST_LINE);
  for (; (next = strchr (line, '\n')); line = next + 1) {
    if (!is_piece_beyond (line, end))
      g_string_append_len (kept, line, next + 1 - line);
  }

  return g_string_free (g_steal_pointer (&kept), FALSE);
}

/* A later run stops reading at a line of bytes that are gone, and would not
 * find those that were written after it. The facts are written again, as they
 * may have changed meanwhile. */
void
seedance_spool_map_cut (SeedanceSpool *spool, guint64 end)
{
  g_autofree gchar *kept = NULL;

  g_mutex_lock (spool->lock);
  spool->facts_written = FALSE;
  g_mutex_unlock (spool->lock);
  if (spool->map_fd < 0)
    return;
  if (end > 0)
    kept = read_map_up_to (spool, end);
  cut_map (spool, 0);
  if (spool->map_fd >= 0 && kept)
    add_to_map (spool, kept);
}

void
seedance_spool_facts_clear (SeedanceSpoolFacts *facts)
{
  g_clear_pointer (&facts->etag, g_free);
  g_clear_pointer (&facts->last_modified, g_free);
  facts->size = -1;
}

void
seedance_spool_note_facts (SeedanceSpool *spool, gint64 size, const gchar *etag,
    const gchar *last_modified)
{
  SeedanceSpoolFacts *facts = &spool->facts;

  g_mutex_lock (spool->lock);
  if (facts->size != size || g_strcmp0 (facts->etag, etag) != 0 ||
      g_strcmp0 (facts->last_modified, last_modified) != 0) {
    SeedanceSpoolFacts old = *facts;

    *facts =
        (SeedanceSpoolFacts){ size, g_strdup (etag), g_strdup (last_modified) };
    seedance_spool_facts_clear (&old);
    spool->facts_written = FALSE;
  }
  g_mutex_unlock (spool->lock);
}

const SeedanceSpoolFacts *
seedance_spool_get_facts (const SeedanceSpool *spool)
{
  return &spool->facts;
}

/* Lets short calls run after each piece, because checking a large part takes as
 * long as reading it. */
static gboolean
holds (SeedanceSpool *spool, guint64 start, guint64 size, guint64 expected)
{
  g_autofree guint8 *data = g_malloc (PIECE);
  guint64 done = 0;
  Checksum checksum;

  checksum_begin (&checksum, start);
  while (done < size) {
    gsize piece = (gsize) MIN (size - done, PIECE);
    gssize got;

    do {
      got = pread (spool->fd, data, piece, (off_t) (start + done));
    } while (got < 0 && errno == EINTR);
    spool->unreadable |= got < 0;
    if (got != (gssize) piece)
      return FALSE;
    checksum_add (&checksum, data, piece);
    done += piece;
    seedance_io_let_in (spool->io);
  }

  return checksum_end (&checksum) == expected;
}

/* Reads a line "START SIZE SUM". */
static gboolean
parse_piece (const gchar *line, guint64 *start, guint64 *size, guint64 *sum)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);

  return g_strv_length (words) == 3 &&
         g_ascii_string_to_unsigned (
             words[0], 10, 0, G_MAXINT64, start, NULL) &&
         g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXINT64, size, NULL) &&
         g_ascii_string_to_unsigned (words[2], 16, 0, G_MAXUINT64, sum, NULL);
}

/* Pieces must not overlap, so that checking them never reads more than the size
 * of the part. */
static gboolean
take_piece (SeedanceSpool *spool, const gchar *line, guint64 file_size)
{
  guint64 start, size, sum;

  if (!parse_piece (line, &start, &size, &sum) || start > file_size ||
      size > file_size - start ||
      seedance_ranges_next (spool->there, start) < start + size ||
      !holds (spool, start, size, sum))
    return FALSE;
  seedance_ranges_add (spool->there, start, start + size);

  return TRUE;
}

static gboolean
take_line (SeedanceSpool *spool, const gchar *line, guint64 file_size)
{
  SeedanceSpoolFacts *facts = &spool->facts;
  gint64 size;

  if (g_str_has_prefix (line, "size ")) {
    if (!g_ascii_string_to_signed (line + 5, 10, -1, G_MAXINT64, &size, NULL))
      return FALSE;
    seedance_spool_facts_clear (facts);
    facts->size = size;
  } else if (g_str_has_prefix (line, "etag ")) {
    g_free (facts->etag);
    facts->etag = g_strdup (line + 5);
  } else if (g_str_has_prefix (line, "date ")) {
    g_free (facts->last_modified);
    facts->last_modified = g_strdup (line + 5);
  } else {
    return take_piece (spool, line, file_size);
  }

  return TRUE;
}

/* Any other error than these says nothing of the map: the disk failed, or the
 * process has no descriptor left. */
static gboolean
is_no_map (const GError *error)
{
  static const GFileError codes[] = { G_FILE_ERROR_NOENT, G_FILE_ERROR_LOOP,
    G_FILE_ERROR_ISDIR, G_FILE_ERROR_PERM, G_FILE_ERROR_NOSPC,
    G_FILE_ERROR_INVAL };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    if (g_error_matches (error, G_FILE_ERROR, codes[i]))
      return TRUE;
  }

  return FALSE;
}

static gboolean
load_map (SeedanceSpool *spool, gchar **text, gsize *size)
{
  g_autoptr (GError) error = NULL;

  if (seedance_file_read (
          spool->map, SEEDANCE_FILE_OURS, MAP_MAX, text, size, &error))
    return TRUE;
  spool->unreadable = !is_no_map (error);

  return FALSE;
}

/* Takes over the lines of the map up to the first that is incomplete,
 * unreadable or wrong. Returns the length of the good lines in bytes. */
static gsize
read_map (SeedanceSpool *spool)
{
  g_autofree gchar *text = NULL;
  gchar *line, *end;
  struct stat info;
  gsize size;

  if (fstat (spool->fd, &info) != 0 || !load_map (spool, &text, &size) ||
      !g_str_has_prefix (text, FIRST_LINE) || !g_utf8_validate (text, -1, NULL))
    return 0;
  line = text + strlen (FIRST_LINE);
  while ((end = strchr (line, '\n'))) {
    *end = '\0';
    if (!take_line (spool, line, (guint64) info.st_size))
      break;
    line = end + 1;
  }

  return (gsize) (line - text);
}

/* Facts without any bytes are of no use. Bytes beyond the clip's size show that
 * they are of another clip. */
static gboolean
is_useless (const SeedanceSpool *spool)
{
  const guint64 end = seedance_ranges_end (spool->there);
  const gint64 size = spool->facts.size;

  return end == 0 || (size >= 0 && end > (guint64) size);
}

/* Reads the map, then opens it to append behind its last good line. Returns
 * FALSE if that fails now and may succeed later: cutting the part to what was
 * read would destroy the rest. */
static gboolean
open_map (SeedanceSpool *spool)
{
  gsize end = read_map (spool);

  if (spool->unreadable)
    return FALSE;
  if (is_useless (spool)) {
    seedance_ranges_clear (spool->there);
    seedance_spool_facts_clear (&spool->facts);
    end = 0;
  }
  spool->facts_written = end > 0;
  spool->map_fd = open_ours (spool->map, O_WRONLY | O_APPEND);
  if (spool->map_fd < 0 && end > 0)
    return FALSE;
  cut_map (spool, end);

  return TRUE;
}

gboolean
seedance_spool_part_open (SeedanceSpool *spool)
{
  spool->part = g_strconcat (spool->path, ".part", NULL);
  spool->map = g_strconcat (spool->path, ".map", NULL);
  spool->fd = open_ours (spool->part, O_RDWR);
  /* Another spool may have removed or renamed the file between the opening and
   * the lock. */
  if (spool->fd < 0 || flock (spool->fd, LOCK_EX | LOCK_NB) != 0 ||
      !seedance_spool_is_at (spool, spool->part) || !open_map (spool))
    return FALSE;
  /* Bytes that the map does not list may reach beyond the end of the clip. */
  if (ftruncate (spool->fd, (off_t) seedance_ranges_end (spool->there)) != 0)
    g_debug ("ftruncate: %s", g_strerror (errno));

  return TRUE;
}

typedef enum { PART_NONE, PART_FREE, PART_IN_USE, PART_UNKNOWN } PartState;

/* For a file that is not opened. */
static PartState
find_state (const gchar *path)
{
  struct stat info;

  if (g_lstat (path, &info) == 0)
    return S_ISREG (info.st_mode) ? PART_UNKNOWN : PART_NONE;

  return errno == ENOENT ? PART_NONE : PART_UNKNOWN;
}

/* The file is opened for writing, because NFS gives no lock without that. */
static PartState
look_at (const gchar *path)
{
  const int fd =
      g_open (path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  PartState state = PART_FREE;

  if (fd < 0)
    return find_state (path);
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    state = errno == EWOULDBLOCK ? PART_IN_USE : PART_UNKNOWN;
  close (fd);

  return state;
}

gboolean
seedance_spool_may_be_in_use (const gchar *path)
{
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  const PartState state = look_at (part);

  return state == PART_IN_USE || state == PART_UNKNOWN;
}

/* Takes no lock, because another process that opens the part at that moment
 * could not have it. */
gboolean
seedance_spool_may_have_part (const gchar *path)
{
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);

  return find_state (part) != PART_NONE;
}

/* Changes the text of the map. Lines that cannot be read are left out, because
 * the clip may have been whole before them. */
static gboolean
lists_all (gchar *text)
{
  gchar *end, *line = text;
  guint64 start, piece, sum, there = 0;
  gint64 size = -1;

  for (; (end = strchr (line, '\n')); line = end + 1) {
    *end = '\0';
    if (g_str_has_prefix (line, "size "))
      size = g_ascii_strtoll (line + 5, NULL, 10);
    else if (parse_piece (line, &start, &piece, &sum))
      there += MIN (piece, G_MAXUINT64 - there);
  }

  return there > 0 && (size < 0 || there >= (guint64) size);
}

gboolean
seedance_spool_may_be_whole (const gchar *path)
{
  g_autofree gchar *map = g_strconcat (path, ".map", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;

  if (seedance_file_read (
          map, SEEDANCE_FILE_OURS, MAP_MAX, &text, NULL, &error))
    return lists_all (text);

  return !is_no_map (error);
}

gboolean
seedance_spool_is_open (const gchar *path)
{
  return look_at (path) == PART_IN_USE;
}

void
seedance_spool_remove_part (const gchar *path)
{
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  g_autofree gchar *map = g_strconcat (path, ".map", NULL);

  g_unlink (part);
  g_unlink (map);
}
