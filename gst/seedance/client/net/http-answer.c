/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the headers of an answer. */

#include "http-answer.h"

#include <curl/curl.h>
#include <string.h>

#include "decode.h"
#include "text.h"

/* The longest header that is only shown, in characters; and the longest one
 * that may be sent back, in bytes. */
#define TEXT_MAX 512
#define LOCATION_MAX 16384

void
seedance_http_answer_clear (SeedanceHttpAnswer *answer)
{
  g_clear_pointer (&answer->etag, g_free);
  g_clear_pointer (&answer->last_modified, g_free);
  g_clear_pointer (&answer->content_type, g_free);
  g_clear_pointer (&answer->content_encoding, g_free);
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
  answer->retry_after = answer->retry_date = answer->date = -1;
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

/* A range has the form "bytes 5-9/10". Its total may be a star. Without a
 * range, a star stands in the place of "5-9". */
static void
parse_content_range (SeedanceHttpAnswer *answer, const gchar *value)
{
  const gchar *slash = strchr (value, '/');

  if (g_ascii_strncasecmp (value, "bytes ", 6) != 0 || !slash)
    return;
  answer->range_start = parse_number (value + 6, NULL);
  answer->range_total = parse_number (slash + 1, NULL);
}

/* Returns seconds since 1970, or -1. */
static gint64
parse_date (const gchar *value)
{
  return (gint64) curl_getdate (value, NULL);
}

/* Either a number of seconds or a date. */
static void
parse_retry_after (SeedanceHttpAnswer *answer, const gchar *value)
{
  answer->retry_after = parse_number (value, NULL);
  answer->retry_date = answer->retry_after < 0 ? parse_date (value) : -1;
}

typedef struct {
  const gchar *name;
  gchar **field;
} TextHeader;

/* These headers are only shown, so they may be cleaned and cut. */
static void
take_shown (SeedanceHttpAnswer *answer, const gchar *name, const gchar *value)
{
  const TextHeader texts[] = {
    { "content-type", &answer->content_type },
    { "content-encoding", &answer->content_encoding },
    { "x-request-id", &answer->request_id },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (g_ascii_strcasecmp (name, texts[i].name) != 0)
      continue;
    g_free (*texts[i].field);
    *texts[i].field = seedance_text_clean (value, -1, TEXT_MAX, NULL);
  }
}

/* These headers may be sent back in a later request, so they are taken
 * unchanged or not at all. */
static void
take_sent (SeedanceHttpAnswer *answer, const gchar *name, const gchar *value)
{
  const TextHeader texts[] = {
    { "etag", &answer->etag },
    { "last-modified", &answer->last_modified },
    { "location", &answer->location },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (g_ascii_strcasecmp (name, texts[i].name) != 0)
      continue;
    g_clear_pointer (texts[i].field, g_free);
    if (strlen (value) <= LOCATION_MAX && seedance_text_is_plain (value))
      *texts[i].field = g_strdup (value);
  }
}

static gboolean
ends_in_chunked (const gchar *value)
{
  const gchar *last = strrchr (value, ',');

  last = last ? last + 1 : value;
  last += strspn (last, " \t");

  return g_ascii_strncasecmp (last, "chunked", strlen ("chunked")) == 0;
}

void
seedance_http_answer_take_header (
    SeedanceHttpAnswer *answer, const gchar *name, const gchar *value)
{
  take_shown (answer, name, value);
  take_sent (answer, name, value);
  if (g_ascii_strcasecmp (name, "content-length") == 0)
    answer->content_length = parse_number (value, NULL);
  else if (g_ascii_strcasecmp (name, "transfer-encoding") == 0)
    answer->chunked = ends_in_chunked (value);
  else if (g_ascii_strcasecmp (name, "content-range") == 0)
    parse_content_range (answer, value);
  else if (g_ascii_strcasecmp (name, "retry-after") == 0)
    parse_retry_after (answer, value);
  else if (g_ascii_strcasecmp (name, "date") == 0)
    answer->date = parse_date (value);
  else if (g_ascii_strcasecmp (name, "accept-ranges") == 0)
    answer->no_ranges = g_ascii_strcasecmp (value, "none") == 0;
}

/* The clock of this machine may be wrong, so a date is compared with the one of
 * the answer. */
static void
complete_retry_after (SeedanceHttpAnswer *answer)
{
  gint64 now = answer->date;

  if (answer->retry_date < 0)
    return;
  if (now < 0)
    now = g_get_real_time () / G_USEC_PER_SEC;
  answer->retry_after = MAX (0, answer->retry_date - now);
}

/* RFC 9112, 6.3: with Transfer-Encoding, a Content-Length means nothing. For a
 * compressed body it is not the number of decoded bytes. */
void
seedance_http_answer_complete (SeedanceHttpAnswer *answer)
{
  if (seedance_encoding_is_identity (answer->content_encoding))
    g_clear_pointer (&answer->content_encoding, g_free);
  if (answer->chunked || answer->content_encoding)
    answer->content_length = -1;
  complete_retry_after (answer);
}
