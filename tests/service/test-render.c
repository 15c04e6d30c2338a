/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of rendered clips: equal orders give equal bytes, and layouts, sizes,
 * codecs and pictures are as ordered. They decode the clips with GStreamer. */

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "test-service.h"

/* The frames that came out of a pipeline that ends in "appsink name=out". */
typedef struct {
  guint frames;
  /* Frames that differ clearly from the frame before. */
  guint changes;
  gint width;
  gint height;
  gchar *format;
  GstSample *first;
  GstSample *last;
} Frames;

static void
frames_clear (Frames *frames)
{
  g_free (frames->format);
  g_clear_pointer (&frames->first, gst_sample_unref);
  g_clear_pointer (&frames->last, gst_sample_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frames, frames_clear)

static void
look_at_first (Frames *frames, GstSample *sample)
{
  GstStructure *caps = gst_caps_get_structure (gst_sample_get_caps (sample), 0);

  frames->first = gst_sample_ref (sample);
  gst_structure_get_int (caps, "width", &frames->width);
  gst_structure_get_int (caps, "height", &frames->height);
  frames->format = g_strdup (gst_structure_get_string (caps, "format"));
}

/* Returns the mean difference of two frames of the same size, in luma
 * levels. */
static gdouble
difference (GstSample *one, GstSample *two, gint width, gint height)
{
  GstMapInfo a, b;
  guint64 sum = 0;

  gst_buffer_map (gst_sample_get_buffer (one), &a, GST_MAP_READ);
  gst_buffer_map (gst_sample_get_buffer (two), &b, GST_MAP_READ);
  for (gint y = 0; y < height; y++) {
    for (gint x = 0; x < width; x++) {
      gsize at = y * GST_ROUND_UP_4 (width) + x;

      sum += ABS (a.data[at] - b.data[at]);
    }
  }
  gst_buffer_unmap (gst_sample_get_buffer (one), &a);
  gst_buffer_unmap (gst_sample_get_buffer (two), &b);
  return (gdouble) sum / width / height;
}

/* Mean difference, in luma levels, from which on two frames count as
 * different. */
#define PLAIN_DIFFERENCE 3

static void
count (Frames *frames, GstSample *sample)
{
  if (frames->frames++ == 0)
    look_at_first (frames, sample);
  else if (difference (frames->last, sample, frames->width, frames->height) >
           PLAIN_DIFFERENCE)
    frames->changes++;
  g_clear_pointer (&frames->last, gst_sample_unref);
  frames->last = sample;
}

static void
run (const gchar *description, GBytes *in, Frames *frames)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_autoptr (GstElement) out = NULL;
  g_autoptr (GstElement) source = NULL;
  GstSample *sample;

  g_assert_no_error (error);
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  source = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (source != NULL) {
    gst_app_src_push_buffer (
        GST_APP_SRC (source), gst_buffer_new_wrapped_bytes (in));
    gst_app_src_end_of_stream (GST_APP_SRC (source));
  }
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (out))) != NULL)
    count (frames, sample);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
decode (GBytes *clip, Frames *frames)
{
  run ("appsrc name=in ! qtdemux name=demux demux.video_0 ! decodebin"
       " ! appsink name=out sync=false",
      clip, frames);
}

static Client *
start (const gchar *option, const gchar *value)
{
  const gchar *args[] = { "--generation-time", "0", option, value, NULL };

  return client_start (args);
}

static GBytes *
render (Client *client, const gchar *body)
{
  g_autofree gchar *id = client_order (client, body);

  return client_clip (client, id);
}

#define SMALL \
  "{\"prompt\":\"a <pond> & a frog\",\"resolution\":\"480p\"," \
  "\"duration\":1,\"seed\":%d}"

static GBytes *
render_seed (Client *client, gint seed)
{
  g_autofree gchar *body = g_strdup_printf (SMALL, seed);

  return render (client, body);
}

static void
test_same_bytes (void)
{
  g_autoptr (Client) one = start (NULL, NULL);
  g_autoptr (Client) two = start (NULL, NULL);
  g_autoptr (GBytes) here = render_seed (one, 1);
  g_autoptr (GBytes) there = render_seed (two, 1);
  g_autoptr (GBytes) again = render_seed (one, 1);
  g_autoptr (GBytes) other = render_seed (one, 2);

  g_assert_true (g_bytes_equal (here, there));
  g_assert_true (g_bytes_equal (here, again));
  g_assert_false (g_bytes_equal (here, other));
  g_assert_cmpint (client_counter (one, "renders"), ==, 2);
}

static gchar *
list_boxes (GBytes *clip)
{
  GString *list = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (clip, &size);
  gsize at = 0;

  while (at + 8 <= size) {
    guint32 length;

    memcpy (&length, data + at, sizeof length);
    length = GUINT32_FROM_BE (length);
    g_string_append_printf (list, "%s%.4s", at ? " " : "", data + at + 4);
    if (memcmp (data + at + 4, "uuid", 4) == 0)
      g_assert_cmpuint (length, ==, 21 * 1024);
    g_assert_cmpuint (length, >=, 8);
    at += length;
  }
  g_assert_cmpuint (at, ==, size);
  return g_string_free (list, FALSE);
}

