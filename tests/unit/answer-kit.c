/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "answer-kit.h"

#include <string.h>

#include "provider-kit.h"

#define ADDRESS "https://api.example/v1/videos/t-1"
#define KEY "sk-7e57-k3y-0f-th3-l0c4l"

static gchar *
to_json (const gchar *body)
{
  return g_strdelimit (g_strdup (body), "'", '"');
}

static gchar *
describe (const SeedanceAnswer *answer)
{
  GString *out = g_string_new (NULL);
  gboolean known = answer->status != SEEDANCE_STATUS_UNKNOWN;

  if (answer->task_id)
    g_string_append_printf (out, " id=%s", answer->task_id);
  if (answer->status_word || known)
    g_string_append_printf (
        out, " %s", seedance_status_to_string (answer->status));
  if (answer->status_word && !known)
    g_string_append_printf (out, ":%s", answer->status_word);
  if (answer->video_url)
    g_string_append_printf (out, " url=%s", answer->video_url);
  if (answer->progress != -1)
    g_string_append_printf (out, " progress=%d", answer->progress);
  if (answer->error_message)
    g_string_append_printf (out, " message=%s", answer->error_message);
  if (answer->error_code)
    g_string_append_printf (out, " code=%s", answer->error_code);
  if (answer->refused)
    g_string_append (out, " refused");
  else if (answer->has_error)
    g_string_append (out, " error");
  if (answer->tokens != -1)
    g_string_append_printf (out, " tokens=%" G_GINT64_FORMAT, answer->tokens);
  if (answer->cost)
    g_string_append_printf (out, " cost=%s", answer->cost);
  if (answer->last_frame_url)
    g_string_append_printf (out, " last=%s", answer->last_frame_url);
  if (answer->seed != -1)
    g_string_append_printf (out, " seed=%" G_GINT64_FORMAT, answer->seed);
  if (out->len > 0)
    g_string_erase (out, 0, 1);
  return g_string_free (out, FALSE);
}

/* Returns the "answer" that @profile is; NULL if it is a name. */
static cJSON *
read_profile (const gchar *profile)
{
  g_autofree gchar *json =
      profile && *profile == '{' ? to_json (profile) : NULL;
  cJSON *own = json ? cJSON_Parse (json) : NULL;

  g_assert_true (own || !json);

  return own;
}

static void
test_shape (gconstpointer data)
{
  const AnswerShape *shape = data;
  g_autofree gchar *body = to_json (shape->body);
  cJSON *own = read_profile (shape->profile);
  const SeedanceAnswerSource source = { ADDRESS, KEY,
    shape->profile && !own ? seedance_provider_get_answers (
                                 provider_get (shape->profile))
                           : own };
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), &source);
  g_autofree gchar *found = NULL;

  g_assert_true (answer->readable);
  found = describe (answer);
  g_assert_cmpstr (found, ==, shape->found);
  cJSON_Delete (own);
}

void
answer_add_shapes (const gchar *where, const AnswerShape *shapes, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree gchar *path = g_strconcat (where, shapes[i].name, NULL);

    g_test_add_data_func (path, &shapes[i], test_shape);
  }
}
