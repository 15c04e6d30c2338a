/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a user names as an image to what the service is sent. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_IMAGE_WARN_SIZE (4 * 1024 * 1024)
#define SEEDANCE_IMAGE_MAX_SIZE (30 * 1024 * 1024)

/* The MIME type told by the first bytes: JPEG, PNG, WebP, GIF, BMP, TIFF or
 * HEIC ("image/heic"); NULL for anything else. Static string. */
const gchar *seedance_image_sniff (const guint8 *data, gsize size);

/* @image is an http(s) URL or a data: URI, passed through untouched, or a
 * file: URI or a path (absolute or relative), read and returned as a data:
 * URI with the sniffed type. *@size (may be NULL) gets the size of a read file
 * in bytes, else 0. Blocks on file I/O only. Error: SEEDANCE_ERROR_SETTINGS
 * for a file that is missing, unreadable, not an image, empty, not a regular
 * file or over SEEDANCE_IMAGE_MAX_SIZE; it names @property. Free the result with
 * g_free(). */
gchar *seedance_image_resolve (
    const gchar *image, const gchar *property, gsize *size, GError **error);

G_END_DECLS
