/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recognises the format of a compressed body and decodes it with GLib's zlib
 * converter. */

#include "decode.h"

#include <gio/gio.h>
#include <string.h>

#define PIECE (64 * 1024)
/* This many first bytes of a body tell how it is compressed. */
#define MAGIC 2
#define GZIP_FIRST 0x1f

typedef enum { KIND_GZIP, KIND_DEFLATE } Kind;

struct _SeedanceDecoder {
  Kind kind;
  gboolean begun;
  gboolean plain; /* not compressed at all */
  gboolean ended; /* as far as it was received */
  GConverter *converter;
  GByteArray *rest; /* received, not yet decoded */
};

static gsize
identity_length (const gchar *encoding)
{
  static const gchar *const names[] = { "identity", "none", "binary",
    "aws-chunked" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const gsize size = strlen (names[i]);

    if (g_ascii_strncasecmp (encoding, names[i], size) == 0 &&
        !g_ascii_isalnum (encoding[size]) && encoding[size] != '-')
      return size;
  }

  return 0;
}

static const gchar *
skip_identity (const gchar *encoding)
{
  gsize size;

  encoding += strspn (encoding, " \t,");
  while ((size = identity_length (encoding)) > 0) {
    encoding += size;
    encoding += strspn (encoding, " \t,");
  }

  return encoding;
}

gboolean
seedance_encoding_is_identity (const gchar *encoding)
{
  return !encoding || *skip_identity (encoding) == '\0';
}

SeedanceDecoder *
seedance_decoder_new (const gchar *encoding)
{
  g_autofree gchar *name = g_strdup (skip_identity (encoding));
  SeedanceDecoder *decoder;
  Kind kind;

  g_strchomp (name);
  if (g_ascii_strcasecmp (name, "gzip") == 0 ||
      g_ascii_strcasecmp (name, "x-gzip") == 0)
    kind = KIND_GZIP;
  else if (g_ascii_strcasecmp (name, "deflate") == 0)
    kind = KIND_DEFLATE;
  else
    return NULL;
  decoder = g_new0 (SeedanceDecoder, 1);
  decoder->kind = kind;
  decoder->rest = g_byte_array_new ();

  return decoder;
}

void
seedance_decoder_free (SeedanceDecoder *decoder)
{
  if (!decoder)
    return;
  g_clear_object (&decoder->converter);
  g_byte_array_unref (decoder->rest);
  g_free (decoder);
}

static gboolean
is_gzip (const guint8 *data)
{
  return data[0] == GZIP_FIRST && data[1] == 0x8b;
}

/* RFC 1950: the method is 8, and the two bytes are a multiple of 31 when read
 * as one number. */
static gboolean
is_zlib (const guint8 *data)
{
  return (data[0] & 0x0f) == 8 && (data[0] << 8 | data[1]) % 31 == 0;
}

/* Uncompressed text begins with a bracket or a blank, and more text follows.
 * "\r" is not in the list: no answer begins with it, but raw deflate does if
 * its first block is its last one and has its own codes. */
static gboolean
is_text (const guint8 *data)
{
  return memchr ("{[< \t\n", data[0], 6) != NULL &&
         (g_ascii_isprint (data[1]) || g_ascii_isspace (data[1]));
}

/* "deflate" means zlib's format, but some servers leave its header out. */
static void
begin (SeedanceDecoder *decoder)
{
  const guint8 *data = decoder->rest->data;
  GZlibCompressorFormat format = G_ZLIB_COMPRESSOR_FORMAT_RAW;

  decoder->begun = TRUE;
  if (is_gzip (data))
    format = G_ZLIB_COMPRESSOR_FORMAT_GZIP;
  else if (decoder->kind == KIND_DEFLATE && is_zlib (data))
    format = G_ZLIB_COMPRESSOR_FORMAT_ZLIB;
  else if (decoder->kind == KIND_GZIP || is_text (data))
    decoder->plain = TRUE;
  if (!decoder->plain)
    decoder->converter = G_CONVERTER (g_zlib_decompressor_new (format));
}

/* RFC 1952: a gzip body may consist of several gzip files in a row. Begins the
 * next one as soon as its first bytes are there. */
static void
begin_next (SeedanceDecoder *decoder)
{
  if (decoder->rest->len < MAGIC || !is_gzip (decoder->rest->data))
    return;
  decoder->ended = FALSE;
  g_converter_reset (decoder->converter);
}

/* After a full piece zlib may hold more, even if it has taken all that was
 * received. */
static gboolean
decode (SeedanceDecoder *decoder, SeedanceDecoderFunc func, gpointer user_data)
{
  g_autofree guint8 *piece = g_malloc (PIECE);
  gsize made = 0;

  while (!decoder->ended && (decoder->rest->len > 0 || made == PIECE)) {
    g_autoptr (GError) error = NULL;
    gsize taken = 0;
    GConverterResult result = g_converter_convert (decoder->converter,
        decoder->rest->data, decoder->rest->len, piece, PIECE,
        G_CONVERTER_NO_FLAGS, &taken, &made, &error);

    if (result == G_CONVERTER_ERROR)
      return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
    g_byte_array_remove_range (decoder->rest, 0, (guint) taken);
    if (made > 0 && !func (piece, made, user_data))
      return FALSE;
    if (result != G_CONVERTER_FINISHED)
      continue;
    decoder->ended = TRUE;
    begin_next (decoder);
  }

  return TRUE;
}

gboolean
seedance_decoder_feed (SeedanceDecoder *decoder, const guint8 *data, gsize size,
    SeedanceDecoderFunc func, gpointer user_data)
{
  if (decoder->ended && decoder->rest->len >= MAGIC)
    return TRUE;
  if (decoder->plain)
    return func (data, size, user_data);
  g_byte_array_append (decoder->rest, data, (guint) size);
  if (!decoder->begun && decoder->rest->len < MAGIC)
    return TRUE;
  if (!decoder->begun)
    begin (decoder);
  if (decoder->plain)
    return func (decoder->rest->data, decoder->rest->len, user_data);
  if (decoder->ended)
    begin_next (decoder);

  return decode (decoder, func, user_data);
}

gboolean
seedance_decoder_is_whole (const SeedanceDecoder *decoder)
{
  if (!decoder->begun)
    return decoder->rest->len == 0;
  if (decoder->ended && decoder->rest->len == 1)
    return decoder->rest->data[0] != GZIP_FIRST;

  return decoder->plain || decoder->ended;
}
