/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judges the answers to orders and polls by tables of rules, in which the first
 * rule that fits decides, and words the errors. */
#include "verdict.h"

#include <string.h>

#include "text.h"
#include "url.h"

/* Tests what an answer's error is about. */
typedef gboolean (*Topic) (const SeedanceAnswer *answer);

static gboolean
contains_any (const gchar *text, const gchar *const *words)
{
  g_autofree gchar *lower = text ? g_ascii_strdown (text, -1) : NULL;

  for (; lower && *words; words++) {
    if (strstr (lower, *words))
      return TRUE;
  }
  return FALSE;
}

/* The error code decides if it is a known one, else the text for people
 * does. */
static gboolean
is_about_money (const SeedanceAnswer *answer)
{
  static const gchar *const speed_codes[] = { "ratelimit", "rate_limit",
    "overloaded", "toofast", "too_many", NULL };
  static const gchar *const money_codes[] = { "quota", "setlimitexceeded",
    "balance", "overdue", "insufficient", "credit", "billing", "payment",
    NULL };
  static const gchar *const speed_words[] = { "rate limit", "too many requests",
    "per minute", "per second", NULL };
  static const gchar *const money_words[] = { "account balance",
    "insufficient balance", "insufficient credit", "insufficient fund",
    "insufficient quota", "not enough balance", "not enough credit",
    "out of credit", "no credit", "current quota", "quota exceeded", "overdue",
    "top up", NULL };

  if (!answer || contains_any (answer->error_code, speed_codes))
    return FALSE;
  if (contains_any (answer->error_code, money_codes))
    return TRUE;
  return !contains_any (answer->error_message, speed_words) &&
         contains_any (answer->error_message, money_words);
}

static gboolean
is_about_moderation (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "sensitive", "moderat", "nsfw",
    "content_policy", "contentpolicy", NULL };
  static const gchar *const words[] = { "sensitive content",
    "sensitive information", "moderation", "content policy", NULL };

  return answer && (contains_any (answer->error_code, codes) ||
                       contains_any (answer->status_word, codes) ||
                       contains_any (answer->error_message, words));
}

static gboolean
is_about_model (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "model", NULL };

  return answer && contains_any (answer->error_code, codes);
}

/* A weak hint, from the text only: many gateways say "not found" about an
 * address that nobody serves. */
static gboolean
may_be_about_model (const SeedanceAnswer *answer)
{
  static const gchar *const words[] = { "model", "endpoint", NULL };

  return answer && contains_any (answer->error_message, words);
}

/* Codes such as "task_not_exist" or "TaskNotFound". */
static gboolean
is_about_absence (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "not_exist", "notexist", "not_found",
    "notfound", "unknown_task", "unknowntask", "invalid_task", "no_such",
    NULL };
  static const gchar *const words[] = { "not exist", "not found",
    "no such task", "unknown task", "doesn't exist", NULL };

  return answer && (contains_any (answer->error_code, codes) ||
                       contains_any (answer->error_message, words));
}

/* A rule: what an answer with one of these HTTP statuses, about this topic,
 * means. */
typedef struct {
  guint from, to;
  Topic topic; /* NULL = any */
  SeedanceVerdict verdict;
  SeedanceErrorCode code;
  const gchar *what;
  const gchar *next;
  gboolean address; /* show the address, which may be wrong */
} Rule;

#define LOOK_UP \
  "Look for it in the service's console: set task-id to attach to it, or " \
  "reuse=never to order anew."
#define CHECK_KEY \
  "Check the key (SEEDANCE_API_KEY or api-key-file) and that base-url and " \
  "provider are the ones that it belongs to"
#define TOP_UP \
  "Top up the account or raise its limit in the service's console, then run " \
  "again."
#define REFUSED(code) SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_##code
#define WAIT(code) SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_##code
#define AMBIGUOUS SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED

#define MODEL_UNKNOWN \
  REFUSED (NOT_FOUND), "The service does not know the model", \
      "Set model to an id that the service lists and the account has " \
      "enabled, and check that base-url is the provider's.", \
      TRUE

