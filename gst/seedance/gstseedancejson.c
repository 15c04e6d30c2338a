/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function for each kind of value and each direction. Values may be
 * nested. */

#include "gstseedancejson.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "json.h"

/* 2^53: a double holds every integer below this exactly. */
#define ROUNDED_FROM 9007199254740992.0

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

/* Returns TRUE if @number may have been another integer before it became a
 * double, or is one that JSON does not have. */
static gboolean
is_rounded (gdouble number)
{
  return !isfinite (number) ||
         (fabs (number) >= ROUNDED_FROM && trunc (number) == number);
}

static const gchar *find_rounded (const GstStructure *structure);

static gboolean
has_rounded (const GValue *value)
{
  const gboolean is_array = GST_VALUE_HOLDS_ARRAY (value);
  const guint size = is_array ? gst_value_array_get_size (value)
                     : GST_VALUE_HOLDS_LIST (value)
                         ? gst_value_list_get_size (value)
                         : 0;
  gboolean has = G_VALUE_HOLDS_DOUBLE (value)
                     ? is_rounded (g_value_get_double (value))
                 : GST_VALUE_HOLDS_STRUCTURE (value)
                     ? find_rounded (gst_value_get_structure (value)) != NULL
                     : FALSE;

  for (guint i = 0; !has && i < size; i++)
    has = has_rounded (is_array ? gst_value_array_get_value (value, i)
                                : gst_value_list_get_value (value, i));

  return has;
}

/* Returns the name of a field that holds a rounded number, perhaps deeper
 * inside; NULL if there is none. */
static const gchar *
find_rounded (const GstStructure *structure)
{
  for (gint i = 0; i < gst_structure_n_fields (structure); i++) {
    const gchar *name = gst_structure_nth_field_name (structure, i);

    if (has_rounded (gst_structure_get_value (structure, name)))
      return name;
  }

  return NULL;
}

gboolean
gst_seedance_structure_check (const GstStructure *structure, GError **error)
{
  const gchar *name = structure ? find_rounded (structure) : NULL;

  if (!name)
    return TRUE;
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "A number in the field %s of extra-params is too large for the type "
      "double, and may have been rounded. Write its type before it, as in "
      "%s=(gint64)9007199254740993. Nothing was ordered and nothing is billed.",
      name, name);

  return FALSE;
}

static gboolean value_from_json (GValue *value, const cJSON *json);
static GstStructure *structure_from_json (const cJSON *object);

/* Returns the type that can hold the integer @digits exactly; G_TYPE_INVALID
 * if there is none. */
static GType
type_of_digits (const gchar *digits)
{
  if (g_ascii_string_to_signed (digits, 10, G_MININT64, G_MAXINT64, NULL, NULL))
    return G_TYPE_INT64;

  return g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT64, NULL, NULL)
             ? G_TYPE_UINT64
             : G_TYPE_INVALID;
}

/* Returns the first of int, int64, uint64 and double that can hold the number
 * @json exactly; G_TYPE_INVALID if there is none. */
static GType
type_of_number (const cJSON *json)
{
  const gdouble number = json->valuedouble;

  if (cJSON_IsRaw (json))
    return type_of_digits (json->valuestring);
  if (is_rounded (number))
    return G_TYPE_INVALID;
  if ((gdouble) (gint64) number != number)
    return G_TYPE_DOUBLE;

  return number >= G_MININT && number <= G_MAXINT ? G_TYPE_INT : G_TYPE_INT64;
}

static gboolean
number_from_json (GValue *value, const cJSON *json)
{
  const GType type = type_of_number (json);
  const gchar *digits = cJSON_IsRaw (json) ? json->valuestring : NULL;

  if (type == G_TYPE_INVALID)
    return FALSE;
  g_value_init (value, type);
  if (type == G_TYPE_INT)
    g_value_set_int (value, (gint) json->valuedouble);
  else if (type == G_TYPE_INT64)
    g_value_set_int64 (value, digits ? g_ascii_strtoll (digits, NULL, 10)
                                     : (gint64) json->valuedouble);
  else if (type == G_TYPE_UINT64)
    g_value_set_uint64 (value, g_ascii_strtoull (digits, NULL, 10));
  else
    g_value_set_double (value, json->valuedouble);

  return TRUE;
}

static gboolean
is_number (const cJSON *json)
{
  return cJSON_IsNumber (json) || cJSON_IsRaw (json);
}

/* Returns the type that can hold every number in @array exactly, because all
 * items of a GstValueArray have one type; G_TYPE_INVALID if there is none. */
static GType
widest_number (const cJSON *array)
{
  gboolean is_double = FALSE, is_int64 = FALSE, is_uint64 = FALSE;
  gboolean is_negative = FALSE, is_long = FALSE;
  const cJSON *child;

  cJSON_ArrayForEach (child, array)
  {
    if (!is_number (child))
      continue;
    is_double |= type_of_number (child) == G_TYPE_DOUBLE;
    is_int64 |= type_of_number (child) == G_TYPE_INT64;
    is_uint64 |= type_of_number (child) == G_TYPE_UINT64;
    is_long |= cJSON_IsRaw (child);
    is_negative |= cJSON_IsRaw (child) ? child->valuestring[0] == '-'
                                       : child->valuedouble < 0;
  }
  if ((is_double && is_long) || (is_uint64 && is_negative))
    return G_TYPE_INVALID;

  return is_double   ? G_TYPE_DOUBLE
         : is_uint64 ? G_TYPE_UINT64
         : is_int64  ? G_TYPE_INT64
                     : G_TYPE_INT;
}

static gboolean
append_from_json (GValue *array, const cJSON *json, GType number)
{
  g_auto (GValue) value = G_VALUE_INIT, item = G_VALUE_INIT;
  guint size = gst_value_array_get_size (array);

  if (!value_from_json (&value, json))
    return FALSE;
  g_value_init (&item, is_number (json) ? number : G_VALUE_TYPE (&value));
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
  const GType number = widest_number (json);
  const cJSON *child;

  if (number == G_TYPE_INVALID)
    return FALSE;
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
  GstStructure *structure = structure_from_json (json);

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
  if (is_number (json))
    return number_from_json (value, json);
  if (cJSON_IsBool (json)) {
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

static GstStructure *
structure_from_json (const cJSON *object)
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

GstStructure *
gst_seedance_structure_from_text (const gchar *text)
{
  cJSON *json = seedance_json_parse_exact (text, strlen (text));
  GstStructure *structure = structure_from_json (json);

  cJSON_Delete (json);

  return structure;
}
