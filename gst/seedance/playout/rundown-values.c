/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the fields that a line of a rundown may have, and the checks of
 * their values. */

#include "rundown-private.h"

#include <gio/gio.h>
#include <string.h>

#include "json.h"
#include "text.h"

#define ID_MAX 200
#define METADATA_MAX (64 * 1024)
/* Seconds; larger values are probably in another unit. */
#define TIME_MAX (24 * 3600.0)
#define DURATION_MAX 3600
typedef enum {
  VALUE_ID,
  VALUE_PROMPT, /* any text that is not blank */
  VALUE_WORD,   /* one line of plain text */
  VALUE_IMAGE,
  VALUE_LIST, /* paths or addresses that go with the prompt */
  VALUE_SWITCH,
  VALUE_INTEGER,
  VALUE_OBJECT,
  VALUE_TASK,
  VALUE_URI,
  VALUE_IN,
  VALUE_OUT,
  VALUE_METADATA,
} Value;

static const struct {
  const gchar *name;
  Value value;
  gint64 least, most; /* range of an integer */
} names[] = {
  { "id", VALUE_ID },
  { "prompt", VALUE_PROMPT },
  { "image", VALUE_IMAGE },
  { "last-image", VALUE_IMAGE },
  { "reference-images", VALUE_LIST },
  { "reference-videos", VALUE_LIST },
  { "reference-audios", VALUE_LIST },
  { "generate-audio", VALUE_SWITCH },
  { "camera-fixed", VALUE_SWITCH },
  { "watermark", VALUE_SWITCH },
  { "return-last-frame", VALUE_SWITCH },
  { "resolution", VALUE_WORD },
  { "aspect-ratio", VALUE_WORD },
  { "duration", VALUE_INTEGER, -1, DURATION_MAX },
  { "seed", VALUE_INTEGER, -1, G_MAXINT64 },
  { "model", VALUE_WORD },
  { "extra-params", VALUE_OBJECT },
  { "task-id", VALUE_TASK },
  { "uri", VALUE_URI },
  { "in", VALUE_IN },
  { "out", VALUE_OUT },
  { "metadata", VALUE_METADATA },
};

gboolean
seedance_item_refuse (GError **error, const gchar *format, ...)
{
  g_autofree gchar *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);

  return FALSE;
}

static const gchar *
describe (const cJSON *node)
{
  if (cJSON_IsString (node))
    return "a text";
  if (cJSON_IsNumber (node) || cJSON_IsRaw (node))
    return "a number";
  if (cJSON_IsBool (node))
    return "true or false";
  if (cJSON_IsObject (node))
    return "an object";

  return "a list";
}

/* A number of more than 15 digits is raw. It is taken as a text, because no
 * service counts so far: it must be an id. */
static gboolean
read_text (
    const cJSON *node, const gchar *name, const gchar **text, GError **error)
{
  *text = cJSON_IsRaw (node) ? node->valuestring : cJSON_GetStringValue (node);
  if (!*text)
    return seedance_item_refuse (error,
        "\"%s\" is %s; it has to be a text in quotes", name, describe (node));

  return TRUE;
}

/* Reads a text without control and invisible characters. A text with them would
 * look like another one without being equal to it. */
static gboolean
read_word (
    const cJSON *node, const gchar *name, const gchar **text, GError **error)
{
  if (!read_text (node, name, text, error))
    return FALSE;
  if (!seedance_text_is_plain (*text))
    return seedance_item_refuse (
        error, "\"%s\" holds control or invisible characters", name);

  return TRUE;
}

static gboolean
has_blank_ends (const gchar *text)
{
  const gchar *last = g_utf8_find_prev_char (text, text + strlen (text));

  return g_unichar_isspace (g_utf8_get_char (text)) ||
         (last && g_unichar_isspace (g_utf8_get_char (last)));
}

/* Programs that number their items often write 7 for "7". */
static gboolean
read_id (SeedanceItem *item, const cJSON *node, GError **error)
{
  const gchar *text;

  if (seedance_json_is_integer (node)) {
    item->id = g_strdup_printf ("%.0f", node->valuedouble);
    return TRUE;
  }
  if (!read_word (node, "id", &text, error))
    return FALSE;
  if (!*text)
    return seedance_item_refuse (error, "\"id\" is empty");
  if (has_blank_ends (text))
    return seedance_item_refuse (error, "\"id\" begins or ends with a blank");
  if (g_utf8_strlen (text, -1) > ID_MAX)
    return seedance_item_refuse (
        error, "\"id\" is longer than %d characters", ID_MAX);
  item->id = g_strdup (text);

  return TRUE;
}

static gboolean
is_blank (const gchar *text)
{
  while (*text && g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);

  return *text == '\0';
}

