/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the recognition of image types. The input is the first bytes of a file
 * that a user named as an image. */

#include "fuzz.h"

#include <string.h>

#include "image.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *type = seedance_image_sniff (data, size);

  g_assert_true (!type || g_str_has_prefix (type, "image/"));
  /* Two bytes are too few to recognise anything. */
  g_assert_true (size > 2 || !type);
  return 0;
}
