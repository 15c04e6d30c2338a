/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads single values of an answer: codes, percentages, ids that stand
 * alone. */
#include "answer-private.h"

#include <string.h>

gboolean
seedance_answer_is_success_code (gint64 code)
{
  return code == 0 || code == 1 || code == 100 || (code >= 200 && code < 300) ||
         code == 10000 || code == 20000;
}

gchar *
seedance_reader_progress (const SeedanceReading *reading, const cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);
  gdouble value = cJSON_IsNumber (node) ? node->valuedouble : -1;
  gboolean sure = FALSE;

  if (text) {
    gchar *end;

    value = g_ascii_strtod (text, &end);
    if (end == text)
      return NULL;
    end += strspn (end, " ");
    sure = *end == '%';
    if (sure)
      end += 1 + strspn (end + 1, " ");
    if (*end != '\0')
      return NULL;
  }
  if (!sure && value > 0 && value < 1)
    value *= 100;
  if (!(value >= 0 && value <= 100))
    return NULL;
  /* 0.29 * 100 is a little less than 29. */
  return g_strdup_printf ("%d", (gint) (value + 1e-9));
}

static gboolean
has_digit (const gchar *text)
{
  return strpbrk (text, "0123456789") != NULL;
}

static gboolean
has_bytes_of_ids (const gchar *text)
{
  while (g_ascii_isgraph (*text) && !strchr ("{}[]\"", *text))
    text++;

  return *text == '\0';
}

gboolean
seedance_answer_is_bare_id (const gchar *id, gboolean sure)
{
  return has_bytes_of_ids (id) && !strstr (id, "://") &&
         seedance_status_from_word (id) == SEEDANCE_STATUS_UNKNOWN &&
         !seedance_answer_is_success_text (id) && (sure || has_digit (id));
}

gboolean
seedance_answer_is_empty (const cJSON *node)
{
  if (cJSON_IsObject (node) || cJSON_IsArray (node))
    return node->child == NULL;
  if (cJSON_IsString (node))
    return node->valuestring[0] == '\0';
  if (cJSON_IsNumber (node))
    return node->valuedouble == 0;

  return !cJSON_IsTrue (node);
}
