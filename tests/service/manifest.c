/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A box in the shape of a C2PA provenance manifest, as genuine clips have
 * it. */

#include "mp4edit.h"

#include <string.h>

#include "scene.h"

#define MANIFEST_SIZE (21 * 1024)

static void
append_u32 (GByteArray *out, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  g_byte_array_append (out, (guint8 *) &big, sizeof big);
}

static void
append (GByteArray *out, gconstpointer data, gsize size)
{
  g_byte_array_append (out, data, size);
}

/* Appends a JUMBF description box, which tells the type and the label of the
 * box around it. */
static void
append_description (GByteArray *out, const gchar *type, const gchar *label)
{
  static const guint8 tail[] = { 0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa,
    0x00, 0x38, 0x9b, 0x71 };

  append_u32 (out, 8 + 16 + 1 + strlen (label) + 1);
  append (out, "jumd", 4);
  append (out, type, 4);
  append (out, tail, sizeof tail);
  append (out, "\x03", 1);
  append (out, label, strlen (label) + 1);
}

/* A genuine manifest has a claim and a signature here. This one has a note in
 * CBOR, then random bytes, which compress as badly as a signature. */
static void
append_content (GByteArray *out, gsize size)
{
  static const gchar note[] = "\x78\x2fseedance-local: a manifest in shape "
                              "only, unsigned";
  guint64 random = 0xc2fa;

  append_u32 (out, size);
  append (out, "cbor", 4);
  append (out, note, sizeof note - 1);
  while (size > 8 + sizeof note - 1) {
    guint8 byte = scene_random (&random);

    append (out, &byte, 1);
    size--;
  }
}

GByteArray *
mp4edit_manifest (void)
{
  static const guint8 extended_type[] = { 0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e,
    0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81 };
  static const guint8 merkle_offset[8] = { 0 };
  GByteArray *out = g_byte_array_new ();
  gsize store;

  append_u32 (out, MANIFEST_SIZE);
  append (out, "uuid", 4);
  append (out, extended_type, sizeof extended_type);
  append_u32 (out, 0);
  append (out, "manifest", sizeof "manifest");
  append (out, merkle_offset, sizeof merkle_offset);
  store = out->len;
  append_u32 (out, MANIFEST_SIZE - store);
  append (out, "jumb", 4);
  append_description (out, "c2pa", "c2pa");
  append_content (out, MANIFEST_SIZE - out->len);
  return out;
}
