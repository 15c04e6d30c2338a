/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hostile strings, and how each kind of hostile file is made. */

#include "hostile.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define HUGE (G_GINT64_CONSTANT (2) << 30)
#define NOBODY 65534

static const gchar *const names[HOSTILE_N_FILES] = { "fifo", "folder", "device",
  "socket", "link", "dangling", "circle", "huge", "foreign", "shared",
  "unreadable", "empty", "nul" };

static const struct {
  const gchar *text; /* NULL: a megabyte of "A" */
  gboolean plain;
} strings[] = {
  { "\x1b[2J\x1b]0;title\x07", FALSE },
  { "a\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1", FALSE },
  { "two\nlines", FALSE },
  { "a\rb\tc\x7f", FALSE },
  { "\xc2\x9b"
    "31m",
      FALSE },
  { "\xe2\x80\xaegpj.exe\xe2\x80\xac", FALSE },
  { "\xe2\x81\xa6id\xe2\x81\xa9", FALSE },
  { "\xef\xbb\xbfid", FALSE },
  { "\xff\xfe\xc0\x80", FALSE },
  { "%s%n%d%1000000s", TRUE },
  { "%00%0d%0aX-Evil:%201", TRUE },
  { "'; touch /tmp/evil; '", TRUE },
  { "\"$(id)`id`\\", TRUE },
  { "../../../../etc/passwd", TRUE },
  { "--gst-plugin-load=/tmp/evil.so ! fakesink", TRUE },
  { "<script>x</script>", TRUE },
  { NULL, TRUE },
};

guint
hostile_n_strings (void)
{
  return G_N_ELEMENTS (strings);
}

const gchar *
hostile_string (guint nth)
{
  static gchar *megabyte;

  if (strings[nth].text)
    return strings[nth].text;
  if (!megabyte)
    megabyte = g_strnfill (1024 * 1024, 'A');

  return megabyte;
}

gboolean
hostile_string_is_plain (guint nth)
{
  return strings[nth].plain;
}

const gchar *
hostile_file_name (HostileFile kind)
{
  return names[kind];
}

static void
write_file (const gchar *path, const gchar *text, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (
      path, text, size, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static gboolean
make_socket (const gchar *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean good;

  if (strlen (path) >= sizeof address.sun_path) {
    close (fd);
    return FALSE;
  }
  strcpy (address.sun_path, path);
  good = bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);

  return good;
}

static gboolean
make_link (const gchar *path, const gchar *good, gsize size)
{
  g_autofree gchar *target = g_strconcat (path, ".target", NULL);

  write_file (target, good, size);

  return symlink (target, path) == 0;
}

static gboolean
make_nul (const gchar *path, const gchar *good, gsize size)
{
  g_autofree gchar *text = g_memdup2 (good, size);

  text[size / 2] = '\0';
  write_file (path, text, size);

  return TRUE;
}

/* Writes the good file and changes its size, owner or permissions. */
static gboolean
make_regular (
    HostileFile kind, const gchar *path, const gchar *good, gsize size)
{
  write_file (path, good, size);
  switch (kind) {
    case HOSTILE_HUGE:
      return truncate (path, HUGE) == 0;
    case HOSTILE_FOREIGN:
      return chown (path, NOBODY, NOBODY) == 0;
    case HOSTILE_SHARED:
      return chmod (path, 0666) == 0;
    default:
      return chmod (path, 0) == 0 && geteuid () != 0;
  }
}

gboolean
hostile_file_make_of (
    HostileFile kind, const gchar *path, const gchar *good, gsize size)
{
  if (g_unlink (path) != 0 && errno != ENOENT)
    g_rmdir (path);
  switch (kind) {
    case HOSTILE_FIFO:
      return mkfifo (path, 0600) == 0;
    case HOSTILE_FOLDER:
      return g_mkdir (path, 0700) == 0;
    case HOSTILE_DEVICE:
      return symlink ("/dev/zero", path) == 0;
    case HOSTILE_SOCKET:
      return make_socket (path);
    case HOSTILE_LINK:
      return make_link (path, good, size);
    case HOSTILE_DANGLING:
      return symlink ("/does/not/exist", path) == 0;
    case HOSTILE_CIRCLE:
      return symlink (path, path) == 0;
    case HOSTILE_EMPTY:
      write_file (path, "", 0);
      return TRUE;
    case HOSTILE_NUL:
      return make_nul (path, good, size);
    default:
      return make_regular (kind, path, good, size);
  }
}

gboolean
hostile_file_make (HostileFile kind, const gchar *path, const gchar *good)
{
  return hostile_file_make_of (kind, path, good, strlen (good));
}
