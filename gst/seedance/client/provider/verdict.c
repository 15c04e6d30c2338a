/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judges the answers to orders by a table of rules, in which the first rule
 * that fits decides. Polls are judged in verdict-poll.c. */
#include "verdict-private.h"

#include <string.h>

#include "text.h"
#include "url.h"

static gboolean
is_about_model (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "model", NULL };

  return seedance_verdict_mentions (answer->error_code, codes);
}

/* A weak hint, from the text only: many gateways say "not found" about an
 * address that nobody serves. */
static gboolean
may_be_about_model (const SeedanceAnswer *answer)
{
  static const gchar *const words[] = { "model", "endpoint", NULL };

  return seedance_verdict_mentions (answer->error_message, words);
}

#define LOOK_UP \
  "Look for it in the service's console: set task-id to attach to it, or " \
  "reuse=never to order anew."
#define TOP_UP \
  "Top up the account or raise its limit in the service's console, then run " \
  "again."
#define AMBIGUOUS SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED

#define MODEL_UNKNOWN \
  REFUSED (NOT_FOUND), "The service does not know the model", \
      "Set model to an id that the service lists and the account has " \
      "enabled, and check that base-url is the provider's.", \
      TRUE

static const SeedanceVerdictRule submit_rules[] = {
  { 401, 401, NULL, REFUSED (NOT_AUTHORIZED), "The service refused the API key",
      CHECK_KEY ".", FALSE },
  { 402, 402, NULL, REFUSED (NOT_AUTHORIZED),
      "The service wants the account to be paid for first", TOP_UP, FALSE },
  /* These three may be about an order that the service already has, or that it
   * took and gave up, so they prove nothing. */
  { 408, 408, NULL, AMBIGUOUS, "The service gave up on the order", LOOK_UP,
      FALSE },
  { 409, 409, NULL, AMBIGUOUS,
      "The service says that the order conflicts with another one", LOOK_UP,
      FALSE },
  { 425, 425, NULL, AMBIGUOUS, "The service says that the order came too early",
      LOOK_UP, FALSE },
  /* Gateways answer so when they gave up on the service behind them. */
  { 424, 424, NULL, AMBIGUOUS, "The service failed over the order", LOOK_UP,
      FALSE },
  { 460, 460, NULL, AMBIGUOUS, "The service gave up on the order", LOOK_UP,
      FALSE },
  { 499, 499, NULL, AMBIGUOUS, "The service gave up on the order", LOOK_UP,
      FALSE },
  { 400, 499, seedance_verdict_is_about_money, REFUSED (NOT_AUTHORIZED),
      "The account's quota or balance does not allow the order", TOP_UP,
      FALSE },
  { 429, 429, NULL, WAIT (BUSY),
      "The service is too busy for the order or is asked too often",
      "Try again later, or raise retries.", FALSE },
  { 400, 499, seedance_verdict_is_about_moderation, REFUSED (FAILED),
      "The service's moderation refused the prompt or the image",
      "Change the prompt or the image, then run again.", FALSE },
  { 403, 403, NULL, REFUSED (NOT_AUTHORIZED),
      "The service does not allow this key to order", CHECK_KEY ".", FALSE },
  { 404, 404, is_about_model, MODEL_UNKNOWN },
  { 404, 405, NULL, REFUSED (SETTINGS),
      "There is no such service at this address",
      "Check base-url and provider.", TRUE },
  { 400, 499, NULL, REFUSED (SETTINGS), "The service refused the order",
      "Change the properties that the service complains about.", FALSE },
  { 0, G_MAXUINT, NULL, AMBIGUOUS, "The service failed over the order", LOOK_UP,
      FALSE },
};

/* Returns the rule for the answer to an order. Text about a model counts only
 * if the order names one. */
static const SeedanceVerdictRule *
find_submit_rule (guint status, const SeedanceReply *reply)
{
  static const SeedanceVerdictRule model = { 404, 404, may_be_about_model,
    MODEL_UNKNOWN };

  if (status == 404 && reply->with_model && model.topic (reply->answer))
    return &model;

  return seedance_verdict_find_rule (submit_rules, status, reply->answer);
}

/* @task_id (may be NULL) is a task that the answer names without saying that it
 * was made for this order. */
