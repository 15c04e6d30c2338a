/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements of a clip, such as decoders, may ask the application for a context:
 * the display or the graphics device to use. */

#include "air.h"

#include <gst/base/gstpushsrc.h>

#define TYPE "test.display"

/* A source of ask: URIs that asks for a context and then ends. */
typedef GstPushSrc TestAsk;
typedef GstPushSrcClass TestAskClass;

static gint answers; /* atomic */

static GstURIType
ask_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
ask_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "ask", NULL };

  return protocols;
}

static gchar *
ask_get_uri (GstURIHandler *handler)
{
  return g_strdup ("ask://x");
}

static gboolean
ask_set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  return TRUE;
}

static void
ask_uri_init (gpointer iface, gpointer unused)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = ask_get_type;
  handler->get_protocols = ask_get_protocols;
  handler->get_uri = ask_get_uri;
  handler->set_uri = ask_set_uri;
}

static GType test_ask_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestAsk, test_ask, GST_TYPE_PUSH_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, ask_uri_init))

static void
ask_set_context (GstElement *element, GstContext *context)
{
  if (gst_context_has_context_type (context, TYPE))
    g_atomic_int_inc (&answers);
  GST_ELEMENT_CLASS (test_ask_parent_class)->set_context (element, context);
}

static gboolean
ask_start (GstBaseSrc *source)
{
  gst_element_post_message (GST_ELEMENT (source),
      gst_message_new_need_context (GST_OBJECT (source), TYPE));

  return TRUE;
}

static GstFlowReturn
ask_create (GstPushSrc *source, GstBuffer **buffer)
{
  return GST_FLOW_EOS;
}

static void
test_ask_class_init (TestAskClass *klass)
{
  static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
      "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
      element_class, "Ask", "Source", "Asks", "gst-seedance developers");
  element_class->set_context = ask_set_context;
  GST_BASE_SRC_CLASS (klass)->start = ask_start;
  klass->create = ask_create;
}

static void
test_ask_init (TestAsk *self)
{
}

static TestRun *
ask (gboolean early)
{
  TestRun *run = test_run_new ("seedanceplayout" AIR_SINKS);
  g_autoptr (GstContext) context = gst_context_new (TYPE, TRUE);

  fail_unless (gst_element_register (
      NULL, "testask", GST_RANK_PRIMARY, test_ask_get_type ()));
  if (early)
    gst_element_set_context (run->pipeline, context);
  test_air_enqueue (run, "a", "ask://x");
  test_run_start (run, GST_STATE_PLAYING);

  return run;
}

GST_START_TEST (an_element_of_a_clip_asks_the_application)
{
  TestRun *run = ask (FALSE);
  GstMessage *message = test_run_wait (run, GST_MESSAGE_NEED_CONTEXT);
  const gchar *type;

  fail_unless (gst_message_parse_context_type (message, &type));
  fail_unless_equals_string (type, TYPE);
  test_run_free (run);
}
GST_END_TEST

GST_START_TEST (what_the_pipeline_has_is_the_answer)
{
  TestRun *run = ask (TRUE);

  test_air_wait_told (run, "failed", "a");
  fail_unless_equals_int (g_atomic_int_get (&answers), 1);
  fail_unless_equals_int (test_run_count (run, GST_MESSAGE_NEED_CONTEXT), 0);
  test_run_free (run);
}
GST_END_TEST

static Suite *
playout_context_suite (void)
{
  Suite *suite = suite_create ("playout-context");
  TCase *tcase = test_case_new (suite, "context");

  tcase_add_test (tcase, an_element_of_a_clip_asks_the_application);
  tcase_add_test (tcase, what_the_pipeline_has_is_the_answer);

  return suite;
}

GST_CHECK_MAIN (playout_context)