static gboolean
read_prompt (SeedanceItem *item, const cJSON *node, GError **error)
{
  const gchar *text;

  if (!read_text (node, "prompt", &text, error))
    return FALSE;
  if (is_blank (text))
    return seedance_item_refuse (error, "\"prompt\" is blank");
  g_hash_table_insert (item->fields, g_strdup ("prompt"), g_strdup (text));

  return TRUE;
}

/* An empty text leaves the field unset, as it does for a property. */
static gboolean
read_field (
    SeedanceItem *item, const cJSON *node, const gchar *name, GError **error)
{
  const gchar *text;

  if (!read_word (node, name, &text, error))
    return FALSE;
  if (*text)
    g_hash_table_insert (item->fields, g_strdup (name), g_strdup (text));

  return TRUE;
}

/* Returns TRUE for an address: a scheme and "://". Anything else is a path,
 * which may contain a colon. */
static gboolean
is_address (const gchar *text)
{
  const gchar *scheme = g_uri_peek_scheme (text);

  return scheme && g_str_has_prefix (text + strlen (scheme), "://");
}

static gchar *
print_json (const cJSON *node)
{
  gchar *text = cJSON_PrintUnformatted (node);
  gchar *copy = g_strdup (text);

  cJSON_free (text);

  return copy;
}

/* Relative paths start at the rundown's folder, whatever the working directory
 * is. */
static gchar *
resolve (const gchar *text, const gchar *folder)
{
  return is_address (text) || g_ascii_strncasecmp (text, "data:", 5) == 0
             ? g_strdup (text)
             : g_canonicalize_filename (text, folder);
}

static gboolean
read_image (SeedanceItem *item, const cJSON *node, const gchar *name,
    const gchar *folder, GError **error)
{
  const gchar *text;

  if (!read_word (node, name, &text, error))
    return FALSE;
  if (*text)
    g_hash_table_insert (item->fields, g_strdup (name), resolve (text, folder));

  return TRUE;
}

static gboolean
read_list (SeedanceItem *item, const cJSON *node, const gchar *name,
    const gchar *folder, GError **error)
{
  cJSON *list = cJSON_CreateArray ();
  gboolean good =
      cJSON_IsArray (node) ||
      seedance_item_refuse (
          error, "\"%s\" is %s; it has to be a list", name, describe (node));
  const cJSON *child;
  const gchar *text;

  cJSON_ArrayForEach (child, node)
  {
    g_autofree gchar *uri = NULL;

    good = good && read_word (child, name, &text, error) &&
           (*text || seedance_item_refuse (
                         error, "\"%s\" holds an empty text", name));
    if (!good)
      break;
    uri = resolve (text, folder);
    cJSON_AddItemToArray (list, cJSON_CreateString (uri));
  }
  if (good && list->child)
    g_hash_table_insert (item->fields, g_strdup (name), print_json (list));
  cJSON_Delete (list);

  return good;
}

static gboolean
read_switch (
    SeedanceItem *item, const cJSON *node, const gchar *name, GError **error)
{
  if (!cJSON_IsBool (node))
    return seedance_item_refuse (error,
        "\"%s\" is %s; it has to be true or false", name, describe (node));
  g_hash_table_insert (item->fields, g_strdup (name),
      g_strdup (cJSON_IsTrue (node) ? "true" : "false"));

  return TRUE;
}

static gboolean
read_integer (SeedanceItem *item, const cJSON *node, guint nth, GError **error)
{
  gint64 value;

  if (!seedance_json_read_integer (node, &value))
    return seedance_item_refuse (
        error, "\"%s\" is not a whole number", names[nth].name);
  if (value < names[nth].least || value > names[nth].most)
    return seedance_item_refuse (error,
        "\"%s\" is %" G_GINT64_FORMAT "; it has to be from %" G_GINT64_FORMAT
        " to %" G_GINT64_FORMAT,
        names[nth].name, value, names[nth].least, names[nth].most);
  g_hash_table_insert (item->fields, g_strdup (names[nth].name),
      g_strdup_printf ("%" G_GINT64_FORMAT, value));

  return TRUE;
}

/* Returns the name of a field that an object has twice, at any depth; or
 * NULL. */
static const gchar *
find_doubled (const cJSON *node)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const cJSON *child;

  cJSON_ArrayForEach (child, node)
  {
    const gchar *below = find_doubled (child);

    if (below)
      return below;
    if (child->string && !g_hash_table_add (seen, child->string))
      return child->string;
  }

  return NULL;
}

static gboolean
read_object (
    SeedanceItem *item, const cJSON *node, const gchar *name, GError **error)
{
  if (!cJSON_IsObject (node))
    return seedance_item_refuse (
        error, "\"%s\" is %s; it has to be an object", name, describe (node));
  if (node->child)
    g_hash_table_insert (item->fields, g_strdup (name), print_json (node));

  return TRUE;
}

static gboolean
read_task (SeedanceItem *item, const cJSON *node, GError **error)
{
  const gchar *text;

  if (!read_word (node, "task-id", &text, error))
    return FALSE;
  if (has_blank_ends (text))
    return seedance_item_refuse (
        error, "\"task-id\" begins or ends with a blank");
  item->task_id = *text ? g_strdup (text) : NULL;

  return TRUE;
}

