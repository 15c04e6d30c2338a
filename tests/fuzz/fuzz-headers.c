/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the reader of an answer's HTTP headers. The input has one header a
 * line. */

#include "fuzz.h"

#include <string.h>

#include "http-answer.h"

static void
take_line (SeedanceHttpAnswer *answer, gchar *line)
{
  gchar *colon = strchr (line, ':');

  if (!colon)
    return;
  *colon = '\0';
  seedance_http_answer_take_header (
      answer, g_strstrip (line), g_strstrip (colon + 1));
}

static void
assert_answer (const SeedanceHttpAnswer *answer)
{
  const gchar *const texts[] = { answer->etag, answer->last_modified,
    answer->content_type, answer->location, answer->request_id,
    answer->content_encoding };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_true (!texts[i] || g_utf8_validate (texts[i], -1, NULL));
  g_assert_true (answer->content_length >= -1);
  g_assert_true (answer->range_start >= -1);
  g_assert_true (answer->range_total >= -1);
  g_assert_true (answer->retry_after >= -1);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SeedanceHttpAnswer answer = { 0 };

  seedance_http_answer_reset (&answer);
  while (size > 0) {
    g_autofree gchar *line = fuzz_take_line (&data, &size);

    take_line (&answer, line);
    assert_answer (&answer);
  }
  seedance_http_answer_clear (&answer);
  return 0;
}