static void
test_layouts (void)
{
  static const struct {
    const gchar *layout, *boxes;
  } cases[] = {
    { "moov-last", "ftyp uuid free mdat moov" },
    { "moov-first", "ftyp uuid moov free mdat" },
    { "fragmented", "ftyp uuid free moov moof mdat moof mdat moof mdat mfra" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Client) client = start ("--layout", cases[i].layout);
    g_autoptr (GBytes) clip = render_seed (client, 1);
    g_autofree gchar *boxes = list_boxes (clip);
    g_auto (Frames) frames = { 0 };

    if (g_str_equal (cases[i].layout, "fragmented"))
      g_assert_true (g_str_has_prefix (boxes, "ftyp uuid free moov moof"));
    else
      g_assert_cmpstr (boxes, ==, cases[i].boxes);
    decode (clip, &frames);
    g_assert_cmpuint (frames.frames, ==, 25);
  }
}

static void
test_sizes (void)
{
  static const struct {
    const gchar *resolution, *ratio;
    gint width, height;
  } cases[] = { { "480p", "16:9", 864, 496 }, { "480p", "9:16", 496, 864 },
    { "480p", "21:9", 992, 432 }, { "720p", "16:9", 1280, 720 },
    { "720p", "4:3", 1112, 834 }, { "720p", "21:9", 1470, 630 },
    { "1080p", "16:9", 1920, 1080 } };
  g_autoptr (Client) client = start (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *body =
        g_strdup_printf ("{\"prompt\":\"a pond\",\"resolution\":\"%s\","
                         "\"aspect_ratio\":\"%s\",\"duration\":1}",
            cases[i].resolution, cases[i].ratio);
    g_autoptr (GBytes) clip = render (client, body);
    g_auto (Frames) frames = { 0 };

    decode (clip, &frames);
    g_assert_cmpuint (frames.frames, ==, 25);
    g_assert_cmpint (frames.width, ==, cases[i].width);
    g_assert_cmpint (frames.height, ==, cases[i].height);
    g_assert_cmpstr (frames.format, ==, "I420");
  }
}

static void
test_h265 (void)
{
  g_autoptr (Client) client = start ("--codec", "h265");
  g_autoptr (GBytes) clip = render_seed (client, 1);
  g_auto (Frames) frames = { 0 };

  decode (clip, &frames);
  g_assert_cmpuint (frames.frames, ==, 25);
  g_assert_cmpstr (frames.format, ==, "I420_10LE");
}

static gint64
count_samples (GBytes *clip)
{
  g_auto (Frames) frames = { 0 };

  run ("appsrc name=in ! qtdemux name=demux demux.audio_0 ! decodebin"
       " ! appsink name=out sync=false",
      clip, &frames);
  return frames.frames;
}

static void
test_audio (void)
{
  g_autoptr (Client) client = start (NULL, NULL);
  g_autoptr (GBytes) clip = render_seed (client, 1);
  g_autoptr (Client) silent = start ("--no-audio", NULL);
  g_autoptr (GBytes) mute = render_seed (silent, 1);
  gsize size;
  const gchar *data = g_bytes_get_data (mute, &size);
  const gchar *moov = data + size - 2000;

  g_assert_cmpint (count_samples (clip), >=, 44100 * 25 / 24 / 1024);
  g_assert_null (g_strstr_len (moov, 2000, "mp4a"));
}

/* Makes a test picture of the clip's size. Returns it as a data: URI, and its
 * frame in @frames. */