static gchar *
path_to_uri (const gchar *text, const gchar *folder)
{
  g_autofree gchar *path = g_canonicalize_filename (text, folder);

  return g_filename_to_uri (path, NULL, NULL);
}

static gboolean
read_uri (
    SeedanceItem *item, const cJSON *node, const gchar *folder, GError **error)
{
  const gchar *text;

  if (!read_word (node, "uri", &text, error))
    return FALSE;
  if (!*text)
    return TRUE;
  /* A seedance: address would order a clip that no limit counts. */
  if (g_ascii_strncasecmp (text, "seedance:", strlen ("seedance:")) == 0)
    return seedance_item_refuse (error,
        "\"uri\" is a seedance: address; write \"prompt\" or \"task-id\"");
  item->uri = is_address (text) ? g_strdup (text) : path_to_uri (text, folder);

  return item->uri ||
         seedance_item_refuse (error, "\"uri\" cannot be made an address");
}

static gboolean
read_time (gint64 *time, const cJSON *node, const gchar *name, GError **error)
{
  if (!cJSON_IsNumber (node))
    return seedance_item_refuse (error,
        "\"%s\" is %s; it has to be a number of seconds", name,
        describe (node));
  if (!(node->valuedouble >= 0 && node->valuedouble <= TIME_MAX))
    return seedance_item_refuse (
        error, "\"%s\" has to be from 0 to %.0f seconds", name, TIME_MAX);
  *time = (gint64) (node->valuedouble * 1e9 + 0.5);

  return TRUE;
}

static gboolean
read_metadata (SeedanceItem *item, const cJSON *node, GError **error)
{
  item->metadata = print_json (node);
  if (strlen (item->metadata) > METADATA_MAX)
    return seedance_item_refuse (
        error, "\"metadata\" is larger than %d KiB", METADATA_MAX / 1024);

  return TRUE;
}

static gboolean
read_value (SeedanceItem *item, const cJSON *node, guint nth,
    const gchar *folder, GError **error)
{
  switch (names[nth].value) {
    case VALUE_ID:
      return read_id (item, node, error);
    case VALUE_PROMPT:
      return read_prompt (item, node, error);
    case VALUE_WORD:
      return read_field (item, node, names[nth].name, error);
    case VALUE_IMAGE:
      return read_image (item, node, names[nth].name, folder, error);
    case VALUE_LIST:
      return read_list (item, node, names[nth].name, folder, error);
    case VALUE_SWITCH:
      return read_switch (item, node, names[nth].name, error);
    case VALUE_INTEGER:
      return read_integer (item, node, nth, error);
    case VALUE_OBJECT:
      return read_object (item, node, names[nth].name, error);
    case VALUE_TASK:
      return read_task (item, node, error);
    case VALUE_URI:
      return read_uri (item, node, folder, error);
    case VALUE_IN:
      return read_time (&item->in, node, "in", error);
    case VALUE_OUT:
      return read_time (&item->out, node, "out", error);
    case VALUE_METADATA:
      return read_metadata (item, node, error);
  }

  return FALSE;
}

static gboolean
find_name (const gchar *name, guint *nth)
{
  for (*nth = 0; *nth < G_N_ELEMENTS (names); (*nth)++) {
    if (g_str_equal (name, names[*nth].name))
      return TRUE;
  }

  return FALSE;
}

static gboolean
refuse_name (const gchar *name, GError **error)
{
  g_autofree gchar *shown = seedance_text_clean (name, -1, 40, NULL);

  return seedance_item_refuse (error,
      "there is no field \"%s\"; data of your own goes into \"metadata\"",
      shown);
}

/* A line with a field that stands twice is refused, because it is unclear which
 * one was meant. Services write aspect_ratio and GObject writes aspect-ratio:
 * both are accepted as the same field. */
gboolean
seedance_item_read_fields (
    SeedanceItem *item, const cJSON *line, const gchar *folder, GError **error)
{
  gboolean seen[G_N_ELEMENTS (names)] = { FALSE };
  const cJSON *child;

  cJSON_ArrayForEach (child, line)
  {
    g_autofree gchar *name = g_strdelimit (g_strdup (child->string), "_", '-');
    guint nth;

    if (!find_name (name, &nth))
      return refuse_name (child->string, error);
    if (seen[nth])
      return seedance_item_refuse (
          error, "the field \"%s\" stands there twice", name);
    seen[nth] = TRUE;
    if (cJSON_IsNull (child))
      continue;
    if (names[nth].value != VALUE_METADATA && find_doubled (child))
      return seedance_item_refuse (
          error, "a field of \"%s\" stands there twice", name);
    if (!read_value (item, child, nth, folder, error))
      return FALSE;
  }

  return TRUE;
}
