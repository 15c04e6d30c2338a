/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the boxes of MP4 files. A layout describes a file: "TYPE:N" is a box of
 * N bytes with its header; "TYPE=N" writes N as a 64-bit size; "TYPE*N" writes
 * the size 0, "to the end of the file", before N bytes; "TYPE!N" writes N as a
 * 32-bit size and no bytes after the header. */
#include "mp4.h"

#include <string.h>

static void
append_u32 (GByteArray *file, guint32 value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (file, (const guint8 *) &value, 4);
}

static void
append_box (GByteArray *file, const gchar *text)
{
  const guint8 *type = (const guint8 *) text;
  gchar kind = text[4];
  guint64 size = g_ascii_strtoull (text + 5, NULL, 10);
  gsize start = file->len;

  append_u32 (file, kind == '=' ? 1 : kind == '*' ? 0 : size);
  g_byte_array_append (file, type, 4);
  if (kind == '=') {
    append_u32 (file, size >> 32);
    append_u32 (file, size);
  }
  if (kind == '!' || size > 1000000)
    return;
  while (file->len < start + size)
    g_byte_array_append (file, (const guint8 *) "\xee", 1);
}

static GByteArray *
make_file (const gchar *boxes)
{
  g_auto (GStrv) list = g_strsplit (boxes, " ", -1);
  GByteArray *file = g_byte_array_new ();

  for (gchar **box = list; *box; box++)
    append_box (file, *box);
  return file;
}

/* The bytes of a file that have arrived. */
typedef struct {
  const guint8 *data;
  gsize size;
  guint64 asked_at; /* offset of the last peek */
} Store;

static gsize
peek (gpointer user_data, guint64 offset, guint8 *data, gsize size)
{
  Store *store = user_data;
  gsize n;

  store->asked_at = offset;
  g_assert_cmpuint (size, <=, 16);
  if (offset >= store->size)
    return 0;
  n = MIN (size, store->size - offset);
  memcpy (data, store->data + offset, n);
  return n;
}

static SeedanceMp4State
walk_part (SeedanceMp4 *mp4, const GByteArray *file, gsize size)
{
  /* The copy has the exact size, so that valgrind and sanitizers see a read
   * beyond its end. */
  g_autofree guint8 *exact = g_memdup2 (file->data, size);
  Store store = { exact, size, 0 };

  return seedance_mp4_walk (mp4, peek, &store);
}

static gchar *
describe (SeedanceMp4State state, const SeedanceMp4 *mp4)
{
  static const gchar *const states[] = { "more", "complete", "broken" };
  GString *out = g_string_new (states[state]);

  if (mp4->ftyp_end)
    g_string_append_printf (out, " ftyp..%" G_GUINT64_FORMAT, mp4->ftyp_end);
  if (mp4->moov_end)
    g_string_append_printf (out,
        " moov:%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT, mp4->moov_offset,
        mp4->moov_end);
  if (mp4->mdat_end)
    g_string_append_printf (out,
        " mdat:%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT, mp4->mdat_offset,
        mp4->mdat_end);
  if (mp4->fragmented)
    g_string_append (out, " fragmented");
  if (mp4->open_ended)
    g_string_append (out, " open");
  if (state == SEEDANCE_MP4_COMPLETE && seedance_mp4_may_be_cut (mp4))
    g_string_append (out, ", may be cut");
  return g_string_free (out, FALSE);
}

typedef struct {
  const gchar *name;
  const gchar *boxes;
  const gchar *found; /* the result for the whole file, with its size known */
} Layout;