static gchar *
make_picture (const gchar *pattern, Frames *frames)
{
  g_auto (Frames) png = { 0 };
  g_autofree gchar *base64 = NULL;
  GstMapInfo map;
  GstBuffer *buffer;
  g_autofree gchar *source =
      g_strdup_printf ("videotestsrc num-buffers=1 pattern=%s"
                       " ! video/x-raw,format=I420,width=864,height=496",
          pattern);
  g_autofree gchar *encode = g_strconcat (
      source, " ! videoconvert ! pngenc ! appsink name=out sync=false", NULL);
  g_autofree gchar *plain =
      g_strconcat (source, " ! appsink name=out sync=false", NULL);

  run (plain, NULL, frames);
  run (encode, NULL, &png);
  buffer = gst_sample_get_buffer (png.first);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  base64 = g_base64_encode (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return g_strconcat ("data:image/png;base64,", base64, NULL);
}

static void
test_image (void)
{
  g_autoptr (Client) client = start (NULL, NULL);
  g_auto (Frames) given = { 0 };
  g_auto (Frames) got = { 0 };
  g_autofree gchar *uri = make_picture ("smpte100", &given);
  g_autofree gchar *body = g_strdup_printf (
      "{\"prompt\":\"bars\",\"resolution\":\"480p\",\"duration\":1,"
      "\"image_url\":\"%s\"}",
      uri);
  g_autoptr (Answer) answer =
      client_call (client, "POST", "/v1/videos/image-to-video", body);
  g_autofree gchar *id = answer_text (answer, "task_id");
  g_autoptr (GBytes) clip = client_clip (client, id);

  decode (clip, &got);
  g_assert_cmpuint (got.frames, ==, 25);
  g_assert_cmpfloat (difference (given.first, got.first, 864, 496), <, 4);
}

/* The clip begins with the first image, ends with the last image, and changes
 * gradually in between. */
static void
test_last_image (void)
{
  g_autoptr (Client) client = start (NULL, NULL);
  g_auto (Frames) first = { 0 };
  g_auto (Frames) last = { 0 };
  g_auto (Frames) got = { 0 };
  g_autofree gchar *first_uri = make_picture ("smpte100", &first);
  g_autofree gchar *last_uri = make_picture ("circular", &last);
  g_autofree gchar *body = g_strdup_printf (
      "{\"model\":\"m\",\"resolution\":\"480p\",\"duration\":1,\"content\":["
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"},"
      "\"role\":\"first_frame\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"},"
      "\"role\":\"last_frame\"}]}",
      first_uri, last_uri);
  g_autoptr (Answer) answer =
      client_call (client, "POST", "/api/v3/contents/generations/tasks", body);
  g_autofree gchar *id = answer_text (answer, "id");
  g_autoptr (GBytes) clip = client_clip (client, id);

  decode (clip, &got);
  g_assert_cmpuint (got.frames, ==, 25);
  g_assert_cmpfloat (difference (first.first, got.first, 864, 496), <, 4);
  g_assert_cmpfloat (difference (last.first, got.last, 864, 496), <, 6);
  g_assert_cmpuint (got.changes, >, 10);
}

/* Returns the middle of the bright area between the counter and the prompt,
 * from 0 at the left to 1 at the right. */
static gdouble
find_subject (GstSample *sample, gint width, gint height)
{
  guint64 sum = 0, bright = 0;
  GstMapInfo map;

  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  for (gint y = height * 4 / 10; y < height * 6 / 10; y++) {
    for (gint x = 0; x < width; x++) {
      if (map.data[y * GST_ROUND_UP_4 (width) + x] > 190) {
        sum += x;
        bright++;
      }
    }
  }
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  g_assert_cmpuint (bright, >, 1000);
  return (gdouble) sum / bright / width;
}

/* A seed with dark colours, where only the boat is bright. */
#define DARK_SEED 5

/* The boat sails across more than half of the picture. */
static void
test_subject (void)
{
  g_autoptr (Client) client = start (NULL, NULL);
  g_autoptr (GBytes) clip = render_seed (client, DARK_SEED);
  g_auto (Frames) frames = { 0 };
  gdouble first, last;

  decode (clip, &frames);
  first = find_subject (frames.first, frames.width, frames.height);
  last = find_subject (frames.last, frames.width, frames.height);
  g_assert_cmpfloat (fabs (last - first), >, 0.5);
}

/* Every frame shows its own number: in that corner no two neighbouring frames
 * look alike. */
static void
test_counter (void)
{
  g_autoptr (Client) client = start (NULL, NULL);
  g_autoptr (GBytes) clip = render_seed (client, 1);
  g_auto (Frames) frames = { 0 };

  run ("appsrc name=in ! qtdemux name=demux demux.video_0 ! decodebin"
       " ! videocrop left=16 top=14 right=688 bottom=412"
       " ! appsink name=out sync=false",
      clip, &frames);
  g_assert_cmpuint (frames.frames, ==, 25);
  g_assert_cmpuint (frames.changes, ==, 24);
}

static void
test_clip_file (void)
{
  g_autofree gchar *path = NULL;
  gint fd = g_file_open_tmp (NULL, &path, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("not a clip", 10);

  g_assert_true (g_file_set_contents (path, "not a clip", 10, NULL));
  {
    g_autoptr (Client) client = start ("--clip-file", path);
    g_autoptr (GBytes) clip = render_seed (client, 1);

    g_assert_true (g_bytes_equal (clip, bytes));
    g_assert_cmpint (client_counter (client, "renders"), ==, 0);
  }
  g_close (fd, NULL);
  g_unlink (path);
}

void
add_render_tests (void)
{
  g_test_add_func ("/service/render/same-bytes", test_same_bytes);
  g_test_add_func ("/service/render/layouts", test_layouts);
  g_test_add_func ("/service/render/sizes", test_sizes);
  g_test_add_func ("/service/render/h265", test_h265);
  g_test_add_func ("/service/render/audio", test_audio);
  g_test_add_func ("/service/render/image", test_image);
  g_test_add_func ("/service/render/last-image", test_last_image);
  g_test_add_func ("/service/render/subject", test_subject);
  g_test_add_func ("/service/render/counter", test_counter);
  g_test_add_func ("/service/render/clip-file", test_clip_file);
}