static SeedanceVerdict
apply_to_submit (const SeedanceVerdictRule *rule, const SeedanceReply *reply,
    const gchar *task_id, GError **error)
{
  g_autofree gchar *quote = seedance_verdict_quote (reply);
  g_autofree gchar *address =
      rule->address ? seedance_verdict_describe_address (reply) : NULL;
  gboolean maybe = rule->verdict == SEEDANCE_VERDICT_AMBIGUOUS;
  g_autofree gchar *task = NULL;

  if (maybe && seedance_verdict_is_showable (task_id))
    task = g_strdup_printf (" The task is %s.", task_id);
  seedance_verdict_raise (error, reply, task ? task_id : NULL, rule->code,
      rule->verdict == SEEDANCE_VERDICT_WAIT, "%s%s%s %s%s %s", rule->what,
      quote, address ? address : "",
      maybe ? "A task may exist and may be billed."
            : "Nothing was ordered and nothing is billed.",
      task ? task : "", rule->next);
  return rule->verdict;
}

/* Returns the absolute address in the Location header, or NULL. Free with
 * g_free(). */
static gchar *
get_target (const SeedanceReply *reply)
{
  return reply->location && reply->address
             ? seedance_url_resolve (reply->address, reply->location)
             : NULL;
}

/* Returns the path of @url without slashes at its end. Free with g_free(). */
static gchar *
get_resource (const gchar *url)
{
  gchar *path = seedance_url_get_path (url);
  gsize n = strlen (path);

  while (n > 0 && path[n - 1] == '/')
    path[--n] = '\0';

  return path;
}

/* Returns TRUE if the redirect leads to the same path at another origin, as
 * after a change to https or of the host's name. Then the order was not
 * accepted. */
static gboolean
is_same_order_elsewhere (const SeedanceReply *reply, const gchar *target)
{
  g_autofree gchar *asked =
      target ? seedance_url_get_path (reply->address) : NULL;
  g_autofree gchar *new = target ? seedance_url_get_path (target) : NULL;

  return target && g_str_equal (asked, new) &&
         !seedance_url_same_origin (reply->address, target);
}

/* Returns the advice "Set base-url to …". Free with g_free(). */
static gchar *
advise_address (const SeedanceReply *reply, const gchar *target)
{
  g_autofree gchar *shown = target ? seedance_url_redact (target) : NULL;

  if (!shown)
    return g_strdup ("Set base-url to the service's own address.");
  if (reply->submit_path && g_str_has_suffix (shown, reply->submit_path)) {
    shown[strlen (shown) - strlen (reply->submit_path)] = '\0';
    return g_strdup_printf ("Set base-url to %s", shown);
  }

  return g_strdup_printf (
      "Set base-url to the service's own address; this one points to %s",
      shown);
}

gchar *
seedance_reply_task_in_location (const SeedanceReply *reply)
{
  g_autofree gchar *target = get_target (reply);
  g_autofree gchar *path = target ? get_resource (target) : NULL;
  const gchar *segment = path ? strrchr (path, '/') : NULL;
  g_autofree gchar *before = NULL, *id = NULL;

  if (!segment || !segment[1] || !reply->status_path ||
      !seedance_url_same_origin (reply->address, target))
    return NULL;
  before = g_strndup (path, (gsize) (segment + 1 - path));
  id = g_uri_unescape_string (segment + 1, NULL);
  if (!g_str_has_suffix (before, reply->status_path) || !id ||
      !seedance_text_is_plain (id) ||
      (reply->submit_path && g_str_has_suffix (path, reply->submit_path)))
    return NULL;

  return g_steal_pointer (&id);
}

/* Guesses a task id from the Location header: the last segment of the path, if
 * it looks like an id. Free with g_free(). */
static gchar *
guess_task (const SeedanceReply *reply, const gchar *target)
{
  g_autofree gchar *path = target ? get_resource (target) : NULL;
  const gchar *segment = path ? strrchr (path, '/') : NULL;
  gchar *known = seedance_reply_task_in_location (reply);

  if (known || !segment || strlen (segment) < 6 ||
      !strpbrk (segment, "0123456789"))
    return known;

  return g_uri_unescape_string (segment + 1, NULL);
}

static SeedanceVerdict
judge_redirect (const SeedanceReply *reply, GError **error)
{
  g_autofree gchar *target = get_target (reply);
  g_autofree gchar *task = NULL, *advice = NULL;
  SeedanceVerdictRule elsewhere = { 300, 399, NULL, REFUSED (SETTINGS),
    "The service sends orders to another address, which is not followed", NULL,
    TRUE };
  static const SeedanceVerdictRule see_other = { 300, 399, NULL, AMBIGUOUS,
    "The service answered the order with the address of something else",
    LOOK_UP, FALSE };

  if (reply->status == 307 || reply->status == 308 ||
      ((reply->status == 301 || reply->status == 302) &&
          is_same_order_elsewhere (reply, target))) {
    advice = advise_address (reply, target);
    elsewhere.next = advice;
    return apply_to_submit (&elsewhere, reply, NULL, error);
  }
  task = guess_task (reply, target);
  if (!task && !reply->answer->has_error)
    task = g_strdup (reply->answer->task_id);

  return apply_to_submit (&see_other, reply, task, error);
}

