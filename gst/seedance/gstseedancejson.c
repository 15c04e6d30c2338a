/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function for each kind of value and each direction. Values may be
 * nested. */

#include "gstseedancejson.h"

static cJSON *value_to_json (const GValue *value);

static cJSON *
sequence_to_json (const GValue *value)
{
  gboolean is_array = GST_VALUE_HOLDS_ARRAY (value);
  guint size = is_array ? gst_value_array_get_size (value)
                        : gst_value_list_get_size (value);
  cJSON *array = cJSON_CreateArray ();

  for (guint i = 0; i < size; i++)
    cJSON_AddItemToArray (
        array, value_to_json (is_array ? gst_value_array_get_value (value, i)
                                       : gst_value_list_get_value (value, i)));

  return array;
}

/* Written as digits: a double would lose the low bits of a 64-bit seed. */
static cJSON *
integer_to_json (const GValue *value)
{
  g_autofree gchar *digits = gst_value_serialize (value);

  return cJSON_CreateRaw (digits);
}

static cJSON *
value_to_json (const GValue *value)
{
  g_autofree gchar *text = NULL;

  if (G_VALUE_HOLDS_BOOLEAN (value))
    return cJSON_CreateBool (g_value_get_boolean (value));
  if (G_VALUE_HOLDS_INT (value) || G_VALUE_HOLDS_UINT (value) ||
      G_VALUE_HOLDS_INT64 (value) || G_VALUE_HOLDS_UINT64 (value))
    return integer_to_json (value);
  if (G_VALUE_HOLDS_DOUBLE (value))
    return cJSON_CreateNumber (g_value_get_double (value));
  if (G_VALUE_HOLDS_FLOAT (value))
    return cJSON_CreateNumber ((double) g_value_get_float (value));
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_get_string (value)
               ? cJSON_CreateString (g_value_get_string (value))
               : cJSON_CreateNull ();
  if (GST_VALUE_HOLDS_STRUCTURE (value))
    return gst_seedance_structure_to_json (gst_value_get_structure (value));
  if (GST_VALUE_HOLDS_ARRAY (value) || GST_VALUE_HOLDS_LIST (value))
    return sequence_to_json (value);
  text = gst_value_serialize (value);

  return text ? cJSON_CreateString (text) : cJSON_CreateNull ();
}

cJSON *
gst_seedance_structure_to_json (const GstStructure *structure)
{
  cJSON *object = cJSON_CreateObject ();

  for (gint i = 0; i < gst_structure_n_fields (structure); i++) {
    const gchar *name = gst_structure_nth_field_name (structure, i);

    cJSON_AddItemToObject (object, name,
        value_to_json (gst_structure_get_value (structure, name)));
  }

  return object;
}

static gboolean value_from_json (GValue *value, const cJSON *json);

/* Returns the first of int, int64 and double that can hold @number. */
static GType
type_of_number (gdouble number)
{
  if (!(number >= G_MININT64 && number < (gdouble) G_MAXINT64) ||
      (gdouble) (gint64) number != number)
    return G_TYPE_DOUBLE;

  return number >= G_MININT && number <= G_MAXINT ? G_TYPE_INT : G_TYPE_INT64;
}

static void
number_from_json (GValue *value, gdouble number)
{
  g_value_init (value, type_of_number (number));
  if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, (gint) number);
  else if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, (gint64) number);
  else
    g_value_set_double (value, number);
}

/* Returns the type that can hold every number in @array, because all items of a
 * GstValueArray have one type. */
static GType
widest_number (const cJSON *array)
{
  gboolean is_double = FALSE, is_int64 = FALSE;
  const cJSON *child;

  cJSON_ArrayForEach (child, array)
  {
    if (!cJSON_IsNumber (child))
      continue;
    is_double |= type_of_number (child->valuedouble) == G_TYPE_DOUBLE;
    is_int64 |= type_of_number (child->valuedouble) == G_TYPE_INT64;
  }

  return is_double ? G_TYPE_DOUBLE : is_int64 ? G_TYPE_INT64 : G_TYPE_INT;
}

static gboolean
append_from_json (GValue *array, const cJSON *json, GType number)
{
  g_auto (GValue) value = G_VALUE_INIT, item = G_VALUE_INIT;
  guint size = gst_value_array_get_size (array);

  if (!value_from_json (&value, json))
    return FALSE;
  g_value_init (&item, cJSON_IsNumber (json) ? number : G_VALUE_TYPE (&value));
  g_value_transform (&value, &item);
  if (size > 0 && !G_VALUE_HOLDS (gst_value_array_get_value (array, size - 1),
                      G_VALUE_TYPE (&item)))
    return FALSE;
  gst_value_array_append_value (array, &item);

  return TRUE;
}

static gboolean
array_from_json (GValue *value, const cJSON *json)
{
  GType number = widest_number (json);
  const cJSON *child;

  g_value_init (value, GST_TYPE_ARRAY);
  cJSON_ArrayForEach (child, json)
  {
    if (!append_from_json (value, child, number))
      return FALSE;
  }

  return TRUE;
}

static gboolean
object_from_json (GValue *value, const cJSON *json)
{
  GstStructure *structure = gst_seedance_structure_from_json (json);

  if (!structure)
    return FALSE;
  g_value_init (value, GST_TYPE_STRUCTURE);
  g_value_take_boxed (value, structure);

  return TRUE;
}

/* @value is not initialized; this function gives it its type. */
static gboolean
value_from_json (GValue *value, const cJSON *json)
{
  if (cJSON_IsObject (json))
    return object_from_json (value, json);
  if (cJSON_IsArray (json))
    return array_from_json (value, json);
  if (cJSON_IsNumber (json)) {
    number_from_json (value, json->valuedouble);
  } else if (cJSON_IsBool (json)) {
    g_value_init (value, G_TYPE_BOOLEAN);
    g_value_set_boolean (value, cJSON_IsTrue (json));
  } else {
    /* A JSON null becomes a string that is NULL. */
    if (json->valuestring && !g_utf8_validate (json->valuestring, -1, NULL))
      return FALSE;
    g_value_init (value, G_TYPE_STRING);
    g_value_set_string (value, json->valuestring);
  }

  return TRUE;
}

GstStructure *
gst_seedance_structure_from_json (const cJSON *object)
{
  g_autoptr (GstStructure) structure = gst_structure_new_empty ("params");
  const cJSON *field;

  if (!cJSON_IsObject (object))
    return NULL;
  cJSON_ArrayForEach (field, object)
  {
    g_auto (GValue) value = G_VALUE_INIT;

    if (!field->string || !*field->string ||
        !g_utf8_validate (field->string, -1, NULL) ||
        !value_from_json (&value, field))
      return NULL;
    gst_structure_set_value (structure, field->string, &value);
  }

  return g_steal_pointer (&structure);
}
