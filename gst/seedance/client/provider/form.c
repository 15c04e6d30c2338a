/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encodes the members of a JSON object as multipart/form-data. */
#include "form.h"

#include <string.h>

#define BOUNDARY_PREFIX "seedance-"
#define TYPE_MAX 64

/* One field of the form; @type is NULL for plain text. */
typedef struct {
  const gchar *name;
  GBytes *bytes;
  gchar *type;
  gboolean is_file;
} Field;

static void
field_free (gpointer data)
{
  Field *field = data;

  g_bytes_unref (field->bytes);
  g_free (field->type);
  g_free (field);
}

/* Returns "image/png" for "data:image/png;base64,…". A type with characters
 * that could break the header of the part becomes application/octet-stream. */
static gchar *
get_type (const gchar *uri)
{
  const gchar *start = uri + strlen ("data:");
  const gsize size = strcspn (start, ";,");

  for (gsize i = 0; i < size; i++) {
    if (!g_ascii_isalnum (start[i]) && !strchr ("/+-.", start[i]))
      return g_strdup ("application/octet-stream");
  }

  return size > 0 && size <= TYPE_MAX ? g_strndup (start, size)
                                      : g_strdup ("application/octet-stream");
}

/* Decodes a Base64 "data:" URI. Returns FALSE for any other text. */
static gboolean
take_file (Field *field, const gchar *text)
{
  const gchar *comma = strchr (text, ',');
  guchar *data;
  gsize size;

  if (g_ascii_strncasecmp (text, "data:", 5) != 0 || !comma ||
      !g_strstr_len (text, comma - text, ";base64"))
    return FALSE;
  data = g_base64_decode (comma + 1, &size);
  field->bytes = g_bytes_new_take (data, size);
  field->type = get_type (text);
  field->is_file = TRUE;

  return TRUE;
}

static Field *
field_new (const cJSON *member)
{
  Field *field = g_new0 (Field, 1);
  const gchar *text = cJSON_IsRaw (member) ? member->valuestring
                                           : cJSON_GetStringValue (member);
  gchar *printed;

  field->name = member->string;
  if (text && take_file (field, text))
    return field;
  if (text) {
    field->bytes = g_bytes_new (text, strlen (text));
    return field;
  }
  printed = cJSON_PrintUnformatted (member);
  field->bytes = g_bytes_new (printed, strlen (printed));
  cJSON_free (printed);
  if (cJSON_IsObject (member) || cJSON_IsArray (member))
    field->type = g_strdup ("application/json");

  return field;
}

/* The boundary is a hash of all bytes: equal forms have equal ones, and none
 * can stand in a field by accident. */
static gchar *
make_boundary (const GPtrArray *fields)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index (fields, i);
    gsize size;
    const guchar *data = g_bytes_get_data (field->bytes, &size);

    g_checksum_update (sum, (const guchar *) field->name, -1);
    g_checksum_update (sum, data, (gssize) size);
  }

  return g_strdup_printf (BOUNDARY_PREFIX "%.40s", g_checksum_get_string (sum));
}

static void
append_text (GByteArray *form, const gchar *text)
{
  g_byte_array_append (form, (const guint8 *) text, (guint) strlen (text));
}

/* Escapes a name for its quotes in the same way as browsers. */
static gchar *
escape_name (const gchar *name)
{
  GString *text = g_string_new (name);

  g_string_replace (text, "\"", "%22", 0);
  g_string_replace (text, "\r", "%0D", 0);
  g_string_replace (text, "\n", "%0A", 0);

  return g_string_free (text, FALSE);
}

/* Returns "png" for "image/png". */
static const gchar *
get_suffix (const gchar *type)
{
  const gchar *slash = strchr (type, '/');

  return slash && slash[1] ? slash + 1 : "bin";
}

static void
append_field (GByteArray *form, const Field *field, const gchar *boundary)
{
  g_autofree gchar *name = escape_name (field->name);
  g_autofree gchar *head = NULL, *file = NULL, *type = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (field->bytes, &size);

  file = field->is_file ? g_strdup_printf ("; filename=\"%s.%s\"", name,
                              get_suffix (field->type))
                        : g_strdup ("");
  type = field->type ? g_strdup_printf ("Content-Type: %s\r\n", field->type)
                     : g_strdup ("");
  head = g_strdup_printf ("--%s\r\nContent-Disposition: form-data; "
                          "name=\"%s\"%s\r\n%s\r\n",
      boundary, name, file, type);
  append_text (form, head);
  g_byte_array_append (form, data, (guint) size);
  append_text (form, "\r\n");
}

GBytes *
seedance_form_encode (const cJSON *body, gchar **type)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (field_free);
  GByteArray *form = g_byte_array_new ();
  g_autofree gchar *boundary = NULL, *end = NULL;
  const cJSON *member;

  cJSON_ArrayForEach (member, body)
  {
    g_ptr_array_add (fields, field_new (member));
  }
  boundary = make_boundary (fields);
  for (guint i = 0; i < fields->len; i++)
    append_field (form, g_ptr_array_index (fields, i), boundary);
  end = g_strdup_printf ("--%s--\r\n", boundary);
  append_text (form, end);
  *type = g_strdup_printf ("multipart/form-data; boundary=%s", boundary);

  return g_byte_array_free_to_bytes (form);
}
