/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table of properties serves every element that orders clips. An element of
 * this test installs the properties that seedanceplayout has, and copies them
 * to an element with all properties of seedancesrc. */
#include <string.h>

#include "gstseedancejson.h"
#include "gstseedancesettings.h"

#define PARTS (GST_SEEDANCE_PART_REQUEST | GST_SEEDANCE_PART_SERVICE)

typedef struct {
  GstElement parent;
  GstSeedanceSettings settings;
} Orderer;

typedef GstElementClass OrdererClass;

static void
orderer_set (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  g_assert_true (
      gst_seedance_settings_set (&((Orderer *) object)->settings, id, value));
}

static void
orderer_get (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_assert_true (
      gst_seedance_settings_get (&((Orderer *) object)->settings, id, value));
}

static void
orderer_finalize (GObject *object)
{
  gst_seedance_settings_clear (&((Orderer *) object)->settings);
  G_OBJECT_CLASS (g_type_class_peek_parent (G_OBJECT_GET_CLASS (object)))
      ->finalize (object);
}

static void
orderer_init (GTypeInstance *instance, gpointer klass)
{
  gst_seedance_settings_init (&((Orderer *) instance)->settings);
}

static void
orderer_class_init (gpointer klass, gpointer parts)
{
  GObjectClass *object_class = klass;
  guint next;

  object_class->set_property = orderer_set;
  object_class->get_property = orderer_get;
  object_class->finalize = orderer_finalize;
  next = gst_seedance_settings_install (object_class, GPOINTER_TO_UINT (parts));
  g_assert_null (gst_seedance_property_find (next));
  g_assert_nonnull (gst_seedance_property_find (next - 1));
}

static Orderer *
make_orderer (const gchar *type_name, GstSeedanceParts parts)
{
  const GTypeInfo info = { sizeof (OrdererClass), NULL, NULL,
    orderer_class_init, NULL, GUINT_TO_POINTER (parts), sizeof (Orderer), 0,
    orderer_init, NULL };
  GType type = g_type_from_name (type_name);

  if (!type)
    type = g_type_register_static (GST_TYPE_ELEMENT, type_name, &info, 0);

  return (Orderer *) gst_object_ref_sink (g_object_new (type, NULL));
}

static gboolean
has (Orderer *orderer, const gchar *name)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (orderer), name) !=
         NULL;
}

static void
an_element_has_the_parts_that_it_asks_for (void)
{
  Orderer *some = make_orderer ("SomeOrderer", PARTS);
  Orderer *all = make_orderer ("AllOrderer", GST_SEEDANCE_PART_ALL);

  for (guint id = 1; gst_seedance_property_find (id); id++) {
    const GstSeedanceProperty *property = gst_seedance_property_find (id);

    g_assert_true (has (all, property->name));
    g_assert_true (has (some, property->name) ==
                   (property->part != GST_SEEDANCE_PART_STREAM));
    g_assert_true (
        gst_seedance_property_find_by_name (property->name) == property);
    g_assert_cmpuint (gst_seedance_property_get_id (property), ==, id);
  }
  g_assert_false (has (some, "buffering"));
  g_assert_null (gst_seedance_property_find_by_name ("no-such"));
  gst_object_unref (some);
  gst_object_unref (all);
}

static void
fill (Orderer *orderer)
{
  g_auto (GValue) references = G_VALUE_INIT;
  g_autoptr (GstStructure) extra =
      gst_structure_new ("params", "watermark", G_TYPE_BOOLEAN, FALSE, NULL);

  g_value_init (&references, GST_TYPE_ARRAY);
  g_assert_true (gst_value_deserialize (
      &references, "<a.png, \"https://user:secret@host/b.png?sig=1,2\">"));
  g_object_set_property (G_OBJECT (orderer), "reference-images", &references);
  g_object_set (orderer, "generate-audio", FALSE, "watermark", TRUE, NULL);
  g_object_set (orderer, "prompt", "a boat", "image",
      "https://user:secret@host/a.png?sig=1", "duration", 7, "seed",
      G_MAXINT64 - 1, "extra-params", extra, "api-key", "key-of-a-test",
      "proxy", "http://user:secret@proxy:3128", "reuse", 2, "max-size",
      G_MAXUINT64, "timeout", 9, "ssl-strict", FALSE, "resolution", "auto",
      NULL);
}

