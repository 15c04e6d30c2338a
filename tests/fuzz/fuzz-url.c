/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the checks on URLs. The input is a line with a URL, then another URL,
 * which is compared with the first and resolved against it. */

#include "fuzz.h"

#include <string.h>

#include "url.h"

static void
assert_shown (const gchar *url)
{
  g_autofree gchar *shown = seedance_url_redact (url);

  g_assert_nonnull (shown);
  g_assert_true (g_utf8_validate (shown, -1, NULL));
  g_assert_null (strpbrk (shown, "?#"));
}

static gboolean
assert_checked (const gchar *url)
{
  g_autoptr (GError) error = NULL;
  gboolean strict = seedance_url_check (url, FALSE, NULL);
  gboolean allowed = seedance_url_check (url, TRUE, &error);

  g_assert_true (allowed || !strict);
  g_assert_true (allowed == (error == NULL));
  if (error)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (!allowed)
    return FALSE;
  g_assert_true (g_ascii_strncasecmp (url, "http:", 5) == 0 ||
                 g_ascii_strncasecmp (url, "https:", 6) == 0);
  for (const gchar *p = url; *p; p++)
    g_assert_false (g_ascii_iscntrl (*p) || *p == ' ');
  g_assert_true (seedance_url_same_origin (url, url));
  /* The strict check allows plain http only to this machine. */
  if (strict && g_ascii_strncasecmp (url, "http:", 5) == 0)
    g_assert_cmpint (seedance_url_reach (url), ==, SEEDANCE_REACH_MACHINE);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *url = fuzz_take_line (&data, &size);
  g_autofree gchar *other = fuzz_take_text (data, size);
  g_autofree gchar *resolved = NULL, *again = NULL;

  assert_shown (url);
  assert_shown (other);
  g_assert_true (seedance_url_same_origin (url, other) ==
                 seedance_url_same_origin (other, url));
  assert_checked (other);
  if (!assert_checked (url))
    return 0;
  resolved = seedance_url_resolve (url, other);
  if (resolved && assert_checked (resolved)) {
    again = seedance_url_resolve (url, resolved);
    g_assert_cmpstr (again, ==, resolved);
  }
  return 0;
}