static const Rule submit_rules[] = {
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
  { 400, 499, is_about_money, REFUSED (NOT_AUTHORIZED),
      "The account's quota or balance does not allow the order", TOP_UP,
      FALSE },
  { 429, 429, NULL, WAIT (BUSY),
      "The service is too busy for the order or is asked too often",
      "Try again later, or raise retries.", FALSE },
  { 400, 499, is_about_moderation, REFUSED (FAILED),
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

#define PICK_UP ", then set task-id to it to pick up the clip."

static const Rule poll_rules[] = {
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
  { 425, 425, NULL, WAIT (READ), "the service cannot tell about it yet",
      "Wait" PICK_UP, FALSE },
  { 429, 429, NULL, WAIT (BUSY), "the service is asked too often",
      "Raise poll-interval" PICK_UP, FALSE },
  { 300, 499, NULL, REFUSED (SETTINGS), "the service refused to tell about it",
      "Check task-id, base-url and provider" PICK_UP, TRUE },
  { 0, G_MAXUINT, NULL, WAIT (READ), "the service failed to tell about it",
      "Wait" PICK_UP, FALSE },
};

static const Rule *
find_rule (const Rule *rules, guint status, const SeedanceAnswer *answer)
{
  while (status < rules->from || status > rules->to ||
         (rules->topic && !rules->topic (answer)))
    rules++;
  return rules;
}

/* Returns the rule for the answer to an order. Text about a model counts only
 * if the order names one. */
static const Rule *
find_submit_rule (guint status, const SeedanceReply *reply)
{
  static const Rule model = { 404, 404, may_be_about_model, MODEL_UNKNOWN };

  if (status == 404 && reply->with_model && model.topic (reply->answer))
    return &model;

  return find_rule (submit_rules, status, reply->answer);
}

static gboolean
is_success (guint status)
{
  return status >= 200 && status <= 299;
}

/* An envelope that refuses with HTTP 200 often has the right HTTP status as its
 * code. Returns that, or @otherwise if there is none. */
static guint
envelope_status (const SeedanceAnswer *answer, guint otherwise)
{
  guint64 code;

  if (answer->error_code && g_ascii_string_to_unsigned (
                                answer->error_code, 10, 400, 599, &code, NULL))
    return code;
  return otherwise;
}

/* Ids come from headers and settings. They are shown only if they look like
 * one. */
static gboolean
is_showable (const gchar *id)
{
  gsize n = 0;

  while (id && g_ascii_isgraph (id[n]))
    n++;
  return n > 0 && n <= 512 && id[n] == '\0';
}

static const gchar *
get_shown_task (const SeedanceReply *reply)
{
  return is_showable (reply->task_id) ? reply->task_id : "?";
}

/* Returns ' (HTTP 429, code X, request Y): "the service's words".' */
static gchar *
quote_service (const SeedanceReply *reply)
{
  const SeedanceAnswer *answer = reply->answer;
  const gchar *words = answer ? answer->error_message : NULL;
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, " (HTTP %u", reply->status);
  if (answer && answer->error_code)
    g_string_append_printf (out, ", code %s", answer->error_code);
  if (is_showable (reply->request_id))
    g_string_append_printf (out, ", request %s", reply->request_id);
  if (reply->encoding && answer && !answer->readable)
    g_string_append_printf (out, ", Content-Encoding %s", reply->encoding);
  g_string_append_c (out, ')');
  if (words)
    g_string_append_printf (out, ": \"%s\"", words);
  if (!words || !g_str_has_suffix (words, "."))
    g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}

/* Finds a step that stands twice in a row, as when the base URL ends with the
 * beginning of the path: "/v1" in "/v1/v1/videos". NULL if there is none. Free
 * with g_free(). */
static gchar *
find_doubled (const gchar *address)
{
  const gchar *host = strstr (address, "://");
  g_auto (GStrv) steps = host ? g_strsplit (host + 3, "/", -1) : NULL;

  for (guint i = 1; steps && steps[i] && steps[i + 1]; i++) {
    if (*steps[i] && g_str_equal (steps[i], steps[i + 1]))
      return g_strconcat ("/", steps[i], NULL);
  }

  return NULL;
}

/* Returns " The address asked was …." */
static gchar *
describe_address (const SeedanceReply *reply)
{
  g_autofree gchar *shown =
      reply->address ? seedance_url_redact (reply->address) : NULL;
  g_autofree gchar *doubled = shown ? find_doubled (shown) : NULL;

  if (!shown)
    return g_strdup ("");
  if (!doubled)
    return g_strdup_printf (" The address asked was %s.", shown);

  return g_strdup_printf (" The address asked was %s: \"%s\" stands in it "
                          "twice, leave it out of base-url.",
      shown, doubled);
}

static SeedanceReason
find_reason (const SeedanceReply *reply, SeedanceErrorCode code)
{
  const SeedanceAnswer *answer = reply->answer;

  switch (code) {
    case SEEDANCE_ERROR_NOT_AUTHORIZED:
      return reply->status == 402 || is_about_money (answer)
                 ? SEEDANCE_REASON_QUOTA
                 : SEEDANCE_REASON_FROM_CODE;
    case SEEDANCE_ERROR_FAILED:
      if (is_about_moderation (answer))
        return SEEDANCE_REASON_MODERATION;
      if (answer && answer->status == SEEDANCE_STATUS_CANCELLED)
        return SEEDANCE_REASON_CANCELLED;
      if (answer && answer->status == SEEDANCE_STATUS_EXPIRED)
        return SEEDANCE_REASON_EXPIRED;
      return SEEDANCE_REASON_FROM_CODE;
    default:
      return SEEDANCE_REASON_FROM_CODE;
  }
}

G_GNUC_PRINTF (6, 7)
static void
raise_error (GError **error, const SeedanceReply *reply, const gchar *task_id,
    SeedanceErrorCode code, gboolean retryable, const gchar *format, ...)
{
  const SeedanceAnswer *answer = reply->answer;
  const SeedanceErrorDetails details = {
    .task_id = (gchar *) task_id,
    .http_status = reply->status,
    .service_code = answer ? answer->error_code : NULL,
    .request_id = (gchar *) reply->request_id,
    .retryable = retryable,
    .reason = find_reason (reply, code),
  };
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (error, seedance_error_new (code, &details, "%s", text));
}

/* @task_id (may be NULL) is a task that the answer names without saying that it
 * was made for this order. */
static SeedanceVerdict
apply_to_submit (const Rule *rule, const SeedanceReply *reply,
    const gchar *task_id, GError **error)
{
  g_autofree gchar *quote = quote_service (reply);
  g_autofree gchar *address = rule->address ? describe_address (reply) : NULL;
  gboolean maybe = rule->verdict == SEEDANCE_VERDICT_AMBIGUOUS;
  g_autofree gchar *task = NULL;

  if (maybe && is_showable (task_id))
    task = g_strdup_printf (" The task is %s.", task_id);
  raise_error (error, reply, task ? task_id : NULL, rule->code,
      rule->verdict == SEEDANCE_VERDICT_WAIT, "%s%s%s %s%s %s", rule->what,
      quote, address ? address : "",
      maybe ? "A task may exist and may be billed."
            : "Nothing was ordered and nothing is billed.",
      task ? task : "", rule->next);
  return rule->verdict;
}

/* Returns the path of @url, without host and query. Free with g_free(). */
static gchar *
get_path (const gchar *url)
{
  const gchar *host = strstr (url, "://") + strlen ("://");
  const gchar *path = host + strcspn (host, "/?#");

  return g_strndup (path, strcspn (path, "?#"));
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

/* Returns TRUE if the redirect leads to the same path at another origin, as
 * after a change to https or of the host's name. Then the order was not
 * accepted. */
static gboolean
is_same_order_elsewhere (const SeedanceReply *reply, const gchar *target)
{
  g_autofree gchar *asked = target ? get_path (reply->address) : NULL;
  g_autofree gchar *new = target ? get_path (target) : NULL;

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
  g_autofree gchar *path = target ? get_path (target) : NULL;
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

/* Guesses a task id from the redirect: the last segment of the path, if it
 * looks like an id. Free with g_free(). */
static gchar *
guess_task (const SeedanceReply *reply, const gchar *target)
{
  g_autofree gchar *path = target ? get_path (target) : NULL;
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
  Rule elsewhere = { 300, 399, NULL, REFUSED (SETTINGS),
    "The service sends orders to another address, which is not followed", NULL,
    TRUE };
  static const Rule see_other = { 300, 399, NULL, AMBIGUOUS,
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

/* With a 2xx the body alone decides. It has refused the order, so a code in it
 * that would be ambiguous as an HTTP status counts as a plain refusal. */
static SeedanceVerdict
judge_refusal (const SeedanceReply *reply, GError **error)
{
  const SeedanceAnswer *answer = reply->answer;
  guint meant = envelope_status (answer, 400);

  if (meant >= 500 || meant == 408 || meant == 409 || meant == 425)
    meant = 400;

  return apply_to_submit (find_submit_rule (meant, reply), reply, NULL, error);
}

/* Returns TRUE if the body is that of a task. This counts with an HTTP error,
 * too: a gateway may have replaced the status of a service that took the
 * order. */
static gboolean
tells_of_task (const SeedanceAnswer *answer)
{
  return answer->task_id && answer->status != SEEDANCE_STATUS_UNKNOWN &&
         !answer->has_error;
}

SeedanceVerdict
seedance_judge_submit (const SeedanceReply *reply, GError **error)
{
  static const Rule unreadable = { 200, 299, NULL, AMBIGUOUS,
    "The service accepted the order, but its answer cannot be read", LOOK_UP,
    FALSE };
  static const Rule nameless = { 200, 299, NULL, AMBIGUOUS,
    "The service accepted the order, but its answer names no task", LOOK_UP,
    FALSE };
  static const Rule torn = { 200, 299, NULL, AMBIGUOUS,
    "The service's answer is a refusal, but it names a task", LOOK_UP, FALSE };
  const SeedanceAnswer *answer = reply->answer;
  const gchar *id = answer->task_id;

  if (reply->status / 100 == 3)
    return judge_redirect (reply, error);
  if (!is_success (reply->status) && tells_of_task (answer))
    return apply_to_submit (&torn, reply, id, error);
  /* Ids in errors are mostly those of requests. */
  if (!is_success (reply->status))
    return apply_to_submit (find_submit_rule (reply->status, reply), reply,
        answer->has_error ? NULL : id, error);
  if (!answer->readable && !id)
    return apply_to_submit (&unreadable, reply, NULL, error);
  /* With a status word this is a task, which may have failed at once. */
  if (answer->refused && id && !answer->status_word)
    return apply_to_submit (&torn, reply, id, error);
  if (answer->refused && !id)
    return judge_refusal (reply, error);
  if (!id)
    return apply_to_submit (&nameless, reply, NULL, error);
  return SEEDANCE_VERDICT_OK;
}

/* The usual advice is reuse=never, but with task-id set nothing is ordered. */
static const gchar *
get_poll_advice (const Rule *rule, const SeedanceReply *reply)
{
  if (!reply->named || rule->code != SEEDANCE_ERROR_NOT_FOUND)
    return rule->next;

  return "Check task-id, base-url, provider and key. Services forget a task "
         "after some days; then leave task-id out and set prompt to order the "
         "clip anew, for another bill.";
}

static SeedanceVerdict
apply_to_poll (const Rule *rule, const SeedanceReply *reply, GError **error)
{
  g_autofree gchar *quote = quote_service (reply);
  g_autofree gchar *address =
      rule->address ? describe_address (reply) : g_strdup ("");
  gboolean lost = rule->code == SEEDANCE_ERROR_NOT_FOUND;

  raise_error (error, reply, get_shown_task (reply), rule->code,
      rule->verdict == SEEDANCE_VERDICT_WAIT, "Task %s: %s%s %s%s %s",
      get_shown_task (reply), rule->what, quote,
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
names_task (const SeedanceReply *reply)
{
  const gchar *id = reply->answer->task_id;

  /* An id that was made of the task's address has several segments. Answers
   * name only the last of them. */
  return reply->task_id && id && *id && g_str_has_suffix (reply->task_id, id) &&
         (strlen (id) == strlen (reply->task_id) ||
             reply->task_id[strlen (reply->task_id) - strlen (id) - 1] == '/');
}

/* Reports a task that ended without a clip. */
static SeedanceVerdict
report_end (const SeedanceReply *reply, GError **error)
{
  const SeedanceAnswer *answer = reply->answer;
  g_autofree gchar *quote = quote_service (reply);

  raise_error (error, reply, get_shown_task (reply), SEEDANCE_ERROR_FAILED,
      FALSE,
      "Task %s %s%s%s Whether it is billed is the service's to say; no new "
      "task was ordered. %s, or run the same again: that orders anew, until "
      "as many tasks as the property attempts allows have ended so.",
      get_shown_task (reply), describe_end (answer->status), quote,
      answer->error_message ? "" : " The service gave no reason.",
      is_about_moderation (answer) ? "Change the prompt or the image"
                                   : "Change the request");
  return names_task (reply) || reply->failed ? SEEDANCE_VERDICT_ENDED
                                             : SEEDANCE_VERDICT_UNNAMED;
}

/* Returns TRUE if the error is about the poll and not about the task. Envelopes
 * have a status word, too, and often one that other services use for tasks:
 * {"status": "error", "code": 429}. */
static gboolean
is_about_question (const SeedanceReply *reply)
{
  static const gchar *const task[] = { "task", NULL };
  const SeedanceAnswer *answer = reply->answer;
  guint meant = envelope_status (answer, 0);

  /* These are never the reason why a task ended. */
  if ((meant >= 401 && meant <= 403) || meant == 408 || meant == 425 ||
      meant == 429)
    return TRUE;
  if (names_task (reply) || answer->status_inside)
    return FALSE;
  if (meant &&
      find_rule (poll_rules, meant, answer)->code != SEEDANCE_ERROR_SETTINGS)
    return TRUE;

  return is_about_absence (answer) &&
         contains_any (answer->error_message, task);
}

/* Judges an error that stands in the place of a status. */
static SeedanceVerdict
judge_bare_error (const SeedanceReply *reply, GError **error)
{
  static const Rule unknown = { 200, 299, NULL, SEEDANCE_VERDICT_LOST,
    SEEDANCE_ERROR_FAILED, "the service answers with an error",
    "Check task-id, base-url and provider" PICK_UP, TRUE };
  const SeedanceAnswer *answer = reply->answer;
  guint meant = envelope_status (answer, 0);
  const Rule *rule = &unknown;

  if (meant)
    rule = find_rule (poll_rules, meant, answer);
  else if (is_about_absence (answer))
    rule = find_rule (poll_rules, 404, answer);

  return apply_to_poll (rule, reply, error);
}

SeedanceVerdict
seedance_judge_poll (const SeedanceReply *reply, GError **error)
{
  static const Rule unreadable = { 200, 299, NULL, WAIT (READ),
    "the service's answer cannot be read", "Wait" PICK_UP, FALSE };
  const SeedanceAnswer *answer = reply->answer;
  gboolean ended = seedance_status_is_final (answer->status) &&
                   answer->status != SEEDANCE_STATUS_SUCCEEDED;

  if (reply->failed)
    return report_end (reply, error);
  if (!is_success (reply->status))
    return apply_to_poll (
        find_rule (poll_rules, reply->status, answer), reply, error);
  /* "Accepted" and "No Content": the service has nothing to tell yet. */
  if (reply->empty && (reply->status == 202 || reply->status == 204))
    return SEEDANCE_VERDICT_OK;
  if (!answer->readable)
    return apply_to_poll (&unreadable, reply, error);
  if (ended && !is_about_question (reply))
    return report_end (reply, error);
  if (ended || seedance_answer_is_bare_error (answer))
    return judge_bare_error (reply, error);
  return SEEDANCE_VERDICT_OK;
}
