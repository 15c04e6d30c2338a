/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads files that may be hostile: only plain files of limited size are read,
 * and no call blocks. */

#include "file.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "hostile.h"

#define GOOD "what the file holds"
#define MAX_BYTES 4096
/* In seconds. Only a call that blocks takes this long. */
#define PATIENCE 60

typedef struct {
  gchar *folder, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("seedance-file-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "f", NULL);
  alarm (PATIENCE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *target = g_strconcat (fixture->path, ".target", NULL);

  alarm (0);
  g_unlink (target);
  if (g_unlink (fixture->path) != 0)
    g_rmdir (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

#define ANY -1 /* the file is read */

/* The expected error for each kind of file: for a file that the user named, and
 * for one of our own, which must also belong to the user alone. */
static const struct {
  gint named, ours;
  const gchar *words; /* part of the error message */
} expected[HOSTILE_N_FILES] = {
  [HOSTILE_FIFO] = { G_FILE_ERROR_INVAL, G_FILE_ERROR_INVAL,
      "is not a regular file" },
  [HOSTILE_FOLDER] = { G_FILE_ERROR_ISDIR, G_FILE_ERROR_ISDIR, "is a folder" },
  [HOSTILE_DEVICE] = { G_FILE_ERROR_INVAL, G_FILE_ERROR_LOOP, "is " },
  [HOSTILE_SOCKET] = { G_FILE_ERROR_INVAL, G_FILE_ERROR_INVAL,
      "is not a regular file" },
  [HOSTILE_LINK] = { ANY, G_FILE_ERROR_LOOP, "is a link" },
  [HOSTILE_DANGLING] = { G_FILE_ERROR_NOENT, G_FILE_ERROR_LOOP, "" },
  [HOSTILE_CIRCLE] = { G_FILE_ERROR_LOOP, G_FILE_ERROR_LOOP, "" },
  [HOSTILE_HUGE] = { G_FILE_ERROR_NOSPC, G_FILE_ERROR_NOSPC,
      "more than the 4096 bytes" },
  [HOSTILE_FOREIGN] = { ANY, G_FILE_ERROR_PERM, "belongs to another user" },
  [HOSTILE_SHARED] = { ANY, G_FILE_ERROR_PERM,
      "can be written by other users" },
  [HOSTILE_UNREADABLE] = { G_FILE_ERROR_ACCES, G_FILE_ERROR_ACCES,
      "cannot be read" },
  [HOSTILE_EMPTY] = { ANY, ANY },
  [HOSTILE_NUL] = { ANY, ANY },
};

static void
assert_read (
    const gchar *path, SeedanceFileKind kind, gint code, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *data = NULL;
  gsize size = 0;
  gboolean good = seedance_file_read (path, kind, MAX_BYTES, &data, &size, &error);

  if (code == ANY) {
    g_assert_no_error (error);
    g_assert_true (good);
    g_assert_cmpuint (data[size], ==, 0);
    return;
  }
  g_assert_false (good);
  g_assert_null (data);
  g_assert_error (error, G_FILE_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  const HostileFile kind = GPOINTER_TO_INT (data);

  if (!hostile_file_make (kind, fixture->path, GOOD)) {
    g_test_skip ("it cannot be made here");
    return;
  }
  assert_read (fixture->path, SEEDANCE_FILE_NAMED, expected[kind].named,
      expected[kind].words);
  assert_read (fixture->path, SEEDANCE_FILE_OURS, expected[kind].ours,
      expected[kind].words);
}

static void
write_file (Fixture *fixture, gsize size)
{
  g_autofree gchar *data = g_malloc (size + 1);

  memset (data, 'x', size);
  g_assert_true (g_file_set_contents_full (
      fixture->path, data, size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
test_sizes (Fixture *fixture, gconstpointer unused)
{
  static const gsize sizes[] = { 0, 1, 4095, MAX_BYTES };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gchar *data = NULL;
    gsize size;

    write_file (fixture, sizes[i]);
    g_assert_true (seedance_file_read (
        fixture->path, SEEDANCE_FILE_OURS, MAX_BYTES, &data, &size, NULL));
    g_assert_cmpuint (size, ==, sizes[i]);
    g_assert_cmpuint (strlen (data), ==, sizes[i]);
  }
  write_file (fixture, MAX_BYTES + 1);
  assert_read (fixture->path, SEEDANCE_FILE_OURS, G_FILE_ERROR_NOSPC, "4096");
}

/* The kernel reports the size 0 for these files. */
static void
test_proc (void)
{
  g_autofree gchar *data = NULL;
  gsize size;

  g_assert_true (seedance_file_read (
      "/proc/self/stat", SEEDANCE_FILE_NAMED, MAX_BYTES, &data, &size, NULL));
  g_assert_cmpuint (size, >, 0);
  g_clear_pointer (&data, g_free);
  g_assert_true (seedance_file_read (
      "/proc/self/smaps", SEEDANCE_FILE_NAMED, 1 << 20, &data, &size, NULL));
  g_assert_cmpuint (size, >, MAX_BYTES);
  assert_read (
      "/proc/self/smaps", SEEDANCE_FILE_NAMED, G_FILE_ERROR_NOSPC, "4096");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gint kind = 0; kind < HOSTILE_N_FILES; kind++) {
    g_autofree gchar *path =
        g_strconcat ("/file/hostile/", hostile_file_name (kind), NULL);

    g_test_add (
        path, Fixture, GINT_TO_POINTER (kind), set_up, test_hostile, tear_down);
  }
  g_test_add ("/file/sizes", Fixture, NULL, set_up, test_sizes, tear_down);
  g_test_add_func ("/file/proc", test_proc);

  return g_test_run ();
}
