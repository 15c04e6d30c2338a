/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a compressed body, the decoder returns the original bytes for any size
 * of the network's portions, and never reports a damaged body as whole. */
#include "decode.h"

#include <gio/gio.h>
#include <string.h>

#define BODY "{\"task_id\":\"t-1\",\"status\":\"queued\"}"

static GByteArray *
compress (GZlibCompressorFormat format, const gchar *text, gsize size)
{
  g_autoptr (GConverter) zlib = G_CONVERTER (g_zlib_compressor_new (format, 9));
  GByteArray *out = g_byte_array_new ();
  gsize room = size + 1000, taken, made;

  g_byte_array_set_size (out, (guint) room);
  g_assert_cmpint (g_converter_convert (zlib, text, size, out->data, room,
                       G_CONVERTER_INPUT_AT_END, &taken, &made, NULL),
      ==, G_CONVERTER_FINISHED);
  g_byte_array_set_size (out, (guint) made);

  return out;
}

static gboolean
collect (const guint8 *data, gsize size, gpointer user_data)
{
  g_byte_array_append (user_data, data, (guint) size);

  return TRUE;
}

/* Feeds @body in portions of @step bytes. */
static void
assert_decoded (const gchar *encoding, const guint8 *body, gsize size,
    gsize step, const gchar *expected)
{
  SeedanceDecoder *decoder = seedance_decoder_new (encoding);
  g_autoptr (GByteArray) out = g_byte_array_new ();

  g_assert_nonnull (decoder);
  for (gsize at = 0; at < size; at += step)
    g_assert_true (seedance_decoder_feed (
        decoder, body + at, MIN (step, size - at), collect, out));
  g_assert_true (seedance_decoder_is_whole (decoder));
  g_assert_cmpmem (out->data, out->len, expected, strlen (expected));
  seedance_decoder_free (decoder);
}

static const struct {
  const gchar *encoding;
  GZlibCompressorFormat format;
} codings[] = {
  { "gzip", G_ZLIB_COMPRESSOR_FORMAT_GZIP },
  { "x-gzip", G_ZLIB_COMPRESSOR_FORMAT_GZIP },
  { " GZIP ", G_ZLIB_COMPRESSOR_FORMAT_GZIP },
  { "identity, gzip", G_ZLIB_COMPRESSOR_FORMAT_GZIP },
  { "deflate", G_ZLIB_COMPRESSOR_FORMAT_ZLIB },
  { "deflate", G_ZLIB_COMPRESSOR_FORMAT_RAW },
  { "deflate", G_ZLIB_COMPRESSOR_FORMAT_GZIP },
};

static void
test_each_coding_is_read_in_any_pieces (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codings); i++) {
    g_autoptr (GByteArray) body =
        compress (codings[i].format, BODY, strlen (BODY));

    for (gsize step = 1; step <= body->len; step++)
      assert_decoded (codings[i].encoding, body->data, body->len, step, BODY);
  }
}

/* The first byte of a raw deflate body depends on the whole text. With two
 * random ids, it is often the byte "\r". */
static void
test_a_raw_body_may_say_anything (void)
{
  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *one = g_uuid_string_random ();
    g_autofree gchar *other = g_uuid_string_random ();
    g_autofree gchar *text =
        g_strdup_printf ("{\"id\":\"%s\",\"request\":\"%s\"}", one, other);
    g_autoptr (GByteArray) body =
        compress (G_ZLIB_COMPRESSOR_FORMAT_RAW, text, strlen (text));

    assert_decoded ("deflate", body->data, body->len, body->len, text);
  }
}

/* The last byte of such a body may stand for more text than the decoder has
 * room for at once. No byte follows that would bring the rest out. */
static void
test_the_last_byte_may_stand_for_much (void)
{
  for (gsize size = 64 * 1024; size < 64 * 1024 + 300; size++) {
    g_autofree gchar *text = g_strnfill (size, ' ');
    g_autoptr (GByteArray) body =
        compress (G_ZLIB_COMPRESSOR_FORMAT_RAW, text, size);

    assert_decoded ("deflate", body->data, body->len, 1, text);
    assert_decoded ("deflate", body->data, body->len, body->len, text);
  }
}

/* An uncompressed body with a Content-Encoding is passed on as it is. */
static void
test_a_false_label_does_no_harm (void)
{
  assert_decoded ("gzip", (guint8 *) BODY, strlen (BODY), 1, BODY);
  assert_decoded ("deflate", (guint8 *) BODY, strlen (BODY), 3, BODY);
  assert_decoded ("gzip", (guint8 *) BODY, 0, 1, "");
}

/* Three gzip files in a row, which are one body. */
static GByteArray *
compress_three (gsize *first, gsize *second)
{
  GByteArray *body = compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, "abc", 3);
  g_autoptr (GByteArray) more =
      compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, "def", 3);
  g_autoptr (GByteArray) last =
      compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, "ghi", 3);

  *first = body->len;
  g_byte_array_append (body, more->data, more->len);
  *second = body->len;
  g_byte_array_append (body, last->data, last->len);

  return body;
}

static void
test_one_gzip_file_may_follow_another (void)
{
  gsize first, second;
  g_autoptr (GByteArray) body = compress_three (&first, &second);

  for (gsize step = 1; step <= body->len; step++)
    assert_decoded ("gzip", body->data, body->len, step, "abcdefghi");
}

