/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recognises the types of images and reads image files, also hostile ones. */
#include "error.h"
#include "image.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define PNG "\x89PNG\r\n\x1a\n"

typedef struct {
  const gchar *name;
  const gchar *bytes;
  gsize size;
  const gchar *type;
} Sample;

#define BYTES(text) text, sizeof text - 1

static const Sample samples[] = {
  { "jpeg-jfif", BYTES ("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg" },
  { "jpeg-exif", BYTES ("\xff\xd8\xff\xe1"), "image/jpeg" },
  { "png", BYTES (PNG "\0\0\0\rIHDR"), "image/png" },
  { "webp", BYTES ("RIFF\x24\0\0\0WEBPVP8 "), "image/webp" },
  { "gif87a", BYTES ("GIF87a\x01\0"), "image/gif" },
  { "gif89a", BYTES ("GIF89a\x01\0"), "image/gif" },
  { "bmp", BYTES ("BM\x46\0\0\0\0\0\0\0\x36\0\0\0"), "image/bmp" },
  { "tiff-little", BYTES ("II*\0\x08\0\0\0"), "image/tiff" },
  { "tiff-big", BYTES ("MM\0*\0\0\0\x08"), "image/tiff" },
  { "heic",
      BYTES ("\0\0\0\x18"
             "ftypheic\0\0\0\0mif1heic"),
      "image/heic" },
  { "heix",
      BYTES ("\0\0\0\x10"
             "ftypheix\0\0\0\0"),
      "image/heic" },
  { "hevc",
      BYTES ("\0\0\0\x10"
             "ftyphevc\0\0\0\0"),
      "image/heic" },
  { "mif1-heic",
      BYTES ("\0\0\0\x18"
             "ftypmif1\0\0\0\0mif1heic"),
      "image/heic" },
  { "msf1",
      BYTES ("\0\0\0\x14"
             "ftypmsf1\0\0\0\0hevc"),
      "image/heic" },
  { "not-avif",
      BYTES ("\0\0\0\x18"
             "ftypavif\0\0\0\0mif1heic"),
      NULL },
  { "not-mif1-avif",
      BYTES ("\0\0\0\x18"
             "ftypmif1\0\0\0\0mif1avif"),
      NULL },
  { "not-mp4",
      BYTES ("\0\0\0\x18"
             "ftypisom\0\0\0\0isommp42"),
      NULL },
  { "not-wave", BYTES ("RIFF\x24\0\0\0WAVEfmt "), NULL },
  { "not-text-with-BM", BYTES ("BMW is a car maker"), NULL },
  { "not-gif88a", BYTES ("GIF88a\x01\0"), NULL },
  { "not-svg", BYTES ("<svg xmlns=\"\">"), NULL },
  { "not-half-a-png", BYTES ("\x89PNG\r\n"), NULL },
  { "not-empty", BYTES (""), NULL },
};

/* The copy has the exact size, so that valgrind and sanitizers see a read
 * beyond its end. */
static void
test_sniff (gconstpointer data)
{
  const Sample *sample = data;
  g_autofree guint8 *exact = g_memdup2 (sample->bytes, sample->size);

  g_assert_cmpstr (
      seedance_image_sniff (exact, sample->size), ==, sample->type);
}

static void
test_cut_signatures_are_survived (gconstpointer data)
{
  const Sample *sample = data;

  for (gsize size = 0; size <= sample->size; size++) {
    g_autofree guint8 *exact = g_memdup2 (sample->bytes, size);

    seedance_image_sniff (exact, size);
  }
}

typedef struct {
  gchar *folder;
  gchar *path; /* path of a file that does not exist yet */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("seedance-image-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->path = g_build_filename (fixture->folder, "my image", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
assert_resolves (const gchar *image, const gchar *expected, gsize expected_size)
{
  g_autoptr (GError) error = NULL;
  gsize size = 99;
  g_autofree gchar *found =
      seedance_image_resolve (image, "last-image", &size, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpuint (size, ==, expected_size);
}

static void
assert_refused (const gchar *image, const gchar *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_image_resolve (image, "last-image", NULL, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, "nothing is billed"));
}

static void
write_file (Fixture *fixture, const gchar *bytes, gsize size)
{
  g_assert_true (g_file_set_contents (fixture->path, bytes, size, NULL));
}

static void
test_urls_pass_untouched (void)
{
  assert_resolves ("https://h/a b?c=%20&d", "https://h/a b?c=%20&d", 0);
  assert_resolves ("HTTP://h/", "HTTP://h/", 0);
}

static void
test_data_uris_pass_untouched (void)
{
  assert_resolves (
      "data:image/png;base64,AA==", "data:image/png;base64,AA==", 0);
}

static void
test_a_path_becomes_a_data_uri (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, BYTES (PNG "ab"));
  assert_resolves (fixture->path, "data:image/png;base64,iVBORw0KGgphYg==", 10);
}

static void
test_a_relative_path_is_read (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *before = g_get_current_dir ();

  write_file (fixture, BYTES ("GIF89a"));
  g_assert_cmpint (g_chdir (fixture->folder), ==, 0);
  assert_resolves ("my image", "data:image/gif;base64,R0lGODlh", 6);
  g_assert_cmpint (g_chdir (before), ==, 0);
}

static void
test_a_file_uri_is_read (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *uri = g_filename_to_uri (fixture->path, NULL, NULL);

  write_file (fixture, BYTES ("GIF89a"));
  g_assert_nonnull (strstr (uri, "%20"));
  assert_resolves (uri, "data:image/gif;base64,R0lGODlh", 6);
}

static void
test_every_byte_of_a_file_arrives (Fixture *fixture, gconstpointer data)
{
  for (gsize size = 8; size < 8 + 7; size++) {
    g_autofree guint8 *bytes = g_malloc0 (size);
    g_autofree guchar *decoded = NULL;
    g_autofree gchar *uri = NULL;
    gsize decoded_size;

    memset (bytes, 0x5a + size, size);
    memcpy (bytes, PNG, 8);
    write_file (fixture, (const gchar *) bytes, size);
    uri = seedance_image_resolve (fixture->path, "image", NULL, NULL);
    g_assert_nonnull (uri);
    decoded = g_base64_decode (strchr (uri, ',') + 1, &decoded_size);
    g_assert_cmpmem (decoded, decoded_size, bytes, size);
  }
}

static void
test_a_missing_file_is_refused (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture->path, "my image");
}

static void
test_an_unreadable_file_is_refused (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, BYTES (PNG));
  g_assert_cmpint (g_chmod (fixture->path, 0), ==, 0);
  if (g_access (fixture->path, R_OK) == 0)
    g_test_skip ("this user may read everything");
  else
    assert_refused (fixture->path, "cannot be read");
}