static void
assert_equal (
    const GstSeedanceSettings *settings, const GstSeedanceSettings *other)
{
  g_assert_cmpstr (settings->prompt, ==, other->prompt);
  g_assert_cmpstr (settings->image, ==, other->image);
  g_assert_cmpint (settings->duration, ==, other->duration);
  g_assert_cmpuint (g_strv_length (settings->reference_images), ==, 2);
  g_assert_cmpstr (
      settings->reference_images[1], ==, other->reference_images[1]);
  g_assert_cmpint (settings->generate_audio, ==, 0);
  g_assert_cmpint (settings->watermark, ==, 1);
  g_assert_cmpint (settings->camera_fixed, ==, -1);
  g_assert_cmpint (settings->seed, ==, other->seed);
  g_assert_cmpstr (settings->api_key, ==, other->api_key);
  g_assert_cmpstr (settings->proxy, ==, other->proxy);
  g_assert_cmpint (settings->reuse, ==, other->reuse);
  g_assert_cmpuint (settings->max_size, ==, other->max_size);
  g_assert_cmpuint (settings->timeout, ==, other->timeout);
  g_assert_cmpint (settings->ssl_strict, ==, other->ssl_strict);
  g_assert_null (settings->resolution);
  g_assert_true (
      gst_structure_is_equal (settings->extra_params, other->extra_params));
  g_assert_true (settings->extra_params != other->extra_params);
}

/* The copy has the stored values: the image's URL keeps its password, which
 * reading the property hides. */
static void
settings_are_handed_on_to_another_element (void)
{
  Orderer *from = make_orderer ("SomeOrderer", PARTS);
  Orderer *to = make_orderer ("AllOrderer", GST_SEEDANCE_PART_ALL);
  GstSeedanceSettings copy;

  fill (from);
  gst_seedance_settings_init (&copy);
  copy.prompt = g_strdup ("of another clip");
  gst_seedance_settings_copy (&copy, &from->settings);
  assert_equal (&copy, &from->settings);
  g_assert_cmpstr (copy.image, ==, "https://user:secret@host/a.png?sig=1");

  g_object_set (to, "resolution", "720p", NULL);
  gst_seedance_settings_apply (&copy, GST_ELEMENT (to));
  assert_equal (&to->settings, &from->settings);
  gst_seedance_settings_clear (&copy);
  gst_object_unref (from);
  gst_object_unref (to);
}

static gboolean
set_text (GstSeedanceSettings *settings, const gchar *name, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  gboolean set = gst_seedance_settings_set_text (settings, name, text, &error);

  g_assert_true (set == (error == NULL));
  if (error)
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);

  return set;
}

static void
an_item_of_a_rundown_sets_its_request (void)
{
  GstSeedanceSettings settings;

  gst_seedance_settings_init (&settings);
  g_assert_true (set_text (&settings, "prompt", "a boat"));
  g_assert_true (set_text (&settings, "aspect-ratio", "9:16"));
  g_assert_true (set_text (&settings, "resolution", "auto"));
  g_assert_true (set_text (&settings, "duration", "5"));
  g_assert_true (set_text (&settings, "seed", "9223372036854775807"));
  g_assert_true (set_text (&settings, "reference-images", "[\"a\",\"b,c\"]"));
  g_assert_true (set_text (&settings, "generate-audio", "false"));
  g_assert_cmpuint (g_strv_length (settings.reference_images), ==, 2);
  g_assert_cmpstr (settings.reference_images[1], ==, "b,c");
  g_assert_cmpint (settings.generate_audio, ==, 0);
  g_assert_cmpint (settings.watermark, ==, -1);
  g_assert_cmpstr (settings.prompt, ==, "a boat");
  g_assert_cmpstr (settings.aspect_ratio, ==, "9:16");
  g_assert_null (settings.resolution);
  g_assert_cmpint (settings.duration, ==, 5);
  g_assert_cmpint (settings.seed, ==, G_MAXINT64);
  gst_seedance_settings_clear (&settings);
}

static void
what_an_item_may_not_say_changes_nothing (void)
{
  static const struct {
    const gchar *name, *text;
  } refused[] = {
    { "prompt", "\xff" },
    { "duration", "5.5" },
    { "duration", "-2" },
    { "duration", "3601" },
    { "duration", "five" },
    { "duration", "" },
    { "duration", " 5" },
    { "seed", "-2" },
    { "seed", "9223372036854775808" },
    { "extra-params", "[1]" },
    { "extra-params", "{} {}" },
    { "extra-params", "" },
    { "extra-params", "{\"a\":\"\xff\"}" },
    { "extra-params", "{\"a\":[{\"b\":\"\xff\"}]}" },
    { "extra-params", "{\"\":1}" },
    { "extra-params", "{\"a\":[1,\"b\"]}" },
    { "extra-params", "{\"a\":18446744073709551616}" },
    { "extra-params", "{\"a\":-9223372036854775809}" },
    { "extra-params", "{\"a\":9007199254740993.0}" },
    { "extra-params", "{\"a\":1e400}" },
    { "extra-params", "{\"a\":[0.5,9007199254740993]}" },
    { "extra-params", "{\"a\":[-1,18446744073709551615]}" },
    { "reference-images", "a.png" },
    { "reference-images", "[1]" },
    { "reference-images", "[\"\xff\"]" },
    { "generate-audio", "1" },
    { "generate-audio", "TRUE" },
    { "no-such", "1" },
    { "api-key", "key" },
    { "base-url", "http://elsewhere" },
    { "state-dir", "/" },
    { "buffering", "true" },
  };
  GstSeedanceSettings settings;

  gst_seedance_settings_init (&settings);
  settings.prompt = g_strdup ("a boat");
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    if (set_text (&settings, refused[i].name, refused[i].text))
      g_error ("%s: %s was taken", refused[i].name, refused[i].text);
  g_assert_cmpstr (settings.prompt, ==, "a boat");
  g_assert_cmpint (settings.duration, ==, 0);
  g_assert_cmpint (settings.seed, ==, -1);
  g_assert_null (settings.api_key);
  g_assert_null (settings.base_url);
  g_assert_null (settings.extra_params);
  gst_seedance_settings_clear (&settings);
}

