/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the parser of seedance: URIs. A parsed URI, written as text and parsed
 * again, must stay the same. */

#include "fuzz.h"

#include <string.h>

#include "uri.h"

static void
assert_plain (const gchar *text)
{
  for (; *text; text++)
    g_assert_true (g_ascii_isgraph (*text) && *text != '#');
}

static void
assert_fields (const SeedanceUri *uri)
{
  for (guint i = 0; i < uri->fields->len; i++) {
    const SeedanceUriField *field =
        &g_array_index (uri->fields, SeedanceUriField, i);

    g_assert_true (*field->name && *field->value);
    g_assert_true (g_utf8_validate (field->value, -1, NULL));
    for (guint k = 0; k < i; k++)
      g_assert_cmpstr (g_array_index (uri->fields, SeedanceUriField, k).name,
          !=, field->name);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = fuzz_take_text (data, size);
  g_autofree gchar *written = NULL, *again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceUri) uri = seedance_uri_parse (text, &error);
  g_autoptr (SeedanceUri) back = NULL;

  g_assert_true ((uri == NULL) == (error != NULL));
  if (error)
    fuzz_assert_text (error->message);
  if (!uri)
    return 0;
  g_assert_true ((uri->task_id != NULL) == (uri->fields->len == 0));
  fuzz_assert_text (uri->task_id);
  assert_fields (uri);
  written = seedance_uri_to_string (uri);
  assert_plain (written);
  if (strlen (written) > SEEDANCE_URI_MAX)
    return 0;
  back = seedance_uri_parse (written, NULL);
  g_assert_nonnull (back);
  again = seedance_uri_to_string (back);
  g_assert_cmpstr (again, ==, written);

  return 0;
}
