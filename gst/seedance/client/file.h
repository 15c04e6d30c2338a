/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one way to read a whole file: a key, authorities, an image, a record. It
 * opens nothing but regular files and reads no more than it was allowed to, so
 * a FIFO, a device or a file without an end neither blocks the caller nor
 * fills the memory. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_FILE_NAMED, /* the user named it: links are followed */
  SEEDANCE_FILE_OURS,  /* this user's alone, and no link: see below */
} SeedanceFileKind;

/* Reads the regular file @path of at most @max bytes. @data gets its bytes and
 * a NUL after them, @size (may be NULL) their number; free with g_free().
 *
 * A file that is OURS must belong to this user and be writable by nobody else;
 * the name must not be a link.
 *
 * Errors are of G_FILE_ERROR: NOENT when there is none; ISDIR, LOOP (a link),
 * PERM (another user's), NOSPC (over @max), INVAL (no regular file), else what
 * the system said. Their text goes behind the file's name: "is a folder". */
gboolean seedance_file_read (const gchar *path, SeedanceFileKind kind,
    gsize max, gchar **data, gsize *size, GError **error);

/* The same of @path in the folder that is open as @folder. */
gboolean seedance_file_read_at (int folder, const gchar *path,
    SeedanceFileKind kind, gsize max, gchar **data, gsize *size,
    GError **error);

/* Makes durable what is in the file @path. FALSE with errno. */
gboolean seedance_file_sync (const gchar *path);

/* Makes durable which files are in @dir. Best effort. */
void seedance_file_sync_folder (const gchar *dir);

G_END_DECLS
