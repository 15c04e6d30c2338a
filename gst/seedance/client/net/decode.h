/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bodies that come compressed although nobody asked for that: gzip, and deflate
 * with and without zlib's header. Feeds what was decoded to a function, so
 * that the receiver decides how much of it is too much. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SeedanceDecoder SeedanceDecoder;

/* Whether a body under this Content-Encoding is sent as it is; NULL is. */
gboolean seedance_encoding_is_identity (const gchar *encoding);

/* A decoder for the value of a Content-Encoding header, NULL when it is none
 * that is known. A body that does not begin as its encoding says is passed on
 * as it is: the label was wrong. */
SeedanceDecoder *seedance_decoder_new (const gchar *encoding);
void seedance_decoder_free (SeedanceDecoder *decoder);

/* Gets decoded bytes; FALSE = no more of it. */
typedef gboolean (*SeedanceDecoderFunc) (const guint8 *data, gsize size,
    gpointer user_data);

/* Decodes some more of the body. FALSE when that is damaged, or when @func said
 * so. What follows the end of the compressed data is ignored. */
gboolean seedance_decoder_feed (SeedanceDecoder *decoder, const guint8 *data,
    gsize size, SeedanceDecoderFunc func, gpointer user_data);

/* Whether all of it has come: a cut in a compressed body shows only here. */
gboolean seedance_decoder_is_whole (const SeedanceDecoder *decoder);

G_END_DECLS