/* Extra fields of an item reach the body of the order unchanged. */
static void
extra_fields_of_an_item_come_back_as_they_were (void)
{
  static const gchar *text =
      "{\"watermark\":false,\"n\":3,\"big\":4294967296,\"half\":0.5,"
      "\"name\":\"x\",\"none\":null,\"list\":[{\"c\":true},{\"d\":[\"e\",\"f\","
      "null]}],"
      "\"numbers\":[1,0.5,4294967296],\"rows\":[[1],[2,3]],"
      "\"deep\":{\"d\":{\"e\":-1}},\"empty\":{},\"no\":[],"
      "\"seed\":9007199254740993,\"least\":-9223372036854775808,"
      "\"most\":18446744073709551615,\"text\":\"9007199254740993\","
      "\"seeds\":[1,18446744073709551615],\"more\":[-1,9007199254740993]}";
  GstSeedanceSettings settings;
  cJSON *json;
  gchar *printed;

  gst_seedance_settings_init (&settings);
  g_assert_true (set_text (&settings, "extra-params", text));
  json = gst_seedance_structure_to_json (settings.extra_params);
  printed = cJSON_PrintUnformatted (json);
  g_assert_cmpstr (printed, ==, text);
  cJSON_free (printed);
  cJSON_Delete (json);
  gst_seedance_settings_clear (&settings);
}

/* GStreamer reads an integer that is larger than 32 bits as a double, unless
 * its type is named. */
static void
an_extra_number_that_was_rounded_orders_nothing (void)
{
  static const struct {
    const gchar *text;
    gboolean good;
  } cases[] = {
    { "params,seed=9007199254740993", FALSE },
    { "params,seed=(gint64)9007199254740993", TRUE },
    { "params,seed=-9007199254740993", FALSE },
    { "params,seed=9007199254740991", TRUE },
    { "params,seed=4294967296,strength=0.75", TRUE },
    { "params,seeds=<1.0,9007199254740993.0>", FALSE },
    { "params,deep=(structure)[deep,seed=9007199254740993]", FALSE },
    { "params,strength=inf", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SeedanceOrder) order = NULL;
    GstSeedanceSettings settings;

    gst_seedance_settings_init (&settings);
    settings.extra_params = gst_structure_from_string (cases[i].text, NULL);
    g_assert_nonnull (settings.extra_params);
    g_test_message ("%s", cases[i].text);
    g_assert_cmpint (
        gst_seedance_settings_check (&settings, &error), ==, cases[i].good);
    order = gst_seedance_settings_to_order (&settings, NULL);
    g_assert_cmpint (order != NULL, ==, cases[i].good);
    if (!cases[i].good) {
      g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
      g_assert_nonnull (strstr (error->message, "extra-params"));
    }
    gst_seedance_settings_clear (&settings);
  }
}

static void
values_are_checked_without_an_order (void)
{
  g_autoptr (GError) error = NULL;
  GstSeedanceSettings settings;

  gst_seedance_settings_init (&settings);
  g_assert_true (gst_seedance_settings_check (&settings, &error));
  g_assert_no_error (error);
  settings.attempts = 0;
  g_assert_false (gst_seedance_settings_check (&settings, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_clear_error (&error);
  settings.attempts = 1;
  settings.provider = g_strdup ("no-such");
  g_assert_false (gst_seedance_settings_check (&settings, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  gst_seedance_settings_clear (&settings);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/settings/an-element-has-the-parts-that-it-asks-for",
      an_element_has_the_parts_that_it_asks_for);
  g_test_add_func ("/settings/settings-are-handed-on-to-another-element",
      settings_are_handed_on_to_another_element);
  g_test_add_func ("/settings/an-item-of-a-rundown-sets-its-request",
      an_item_of_a_rundown_sets_its_request);
  g_test_add_func ("/settings/what-an-item-may-not-say-changes-nothing",
      what_an_item_may_not_say_changes_nothing);
  g_test_add_func ("/settings/extra-fields-of-an-item-come-back-as-they-were",
      extra_fields_of_an_item_come_back_as_they_were);
  g_test_add_func ("/settings/an-extra-number-that-was-rounded-orders-nothing",
      an_extra_number_that_was_rounded_orders_nothing);
  g_test_add_func ("/settings/values-are-checked-without-an-order",
      values_are_checked_without_an_order);

  return g_test_run ();
}
