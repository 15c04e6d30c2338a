/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedanceplayout: whatever is wrong with a clip, the output goes on, and the
 * next item is on air whole. */

#include "air.h"

#include <gst/base/gstpushsrc.h>
#include <string.h>
#include <sys/resource.h>

/* Seconds. On a busy machine a clip without a fault may make no progress for
 * long. */
#define PATIENT 60
#define PLAYOUT \
  "seedanceplayout poll-interval=100 prepare-timeout=60 on-empty=eos "
#define GOOD_SEED 5
/* The goal is 100 ms on an idle machine. */
#define STOP_MAX G_TIME_SPAN_SECOND

/* A source for URIs. hang://wait gives no byte until it is stopped. hang://stop
 * ignores a stop until the test calls release_hangs(). */
typedef struct {
  GstPushSrc parent;
  gboolean stubborn;
  GMutex lock;
  GCond changed;
  gboolean flushing;
} TestHang;
typedef GstPushSrcClass TestHangClass;

static GMutex hang_lock;
static GCond hang_changed;
static gboolean hang_released;
static guint hang_entered, hang_left;

static gboolean
hang_unlock (GstBaseSrc *base)
{
  TestHang *self = (TestHang *) base;

  g_mutex_lock (&self->lock);
  self->flushing = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  return TRUE;
}

static void
hang_until_released (void)
{
  g_mutex_lock (&hang_lock);
  hang_entered++;
  g_cond_broadcast (&hang_changed);
  while (!hang_released)
    g_cond_wait (&hang_changed, &hang_lock);
  hang_left++;
  g_cond_broadcast (&hang_changed);
  g_mutex_unlock (&hang_lock);
}

static GstFlowReturn
hang_create (GstPushSrc *push, GstBuffer **buffer)
{
  TestHang *self = (TestHang *) push;

  if (self->stubborn)
    hang_until_released ();
  g_mutex_lock (&self->lock);
  while (!self->flushing)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);

  return GST_FLOW_FLUSHING;
}

static GstURIType
hang_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
hang_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "hang", NULL };

  return protocols;
}

static gchar *
hang_get_uri (GstURIHandler *handler)
{
  return g_strdup ("hang://wait");
}

static gboolean
hang_set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  ((TestHang *) handler)->stubborn = g_str_has_suffix (uri, "stop");

  return TRUE;
}

static void
hang_uri_init (gpointer iface, gpointer unused)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = hang_get_type;
  handler->get_protocols = hang_get_protocols;
  handler->get_uri = hang_get_uri;
  handler->set_uri = hang_set_uri;
}

static GType test_hang_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestHang, test_hang, GST_TYPE_PUSH_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, hang_uri_init))

static void
test_hang_class_init (TestHangClass *klass)
{
  static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
      "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
      element_class, "Hang", "Source", "Hangs", "gst-seedance developers");
  GST_BASE_SRC_CLASS (klass)->unlock = hang_unlock;
  klass->create = hang_create;
}

static void
test_hang_init (TestHang *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

static gchar *
encode (const gchar *name, const gchar *format, ...)
{
  gchar *path = test_home_path (name);
  g_autofree gchar *line = NULL, *whole = NULL;
  GstElement *pipeline;
  GstMessage *message;
  GstBus *bus;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  whole = g_strdup_printf ("%s filesink name=file location=\"%s\"", line, path);
  pipeline = gst_parse_launch (whole, NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS, "%s", whole);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);

  return path;
}

static gchar *
make_text (void)
{
  static const gchar text[] = "This is no clip, only some words about one.";

  return test_home_write ("text.mp4", text, sizeof text);
}

static gchar *
make_empty (void)
{
  return test_home_write ("empty.mp4", "", 0);
}

static gchar *
make_sound_only (void)
{
  return encode (
      "sound.mp4", "audiotestsrc num-buffers=40 ! avenc_aac ! mp4mux !");
}

static gchar *
cut (const gchar *name, const gchar *of, gdouble part)
{
  g_autofree gchar *bytes = NULL;
  gsize size;

  fail_unless (g_file_get_contents (of, &bytes, &size, NULL));

  return test_home_write (name, bytes, (gsize) ((gdouble) size * part));
}

