/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decodes bodies that a server compressed although the request did not ask for
 * it: gzip, and deflate with and without zlib's header. The decoded bytes go to
 * a function, so that the receiver can stop when they become too many. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceDecoder SeedanceDecoder;

/* Returns TRUE if a body with this Content-Encoding is not compressed. NULL
 * stands for no such header. */
gboolean seedance_encoding_is_identity (const gchar *encoding);

/* A decoder for the value of a Content-Encoding header, or NULL if the encoding
 * is not known. A body that does not begin as its encoding says is passed on
 * unchanged: then the header is wrong. */
SeedanceDecoder *seedance_decoder_new (const gchar *encoding);
void seedance_decoder_free (SeedanceDecoder *decoder);

/* Receives decoded bytes. Returns FALSE to stop the decoder. */
typedef gboolean (*SeedanceDecoderFunc) (const guint8 *data, gsize size,
    gpointer user_data);

/* Decodes the next piece of the body. Returns FALSE if the body is damaged, or
 * if @func did. Bytes after the end of the compressed data are ignored. */
gboolean seedance_decoder_feed (SeedanceDecoder *decoder, const guint8 *data,
    gsize size, SeedanceDecoderFunc func, gpointer user_data);

/* Returns TRUE if the compressed data has come to its end: only that tells
 * whether a compressed body was cut off. */
gboolean seedance_decoder_is_whole (const SeedanceDecoder *decoder);

G_END_DECLS
