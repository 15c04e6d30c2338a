/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all fuzz targets share: see fuzz.h. */

#include "fuzz.h"

#include <string.h>

gchar *
fuzz_take_text (const uint8_t *data, size_t size)
{
  /* With no input the pointer may be NULL. */
  return size > 0 ? g_strndup ((const gchar *) data, size) : g_strdup ("");
}

gchar *
fuzz_take_line (const uint8_t **data, size_t *size)
{
  const uint8_t *end = *size > 0 ? memchr (*data, '\n', *size) : NULL;
  size_t length = end ? (size_t) (end - *data) : *size;
  gchar *line = fuzz_take_text (*data, length);

  if (end)
    length++;
  *data += length;
  *size -= length;
  return line;
}

void
fuzz_assert_text (const gchar *text)
{
  if (!text)
    return;
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (; *text; text = g_utf8_next_char (text))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (text)));
}
