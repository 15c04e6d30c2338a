/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes seedance: URIs. */

#include "uri.h"

#include <string.h>

#include "text.h"

#define TASK "task/"
/* The longest task id, in bytes. */
#define TASK_ID_MAX 1024
/* The longest name of a field, in bytes; no property has a longer one. */
#define NAME_SIZE 24
/* What is not escaped besides letters, digits and "-._~", so that aspect ratios
 * and URLs of pictures stay legible. */
#define ALLOWED_IN_VALUE ":/,"
#define ALLOWED_IN_TASK ":"

static void
field_clear (gpointer data)
{
  SeedanceUriField *field = data;

  g_free (field->name);
  g_free (field->value);
}

SeedanceUri *
seedance_uri_new (void)
{
  SeedanceUri *uri = g_new0 (SeedanceUri, 1);

  uri->fields = g_array_new (FALSE, FALSE, sizeof (SeedanceUriField));
  g_array_set_clear_func (uri->fields, field_clear);

  return uri;
}

void
seedance_uri_free (SeedanceUri *uri)
{
  g_free (uri->task_id);
  g_array_unref (uri->fields);
  g_free (uri);
}

static void
take_field (SeedanceUri *uri, gchar *name, gchar *value)
{
  const SeedanceUriField field = { name, value };

  g_array_append_val (uri->fields, field);
}

void
seedance_uri_add (SeedanceUri *uri, const gchar *name, const gchar *value)
{
  take_field (uri, g_strdup (name), g_strdup (value));
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const gchar *format, ...)
{
  g_autofree gchar *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The seedance: URI cannot be used: %s. Nothing was ordered. Write "
      "seedance:?prompt=…&resolution=720p, or seedance:task/ID.",
      why);

  return FALSE;
}

/* Whether @name can be the name of a property. No error quotes another one,
 * because somebody may have put a secret there. */
static gboolean
is_name (const gchar *name)
{
  const gsize length = strlen (name);

  return length <= NAME_SIZE &&
         strspn (name, "abcdefghijklmnopqrstuvwxyz-") == length;
}

/* Returns the byte of an escape such as "%41" at @text; -1 if there is none. */
static gint
read_escape (const gchar *text, const gchar *end)
{
  if (end - text < 3 || !g_ascii_isxdigit (text[1]) ||
      !g_ascii_isxdigit (text[2]))
    return -1;

  return g_ascii_xdigit_value (text[1]) * 16 + g_ascii_xdigit_value (text[2]);
}

/* Returns the text from @text to @end without its escapes. @what names it in
 * errors. In a @query a "+" stands for a blank, because programs write queries
 * so. */
static gchar *
decode (const gchar *what, const gchar *text, const gchar *end, gboolean query,
    GError **error)
{
  g_autoptr (GString) decoded = g_string_new (NULL);

  for (; text < end; text++) {
    gint byte = (guchar) *text;

    if (byte == '+' && query)
      byte = ' ';
    if (byte == '%') {
      byte = read_escape (text, end);
      text += 2;
    }
    if (byte < 0) {
      refuse (error,
          "%s holds a %% without two hexadecimal digits behind it (write a %% "
          "as %%25)",
          what);
      return NULL;
    }
    if (byte == 0) {
      refuse (error, "%s holds a NUL", what);
      return NULL;
    }
    g_string_append_c (decoded, (gchar) byte);
  }
  if (decoded->len == 0 || !g_utf8_validate (decoded->str, -1, NULL)) {
    refuse (error, decoded->len == 0 ? "%s is empty" : "%s is not UTF-8", what);
    return NULL;
  }

  return g_string_free (g_steal_pointer (&decoded), FALSE);
}

static gboolean
has_field (const SeedanceUri *uri, const gchar *name)
{
  for (guint i = 0; i < uri->fields->len; i++) {
    if (g_str_equal (
            g_array_index (uri->fields, SeedanceUriField, i).name, name))
      return TRUE;
  }

  return FALSE;
}

static gboolean
read_field (
    SeedanceUri *uri, const gchar *text, const gchar *end, GError **error)
{
  const gchar *equals = memchr (text, '=', (gsize) (end - text));
  g_autofree gchar *name =
      g_strndup (text, (gsize) ((equals ? equals : end) - text));
  gchar *value;

  if (!equals || equals == text)
    return refuse (error, "one of its fields is not NAME=VALUE");
  if (!is_name (name))
    return refuse (error, "there is no such field as one that it has");
  if (has_field (uri, name))
    return refuse (error, "%s is there twice", name);
  value = decode (name, equals + 1, end, TRUE, error);
  if (!value)
    return FALSE;
  take_field (uri, g_steal_pointer (&name), value);

  return TRUE;
}

