/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images that come with orders: loads them from a URL, decodes them and scales
 * them to the size of a clip. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A decoded image, turned upright. Immutable and reference counted. */
typedef struct {
  GstSample *sample;
  gint width;
  gint height;
  /* SHA-256 of the encoded bytes. */
  gchar *hash;
} Picture;

/* Loads and decodes the image at @url, a data:, http:, https: or file: URL.
 * Blocks. Returns NULL and sets @error if it cannot. */
Picture *picture_load (const gchar *url, GError **error);
Picture *picture_ref (Picture *picture);
void picture_unref (Picture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Picture, picture_unref)

/* Returns an I420 buffer of exactly @width × @height with GStreamer's default
 * strides. Where the ratio differs, the edges of the picture are cut off.
 * Blocks. */
GstBuffer *picture_fill (
    Picture *picture, gint width, gint height, GError **error);

G_END_DECLS
