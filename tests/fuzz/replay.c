/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target without libFuzzer, so with any compiler: over each file of
 * a corpus, and over each file cut off at every byte. */

#include "fuzz.h"

#include <stdio.h>
#include <string.h>

static void
replay (const gchar *path)
{
  g_autofree gchar *text = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, NULL))
    g_error ("%s cannot be read", path);
  for (gsize end = 0; end <= size; end++) {
    /* The copy has the exact size, so that a sanitizer sees a read past the
     * end. */
    g_autofree guint8 *exact = g_memdup2 (text, end);

    LLVMFuzzerTestOneInput (exact, end);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) corpus = argc > 1 ? g_dir_open (argv[1], 0, NULL) : NULL;
  const gchar *file;
  guint count = 0;

  while (corpus && (file = g_dir_read_name (corpus))) {
    g_autofree gchar *path = g_build_filename (argv[1], file, NULL);

    replay (path);
    count++;
  }
  printf ("%u files\n", count);
  return count > 0 ? 0 : 1;
}
