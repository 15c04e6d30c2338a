/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads whole files: a key, CA certificates, an image, a profile. Only regular
 * files are opened and at most @max bytes are read. So a FIFO, a device or an
 * endless file neither blocks the caller nor fills the memory. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_FILE_NAMED, /* path given by the user: symlinks are followed */
  SEEDANCE_FILE_OURS,  /* file of the plugin: see below */
} SeedanceFileKind;

/* Reads the regular file @path of at most @max bytes. *@data gets the bytes and
 * a NUL after them; free it with g_free(). *@size gets the number of bytes,
 * without the NUL; @size may be NULL.
 *
 * A file of kind OURS must belong to this user, must not be writable by others,
 * and must not be a symlink.
 *
 * The error domain is G_FILE_ERROR: NOENT (no such file), ISDIR, LOOP (a
 * symlink), PERM (of, or writable by, another user), NOSPC (more than @max
 * bytes), INVAL (not a regular file), else the system's error. The text is
 * meant to follow the file's name, as in "is a folder". */
gboolean seedance_file_read (const gchar *path, SeedanceFileKind kind,
    gsize max, gchar **data, gsize *size, GError **error);

/* Syncs the contents of the file @path to the disk. Returns FALSE and sets
 * errno on failure. */
gboolean seedance_file_sync (const gchar *path);

/* Syncs the entries of the folder @dir, so that new names survive a power cut.
 * Failures are ignored. */
void seedance_file_sync_folder (const gchar *dir);

G_END_DECLS