static void
test_an_empty_file_is_refused (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, "", 0);
  assert_refused (fixture->path, "is empty");
}

static void
test_a_text_is_refused (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, BYTES ("no image at all"));
  assert_refused (fixture->path, "not an image");
}

static void
write_sparse (Fixture *fixture, gsize size)
{
  write_file (fixture, BYTES (PNG));
  g_assert_cmpint (truncate (fixture->path, size), ==, 0);
}

static void
test_the_largest_file_is_read (Fixture *fixture, gconstpointer data)
{
  gsize size;
  g_autofree gchar *uri = NULL;

  write_sparse (fixture, SEEDANCE_IMAGE_MAX_SIZE);
  uri = seedance_image_resolve (fixture->path, "image", &size, NULL);
  g_assert_nonnull (uri);
  g_assert_cmpuint (size, ==, SEEDANCE_IMAGE_MAX_SIZE);
}

static void
test_a_larger_file_is_refused (Fixture *fixture, gconstpointer data)
{
  write_sparse (fixture, SEEDANCE_IMAGE_MAX_SIZE + 1);
  assert_refused (fixture->path, "31457280");
}

/* Opening a FIFO without a writer blocks forever. */
static void
test_a_fifo_is_refused_at_once (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  assert_refused (fixture->path, "not a regular file");
}

static void
test_folders_and_devices_are_refused (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture->folder, "is a folder");
  assert_refused ("/dev/zero", "not a regular file");
}

static void
test_other_uris_are_refused (void)
{
  assert_refused ("ftp://h/i.png", "ftp://h/i.png");
  assert_refused ("file://elsewhere/i.png", "file://elsewhere/i.png");
  assert_refused ("", "no name");
}

static void
test_no_query_is_told (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      seedance_image_resolve ("s3://b/i?sig=SECRET", "image", NULL, &error));
  g_assert_null (strstr (error->message, "SECRET"));
}

static void
add_samples (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++) {
    g_autofree gchar *path =
        g_strconcat ("/image/sniff/", samples[i].name, NULL);
    g_autofree gchar *cut = g_strconcat ("/image/cut/", samples[i].name, NULL);

    g_test_add_data_func (path, &samples[i], test_sniff);
    g_test_add_data_func (cut, &samples[i], test_cut_signatures_are_survived);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_samples ();
  g_test_add_func ("/image/pass/urls", test_urls_pass_untouched);
  g_test_add_func ("/image/pass/data-uris", test_data_uris_pass_untouched);
  g_test_add_func ("/image/refused/other-uris", test_other_uris_are_refused);
  g_test_add_func ("/image/refused/no-query-is-told", test_no_query_is_told);
#define ADD(path, name) \
  g_test_add ("/image/" path, Fixture, NULL, set_up, test_##name, tear_down)
  ADD ("read/path", a_path_becomes_a_data_uri);
  ADD ("read/relative-path", a_relative_path_is_read);
  ADD ("read/file-uri", a_file_uri_is_read);
  ADD ("read/every-byte", every_byte_of_a_file_arrives);
  ADD ("read/largest", the_largest_file_is_read);
  ADD ("refused/missing", a_missing_file_is_refused);
  ADD ("refused/unreadable", an_unreadable_file_is_refused);
  ADD ("refused/empty", an_empty_file_is_refused);
  ADD ("refused/text", a_text_is_refused);
  ADD ("refused/larger", a_larger_file_is_refused);
  ADD ("refused/fifo", a_fifo_is_refused_at_once);
  ADD ("refused/folders-and-devices", folders_and_devices_are_refused);
  return g_test_run ();
}
