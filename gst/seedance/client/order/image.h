/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns an image as the user names it (a URL, a data: URI or a file) into the
 * URI that the service is sent. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In bytes. The user is warned of images that are larger together than the
 * first; an image file that is larger than the second is refused. */
#define SEEDANCE_IMAGE_WARN_SIZE (4 * 1024 * 1024)
#define SEEDANCE_IMAGE_MAX_SIZE (30 * 1024 * 1024)

/* Returns the MIME type that the first bytes tell: that of JPEG, PNG, WebP,
 * GIF, BMP, TIFF or HEIC; NULL for anything else. Static string. */
const gchar *seedance_image_sniff (const guint8 *data, gsize size);

/* Returns the URI of @image to send. An http(s) URL or a data: URI is returned
 * as it is. A file: URI or a path is read, and returned as a data: URI with the
 * sniffed type. *@size (may be NULL) gets the size of the file in bytes, or 0
 * if none was read. Blocks on the disk only. g_free().
 *
 * Error: SEEDANCE_ERROR_SETTINGS, which names @property, for another URI and
 * for a file that is missing, unreadable, empty, not an image, not a regular
 * file, or larger than SEEDANCE_IMAGE_MAX_SIZE. */
gchar *seedance_image_resolve (
    const gchar *image, const gchar *property, gsize *size, GError **error);

G_END_DECLS
