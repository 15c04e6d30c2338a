/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "http-answer.h"

#include <curl/curl.h>
#include <string.h>

void
seedance_http_answer_clear (SeedanceHttpAnswer *answer)
{
  g_clear_pointer (&answer->etag, g_free);
  g_clear_pointer (&answer->last_modified, g_free);
  g_clear_pointer (&answer->content_type, g_free);
  g_clear_pointer (&answer->location, g_free);
  g_clear_pointer (&answer->request_id, g_free);
  g_clear_pointer (&answer->body, g_byte_array_unref);
}

void
seedance_http_answer_reset (SeedanceHttpAnswer *answer)
{
  seedance_http_answer_clear (answer);
  memset (answer, 0, sizeof *answer);
  answer->content_length = answer->range_start = answer->range_total = -1;
  answer->retry_after = -1;
  answer->body = g_byte_array_new ();
}

static gint64
parse_number (const gchar *text, const gchar **end)
{
  gchar *after;
  gint64 value;

  if (!g_ascii_isdigit (*text))
    return -1;
  value = g_ascii_strtoll (text, &after, 10);
  if (end)
    *end = after;
  return value == G_MAXINT64 ? -1 : value;
}

/* "bytes 5-9/10", "bytes 5-9/" followed by a star, or "bytes" and a star in
 * place of the range. */
static void
parse_content_range (SeedanceHttpAnswer *answer, const gchar *value)
{
  const gchar *slash = strchr (value, '/');

  if (g_ascii_strncasecmp (value, "bytes ", 6) != 0 || !slash)
    return;
  answer->range_start = parse_number (value + 6, NULL);
  answer->range_total = parse_number (slash + 1, NULL);
}

static gint64
parse_retry_after (const gchar *value)
{
  gint64 seconds = parse_number (value, NULL);
  time_t date;

  if (seconds >= 0)
    return seconds;
  date = curl_getdate (value, NULL);
  if (date == (time_t) -1)
    return -1;

  return MAX (0, (gint64) date - g_get_real_time () / G_USEC_PER_SEC);
}

void
seedance_http_answer_take_header (
    SeedanceHttpAnswer *answer, const gchar *name, const gchar *value)
{
  const struct {
    const gchar *name;
    gchar **field;
  } texts[] = {
    { "etag", &answer->etag },
    { "last-modified", &answer->last_modified },
    { "content-type", &answer->content_type },
    { "location", &answer->location },
    { "x-request-id", &answer->request_id },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (g_ascii_strcasecmp (name, texts[i].name) == 0) {
      g_free (*texts[i].field);
      *texts[i].field = g_utf8_make_valid (value, -1);
    }
  }
  if (g_ascii_strcasecmp (name, "content-length") == 0)
    answer->content_length = parse_number (value, NULL);
  else if (g_ascii_strcasecmp (name, "content-range") == 0)
    parse_content_range (answer, value);
  else if (g_ascii_strcasecmp (name, "retry-after") == 0)
    answer->retry_after = parse_retry_after (value);
  else if (g_ascii_strcasecmp (name, "accept-ranges") == 0)
    answer->no_ranges = g_ascii_strcasecmp (value, "none") == 0;
}
