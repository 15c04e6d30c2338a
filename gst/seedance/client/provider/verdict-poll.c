/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judges the answers to polls by a table of rules, in which the first rule that
 * fits decides. */
#include "verdict-private.h"

#include <string.h>

/* Codes such as "task_not_exist" or "TaskNotFound". */
static gboolean
is_about_absence (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "not_exist", "notexist", "not_found",
    "notfound", "unknown_task", "unknowntask", "invalid_task", "no_such",
    NULL };
  static const gchar *const words[] = { "not exist", "not found",
    "no such task", "unknown task", "doesn't exist", NULL };

  return seedance_verdict_mentions (answer->error_code, codes) ||
         seedance_verdict_mentions (answer->error_message, words);
}

/* The same, of the task and of nothing else, such as its image. */
static gboolean
is_about_absent_task (const SeedanceAnswer *answer)
{
  static const gchar *const words[] = { "task not found", "task not exist",
    "task does not exist", "task doesn't exist", "task was not found",
    "no such task", "unknown task", NULL };

  return seedance_verdict_mentions (answer->error_message, words);
}

static gboolean
is_about_key (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "unauthorized", "unauthenticated",
    "authentication", "api_key", "apikey", NULL };
  static const gchar *const words[] = { "api key", "unauthorized",
    "unauthenticated", "authentication", "invalid token", "token expired",
    "token has expired", "session has expired", NULL };

  return seedance_verdict_mentions (answer->error_code, codes) ||
         seedance_verdict_mentions (answer->error_message, words);
}

#define PICK_UP ", then set task-id to it to pick up the clip."

static const SeedanceVerdictRule poll_rules[] = {
  { 401, 403, NULL, REFUSED (NOT_AUTHORIZED),
      "the service does not allow this key to ask for it", CHECK_KEY PICK_UP,
      FALSE },
  { 404, 404, NULL, SEEDANCE_VERDICT_LOST, SEEDANCE_ERROR_NOT_FOUND,
      "the service does not know it",
      "Check task-id, base-url, provider and key. Services forget a task after "
      "some days; then reuse=never orders the clip anew, for another bill.",
      TRUE },
  { 410, 410, NULL, REFUSED (NOT_FOUND), "the service has forgotten it",
      "Set reuse=never to order the clip anew.", FALSE },
  { 408, 409, NULL, WAIT (READ), "the service cannot tell about it now",
      "Wait" PICK_UP, FALSE },
  { 424, 425, NULL, WAIT (READ), "the service cannot tell about it yet",
      "Wait" PICK_UP, FALSE },
  { 460, 460, NULL, WAIT (READ), "the service gave up on the question",
      "Wait" PICK_UP, FALSE },
  { 499, 499, NULL, WAIT (READ), "the service gave up on the question",
      "Wait" PICK_UP, FALSE },
  { 429, 429, NULL, WAIT (BUSY), "the service is asked too often",
      "Raise poll-interval" PICK_UP, FALSE },
  { 300, 499, NULL, REFUSED (SETTINGS), "the service refused to tell about it",
      "Check task-id, base-url and provider" PICK_UP, TRUE },
  { 0, G_MAXUINT, NULL, WAIT (READ), "the service failed to tell about it",
      "Wait" PICK_UP, FALSE },
};

/* The usual advice is reuse=never, but with task-id set nothing is ordered. */
static const gchar *
get_poll_advice (const SeedanceVerdictRule *rule, const SeedanceReply *reply)
{
  if (!reply->named || rule->code != SEEDANCE_ERROR_NOT_FOUND)
    return rule->next;

  return "Check task-id, base-url, provider and key. Services forget a task "
         "after some days; then leave task-id out and set prompt to order the "
         "clip anew, for another bill.";
}

static SeedanceVerdict
apply_to_poll (
    const SeedanceVerdictRule *rule, const SeedanceReply *reply, GError **error)
{
  g_autofree gchar *quote = seedance_verdict_quote (reply);
  g_autofree gchar *address =
      rule->address ? seedance_verdict_describe_address (reply) : g_strdup ("");
  gboolean lost = rule->code == SEEDANCE_ERROR_NOT_FOUND;

  seedance_verdict_raise (error, reply, seedance_verdict_get_task (reply),
      rule->code, rule->verdict == SEEDANCE_VERDICT_WAIT,
      "Task %s: %s%s %s%s %s", seedance_verdict_get_task (reply), rule->what,
      quote,
      lost ? "No new task was ordered."
           : "The task itself is not affected, goes on and is billed.",
      address, get_poll_advice (rule, reply));
  return rule->verdict;
}