/* The order was accepted, but the body names no task. The Location header may
 * name one at another origin, as behind a proxy. */
static SeedanceVerdict
judge_nameless (const SeedanceReply *reply, GError **error)
{
  static const SeedanceVerdictRule unreadable = { 200, 299, NULL, AMBIGUOUS,
    "The service accepted the order, but its answer cannot be read", LOOK_UP,
    FALSE };
  SeedanceVerdictRule nameless = { 200, 299, NULL, AMBIGUOUS,
    "The service accepted the order, but its answer names no task", LOOK_UP,
    FALSE };
  g_autofree gchar *target = get_target (reply);
  g_autofree gchar *task = guess_task (reply, target);
  g_autofree gchar *next = NULL;

  if (!reply->answer->readable)
    return apply_to_submit (&unreadable, reply, task, error);
  if (reply->answer->quote) {
    next = g_strdup_printf (
        "The answer was %s: if the task's id is in it, name its place in "
        "answer.id of the provider's profile. " LOOK_UP,
        reply->answer->quote);
    nameless.next = next;
  }

  return apply_to_submit (&nameless, reply, task, error);
}

/* Returns TRUE if the body tells of a timeout, after which an order may have
 * been accepted all the same. Texts about the session, about what the order
 * holds, and about a parameter "timeout" tell of none. */
static gboolean
is_about_timeout (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "timeout", "timed_out", "timedout",
    "deadline_exceeded", "deadlineexceeded", NULL };
  static const gchar *const words[] = { "timed out", "time out",
    "gateway timeout", "gateway time-out", "request timeout", "timeout waiting",
    "upstream timeout", "deadline exceeded", NULL };
  static const gchar *const others[] = { "image fetch", "fetch image",
    "image download", "download image", "the image", "input image", "link",
    "session", "parameter", "must be", NULL };

  return !seedance_verdict_mentions (answer->error_message, others) &&
         (seedance_verdict_mentions (answer->error_code, codes) ||
             seedance_verdict_mentions (answer->error_message, words));
}

/* With a 2xx the body alone decides. It has refused the order, so a code in it
 * that would be ambiguous as an HTTP status counts as a plain refusal, unless
 * it is that of a timeout. Words tell of a timeout only if nothing else tells
 * more. */
static SeedanceVerdict
judge_refusal (const SeedanceReply *reply, GError **error)
{
  const guint told = seedance_verdict_read_status (reply->answer, 400);
  const gboolean plain = told >= 500 || told == 409 || told == 425;
  const SeedanceVerdictRule *rule =
      find_submit_rule (plain ? 400 : told, reply);

  if (told == 408 || told == 504 || told == 524 ||
      (rule->code == SEEDANCE_ERROR_SETTINGS &&
          is_about_timeout (reply->answer)))
    rule = find_submit_rule (504, reply);

  return apply_to_submit (rule, reply, NULL, error);
}

static const SeedanceVerdictRule torn = { 0, G_MAXUINT, NULL, AMBIGUOUS,
  "The service's answer is a refusal, but it names a task", LOOK_UP, FALSE };

/* Judges an HTTP error. A body that is that of a task counts: a gateway may
 * have replaced the status of a service that took the order. Ids in errors are
 * mostly those of requests. */
static SeedanceVerdict
judge_failure (const SeedanceReply *reply, GError **error)
{
  const SeedanceAnswer *answer = reply->answer;
  const gchar *id =
      answer->has_error || !answer->sure_id ? NULL : answer->task_id;

  if (id && answer->sure_status && answer->status != SEEDANCE_STATUS_UNKNOWN)
    return apply_to_submit (&torn, reply, id, error);

  return apply_to_submit (
      find_submit_rule (reply->status, reply), reply, id, error);
}

SeedanceVerdict
seedance_judge_submit (const SeedanceReply *reply, GError **error)
{
  const SeedanceAnswer *answer = reply->answer;
  const gchar *id = answer->task_id;

  if (reply->status / 100 == 3)
    return judge_redirect (reply, error);
  if (!seedance_verdict_is_success (reply->status))
    return judge_failure (reply, error);
  /* With a status word this is a task, which may have failed at once. */
  if (answer->refused && id && !answer->status_word)
    return apply_to_submit (&torn, reply, id, error);
  if (answer->refused && !id)
    return judge_refusal (reply, error);
  if (!id)
    return judge_nameless (reply, error);
  return SEEDANCE_VERDICT_OK;
}
