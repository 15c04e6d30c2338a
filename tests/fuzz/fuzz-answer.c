/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the parser of a service's answers and the verdicts on them. The input
 * is a line with the HTTP status, then the body of the answer. */

#include "fuzz.h"

#include <string.h>

#include "verdict.h"

#define ADDRESS "https://api.example/"
#define KEY "sk-7e57-k3y-0f-th3-l0c4l"

static void
assert_answer (const SeedanceAnswer *answer)
{
  fuzz_assert_text (answer->task_id);
  fuzz_assert_text (answer->status_word);
  fuzz_assert_text (answer->video_url);
  fuzz_assert_text (answer->error_message);
  fuzz_assert_text (answer->error_code);
  fuzz_assert_text (answer->odd_url);
  fuzz_assert_text (answer->quote);
  fuzz_assert_text (answer->cost);
  g_assert_true (!answer->task_id || *answer->task_id);
  g_assert_true (!answer->video_url ||
                 g_ascii_strncasecmp (answer->video_url, "http", 4) == 0);
  g_assert_true (answer->status <= SEEDANCE_STATUS_EXPIRED);
  g_assert_true (answer->progress >= -1 && answer->progress <= 100);
  g_assert_true (answer->seed >= -1);
}

static void
assert_error (SeedanceVerdict verdict, GError *error)
{
  g_assert_true ((verdict == SEEDANCE_VERDICT_OK) == (error == NULL));
  if (error) {
    g_assert_true (error->domain == SEEDANCE_ERROR);
    fuzz_assert_text (error->message);
  }
  g_clear_error (&error);
}

/* Checks the verdict on the answer to an order. These rules guard money and
 * must hold for any body: a 2xx that names a task is no refusal, and after a
 * 5xx nobody knows whether the order was accepted. */
static void
judge_submit (guint status, const SeedanceAnswer *answer)
{
  const SeedanceReply reply = { .status = status,
    .answer = answer,
    .request_id = "request",
    .location = answer->error_message,
    .address = ADDRESS "orders",
    .submit_path = "/orders",
    .status_path = "/" };
  GError *error = NULL;
  SeedanceVerdict verdict = seedance_judge_submit (&reply, &error);
  gboolean success = status >= 200 && status < 300;

  g_assert_true (verdict != SEEDANCE_VERDICT_LOST);
  if (verdict == SEEDANCE_VERDICT_OK)
    g_assert_true (success && answer->task_id);
  if (success && (!answer->readable || answer->task_id))
    g_assert_true (verdict == SEEDANCE_VERDICT_OK ||
                   verdict == SEEDANCE_VERDICT_AMBIGUOUS);
  if (status >= 500 && status < 600)
    g_assert_true (verdict == SEEDANCE_VERDICT_AMBIGUOUS);
  if (verdict == SEEDANCE_VERDICT_WAIT)
    g_assert_true (status == 429 || success);
  if (verdict == SEEDANCE_VERDICT_AMBIGUOUS)
    g_assert_true (error->code == SEEDANCE_ERROR_MAYBE_BILLED);
  assert_error (verdict, error);
}

static void
judge_poll (guint status, const SeedanceAnswer *answer)
{
  const SeedanceReply reply = { .status = status,
    .answer = answer,
    .request_id = "request",
    .address = ADDRESS "task",
    .task_id = "task" };
  GError *error = NULL;
  SeedanceVerdict verdict = seedance_judge_poll (&reply, &error);

  g_assert_true (verdict != SEEDANCE_VERDICT_AMBIGUOUS);
  if (verdict == SEEDANCE_VERDICT_OK)
    g_assert_true (
        status >= 200 && status < 300 && (answer->readable || reply.empty));
  if (verdict == SEEDANCE_VERDICT_ENDED)
    g_assert_cmpstr (answer->task_id, ==, "task");
  if (status >= 500 && status < 600)
    g_assert_true (verdict == SEEDANCE_VERDICT_WAIT);
  assert_error (verdict, error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *line = fuzz_take_line (&data, &size);
  guint status = (guint) (g_ascii_strtoull (line, NULL, 10) % 1000);
  const SeedanceAnswerSource source = { ADDRESS "task", KEY };
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse ((const gchar *) data, size, &source);

  assert_answer (answer);
  judge_submit (status, answer);
  judge_poll (status, answer);
  return 0;
}