static const gchar *
describe_end (SeedanceStatus status)
{
  switch (status) {
    case SEEDANCE_STATUS_CANCELLED:
      return "was cancelled";
    case SEEDANCE_STATUS_EXPIRED:
      return "expired before it was done";
    default:
      return "failed";
  }
}

static gboolean
is_id_of_task (const gchar *id, const gchar *task_id)
{
  /* An id that was made of the task's address has several segments. Answers
   * name only the last of them. */
  return task_id && id && *id && g_str_has_suffix (task_id, id) &&
         (strlen (id) == strlen (task_id) ||
             task_id[strlen (task_id) - strlen (id) - 1] == '/');
}

static gboolean
names_task (const SeedanceReply *reply)
{
  return is_id_of_task (reply->answer->task_id, reply->task_id);
}

/* Returns TRUE if the id of the task stands under a name that is mostly that of
 * a request's id. */
static gboolean
repeats_task (const SeedanceReply *reply)
{
  return is_id_of_task (reply->answer->uuid, reply->task_id) ||
         is_id_of_task (reply->answer->request_id, reply->task_id);
}

/* Returns TRUE for a code that tells what was wrong with the poll. It is hardly
 * ever the reason why a task ended. */
static gboolean
has_code_of_question (const SeedanceAnswer *answer)
{
  const guint meant = seedance_verdict_read_status (answer, 0);

  return (meant >= 401 && meant <= 403) || meant == 408 || meant == 425 ||
         meant == 429;
}

/* Reports a task that ended without a clip. */
static SeedanceVerdict
report_end (const SeedanceReply *reply, GError **error)
{
  const SeedanceAnswer *answer = reply->answer;
  g_autofree gchar *quote = seedance_verdict_quote (reply);

  seedance_verdict_raise (error, reply, seedance_verdict_get_task (reply),
      SEEDANCE_ERROR_FAILED, FALSE,
      "Task %s %s%s%s Whether it is billed is the service's to say; no new "
      "task was ordered. %s, or run the same again: that orders anew, until "
      "as many tasks as the property attempts allows have ended so.",
      seedance_verdict_get_task (reply), describe_end (answer->status), quote,
      answer->error_message ? "" : " The service gave no reason.",
      seedance_verdict_is_about_moderation (answer)
          ? "Change the prompt or the image"
          : "Change the request");
  return (names_task (reply) && !has_code_of_question (answer)) || reply->failed
             ? SEEDANCE_VERDICT_ENDED
             : SEEDANCE_VERDICT_UNNAMED;
}

/* Returns TRUE if the status is a word such as "error" or "timeout". Services
 * and the gateways before them also answer that when they fail themselves. */
static gboolean
is_mere_error (const SeedanceAnswer *answer)
{
  static const gchar *const words[] = { "error", "errored", "fail", "failure",
    "timeout", "timed_out", "blocked", "rejected", "aborted", "interrupted",
    "terminated", NULL };
  g_autofree gchar *word =
      answer->status_word ? g_ascii_strdown (answer->status_word, -1) : NULL;

  return word && g_strv_contains (words, g_strdelimit (word, "- ", '_'));
}

/* Returns TRUE if the answer has such a word, and nothing in it shows that the
 * word is about the task. The id of the task as "request_id" shows that, too,
 * but not so surely that one answer is enough: gateways may repeat it. */
static gboolean
may_be_outage (const SeedanceReply *reply)
{
  return is_mere_error (reply->answer) && !names_task (reply) &&
         !repeats_task (reply) && !reply->answer->status_inside &&
         !seedance_verdict_is_about_moderation (reply->answer);
}

/* Returns TRUE if the error is about the poll and not about the task. Envelopes
 * have a status word, too, and often one that other services use for tasks:
 * {"status": "error", "code": 429}. */
