/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "verdict-kit.h"

#include <string.h>

static gchar *
to_json (const gchar *body)
{
  return g_strdelimit (g_strdup (body ? body : ""), "'", '"');
}

SeedanceAnswer *
verdict_read_body_as (const gchar *body, const gchar *more)
{
  g_autofree gchar *json = to_json (body), *profile = to_json (more);
  cJSON *places = cJSON_Parse (profile);
  const SeedanceAnswerSource source = { .more = places };
  SeedanceAnswer *answer = seedance_answer_parse (json, strlen (json), &source);

  g_assert_true (places || !more);
  cJSON_Delete (places);

  return answer;
}

SeedanceAnswer *
verdict_read_body (const gchar *body)
{
  return verdict_read_body_as (body, NULL);
}

SeedanceReply
verdict_make_submit (guint status, const SeedanceAnswer *answer)
{
  return (SeedanceReply){ .status = status,
    .answer = answer,
    .request_id = "req-7",
    .address = VERDICT_ADDRESS "text-to-video",
    .submit_path = "/v1/videos/text-to-video",
    .status_path = "/v1/videos/" };
}

SeedanceReply
verdict_make_poll (guint status, const SeedanceAnswer *answer)
{
  return (SeedanceReply){ .status = status,
    .answer = answer,
    .request_id = "req-7",
    .address = VERDICT_ADDRESS "t-9",
    .task_id = "t-9" };
}

void
verdict_assert_text_has (const GError *error, const gchar *words)
{
  if (words && !strstr (error->message, words))
    g_error ("\"%s\" is not in: %s", words, error->message);
}