static gboolean
read_fields (SeedanceUri *uri, const gchar *text, GError **error)
{
  for (;;) {
    const gchar *end = text + strcspn (text, "&");

    if (!read_field (uri, text, end, error))
      return FALSE;
    if (!*end)
      return TRUE;
    text = end + 1;
  }
}

static gboolean
read_task (SeedanceUri *uri, const gchar *text, GError **error)
{
  if (strpbrk (text, "?&"))
    return refuse (error, "a task has no fields");
  if (strchr (text, '/'))
    return refuse (error, "there is a second / in it (one that belongs to the "
                          "id is written as %%2F)");
  uri->task_id =
      decode ("the task's id", text, text + strlen (text), FALSE, error);
  if (!uri->task_id)
    return FALSE;
  if (strlen (uri->task_id) > TASK_ID_MAX ||
      !seedance_text_is_plain (uri->task_id))
    return refuse (error, "the task's id is too long, or holds a character "
                          "that cannot be seen");

  return TRUE;
}

/* Returns what follows "seedance:"; NULL if @text has another scheme. */
static const gchar *
skip_scheme (const gchar *text)
{
  const gsize length = strlen (SEEDANCE_URI_SCHEME ":");

  return g_ascii_strncasecmp (text, SEEDANCE_URI_SCHEME ":", length) == 0
             ? text + length
             : NULL;
}

static gboolean
has_control (const gchar *text)
{
  for (; *text; text++) {
    if (g_ascii_iscntrl (*text))
      return TRUE;
  }

  return FALSE;
}

static gboolean
read_rest (SeedanceUri *uri, const gchar *rest, GError **error)
{
  if (has_control (rest))
    return refuse (error, "it holds a line break or another control character "
                          "(one that belongs to a value is written as %%0A)");
  if (strchr (rest, '#'))
    return refuse (error, "it has a fragment (a # that belongs to a value is "
                          "written as %%23)");
  if (g_str_has_prefix (rest, "//"))
    return refuse (error, "it names a host, and there is none");
  if (*rest == '?')
    return read_fields (uri, rest + 1, error);
  if (g_str_has_prefix (rest, TASK))
    return read_task (uri, rest + strlen (TASK), error);

  return refuse (error, "what follows \"seedance:\" is neither \"?\" nor "
                        "\"task/\"");
}

SeedanceUri *
seedance_uri_parse (const gchar *text, GError **error)
{
  g_autoptr (SeedanceUri) uri = seedance_uri_new ();
  const gchar *rest = skip_scheme (text);
  gboolean good;

  if (!rest)
    good = refuse (error, "it does not begin with \"seedance:\"");
  else if (strlen (text) > SEEDANCE_URI_MAX)
    good = refuse (error, "it is longer than %d bytes", SEEDANCE_URI_MAX);
  else
    good = read_rest (uri, rest, error);

  return good ? g_steal_pointer (&uri) : NULL;
}

gchar *
seedance_uri_to_string (const SeedanceUri *uri)
{
  GString *text = g_string_new (SEEDANCE_URI_SCHEME ":");

  if (uri->task_id) {
    g_string_append (text, TASK);
    g_string_append_uri_escaped (text, uri->task_id, ALLOWED_IN_TASK, FALSE);
  }
  for (guint i = 0; i < uri->fields->len; i++) {
    const SeedanceUriField *field =
        &g_array_index (uri->fields, SeedanceUriField, i);

    g_string_append_printf (text, "%c%s=", i == 0 ? '?' : '&', field->name);
    g_string_append_uri_escaped (text, field->value, ALLOWED_IN_VALUE, FALSE);
  }

  return g_string_free (text, FALSE);
}

GError *
seedance_uri_refuse_order (void)
{
  return seedance_error_because (
      g_error_new_literal (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
          "There is no clip for this seedance: URI, and none on its way, and a "
          "URI alone spends no money. Nothing was ordered and nothing is "
          "billed. To order it, set the property uri-submit of seedancesrc to "
          "true (in the "
          "signal source-setup of playbin and uridecodebin), or "
          "SEEDANCE_URI_SUBMIT=1 in the environment. What was ordered before "
          "plays without that."),
      SEEDANCE_REASON_URI_SUBMIT);
}
