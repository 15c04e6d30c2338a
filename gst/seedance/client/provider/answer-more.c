/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks up what a profile adds to the reader of answers: places and status
 * words. */

#include "answer-private.h"

const cJSON *
seedance_answer_more_get (
    const cJSON *more, const gchar *what, const cJSON *root, guint nth)
{
  const cJSON *paths = cJSON_GetObjectItemCaseSensitive (more, what);
  const gchar *path = cJSON_GetStringValue (cJSON_GetArrayItem (paths, nth));

  return path ? seedance_json_get (root, path) : NULL;
}

SeedanceStatus
seedance_answer_more_status (const cJSON *more, const gchar *word)
{
  const cJSON *words = cJSON_GetObjectItemCaseSensitive (more, "words");
  const cJSON *status, *known;

  cJSON_ArrayForEach (status, words)
  {
    cJSON_ArrayForEach (known, status)
    {
      if (word && g_ascii_strcasecmp (known->valuestring, word) == 0)
        return seedance_status_from_word (status->string);
    }
  }

  return SEEDANCE_STATUS_UNKNOWN;
}
