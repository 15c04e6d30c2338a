/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits what mp4mux wrote: puts the boxes into the order of the layout,
 * corrects the offsets that change by this, and removes what genuine clips do
 * not have. */

#include "mp4edit.h"

#include <gio/gio.h>
#include <string.h>

#define BOX_HEADER 8
#define SAMPLE_ENTRY_HEADER 86
/* Samples in an AAC frame. */
#define PRIMING 1024

typedef struct {
  guint8 *data;
  gsize size;
  gsize header;
} Box;

/* What edit_box() needs to know while it walks over the boxes. */
typedef struct {
  /* How many bytes the media data moved. */
  gint64 shift;
  /* Composition offset of the first picture of a fragmented file, -1 until it
   * is known. Such a file has no edit list that could compensate for it. */
  gint64 lead;
  gboolean fragmented;
} Edit;

typedef void (*BoxFunc) (Box *box, Edit *edit);

static guint32
read_u32 (const guint8 *data)
{
  guint32 big;

  memcpy (&big, data, sizeof big);
  return GUINT32_FROM_BE (big);
}

static void
write_u32 (guint8 *data, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  memcpy (data, &big, sizeof big);
}

static guint64
read_u64 (const guint8 *data)
{
  return (guint64) read_u32 (data) << 32 | read_u32 (data + 4);
}

static void
write_u64 (guint8 *data, guint64 value)
{
  write_u32 (data, value >> 32);
  write_u32 (data + 4, value);
}

static gboolean
box_is (const Box *box, const gchar *type)
{
  return memcmp (box->data + 4, type, 4) == 0;
}

/* Returns FALSE at the end of the data, and if no complete box is left. */
static gboolean
read_box (guint8 *data, gsize size, Box *box)
{
  if (size < BOX_HEADER)
    return FALSE;
  box->data = data;
  box->size = read_u32 (data);
  box->header = BOX_HEADER;
  if (box->size == 1 && size >= 16) {
    box->size = read_u64 (data + BOX_HEADER);
    box->header = 16;
  }
  return box->size >= box->header && box->size <= size;
}

static void
for_each_box (guint8 *data, gsize size, BoxFunc func, Edit *edit)
{
  Box box;

  while (read_box (data, size, &box)) {
    func (&box, edit);
    data += box.size;
    size -= box.size;
  }
}

/* The boxes stco and co64: version, flags and a count, then the offsets. */
static void
shift_offsets (Box *box, gint64 shift)
{
  gboolean wide = box_is (box, "co64");
  guint8 *entry = box->data + box->header + 8;
  guint32 count = read_u32 (box->data + box->header + 4);

  for (; count > 0; count--) {
    if (wide)
      write_u64 (entry, read_u64 (entry) + shift);
    else
      write_u32 (entry, read_u32 (entry) + shift);
    entry += wide ? 8 : 4;
  }
}

/* The box tfra: each entry has a time and the offset of a moof, then three
 * numbers of 1 to 4 bytes each. */
static void
shift_fragments (Box *box, gint64 shift)
{
  guint8 *body = box->data + box->header;
  gboolean wide = body[0] == 1;
  guint32 lengths = read_u32 (body + 8);
  gsize numbers = 3 + (lengths & 3) + (lengths >> 2 & 3) + (lengths >> 4 & 3);
  guint8 *entry = body + 16;

  for (guint32 count = read_u32 (body + 12); count > 0; count--) {
    guint8 *offset = entry + (wide ? 8 : 4);

    if (wide)
      write_u64 (offset, read_u64 (offset) + shift);
    else
      write_u32 (offset, read_u32 (offset) + shift);
    entry = offset + (wide ? 8 : 4) + numbers;
  }
}

/* The box trun: each sample has the numbers that the flags announce; the last
 * of them is its composition offset. This function subtracts the first
 * picture's offset from all of them, so that the picture starts at 0 like the
 * sound. Version 1 of the box allows negative offsets. */
static void
remove_lead (Box *box, Edit *edit)
{
  guint8 *body = box->data + box->header;
  guint32 flags = read_u32 (body) & 0xffffff;
  guint numbers = ((flags >> 8) & 1) + ((flags >> 9) & 1) + ((flags >> 10) & 1);
  guint8 *entry = body + 8 + ((flags & 1) ? 4 : 0) + ((flags & 4) ? 4 : 0);

  if ((flags & 0x800) == 0)
    return;
  body[0] = 1;
  for (guint32 count = read_u32 (body + 4); count > 0; count--) {
    guint8 *offset = entry + numbers * 4;

    if (edit->lead < 0)
      edit->lead = read_u32 (offset);
    write_u32 (offset, read_u32 (offset) - edit->lead);
    entry = offset + 4;
  }
}

/* The boxes mvhd, tkhd and mdhd hold dates. They are cleared so that equal
 * orders give equal bytes. */
static void
clear_dates (Box *box)
{
  guint8 *body = box->data + box->header;

  memset (body + 4, 0, body[0] == 1 ? 16 : 8);
}

/* Genuine clips have no colour tags. */
static void
clear_colour (Box *box, Edit *edit)
{
  if (box_is (box, "colr"))
    memcpy (box->data + 4, "free", 4);
}

