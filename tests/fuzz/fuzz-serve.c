/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes how seedance-tasks serve checks a request. The input is a line with
 * the path, a line with the Host header, then the Range header. */

#include "fuzz.h"

#include <string.h>

#include "serve-guard.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define PORT 4711

static void
assert_path (const gchar *path)
{
  const gchar *rest = serve_guard_open (path, TOKEN);
  const gchar *clip = rest ? serve_guard_clip (rest, "/clip/") : NULL;

  if (rest) {
    g_assert_true (g_str_has_prefix (path, "/" TOKEN));
    g_assert_true (rest == path + strlen ("/" TOKEN));
    g_assert_true (*rest == '\0' || *rest == '/');
  }
  if (clip) {
    g_assert_cmpuint (strlen (clip), ==, 32);
    g_assert_null (strpbrk (clip, "/.%"));
  }
}

static void
assert_range (const gchar *text, guint64 size)
{
  guint64 first, last;
  ServeRange range = serve_guard_range (text, size, &first, &last);

  if (range == SERVE_RANGE_WHOLE) {
    g_assert_cmpuint (first, ==, 0);
    g_assert_cmpuint (last, ==, size > 0 ? size - 1 : 0);
  } else if (range == SERVE_RANGE_PART) {
    g_assert_cmpuint (first, <=, last);
    g_assert_cmpuint (last, <, size);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint64 sizes[] = { 0, 1, 1000, G_MAXINT64 };
  g_autofree gchar *path = fuzz_take_line (&data, &size);
  g_autofree gchar *host = fuzz_take_line (&data, &size);
  g_autofree gchar *range = fuzz_take_text (data, size);

  assert_path (path);
  if (serve_guard_is_host (host, PORT))
    g_assert_true (g_str_has_suffix (host, ":4711"));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    assert_range (range, sizes[i]);
  return 0;
}