/* Makes a file without its index, which stands at the end. */
static gchar *
make_without_end (void)
{
  g_autofree gchar *clip = test_air_write_clip ("whole.mp4", 9);

  return cut ("cut.mp4", clip, 0.6);
}

/* Makes a file whose index names more media than there are. */
static gchar *
make_short (void)
{
  g_autofree gchar *clip = NULL;

  test_service_set (service, "{\"layout\":\"moov-first\"}");
  clip = test_air_write_clip ("first.mp4", 9);

  return cut ("short.mp4", clip, 0.6);
}

static gchar *
make_nothing (void)
{
  return g_strdup ("/nowhere/at/all.mp4");
}

static gchar *
make_hang (void)
{
  return g_strdup ("hang://wait");
}

static gchar *
make_stubborn (void)
{
  return g_strdup ("hang://stop");
}

#define H264(frames, width, rate) \
  "videotestsrc num-buffers=" frames " ! video/x-raw,width=" width \
  ",height=240,framerate=" rate "/1 ! openh264enc ! h264parse ! " \
  "video/x-h264,stream-format=byte-stream ! "

/* Makes a stream whose size and frame rate change in the middle. */
static gchar *
make_changing (void)
{
  g_autofree gchar *one = encode ("one.h264", H264 ("20", "320", "24"));
  g_autofree gchar *two = encode ("two.h264", H264 ("20", "426", "50"));
  g_autofree gchar *first = NULL, *second = NULL;
  g_autoptr (GByteArray) both = g_byte_array_new ();
  gsize first_size, second_size;

  fail_unless (g_file_get_contents (one, &first, &first_size, NULL));
  fail_unless (g_file_get_contents (two, &second, &second_size, NULL));
  g_byte_array_append (both, (guint8 *) first, (guint) first_size);
  g_byte_array_append (both, (guint8 *) second, (guint) second_size);

  return test_home_write ("changing.h264", both->data, both->len);
}

static gchar *
make_many_streams (void)
{
  return encode ("many.mkv",
      "videotestsrc num-buffers=25 ! video/x-raw,framerate=25/1 ! openh264enc "
      "! h264parse ! matroskamux name=m videotestsrc num-buffers=25 ! "
      "video/x-raw,framerate=25/1 ! openh264enc ! h264parse ! m. "
      "audiotestsrc num-buffers=40 ! avenc_aac ! m. audiotestsrc "
      "num-buffers=40 ! avenc_aac ! m. m. !");
}

static const struct {
  const gchar *name;
  gchar *(*make) (void);
  const gchar *reason; /* NULL: at least a part of it is shown */
  gboolean hangs;      /* it is given up, as it makes no progress */
} faults[] = {
  { "text", make_text, "decode" },
  { "empty", make_empty, "decode" },
  { "sound", make_sound_only, "no-picture" },
  { "without its end", make_without_end, "decode" },
  { "nothing", make_nothing, "no-file" },
  { "hangs", make_hang, "hangs", TRUE },
  { "cannot be stopped", make_stubborn, "hangs", TRUE },
  { "shorter than it says", make_short, NULL },
  { "changes", make_changing, NULL },
  { "many streams", make_many_streams, NULL },
};

static void
release_hangs (void)
{
  g_mutex_lock (&hang_lock);
  hang_released = TRUE;
  g_cond_broadcast (&hang_changed);
  while (hang_left < hang_entered)
    g_cond_wait (&hang_changed, &hang_lock);
  g_mutex_unlock (&hang_lock);
}

static void
reset_hangs (void)
{
  hang_released = FALSE;
  hang_entered = hang_left = 0;
  gst_element_register (NULL, "testhang", GST_RANK_NONE, test_hang_get_type ());
}

/* Checks that the good clip was on air whole, as the last one. The clip with
 * the fault may have been seen or not. */
static void
assert_last_is_good (TestAir *air)
{
  g_autoptr (GArray) stretches = test_air_find_stretches (air);

  fail_unless (stretches->len > 0, "the good clip was not on air");
  fail_unless_equals_int (
      g_array_index (stretches, TestStretch, stretches->len - 1).seed,
      GOOD_SEED);
  test_air_assert_clip (air, stretches->len - 1, 1);
}

/* The good item is ready before prepare-timeout becomes short, so that only the
 * bad item can run into it. */
