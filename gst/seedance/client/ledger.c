/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "spool.h"
#include "unique.h"

#define TIMES_MAX (64 * 1024)
#define MAX_HOPS 4

/* --- files -------------------------------------------------------------- */

static gboolean
set_file_error (GError **error, const gchar *path, const gchar *what)
{
  int number = errno;

  g_set_error (error, SEEDANCE_ERROR,
      number == ENOSPC || number == EDQUOT ? SEEDANCE_ERROR_NO_SPACE
                                           : SEEDANCE_ERROR_SETTINGS,
      "Could not %s '%s': %s. Set state-dir (or SEEDANCE_STATE_DIR) to a "
      "folder on a disk with room that can be written to.",
      what, path, g_strerror (number));

  return FALSE;
}

gchar *
seedance_ledger_path (const gchar *dir, const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".json", NULL);

  return g_build_filename (dir, file, NULL);
}

gchar *
seedance_ledger_clip_path (const gchar *dir, const SeedanceRecord *record)
{
  return g_build_filename (dir, record->file, NULL);
}

/* Both come before an order. */
static gboolean
nothing_ordered (GError **error)
{
  g_prefix_error (error, "Nothing was ordered and nothing is billed. ");

  return FALSE;
}

gboolean
seedance_ledger_prepare (const gchar *dir, GError **error)
{
  if (g_mkdir_with_parents (dir, 0700) == 0)
    return seedance_ledger_check_folder (dir, error);
  set_file_error (error, dir, "make the folder");

  return nothing_ordered (error);
}

static gboolean
refuse_folder (
    GError **error, const gchar *dir, const gchar *why, const gchar *what_to_do)
{
  g_autofree gchar *shown = g_filename_display_name (dir);

  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The state folder '%s' %s: what it says of paid clips cannot be trusted. "
      "%s. Nothing was ordered and nothing is billed.",
      shown, why, what_to_do);

  return FALSE;
}

gboolean
seedance_ledger_check_folder (const gchar *dir, GError **error)
{
  struct stat info;

  if (g_stat (dir, &info) != 0 || !S_ISDIR (info.st_mode))
    return TRUE;
  if (info.st_uid != geteuid ())
    return refuse_folder (error, dir, "belongs to another user",
        "Set state-dir (or SEEDANCE_STATE_DIR) to a folder of your own");
  if (info.st_mode & (S_IWGRP | S_IWOTH))
    return refuse_folder (error, dir, "can be written by other users",
        "Take that away (chmod go-w), or set state-dir (or "
        "SEEDANCE_STATE_DIR) to a folder of your own");

  return TRUE;
}

void
seedance_ledger_sync_folder (const gchar *dir)
{
  int fd = g_open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
}

static gboolean
write_all (int fd, const gchar *text)
{
  gsize left = strlen (text);

  while (left > 0) {
    gssize wrote = write (fd, text, left);

    if (wrote < 0 && errno != EINTR)
      return FALSE;
    if (wrote > 0) {
      text += wrote;
      left -= (gsize) wrote;
    }
  }

  return TRUE;
}