static const Layout layouts[] = {
  { "moov-first", "ftyp:24 moov:100 mdat:1000",
      "complete ftyp..24 moov:24..124 mdat:124..1124" },
  { "moov-last", "ftyp:24 uuid:500 free:8 mdat:1000 moov:100",
      "complete ftyp..24 moov:1532..1632 mdat:532..1532" },
  { "no-ftyp", "mdat:100 moov:50", "complete moov:100..150 mdat:0..100" },
  { "fragmented", "ftyp:24 moov:50 moof:20 mdat:100 moof:20 mdat:100 mfra:30",
      "complete ftyp..24 moov:24..74 mdat:94..314 fragmented" },
  { "segment", "styp:24 sidx:40 moof:20 mdat:100 moov:8",
      "complete moov:184..192 mdat:84..184 fragmented, may be cut" },
  { "empty-boxes", "ftyp:8 free:8 skip:8 wide:8 mdat:8 moov:8",
      "complete ftyp..8 moov:40..48 mdat:32..40" },
  { "64-bit-size", "ftyp:24 mdat=500 moov:100",
      "complete ftyp..24 moov:524..624 mdat:24..524" },
  { "64-bit-size-without-content", "ftyp:24 mdat=16 moov:100",
      "complete ftyp..24 moov:40..140 mdat:24..40" },
  { "open-mdat", "ftyp:24 moov:100 mdat*500",
      "complete ftyp..24 moov:24..124 mdat:124..624 open, may be cut" },
  { "open-moov", "ftyp:24 mdat:100 moov*60",
      "complete ftyp..24 moov:124..184 mdat:24..124 open, may be cut" },
  { "first-moov-counts", "ftyp:24 moov:100 moov:50 mdat:10",
      "complete ftyp..24 moov:24..124 mdat:174..184" },
  { "first-ftyp-counts", "ftyp:24 ftyp:32 moov:8",
      "broken ftyp..24 moov:56..64" },
  { "unknown-but-printable-type", "ftyp:24 a-b~:30 moov:8",
      "broken ftyp..24 moov:54..62" },

  { "broken/no-moov", "ftyp:24 mdat:100", "broken ftyp..24 mdat:24..124" },
  { "broken/not-first", "mfra:24 moov:100", "broken" },
  { "broken/html", "<!DOCTYPE html><html>", "broken" },
  { "broken/past-the-end", "ftyp:24 moov:50 mdat!1000",
      "broken ftyp..24 moov:24..74" },
  { "broken/past-the-end-by-64-bits", "ftyp:24 moov:50 mdat=99999999999",
      "broken ftyp..24 moov:24..74" },
  { "broken/64-bit-overflow", "ftyp:24 moov:50 mdat=18446744073709551615",
      "broken ftyp..24 moov:24..74" },
  { "broken/64-bit-overflow-to-zero",
      "ftyp:24 moov:50 mdat=18446744073709551542",
      "broken ftyp..24 moov:24..74" },
  { "broken/64-bit-size-too-small", "ftyp:24 mdat=15 moov:50",
      "broken ftyp..24" },
  { "broken/64-bit-size-of-zero", "ftyp:24 mdat=0 moov:50", "broken ftyp..24" },
  { "broken/64-bit-header-cut", "ftyp:24 moov:50 mdat!1",
      "broken ftyp..24 moov:24..74" },
  { "broken/size-of-2", "ftyp:24 mdat!2", "broken ftyp..24" },
  { "broken/size-of-7", "ftyp:24 mdat!7", "broken ftyp..24" },
  { "broken/unprintable-type", "ftyp:24 \x01\x02zz:30 moov:8",
      "broken ftyp..24" },
};

static GByteArray *
make_layout (const Layout *layout)
{
  GByteArray *file;

  if (layout->boxes[0] == '<') {
    file = g_byte_array_new ();
    g_byte_array_append (
        file, (const guint8 *) layout->boxes, strlen (layout->boxes));
    return file;
  }
  return make_file (layout->boxes);
}

static void
test_whole_file (gconstpointer data)
{
  const Layout *layout = data;
  g_autoptr (GByteArray) file = make_layout (layout);
  g_autofree gchar *found = NULL;
  SeedanceMp4State state;
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  mp4.total = file->len;
  state = walk_part (&mp4, file, file->len);
  found = describe (state, &mp4);
  g_assert_cmpstr (found, ==, layout->found);
}

/* Walks the file as it arrives; @step is the size of each portion, 0 =
 * random. */
