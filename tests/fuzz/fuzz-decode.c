/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the decoder of compressed bodies. The input is a byte that says how
 * much arrives at a time, a line with the Content-Encoding, then the body. What
 * is decoded must be the same whether the body arrives in steps or at once. */

#include "fuzz.h"

#include "decode.h"

/* As the receiver of an answer does, stops a body that becomes too large. */
#define BODY_MAX (1024 * 1024)

typedef struct {
  GByteArray *bytes;
  gboolean ok, whole, stopped;
} Body;

static gboolean
take (const guint8 *data, gsize size, gpointer user_data)
{
  Body *body = user_data;

  g_assert_true (size > 0);
  g_assert_false (body->stopped);
  g_byte_array_append (body->bytes, data, (guint) size);
  body->stopped = body->bytes->len > BODY_MAX;

  return !body->stopped;
}

static Body
decode (const gchar *encoding, const uint8_t *data, size_t size, size_t step)
{
  SeedanceDecoder *decoder = seedance_decoder_new (encoding);
  Body body = { .bytes = g_byte_array_new (), .ok = TRUE };

  while (body.ok && size > 0) {
    size_t piece = MIN (step, size);

    body.ok = seedance_decoder_feed (decoder, data, piece, take, &body);
    data += piece;
    size -= piece;
  }
  body.whole = body.ok && seedance_decoder_is_whole (decoder);
  seedance_decoder_free (decoder);

  return body;
}

static void
assert_same (const Body *steps, const Body *whole)
{
  if (steps->stopped || whole->stopped)
    return;
  g_assert_true (steps->ok == whole->ok);
  g_assert_true (steps->whole == whole->whole);
  /* What comes before the damage may be told, or not. */
  if (whole->ok)
    g_assert_cmpmem (steps->bytes->data, steps->bytes->len, whole->bytes->data,
        whole->bytes->len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *encoding = NULL;
  SeedanceDecoder *decoder;
  Body steps, whole;
  gsize step;

  if (size < 1)
    return 0;
  step = 1 + data[0];
  data++;
  size--;
  encoding = fuzz_take_line (&data, &size);
  decoder = seedance_decoder_new (encoding);
  if (!decoder)
    return 0;
  g_assert_false (seedance_encoding_is_identity (encoding));
  seedance_decoder_free (decoder);
  steps = decode (encoding, data, size, step);
  whole = decode (encoding, data, size, size);
  assert_same (&steps, &whole);
  g_byte_array_unref (steps.bytes);
  g_byte_array_unref (whole.bytes);
  return 0;
}