static gboolean
write_new_file_at (int folder, const gchar *path, const gchar *text,
    gboolean durable, GError **error)
{
  int fd =
      openat (folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean written;

  if (fd < 0)
    return set_file_error (error, path, "create");
  written = write_all (fd, text) && (!durable || fsync (fd) == 0);
  if (close (fd) != 0)
    written = FALSE;
  if (!written) {
    set_file_error (error, path, "write");
    unlinkat (folder, path, 0);
  }

  return written;
}

static gboolean
write_new_file (
    const gchar *path, const gchar *text, gboolean durable, GError **error)
{
  return write_new_file_at (AT_FDCWD, path, text, durable, error);
}

gboolean
seedance_ledger_write_new (int folder, const gchar *name, const gchar *text)
{
  return write_new_file_at (folder, name, text, TRUE, NULL);
}

static gchar *
temporary_path (const gchar *dir, const gchar *name)
{
  g_autofree gchar *nonce = seedance_unique ();
  g_autofree gchar *file = g_strconcat (".", name, ".", nonce, NULL);

  return g_build_filename (dir, file, NULL);
}

/* rename() would replace and open(O_EXCL) would show a half-written record;
 * link() does neither. Where the file system has no links, the second is the
 * lesser evil: an empty record is read as one that may stand for money. */
static gboolean
link_new (const gchar *temporary, const gchar *path, const gchar *text,
    gboolean *exists, GError **error)
{
  struct stat info;

  if (link (temporary, path) == 0)
    return TRUE;
  /* A network share may have lost its answer and tried again: two names mean
   * that the first try made it. */
  if (errno == EEXIST && g_stat (temporary, &info) == 0 && info.st_nlink == 2)
    return TRUE;
  if (errno == EEXIST || g_file_test (path, G_FILE_TEST_EXISTS)) {
    *exists = TRUE;
    return FALSE;
  }

  return write_new_file (path, text, TRUE, error);
}

gboolean
seedance_ledger_create (const gchar *dir, const gchar *name,
    const SeedanceRecord *record, gboolean *exists, GError **error)
{
  g_autofree gchar *path = seedance_ledger_path (dir, name);
  g_autofree gchar *temporary = temporary_path (dir, name);
  g_autofree gchar *text = seedance_record_to_text (record);
  gboolean created;

  *exists = FALSE;
  if (!write_new_file (temporary, text, TRUE, error))
    return nothing_ordered (error);
  created = link_new (temporary, path, text, exists, error);
  g_unlink (temporary);
  seedance_ledger_sync_folder (dir);
  if (!created && !*exists)
    nothing_ordered (error);

  return created;
}

static gboolean
replace_file (
    const gchar *dir, const gchar *name, const gchar *text, GError **error)
{
  g_autofree gchar *path = seedance_ledger_path (dir, name);
  g_autofree gchar *temporary = temporary_path (dir, name);

  if (!write_new_file (temporary, text, TRUE, error))
    return FALSE;
  if (g_rename (temporary, path) != 0) {
    set_file_error (error, path, "write");
    g_unlink (temporary);
    return FALSE;
  }

  return TRUE;
}

gboolean
seedance_ledger_save (
    const gchar *dir, const gchar *name, SeedanceRecord *record, GError **error)
{
  g_autofree gchar *text = NULL;

  record->updated = g_get_real_time () / G_USEC_PER_SEC;
  text = seedance_record_to_text (record);
  if (!replace_file (dir, name, text, error))
    return FALSE;
  /* The name of the clip comes into the folder with READY. Of what follows,
   * the record as it was before will do after a power cut. */
  if (record->state <= SEEDANCE_RECORD_READY)
    seedance_ledger_sync_folder (dir);

  return TRUE;
}

void
seedance_ledger_note_use (const gchar *dir, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);

  utimensat (AT_FDCWD, clip, NULL, 0);
}

static gboolean
unreadable (GError **error, const gchar *path, const gchar *why)
{
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
      "The ledger file '%s' %s. It may stand for a clip that was paid for, so "
      "nothing was ordered. Look at it: remove it to order anew, or set "
      "task-id to the id it names.",
      path, why);

  return FALSE;
}

/* FALSE without an error: there is no such file. A link to nowhere is
 * something, too. */
static gboolean
read_file (const gchar *path, gchar **text, gsize *size, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (seedance_file_read (
          path, SEEDANCE_FILE_OURS, RECORD_MAX, text, size, &problem))
    /* A NUL would cut the value that it stands in without a word. */
    return strlen (*text) == *size ||
           unreadable (error, path, "holds a NUL and is no record");
  if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return FALSE;

  return unreadable (error, path, problem->message);
}

SeedanceRecord *
seedance_ledger_load_once (
    const gchar *dir, const gchar *name, gchar **pointer, GError **error)
{
  g_autofree gchar *path = seedance_ledger_path (dir, name);
  g_autofree gchar *text = NULL;
  SeedanceRecord *record;
  gsize size;

  if (!read_file (path, &text, &size, error))
    return NULL;
  *pointer = seedance_record_pointer_from_text (text, size);
  if (*pointer)
    return NULL;
  record = seedance_record_from_text (text, size);
  if (!record)
    unreadable (error, path, "is damaged or of a later version");

  return record;
}

static SeedanceRecord *
follow_pointers (const gchar *dir, gchar **name, GError **error)
{
  g_autofree gchar *path = NULL;

  for (guint hop = 0; hop < MAX_HOPS; hop++) {
    gchar *pointer = NULL;
    SeedanceRecord *record =
        seedance_ledger_load_once (dir, *name, &pointer, error);

    if (!pointer)
      return record;
    g_free (*name);
    *name = pointer;
  }
  path = seedance_ledger_path (dir, *name);
  unreadable (error, path, "leads in a circle");

  return NULL;
}

/* What a pointer led to may be gone because the pointer was replaced before: it
 * leads to nothing only if it does so twice. */
SeedanceRecord *
seedance_ledger_load (const gchar *dir, gchar **name, GError **error)
{
  g_autofree gchar *first = g_strdup (*name);
  g_autofree gchar *missing = NULL;

  for (;;) {
    GError *problem = NULL;
    SeedanceRecord *record = follow_pointers (dir, name, &problem);

    if (problem)
      g_propagate_error (error, problem);
    if (record || problem || g_str_equal (*name, first) ||
        g_strcmp0 (*name, missing) == 0)
      return record;
    g_free (missing);
    missing = *name;
    *name = g_strdup (first);
  }
}