static void
walk_in_portions (const Layout *layout, gboolean total_first, gint step)
{
  g_autoptr (GByteArray) file = make_layout (layout);
  g_autofree gchar *found = NULL;
  SeedanceMp4State state = SEEDANCE_MP4_NEED_MORE;
  SeedanceMp4 mp4;
  gsize size = 0;

  seedance_mp4_init (&mp4);
  if (total_first)
    mp4.total = file->len;
  while (state == SEEDANCE_MP4_NEED_MORE && size < file->len) {
    size += step ? step : g_test_rand_int_range (1, 200);
    size = MIN (size, file->len);
    state = walk_part (&mp4, file, size);
    g_assert_true (total_first || state != SEEDANCE_MP4_COMPLETE);
  }
  mp4.total = file->len;
  if (state == SEEDANCE_MP4_NEED_MORE)
    state = walk_part (&mp4, file, file->len);
  found = describe (state, &mp4);
  /* Without the total size, the walk cannot tell at first that a box is too
   * large. */
  if (!total_first && state == SEEDANCE_MP4_BROKEN)
    g_assert_true (g_str_has_prefix (layout->found, "broken"));
  else
    g_assert_cmpstr (found, ==, layout->found);
}

static void
test_byte_by_byte (gconstpointer data)
{
  walk_in_portions (data, TRUE, 1);
  walk_in_portions (data, FALSE, 1);
}

static void
test_random_portions (gconstpointer data)
{
  for (guint i = 0; i < 50; i++) {
    walk_in_portions (data, TRUE, 0);
    walk_in_portions (data, FALSE, 0);
  }
}

static void
test_an_unknown_total_is_never_complete (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 moov:100 mdat:50");
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  g_assert_cmpint (
      walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_NEED_MORE);
  g_assert_cmpuint (mp4.offset, ==, file->len);
  mp4.total = file->len;
  g_assert_cmpint (
      walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_COMPLETE);
}

static void
test_the_place_of_moov_is_known_from_the_header_of_mdat (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 mdat:5000 moov:100");
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  mp4.total = file->len;
  g_assert_cmpint (walk_part (&mp4, file, 32), ==, SEEDANCE_MP4_NEED_MORE);
  g_assert_cmpuint (mp4.mdat_end, ==, 5024);
  g_assert_cmpuint (mp4.offset, ==, 5024);
}

static void
test_an_open_mdat_ends_when_the_total_is_known (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 moov:50 mdat*100");
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  g_assert_cmpint (
      walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_NEED_MORE);
  g_assert_true (mp4.open_ended);
  g_assert_cmpuint (mp4.mdat_offset, ==, 74);
  g_assert_cmpuint (mp4.mdat_end, ==, 0);
  mp4.total = file->len;
  g_assert_cmpint (
      walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_COMPLETE);
  g_assert_cmpuint (mp4.mdat_end, ==, file->len);
}

static void
test_a_total_below_a_known_box_is_broken (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 moov:50 mdat:100");
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  walk_part (&mp4, file, file->len);
  mp4.total = file->len - 1;
  g_assert_cmpint (
      walk_part (&mp4, file, file->len - 1), ==, SEEDANCE_MP4_BROKEN);
}

static void
test_a_few_bytes_after_the_boxes_are_broken (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 moov:50 mdat:100");
  SeedanceMp4 mp4;

  for (guint n = 1; n < 8; n++) {
    seedance_mp4_init (&mp4);
    g_byte_array_append (file, (const guint8 *) "", 1);
    mp4.total = file->len;
    g_assert_cmpint (
        walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_BROKEN);
  }
}

static void
test_sizes_add_up_to_at_most_63_bits (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 mdat=9223372036854775783");
  g_autoptr (GByteArray) over = make_file ("ftyp:24 mdat=9223372036854775784");
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  g_assert_cmpint (walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_BROKEN);
  g_assert_cmpuint (mp4.mdat_end, ==, G_MAXINT64);

  seedance_mp4_init (&mp4);
  g_assert_cmpint (walk_part (&mp4, over, over->len), ==, SEEDANCE_MP4_BROKEN);
  g_assert_cmpuint (mp4.mdat_end, ==, 0);
}

