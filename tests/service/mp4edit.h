/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns the output of GStreamer's mp4mux into a file that has the boxes of a
 * genuine Seedance clip. */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

/* Returns a copy of @muxed that looks as if the service had delivered it: a
 * provenance box follows ftyp, the boxes are in the order of @layout, and dates
 * and colour tags are removed. Returns NULL and sets @error if @muxed lacks the
 * expected boxes. */
GBytes *mp4edit_dress (GBytes *muxed, Layout layout, GError **error);

/* Returns a box in the shape of a content provenance manifest (C2PA) and of the
 * size that genuine clips have. It is unsigned and proves nothing. */
GByteArray *mp4edit_manifest (void);

G_END_DECLS