static void
test_what_follows_the_end_is_ignored (void)
{
  g_autoptr (GByteArray) body =
      compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, BODY, strlen (BODY));

  g_byte_array_append (body, (guint8 *) "    ", 4);
  for (gsize step = 1; step <= body->len; step++)
    assert_decoded ("gzip", body->data, body->len, step, BODY);
}

/* A body that ends between two files is whole, as far as anyone can tell. */
static void
test_a_cut_in_a_later_file_is_noticed (void)
{
  gsize first, second;
  g_autoptr (GByteArray) body = compress_three (&first, &second);

  for (gsize size = 1; size < body->len; size++) {
    SeedanceDecoder *decoder = seedance_decoder_new ("gzip");
    g_autoptr (GByteArray) out = g_byte_array_new ();

    for (gsize at = 0; at < size; at++)
      g_assert_true (
          seedance_decoder_feed (decoder, body->data + at, 1, collect, out));
    g_assert_cmpint (seedance_decoder_is_whole (decoder), ==,
        size == first || size == second);
    seedance_decoder_free (decoder);
  }
}

static void
test_a_cut_is_noticed_anywhere (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codings); i++) {
    g_autoptr (GByteArray) body =
        compress (codings[i].format, BODY, strlen (BODY));

    for (gsize size = 1; size < body->len; size++) {
      SeedanceDecoder *decoder = seedance_decoder_new (codings[i].encoding);
      g_autoptr (GByteArray) out = g_byte_array_new ();

      seedance_decoder_feed (decoder, body->data, size, collect, out);
      g_assert_false (seedance_decoder_is_whole (decoder));
      seedance_decoder_free (decoder);
    }
  }
}

static void
test_damage_is_noticed (void)
{
  g_autoptr (GByteArray) body =
      compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, BODY, strlen (BODY));
  SeedanceDecoder *decoder = seedance_decoder_new ("gzip");
  g_autoptr (GByteArray) out = g_byte_array_new ();

  /* Damages the checksum. */
  body->data[body->len - 6] ^= 1;
  g_assert_false (
      seedance_decoder_feed (decoder, body->data, body->len, collect, out));
  g_assert_false (seedance_decoder_is_whole (decoder));
  seedance_decoder_free (decoder);
}

static gboolean
take_a_mebibyte (const guint8 *data, gsize size, gpointer user_data)
{
  gsize *taken = user_data;

  *taken += size;

  return *taken < 1024 * 1024;
}

/* The decoder stops when the receiver refuses more, long before it has
 * decompressed all of 64 MiB. */
static void
test_the_receiver_ends_a_bomb (void)
{
  const gsize size = 64 * 1024 * 1024;
  g_autofree gchar *zeros = g_malloc0 (size);
  g_autoptr (GByteArray) body =
      compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, zeros, size);
  SeedanceDecoder *decoder = seedance_decoder_new ("gzip");
  gsize taken = 0;

  g_assert_false (seedance_decoder_feed (
      decoder, body->data, body->len, take_a_mebibyte, &taken));
  g_assert_cmpuint (taken, <=, 1024 * 1024 + 64 * 1024);
  seedance_decoder_free (decoder);
}

static void
test_other_codings_are_not_known (void)
{
  static const gchar *const others[] = { "br", "zstd", "compress", "gzip, br",
    "gzip2", "identityx" };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_assert_false (seedance_encoding_is_identity (others[i]));
    g_assert_null (seedance_decoder_new (others[i]));
  }
  g_assert_true (seedance_encoding_is_identity (NULL));
  g_assert_true (seedance_encoding_is_identity (""));
  g_assert_true (seedance_encoding_is_identity ("identity"));
  g_assert_true (seedance_encoding_is_identity (" Identity "));
}

static void
test_any_bytes_are_survived (void)
{
  for (guint i = 0; i < 20000; i++) {
    SeedanceDecoder *decoder =
        seedance_decoder_new (i % 2 ? "gzip" : "deflate");
    g_autoptr (GByteArray) out = g_byte_array_new ();
    guint8 bytes[32] = { 0x1f, 0x8b, 8 };

    for (gsize k = i % 3 ? 3 : 0; k < sizeof bytes; k++)
      bytes[k] = (guint8) g_test_rand_int_range (0, 256);
    seedance_decoder_feed (decoder, bytes, 1 + i % 31, collect, out);
    seedance_decoder_feed (decoder, bytes, sizeof bytes, collect, out);
    seedance_decoder_free (decoder);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/decode/" path, test_##name)
  ADD ("codings", each_coding_is_read_in_any_pieces);
  ADD ("raw", a_raw_body_may_say_anything);
  ADD ("last-byte", the_last_byte_may_stand_for_much);
  ADD ("false-label", a_false_label_does_no_harm);
  ADD ("two-files", one_gzip_file_may_follow_another);
  ADD ("what-follows", what_follows_the_end_is_ignored);
  ADD ("cut-later", a_cut_in_a_later_file_is_noticed);
  ADD ("cut", a_cut_is_noticed_anywhere);
  ADD ("damage", damage_is_noticed);
  ADD ("bomb", the_receiver_ends_a_bomb);
  ADD ("others", other_codings_are_not_known);
  ADD ("any-bytes", any_bytes_are_survived);
  return g_test_run ();
}