static void
give_up_what_hangs (TestRun *run)
{
  GstElement *out = test_run_get (run, "out");

  test_air_wait_told (run, "ready", "good");
  g_object_set (out, "prepare-timeout", 1, NULL);
  test_air_wait_told (run, "failed", "bad");
  g_object_set (out, "prepare-timeout", PATIENT, NULL);
}

GST_START_TEST (a_clip_with_a_fault_disturbs_nothing)
{
  g_autofree gchar *good = test_air_write_clip ("good.mp4", GOOD_SEED);
  g_autofree gchar *bad = NULL;
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;
  guint64 frames;

  reset_hangs ();
  bad = faults[__i__].make ();
  test_air_enqueue (run, "bad", bad);
  test_air_enqueue (run, "good", good);
  test_run_start (run, GST_STATE_PLAYING);
  if (faults[__i__].hangs)
    give_up_what_hangs (run);
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  assert_last_is_good (air);
  if (!faults[__i__].reason) {
    told = test_air_wait_told (run, "off-air", "bad");
    fail_unless (gst_structure_get_uint64 (told, "frames", &frames));
    fail_unless (frames > 8, "%u frames", (guint) frames);
  } else {
    told = test_air_wait_told (run, "failed", "bad");
    fail_unless_equals_string (
        gst_structure_get_string (told, "reason"), faults[__i__].reason);
    fail_unless (gst_structure_get_string (told, "text") != NULL);
    fail_unless_equals_int (test_run_count (run, GST_MESSAGE_WARNING), 1);
  }
  test_run_free (run);
  test_air_free (air);
  release_hangs ();
}
GST_END_TEST

/* Given a clip that is being prepared and ignores a stop, the element stops
 * without it. */
GST_START_TEST (a_clip_that_cannot_be_stopped_does_not_hold_a_stop)
{
  TestRun *run = test_run_new (PLAYOUT AIR_SINKS);
  TestAir *air = test_air_new (run);
  gint64 start, took;

  reset_hangs ();
  test_air_enqueue (run, "bad", "hang://stop");
  test_run_start (run, GST_STATE_PLAYING);
  g_mutex_lock (&hang_lock);
  while (hang_entered == 0)
    g_cond_wait (&hang_changed, &hang_lock);
  g_mutex_unlock (&hang_lock);
  test_air_wait_frames (air, 1);
  start = g_get_monotonic_time ();
  test_run_stop (run);
  took = g_get_monotonic_time () - start;
  fail_unless (took < (gint64) test_slowness () * STOP_MAX,
      "stopping took %" G_GINT64_FORMAT " ms", took / 1000);
  test_air_assert_steady (air);
  test_run_free (run);
  test_air_free (air);
  release_hangs ();
}
GST_END_TEST

#define LINE \
  "{\"id\":\"%s\",\"prompt\":\"%s\",\"resolution\":\"480p\",\"duration\":1," \
  "\"seed\":%d}"

static void
enqueue_order (TestRun *run, const gchar *id, const gchar *prompt, gint seed)
{
  g_autofree gchar *line = g_strdup_printf (LINE, id, prompt, seed);
  gboolean taken;

  g_signal_emit_by_name (test_run_get (run, "out"), "enqueue", line, &taken);
  fail_unless (taken);
}

static const struct {
  const gchar *prompt, *fault;
  const gchar *reason;
  guint posts;
} refusals[] = {
  { "doomed", "", "moderation", 2 },
  { "forbidden", "", "moderation", 2 },
  { "boat", "submit@1:accept-drop", "maybe-billed", 2 },
  { "boat", "clip@1-99:garbage", "damaged", 2 },
};

GST_START_TEST (a_failed_order_is_passed_over)
{
  TestRun *run = test_run_new (PLAYOUT "max-in-flight=1" AIR_SINKS);
  TestAir *air = test_air_new (run);
  const GstStructure *told;

  test_service_fault (service, refusals[__i__].fault);
  enqueue_order (run, "bad", refusals[__i__].prompt, 1);
  enqueue_order (run, "good", "flash-and-beep", GOOD_SEED);
  test_run_start (run, GST_STATE_PLAYING);
  told = test_air_wait_told (run, "failed", "bad");
  fail_unless_equals_string (
      gst_structure_get_string (told, "reason"), refusals[__i__].reason);
  test_service_fault (service, "");
  test_run_wait (run, GST_MESSAGE_EOS);
  test_air_assert_steady (air);
  assert_last_is_good (air);
  test_run_free (run);
  test_air_free (air);
  assert_posts (service, refusals[__i__].posts);
}
GST_END_TEST

