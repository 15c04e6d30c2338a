/* SPDX-License-Identifier: LGPL-2.1-or-later */

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

/* Digits and not a double, which would lose the low bits of a 64-bit seed. */
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

    cJSON_AddItemToObject (
        object, name, value_to_json (gst_structure_get_value (structure, name)));
  }

  return object;
}
