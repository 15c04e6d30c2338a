/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs ffprobe and gst-discoverer-1.0 and searches the bytes of files. */

/* For memmem(). */
#define _GNU_SOURCE

#include "probe.h"

#include <gio/gio.h>
#include <string.h>

/* Returns the standard output of the program. The caller frees it with
 * g_free(). */
static gchar *
run (const gchar *const *words)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_INHERIT);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  gchar *out = NULL;

  /* The programs are built without the sanitizer, so they cannot load a plugin
   * that is built with it. */
  if (g_getenv ("SEEDANCE_SANITIZED")) {
    g_subprocess_launcher_unsetenv (launcher, "GST_PLUGIN_PATH_1_0");
    g_subprocess_launcher_unsetenv (launcher, "GST_REGISTRY_1_0");
  }
  process = g_subprocess_launcher_spawnv (launcher, words, &error);
  fail_unless (process != NULL, "%s (tests/setup.sh lists its package)",
      error ? error->message : "");
  fail_unless (
      g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, &error),
      "%s: %s", words[0], error ? error->message : "");
  fail_unless (g_subprocess_get_successful (process), "%s failed", words[0]);

  return out;
}

void
test_probe_run (const gchar *const *words)
{
  g_free (run (words));
}

gchar *
test_probe_keys (const gchar *path)
{
  const gchar *words[] = { "ffprobe", "-v", "error", "-show_entries",
    "format_tags", "-of", "default=noprint_wrappers=1", path, NULL };

  return run (words);
}

gchar *
test_probe_find (const gchar *keys, const gchar *key)
{
  g_autofree gchar *start = g_strdup_printf ("TAG:%s=", key);
  g_auto (GStrv) lines = g_strsplit (keys, "\n", -1);

  for (guint i = 0; lines[i]; i++) {
    if (g_str_has_prefix (lines[i], start))
      return g_strdup (lines[i] + strlen (start));
  }

  return NULL;
}

gchar *
test_probe_key (const gchar *path, const gchar *key)
{
  g_autofree gchar *keys = test_probe_keys (path);

  return test_probe_find (keys, key);
}

gchar *
test_probe_discover (const gchar *path)
{
  const gchar *words[] = { "gst-discoverer-1.0", "-v", path, NULL };

  return run (words);
}

static guint
count_bytes (const gchar *path, gconstpointer bytes, gsize size)
{
  g_autofree gchar *data = NULL;
  const gchar *at;
  gsize left;
  guint n = 0;

  fail_unless (g_file_get_contents (path, &data, &left, NULL), "no %s", path);
  at = data;
  while (at && (at = memmem (at, left - (gsize) (at - data), bytes, size))) {
    n++;
    at += size;
  }

  return n;
}

guint
test_probe_count (const gchar *path, const gchar *text)
{
  return count_bytes (path, text, strlen (text));
}

gboolean
test_probe_has_manifest (const gchar *path)
{
  /* The UUID of the box that holds a C2PA manifest. */
  static const guint8 box[] = { 'u', 'u', 'i', 'd', 0xd8, 0xfe, 0xc3, 0xd6,
    0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81 };

  return count_bytes (path, box, sizeof box) > 0;
}