static const struct {
  const gchar *properties, *prompt;
  guint posts; /* of three runs */
} repeats[] = {
  { "", "doomed", 1 },
  { "attempts=1", "doomed", 1 },
  { "attempts=2", "doomed", 2 },
  { "attempts=3", "doomed", 3 },
  { "", "flash-and-beep", 1 },
  { "reuse=pending", "flash-and-beep", 1 },
  { "reuse=always", "flash-and-beep", 1 },
  { "reuse=never", "flash-and-beep", 3 },
};

GST_START_TEST (a_later_run_orders_as_often_as_it_is_told)
{
  test_service_set (service, "{\"generation_time\":0.2}");
  for (guint i = 0; i < 3; i++) {
    TestRun *run =
        test_run_new (PLAYOUT "%s" AIR_SINKS, repeats[__i__].properties);
    TestAir *air = test_air_new (run);

    enqueue_order (run, "a", repeats[__i__].prompt, GOOD_SEED);
    test_run_to_end (run);
    test_run_free (run);
    test_air_free (air);
  }
  assert_posts (service, repeats[__i__].posts);
}
GST_END_TEST

/* What gst-inspect-1.0 shows is what is done. */
GST_START_TEST (the_defaults_are_those_that_are_shown)
{
  GstElement *out = gst_element_factory_make ("seedanceplayout", NULL);
  static const gchar *const names[] = { "attempts", "reuse" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_auto (GValue) value = G_VALUE_INIT;
    GParamSpec *pspec =
        g_object_class_find_property (G_OBJECT_GET_CLASS (out), names[i]);

    g_object_get_property (G_OBJECT (out), names[i], &value);
    fail_unless (g_param_value_defaults (pspec, &value));
  }
  gst_object_unref (out);
}
GST_END_TEST

static gboolean
tells_too_large (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_warning (message, &error, NULL);

  return strstr (error->message, "File too large") != NULL;
}

/* The signal SIGXFSZ, which a write beyond the limit raises, must not kill the
 * process. */
GST_START_TEST (a_limit_on_the_size_of_files_ends_no_channel)
{
  const rlim_t most = 200000;
  g_autofree gchar *lines = g_strnfill (most, '\n');
  g_autofree gchar *log = test_home_write ("as-run.jsonl", lines, most);
  const gchar *text = "{\"id\":\"a\",\"uri\":\"file:///no/such/file.mp4\"}\n";
  g_autofree gchar *day = test_home_write ("day.jsonl", text, strlen (text));
  TestRun *run =
      test_run_new (PLAYOUT "rundown=\"%s\" as-run=\"%s\"" AIR_SINKS, day, log);
  TestAir *air = test_air_new (run);
  struct rlimit limit;

  getrlimit (RLIMIT_FSIZE, &limit);
  limit.rlim_cur = most;
  setrlimit (RLIMIT_FSIZE, &limit);
  test_run_start (run, GST_STATE_PLAYING);
  while (!tells_too_large (test_run_wait (run, GST_MESSAGE_WARNING)))
    ;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_FSIZE, &limit);
  test_run_stop (run);
  test_air_free (air);
  test_run_free (run);
}
GST_END_TEST

static Suite *
playout_faults_suite (void)
{
  Suite *suite = suite_create ("playout-faults");
  TCase *tcase = test_case_new (suite, "faults");

  tcase_add_loop_test (
      tcase, a_clip_with_a_fault_disturbs_nothing, 0, G_N_ELEMENTS (faults));
  tcase_add_test (tcase, a_clip_that_cannot_be_stopped_does_not_hold_a_stop);
  tcase_add_loop_test (
      tcase, a_failed_order_is_passed_over, 0, G_N_ELEMENTS (refusals));
  tcase_add_loop_test (tcase, a_later_run_orders_as_often_as_it_is_told, 0,
      G_N_ELEMENTS (repeats));
  tcase_add_test (tcase, the_defaults_are_those_that_are_shown);
  tcase_add_test (tcase, a_limit_on_the_size_of_files_ends_no_channel);

  return suite;
}

GST_CHECK_MAIN (playout_faults)
