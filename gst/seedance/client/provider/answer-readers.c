/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads one node of an answer in the form that is wanted. */
#include "answer-private.h"

#include <string.h>

#include "text.h"

#define MAX_ID 512
#define MAX_WORD 64

static const gchar *
get_secret (const SeedanceReading *reading)
{
  return reading->source ? reading->source->secret : NULL;
}

gchar *
seedance_reader_integer (const SeedanceReading *reading, const cJSON *node)
{
  gint64 value;

  if (!seedance_json_read_integer (node, &value))
    return NULL;

  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

/* Returns TRUE if @text is what programs write for an id that they lack. */
static gboolean
says_none (const gchar *text)
{
  static const gchar *const words[] = { "null", "none", "nil", "undefined",
    "n/a", NULL };
  gboolean says = FALSE;

  for (guint i = 0; !says && words[i]; i++)
    says = g_ascii_strcasecmp (text, words[i]) == 0;

  return says;
}

/* Ids are strict: they become part of requests and texts. */
gchar *
seedance_reader_id (const SeedanceReading *reading, const cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);
  g_autofree gchar *id = text ? g_strstrip (g_strdup (text)) : NULL;
  gint64 number;

  /* 0 and negative numbers are codes, not ids. */
  if (seedance_json_read_integer (node, &number) && number <= 0)
    return NULL;
  if (seedance_json_is_integer (node))
    return seedance_reader_integer (reading, node);
  if (!id || !*id || strlen (id) > MAX_ID || !seedance_text_is_plain (id) ||
      says_none (id))
    return NULL;

  return g_steal_pointer (&id);
}

gchar *
seedance_reader_url (const SeedanceReading *reading, const cJSON *node)
{
  const gchar *raw = cJSON_GetStringValue (node);

  return raw ? seedance_answer_mend_link (
                   raw, reading->source ? reading->source->address : NULL)
             : NULL;
}

gchar *
seedance_reader_odd_url (const SeedanceReading *reading, const cJSON *node)
{
  const gchar *raw = cJSON_GetStringValue (node);
  gchar *shown = raw ? seedance_text_clean (
                           raw, -1, SEEDANCE_ANSWER_QUOTE, get_secret (reading))
                     : NULL;

  if (shown && !*shown)
    g_clear_pointer (&shown, g_free);

  return shown;
}

gchar *
seedance_reader_words (const SeedanceReading *reading, const cJSON *node)
{
  return seedance_answer_read_words (node, get_secret (reading));
}

gchar *
seedance_reader_word (const SeedanceReading *reading, const cJSON *node)
{
  const gchar *raw = cJSON_GetStringValue (node);
  gchar *word =
      raw ? seedance_text_clean (raw, -1, MAX_WORD, get_secret (reading))
          : NULL;

  if (word && !*word)
    g_clear_pointer (&word, g_free);

  return word;
}

gchar *
seedance_reader_code (const SeedanceReading *reading, const cJSON *node)
{
  gchar *word;
  gint64 code;

  if (seedance_json_read_integer (node, &code))
    return seedance_answer_is_success_code (code)
               ? NULL
               : seedance_reader_integer (reading, node);
  word = seedance_reader_word (reading, node);
  if (word && seedance_answer_is_success_text (word))
    g_clear_pointer (&word, g_free);

  return word;
}

gchar *
seedance_reader_amount (const SeedanceReading *reading, const cJSON *node)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!cJSON_IsNumber (node))
    return seedance_reader_word (reading, node);
  if (!(node->valuedouble >= 0 && node->valuedouble < 1e9))
    return NULL;

  return g_strdup (
      g_ascii_formatd (text, sizeof text, "%.6g", node->valuedouble));
}