static gboolean
is_about_question (const SeedanceReply *reply)
{
  static const gchar *const task[] = { "task", NULL };
  const SeedanceAnswer *answer = reply->answer;
  guint meant = seedance_verdict_read_status (answer, 0);

  /* A task that the answer names may have failed with such a code, as by
   * moderation, unless the words or the code itself fit only the poll. */
  if (has_code_of_question (answer))
    return !names_task (reply) || is_mere_error (answer) || meant == 408 ||
           meant == 425 || is_about_key (answer) ||
           seedance_verdict_is_about_speed (answer) ||
           seedance_verdict_is_about_money (answer);
  if (is_about_absent_task (answer))
    return !names_task (reply) || is_mere_error (answer);
  if (names_task (reply))
    return FALSE;
  /* Gateways have these codes when they fail, and may write "error" into the
   * part that otherwise holds the task. */
  if (meant >= 502 && meant <= 504 && is_mere_error (answer))
    return TRUE;
  if (answer->status_inside)
    return FALSE;
  if (seedance_verdict_is_about_speed (answer) || is_about_key (answer))
    return TRUE;
  if (meant && seedance_verdict_find_rule (poll_rules, meant, answer)->code !=
                   SEEDANCE_ERROR_SETTINGS)
    return TRUE;

  return is_about_absence (answer) &&
         seedance_verdict_mentions (answer->error_message, task);
}

/* Judges an error that stands in the place of a status. */
static SeedanceVerdict
judge_bare_error (const SeedanceReply *reply, GError **error)
{
  static const SeedanceVerdictRule unknown = { 200, 299, NULL,
    SEEDANCE_VERDICT_LOST, SEEDANCE_ERROR_FAILED,
    "the service answers with an error",
    "Check task-id, base-url and provider" PICK_UP, TRUE };
  const SeedanceAnswer *answer = reply->answer;
  guint meant = seedance_verdict_read_status (answer, 0);
  const SeedanceVerdictRule *rule = &unknown;

  if (meant)
    rule = seedance_verdict_find_rule (poll_rules, meant, answer);
  else if (seedance_verdict_is_about_speed (answer))
    rule = seedance_verdict_find_rule (poll_rules, 429, answer);
  else if (is_about_absence (answer))
    rule = seedance_verdict_find_rule (poll_rules, 404, answer);

  return apply_to_poll (rule, reply, error);
}

SeedanceVerdict
seedance_judge_poll (const SeedanceReply *reply, GError **error)
{
  static const SeedanceVerdictRule unreadable = { 200, 299, NULL, WAIT (READ),
    "the service's answer cannot be read", "Wait" PICK_UP, FALSE };
  static const SeedanceVerdictRule mere = { 200, 299, NULL, WAIT (READ),
    "the service answers with an error", "Wait" PICK_UP, FALSE };
  const SeedanceAnswer *answer = reply->answer;
  const gboolean ended = seedance_status_is_failure (answer->status);

  if (reply->failed)
    return report_end (reply, error);
  if (!seedance_verdict_is_success (reply->status))
    return apply_to_poll (
        seedance_verdict_find_rule (poll_rules, reply->status, answer), reply,
        error);
  /* "Accepted" and "No Content": the service has nothing to tell yet. */
  if (reply->empty && (reply->status == 202 || reply->status == 204))
    return SEEDANCE_VERDICT_OK;
  if (!answer->readable)
    return apply_to_poll (&unreadable, reply, error);
  if (ended && !is_about_question (reply))
    return may_be_outage (reply) ? apply_to_poll (&mere, reply, error)
                                 : report_end (reply, error);
  if (ended || seedance_answer_is_bare_error (answer))
    return judge_bare_error (reply, error);
  return SEEDANCE_VERDICT_OK;
}

GError *
seedance_verdict_linkless (const SeedanceAnswer *answer)
{
  const SeedanceErrorDetails details = { .reason = SEEDANCE_REASON_LINK };
  g_autofree gchar *odd =
      answer->odd_url ? g_strdup_printf (" (what stands in its place, \"%s\", "
                                         "is none)",
                            answer->odd_url)
                      : g_strdup ("");
  g_autofree gchar *quote =
      answer->quote
          ? g_strdup_printf ("The answer was %s: if the link is in it, name "
                             "its place in answer.video of the provider's "
                             "profile. Then, or later, run the same again",
                answer->quote)
          : g_strdup ("Run the same again later");

  return seedance_error_new (SEEDANCE_ERROR_NOT_FOUND, &details,
      "The service says that the clip is done but gives no link to it%s. The "
      "task is paid for. %s, or show its id to the service.",
      odd, quote);
}
