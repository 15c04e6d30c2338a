/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recognizes the type of an image by its first bytes, and turns a file into a
 * data: URI. */
#include "image.h"

#include <string.h>

#include "error.h"
#include "file.h"
#include "url.h"

typedef struct {
  const gchar *type;
  gsize offset;
  const gchar *magic;
  gsize size;
} Signature;

static const Signature signatures[] = {
  { "image/jpeg", 0, "\xff\xd8\xff", 3 },
  { "image/png", 0, "\x89PNG\r\n\x1a\n", 8 },
  { "image/webp", 8, "WEBP", 4 },
  { "image/gif", 0, "GIF87a", 6 },
  { "image/gif", 0, "GIF89a", 6 },
  { "image/bmp", 0, "BM", 2 },
  { "image/tiff", 0, "II*\0", 4 },
  { "image/tiff", 0, "MM\0*", 4 },
};

static gboolean
has_bytes (
    const guint8 *data, gsize size, gsize offset, const gchar *bytes, gsize n)
{
  return size >= offset + n && memcmp (data + offset, bytes, n) == 0;
}

/* Looks further where the signature alone is too short or too common to tell
 * the type. */
static gboolean
is_confirmed (const Signature *signature, const guint8 *data, gsize size)
{
  if (g_str_equal (signature->type, "image/webp"))
    return has_bytes (data, size, 0, "RIFF", 4);
  /* "BM" also begins texts. In a bitmap its size follows, and then four
   * reserved bytes that are zero. */
  if (g_str_equal (signature->type, "image/bmp"))
    return has_bytes (data, size, 6, "\0\0\0\0", 4);
  return TRUE;
}

static gboolean
is_one_of (const guint8 *brand, const gchar *const *brands)
{
  for (; *brands; brands++) {
    if (memcmp (brand, *brands, 4) == 0)
      return TRUE;
  }
  return FALSE;
}

/* HEIC and AVIF use the same container, and only its brands tell them apart. If
 * the major brand is generic, the compatible brands name the codec. */
static gboolean
is_heic (const guint8 *data, gsize size)
{
  static const gchar *const heic[] = { "heic", "heix", "heim", "heis", "hevc",
    "hevx", "hevm", "hevs", NULL };
  static const gchar *const generic[] = { "mif1", "msf1", NULL };
  static const gchar *const avif[] = { "avif", "avis", NULL };
  gsize end;

  if (size < 12 || memcmp (data + 4, "ftyp", 4) != 0)
    return FALSE;
  if (is_one_of (data + 8, heic))
    return TRUE;
  if (!is_one_of (data + 8, generic))
    return FALSE;

  end = (gsize) data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3];
  end = MIN (end, size);
  for (gsize i = 16; i + 4 <= end; i += 4) {
    if (is_one_of (data + i, avif))
      return FALSE;
  }
  return TRUE;
}

const gchar *
seedance_image_sniff (const guint8 *data, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signatures); i++) {
    const Signature *s = &signatures[i];

    if (has_bytes (data, size, s->offset, s->magic, s->size) &&
        is_confirmed (s, data, size))
      return s->type;
  }
  return is_heic (data, size) ? "image/heic" : NULL;
}

G_GNUC_PRINTF (4, 5)
static gboolean
refuse (GError **error, const gchar *property, const gchar *path,
    const gchar *format, ...)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  g_autofree gchar *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "The image \"%s\" %s. Nothing was ordered and nothing is billed. "
          "Set %s to a JPEG, PNG, WebP, GIF, BMP, TIFF or HEIC file, or to "
          "an http(s) URL.",
          shown, why, property));
  return FALSE;
}

/* Opens nothing but regular files, and reads only files of a limited size. */
static gchar *
load_image (
    const gchar *path, const gchar *property, gsize *size, GError **error)
{
  g_autofree gchar *data = NULL;
  g_autoptr (GError) problem = NULL;

  if (!seedance_file_read (path, SEEDANCE_FILE_NAMED, SEEDANCE_IMAGE_MAX_SIZE,
          &data, size, &problem)) {
    refuse (error, property, path, "%s", problem->message);
    return NULL;
  }
  if (*size == 0) {
    refuse (error, property, path, "is empty");
    return NULL;
  }

  return g_steal_pointer (&data);
}

static gchar *
to_data_uri (const gchar *type, const guint8 *data, gsize size)
{
  g_autofree gchar *head = g_strdup_printf ("data:%s;base64,", type);
  gsize head_size = strlen (head);
  gchar *uri = g_malloc (head_size + (size / 3 + 1) * 4 + 4 + 1);
  gchar *p = uri + head_size;
  gint state = 0, save = 0;

  /* In steps, because g_base64_encode() would need a second copy of up to 40 MB
   * to put the head before it. */
  memcpy (uri, head, head_size);
  p += g_base64_encode_step (data, size, FALSE, p, &state, &save);
  p += g_base64_encode_close (FALSE, p, &state, &save);
  *p = '\0';
  return uri;
}

static gchar *
resolve_path (
    const gchar *path, const gchar *property, gsize *size, GError **error)
{
  gsize n;
  g_autofree gchar *text = load_image (path, property, &n, error);
  const guint8 *data = (const guint8 *) text;
  const gchar *type;

  if (!data)
    return NULL;
  type = seedance_image_sniff (data, n);
  if (!type) {
    refuse (error, property, path, "is not an image of a known type");
    return NULL;
  }
  if (size)
    *size = n;
  return to_data_uri (type, data, n);
}

static gboolean
has_scheme (const gchar *image, const gchar *scheme)
{
  return g_ascii_strncasecmp (image, scheme, strlen (scheme)) == 0;
}

gchar *
seedance_image_resolve (
    const gchar *image, const gchar *property, gsize *size, GError **error)
{
  g_autofree gchar *path = NULL, *host = NULL;

  if (size)
    *size = 0;
  if (!image || !*image) {
    refuse (error, property, "", "has no name");
    return NULL;
  }
  if (has_scheme (image, "http://") || has_scheme (image, "https://") ||
      has_scheme (image, "data:"))
    return g_strdup (image);
  if (!has_scheme (image, "file:")) {
    /* A file that has such a name can be set with "./" before it. */
    if (g_uri_peek_scheme (image) && strstr (image, "://")) {
      path = seedance_url_redact (image);
      refuse (error, property, path,
          "is a URI that is not http, https, data or file");
      return NULL;
    }
    return resolve_path (image, property, size, error);
  }

  path = g_filename_from_uri (image, &host, NULL);
  if (!path || (host && g_ascii_strcasecmp (host, "localhost") != 0)) {
    g_free (path);
    path = seedance_url_redact (image);
    refuse (error, property, path, "is not a file URI of this machine");
    return NULL;
  }
  return resolve_path (path, property, size, error);
}
