/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* An image that came with an order, decoded and upright. Immutable. */
typedef struct {
  GstSample *sample;
  gint width;
  gint height;
  /* SHA-256 of the encoded bytes. */
  gchar *hash;
} Picture;

/* @url: data:, http:, https: or file:. Blocks. */
Picture *picture_load (const gchar *url, GError **error);
Picture *picture_ref (Picture *picture);
void picture_unref (Picture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Picture, picture_unref)

/* An I420 buffer of exactly that size: the middle of the picture, with
 * GStreamer's usual strides. */
GstBuffer *picture_fill (
    Picture *picture, gint width, gint height, GError **error);

G_END_DECLS