gboolean
seedance_ledger_is_current (const gchar *dir, const gchar *name,
    const SeedanceRecord *record, GError **error)
{
  g_autofree gchar *pointer = NULL;
  g_autoptr (GError) problem = NULL;
  g_autoptr (SeedanceRecord) now =
      seedance_ledger_load_once (dir, name, &pointer, &problem);

  if (problem) {
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
        "The record '%s' can no longer be read.", name);
    return FALSE;
  }
  if (!now)
    return !pointer;

  return g_str_equal (now->file, record->file);
}

void
seedance_ledger_remove (
    const gchar *dir, const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (dir, record);

  if (record->task_id) {
    g_autofree gchar *alias = seedance_ledger_name_for_task (
        record->provider, record->base_url, record->task_id);
    g_autofree gchar *path = seedance_ledger_path (dir, alias);

    g_unlink (path);
  }
  if (name) {
    g_autofree gchar *path = seedance_ledger_path (dir, name);

    g_unlink (path);
  }
  g_unlink (clip);
  seedance_spool_remove_part (clip);
}

gchar *
seedance_ledger_successor (const gchar *head, const SeedanceRecord *record)
{
  return g_strdup_printf ("%.64s.%.32s", head, record->file);
}

gboolean
seedance_ledger_has_successor (
    const gchar *dir, const gchar *name, const SeedanceRecord *record)
{
  g_autofree gchar *successor = seedance_ledger_successor (name, record);
  g_autofree gchar *path = seedance_ledger_path (dir, successor);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

gchar *
seedance_ledger_name_for_task (
    const gchar *provider, const gchar *base_url, const gchar *task_id)
{
  g_autofree gchar *text =
      g_strjoin ("\n", "task", provider, base_url, task_id, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static gboolean
replace_durably (const gchar *dir, const gchar *name, const gchar *text)
{
  if (!replace_file (dir, name, text, NULL))
    return FALSE;
  seedance_ledger_sync_folder (dir);

  return TRUE;
}

gboolean
seedance_ledger_point (const gchar *dir, const gchar *alias, const gchar *name)
{
  g_autofree gchar *text = seedance_record_pointer_to_text (name);

  return g_str_equal (alias, name) || replace_durably (dir, alias, text);
}

/* Where its task's id leads, a record is in nobody's way. Its time of update
 * stays: it was not used. */
static gboolean
keep_by_task (const gchar *dir, const SeedanceRecord *record)
{
  g_autofree gchar *name = seedance_ledger_name_for_task (
      record->provider, record->base_url, record->task_id);
  g_autofree gchar *text = seedance_record_to_text (record);

  return replace_durably (dir, name, text);
}

/* FALSE when @head leads to another record than @old. *@now: as that is now,
 * NULL when it made room meanwhile. */
static gboolean
still_leads_to (const gchar *dir, const gchar *head, const SeedanceRecord *old,
    SeedanceRecord **now)
{
  g_autofree gchar *name = g_strdup (head);
  g_autoptr (GError) error = NULL;

  *now = seedance_ledger_load (dir, &name, &error);

  return !error && (!*now || g_str_equal ((*now)->file, old->file));
}

gboolean
seedance_ledger_replace (const gchar *dir, const gchar *head,
    const gchar *old_name, const SeedanceRecord *old, const gchar *name)
{
  g_autofree gchar *path = seedance_ledger_path (dir, old_name);
  g_autoptr (SeedanceRecord) now = NULL, again = NULL;
  gboolean kept;

  if (!still_leads_to (dir, head, old, &now))
    return FALSE;
  /* It may have been fetched by its id since it was seen to have failed. */
  kept = now && now->state != SEEDANCE_RECORD_FAILED && now->task_id;
  if (kept &&
      (!keep_by_task (dir, now) || !still_leads_to (dir, head, old, &again)))
    return FALSE;
  if (!seedance_ledger_point (dir, head, name))
    return FALSE;
  if (!kept)
    seedance_ledger_remove (dir, NULL, old);
  /* The head itself has become the pointer. */
  if (!g_str_equal (old_name, head))
    g_unlink (path);

  return TRUE;
}

/* --- times ----------------------------------------------------------------
 * Kept beside the records. Losing them costs a few polls, so nothing here is
 * durable or an error. */

static gchar *
times_path (const gchar *dir, const gchar *kind)
{
  g_autofree gchar *file = g_strconcat (kind, ".times", NULL);

  return g_build_filename (dir, file, NULL);
}

gchar *
seedance_ledger_load_times (const gchar *dir, const gchar *kind)
{
  g_autofree gchar *path = times_path (dir, kind);
  gchar *text = NULL;

  seedance_file_read (path, SEEDANCE_FILE_OURS, TIMES_MAX, &text, NULL, NULL);

  return text;
}

void
seedance_ledger_save_times (
    const gchar *dir, const gchar *kind, const gchar *text)
{
  g_autofree gchar *path = times_path (dir, kind);
  g_autofree gchar *temporary = temporary_path (dir, kind);

  if (write_new_file (temporary, text, FALSE, NULL) &&
      g_rename (temporary, path) != 0)
    g_unlink (temporary);
}