static void
test_nothing_inside_a_box_is_asked_for (void)
{
  g_autoptr (GByteArray) file = make_file ("ftyp:24 mdat:5000 moov:100");
  Store store = { file->data, 1000, 0 };
  SeedanceMp4 mp4;

  seedance_mp4_init (&mp4);
  seedance_mp4_walk (&mp4, peek, &store);
  g_assert_cmpuint (store.asked_at, ==, 5024);
}

static void
test_any_bytes_are_survived (void)
{
  for (guint i = 0; i < 5000; i++) {
    g_autoptr (GByteArray) file = make_file ("ftyp:24 moov:16 mdat=40 free*9");
    SeedanceMp4 mp4;

    for (guint k = 0; k < 4; k++)
      file->data[g_test_rand_int_range (0, file->len)] =
          g_test_rand_int_range (0, 256);
    seedance_mp4_init (&mp4);
    walk_part (&mp4, file, g_test_rand_int_range (1, file->len));
    mp4.total = file->len;
    walk_part (&mp4, file, file->len);
    g_assert_cmpuint (mp4.offset, <=, G_MAXINT64);
  }
}

/* Each box costs a peek, and a file of 64 MB has space for eight million
 * boxes. */
static gsize
peek_tiny (gpointer looks, guint64 offset, guint8 *data, gsize size)
{
  static const guint8 box[16] = "\0\0\0\bfree\0\0\0\bfree";

  (*(guint *) looks)++;
  memcpy (data, box, MIN (size, sizeof box));

  return MIN (size, sizeof box);
}

static void
test_the_number_of_boxes_has_a_limit (void)
{
  SeedanceMp4 mp4;
  guint looks = 0;

  seedance_mp4_init (&mp4);
  mp4.total = G_GUINT64_CONSTANT (64000000);
  g_assert_cmpint (
      seedance_mp4_walk (&mp4, peek_tiny, &looks), ==, SEEDANCE_MP4_BROKEN);
  g_assert_cmpuint (looks, <, 100000);
  g_assert_cmpuint (looks, >, 10000);
}

static void
test_these_boxes_can_start_a_file (void)
{
  static const gchar *const types[] = { "ftyp", "styp", "free", "skip", "wide",
    "uuid", "moov", "mdat", "moof", "sidx", "pnot" };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autofree gchar *boxes = g_strdup_printf ("%s:24 free:8", types[i]);
    g_autoptr (GByteArray) file = make_file (boxes);
    SeedanceMp4 mp4;

    seedance_mp4_init (&mp4);
    g_assert_cmpint (
        walk_part (&mp4, file, file->len), ==, SEEDANCE_MP4_NEED_MORE);
  }
}

static void
add_layouts (const gchar *how, GTestDataFunc test)
{
  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++) {
    g_autofree gchar *path =
        g_strconcat ("/mp4/", how, "/", layouts[i].name, NULL);

    g_test_add_data_func (path, &layouts[i], test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_layouts ("whole", test_whole_file);
  add_layouts ("byte-by-byte", test_byte_by_byte);
  add_layouts ("in-portions", test_random_portions);
#define ADD(path, name) g_test_add_func ("/mp4/" path, test_##name)
  ADD ("first-box", these_boxes_can_start_a_file);
  ADD ("total/unknown", an_unknown_total_is_never_complete);
  ADD ("total/below-a-box", a_total_below_a_known_box_is_broken);
  ADD ("total/bytes-after", a_few_bytes_after_the_boxes_are_broken);
  ADD ("open/ends-with-the-total", an_open_mdat_ends_when_the_total_is_known);
  ADD ("early/moov-behind-mdat",
      the_place_of_moov_is_known_from_the_header_of_mdat);
  ADD ("early/headers-only", nothing_inside_a_box_is_asked_for);
  ADD ("hostile/63-bits", sizes_add_up_to_at_most_63_bits);
  ADD ("hostile/tiny-boxes", the_number_of_boxes_has_a_limit);
  ADD ("hostile/any-bytes", any_bytes_are_survived);
  return g_test_run ();
}