static void
edit_sample_entry (Box *box, Edit *edit)
{
  if ((box_is (box, "avc1") || box_is (box, "hvc1") || box_is (box, "hev1")) &&
      box->size > SAMPLE_ENTRY_HEADER)
    for_each_box (box->data + SAMPLE_ENTRY_HEADER,
        box->size - SAMPLE_ENTRY_HEADER, clear_colour, edit);
}

static gboolean
is_container (const Box *box)
{
  return box_is (box, "moov") || box_is (box, "trak") || box_is (box, "mdia") ||
         box_is (box, "minf") || box_is (box, "stbl") || box_is (box, "mfra") ||
         box_is (box, "moof") || box_is (box, "traf");
}

/* Returns the content of the box at @path inside @box, such as "mdia/hdlr";
 * NULL if it is missing or shorter than @least bytes. */
static guint8 *
find_inside (const Box *box, const gchar *path, gsize least)
{
  g_auto (GStrv) types = g_strsplit (path, "/", -1);
  Box at = *box;

  for (guint i = 0; types[i] != NULL; i++) {
    guint8 *data = at.data + at.header;
    gsize left = at.size - at.header;
    gboolean found = FALSE;

    while (!found && read_box (data, left, &at)) {
      found = box_is (&at, types[i]);
      data += at.size;
      left -= at.size;
    }
    if (!found)
      return NULL;
  }
  return at.size >= at.header + least ? at.data + at.header : NULL;
}

/* An AAC encoder puts a frame of silence (priming) before the sound. In genuine
 * clips the edit list begins after it, but mp4mux's edit list does not. */
static void
tell_priming (Box *box)
{
  const guint8 *handler = find_inside (box, "mdia/hdlr", 12);
  guint8 *list = find_inside (box, "edts/elst", 20);

  if (handler && memcmp (handler + 8, "soun", 4) == 0 && list && list[0] == 0 &&
      read_u32 (list + 12) == 0)
    write_u32 (list + 12, PRIMING);
}

static void
edit_box (Box *box, Edit *edit)
{
  gsize header = box->header;

  if (box_is (box, "trak") && !edit->fragmented)
    tell_priming (box);
  if (is_container (box))
    for_each_box (box->data + header, box->size - header, edit_box, edit);
  else if (box_is (box, "stsd"))
    for_each_box (box->data + header + 8, box->size - header - 8,
        edit_sample_entry, edit);
  else if (box_is (box, "stco") || box_is (box, "co64"))
    shift_offsets (box, edit->shift);
  else if (box_is (box, "tfra"))
    shift_fragments (box, edit->shift);
  else if (box_is (box, "trun"))
    remove_lead (box, edit);
  else if (box_is (box, "mvhd") || box_is (box, "tkhd") || box_is (box, "mdhd"))
    clear_dates (box);
}

/* Appends the boxes of @type in @data. @type NULL: all boxes except ftyp and
 * free, for the fragmented layout. */
static void
append_boxes (GByteArray *out, guint8 *data, gsize size, const gchar *type)
{
  Box box;

  for (; read_box (data, size, &box); data += box.size, size -= box.size) {
    gboolean wanted = type ? box_is (&box, type)
                           : !box_is (&box, "ftyp") && !box_is (&box, "free");

    if (wanted)
      g_byte_array_append (out, box.data, box.size);
  }
}

static gsize
find_box (guint8 *data, gsize size, const gchar *type)
{
  guint8 *at = data;
  Box box;

  for (; read_box (at, size, &box); at += box.size, size -= box.size) {
    if (box_is (&box, type))
      return at - data;
  }
  return 0;
}

static void
arrange (GByteArray *out, guint8 *data, gsize size, Layout layout)
{
  static const guint8 free_box[] = { 0, 0, 0, 8, 'f', 'r', 'e', 'e' };
  GByteArray *manifest = mp4edit_manifest ();

  append_boxes (out, data, size, "ftyp");
  g_byte_array_append (out, manifest->data, manifest->len);
  g_byte_array_unref (manifest);
  if (layout == LAYOUT_MOOV_FIRST)
    append_boxes (out, data, size, "moov");
  g_byte_array_append (out, free_box, sizeof free_box);
  if (layout == LAYOUT_FRAGMENTED)
    append_boxes (out, data, size, NULL);
  else
    append_boxes (out, data, size, "mdat");
  if (layout == LAYOUT_MOOV_LAST)
    append_boxes (out, data, size, "moov");
}

GBytes *
mp4edit_dress (GBytes *muxed, Layout layout, GError **error)
{
  GByteArray *out = g_byte_array_new ();
  gsize size;
  guint8 *data = (guint8 *) g_bytes_get_data (muxed, &size);
  const gchar *moving = layout == LAYOUT_FRAGMENTED ? "moof" : "mdat";
  gsize was = find_box (data, size, moving);
  Edit edit = { .lead = -1, .fragmented = layout == LAYOUT_FRAGMENTED };
  gsize is;

  arrange (out, data, size, layout);
  is = find_box (out->data, out->len, moving);
  if (was == 0 || is == 0 || find_box (out->data, out->len, "moov") == 0) {
    g_byte_array_unref (out);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "the muxer wrote no usable file");
    return NULL;
  }
  edit.shift = (gint64) is - (gint64) was;
  for_each_box (out->data, out->len, edit_box, &edit);
  return g_byte_array_free_to_bytes (out);
}
