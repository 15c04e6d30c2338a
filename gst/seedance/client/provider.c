/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider-private.h"

#include <string.h>

static const SeedanceProvider *const providers[] = {
  &seedance_provider_seeddance,
  &seedance_provider_ark,
};

const SeedanceProvider *
seedance_provider_find (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (providers); i++) {
    if (g_strcmp0 (name, providers[i]->name) == 0)
      return providers[i];
  }
  return NULL;
}

gchar *
seedance_provider_list (void)
{
  GString *list = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (providers); i++)
    g_string_append_printf (
        list, "%s%s", i > 0 ? ", " : "", providers[i]->name);
  return g_string_free (list, FALSE);
}

void
seedance_body_merge_extra (cJSON *body, const SeedanceRequest *request)
{
  const cJSON *member = request->extra ? request->extra->child : NULL;

  for (; member; member = member->next) {
    cJSON_DeleteItemFromObjectCaseSensitive (body, member->string);
    cJSON_AddItemToObject (
        body, member->string, cJSON_Duplicate (member, TRUE));
  }
}

gchar *
seedance_path_of_task (const gchar *base, const gchar *task_id)
{
  g_autofree gchar *escaped = g_uri_escape_string (task_id, NULL, FALSE);

  /* "." and ".." would be taken out of the path by whoever normalises it. */
  if (g_str_equal (escaped, ".") || g_str_equal (escaped, ".."))
    return g_strconcat (base, escaped[1] ? "%2E%2E" : "%2E", NULL);
  return g_strconcat (base, escaped, NULL);
}

const gchar *
seedance_request_extra_text (const SeedanceRequest *request, const gchar *name)
{
  return cJSON_GetStringValue (
      cJSON_GetObjectItemCaseSensitive (request->extra, name));
}

/* What an answer's own words are about. */
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

/* The code decides where it knows; only then the words for people do. */
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
  static const gchar *const codes[] = { "sensitive", "moderat",
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
  static const gchar *const codes[] = { "model", "resourcenotfound", NULL };

  return answer && contains_any (answer->error_code, codes);
}

/* One way to take an answer. The first row whose statuses and topic fit. */
typedef struct {
  guint from, to;
  Topic topic; /* NULL = any */
  SeedanceVerdict verdict;
  SeedanceErrorCode code;
  const gchar *what;
  const gchar *next;
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

static const Rule submit_rules[] = {
  { 401, 401, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_NOT_AUTHORIZED,
      "The service refused the API key", CHECK_KEY "." },
  { 402, 402, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_NOT_AUTHORIZED,
      "The service wants the account to be paid for first", TOP_UP },
  { 408, 408, NULL, SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED,
      "The service gave up on the order", LOOK_UP },
  { 400, 499, is_about_money, SEEDANCE_VERDICT_REFUSED,
      SEEDANCE_ERROR_NOT_AUTHORIZED,
      "The account's quota or balance does not allow the order", TOP_UP },
  { 429, 429, NULL, SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_BUSY,
      "The service is too busy for the order or is asked too often",
      "Try again later, or raise retries." },
  { 400, 499, is_about_moderation, SEEDANCE_VERDICT_REFUSED,
      SEEDANCE_ERROR_FAILED,
      "The service's moderation refused the prompt or the image",
      "Change the prompt or the image, then run again." },
  { 403, 403, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_NOT_AUTHORIZED,
      "The service does not allow this key to order", CHECK_KEY "." },
  { 404, 404, is_about_model, SEEDANCE_VERDICT_REFUSED,
      SEEDANCE_ERROR_NOT_FOUND, "The service does not know the model",
      "Set model to an id that the service lists and the account has "
      "enabled, and check that base-url is the provider's." },
  { 404, 405, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_SETTINGS,
      "There is no such service at this address",
      "Check base-url and provider." },
  { 400, 499, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_SETTINGS,
      "The service refused the order",
      "Change the properties that the service complains about." },
  /* "See other" is what some say when they have made what was asked for. */
  { 303, 303, NULL, SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED,
      "The service answered the order with the address of something else",
      LOOK_UP },
  { 300, 399, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_SETTINGS,
      "The service sends orders to another address, which is not followed",
      "Set base-url to the service's own address." },
  { 0, G_MAXUINT, NULL, SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED,
      "The service failed over the order", LOOK_UP },
};

#define PICK_UP ", then set task-id to it to pick up the clip."

static const Rule poll_rules[] = {
  { 401, 403, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_NOT_AUTHORIZED,
      "the service does not allow this key to ask for it", CHECK_KEY PICK_UP },
  { 404, 404, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_NOT_FOUND,
      "the service does not know it",
      "Check task-id, base-url, provider and key. Services forget a task after "
      "some days; then reuse=never orders the clip anew, for another bill." },
  { 410, 410, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_NOT_FOUND,
      "the service has forgotten it",
      "Set reuse=never to order the clip anew." },
  { 408, 409, NULL, SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_READ,
      "the service cannot tell about it now", "Wait" PICK_UP },
  { 425, 425, NULL, SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_READ,
      "the service cannot tell about it yet", "Wait" PICK_UP },
  { 429, 429, NULL, SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_BUSY,
      "the service is asked too often", "Raise poll-interval" PICK_UP },
  { 300, 499, NULL, SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_SETTINGS,
      "the service refused to tell about it",
      "Check task-id, base-url and provider" PICK_UP },
  { 0, G_MAXUINT, NULL, SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_READ,
      "the service failed to tell about it", "Wait" PICK_UP },
};

static const Rule *
find_rule (const Rule *rules, guint status, const SeedanceAnswer *answer)
{
  while (status < rules->from || status > rules->to ||
         (rules->topic && !rules->topic (answer)))
    rules++;
  return rules;
}

/* An envelope that refuses with HTTP 200 often carries the status that it
 * should have had. Anything else counts as @otherwise. */
static guint
envelope_status (const SeedanceAnswer *answer, guint otherwise)
{
  guint64 code;

  if (answer->error_code && g_ascii_string_to_unsigned (
                                answer->error_code, 10, 400, 599, &code, NULL))
    return code;
  return otherwise;
}

static gboolean
is_success (guint status)
{
  return status >= 200 && status <= 299;
}

/* Everything that an error is made of besides its words. */
typedef struct {
  guint status;
  const SeedanceAnswer *answer;
  const gchar *task_id;
  const gchar *request_id;
} Context;

/* Ids come from headers and settings: they are shown when they look like it. */
static gboolean
is_showable (const gchar *id)
{
  gsize n = 0;

  while (id && g_ascii_isgraph (id[n]))
    n++;
  return n > 0 && n <= 512 && id[n] == '\0';
}

/* " (HTTP 429, code X, request Y): "the service's words"." */
static gchar *
quote_service (const Context *context)
{
  const SeedanceAnswer *answer = context->answer;
  const gchar *words = answer ? answer->error_message : NULL;
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, " (HTTP %u", context->status);
  if (answer && answer->error_code)
    g_string_append_printf (out, ", code %s", answer->error_code);
  if (is_showable (context->request_id))
    g_string_append_printf (out, ", request %s", context->request_id);
  g_string_append_c (out, ')');
  if (words)
    g_string_append_printf (out, ": \"%s\"", words);
  if (!words || !g_str_has_suffix (words, "."))
    g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}

static SeedanceReason
find_reason (const SeedanceAnswer *answer, SeedanceErrorCode code)
{
  switch (code) {
    case SEEDANCE_ERROR_NOT_AUTHORIZED:
      return is_about_money (answer) ? SEEDANCE_REASON_QUOTA
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

G_GNUC_PRINTF (5, 6)
static void
raise_error (GError **error, const Context *context, SeedanceErrorCode code,
    gboolean retryable, const gchar *format, ...)
{
  const SeedanceAnswer *answer = context->answer;
  const SeedanceErrorDetails details = {
    .task_id = (gchar *) context->task_id,
    .http_status = context->status,
    .service_code = answer ? answer->error_code : NULL,
    .request_id = (gchar *) context->request_id,
    .retryable = retryable,
    .reason = context->status == 402 ? SEEDANCE_REASON_QUOTA
                                     : find_reason (answer, code),
  };
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (error, seedance_error_new (code, &details, "%s", text));
}

static SeedanceVerdict
apply_to_submit (const Rule *rule, const Context *context, GError **error)
{
  g_autofree gchar *quote = quote_service (context);
  gboolean maybe = rule->verdict == SEEDANCE_VERDICT_AMBIGUOUS;
  g_autofree gchar *task = NULL;

  if (is_showable (context->task_id))
    task = g_strdup_printf (" The task is %s.", context->task_id);
  raise_error (error, context, rule->code,
      rule->verdict == SEEDANCE_VERDICT_WAIT, "%s%s %s%s %s", rule->what, quote,
      maybe ? "A task may exist and may be billed."
            : "Nothing was ordered and nothing is billed.",
      task ? task : "", rule->next);
  return rule->verdict;
}

SeedanceVerdict
seedance_judge_submit (guint status, const SeedanceAnswer *answer,
    const gchar *request_id, GError **error)
{
  static const Rule unreadable = { 200, 299, NULL, SEEDANCE_VERDICT_AMBIGUOUS,
    SEEDANCE_ERROR_MAYBE_BILLED,
    "The service accepted the order, but its answer cannot be read", LOOK_UP };
  static const Rule nameless = { 200, 299, NULL, SEEDANCE_VERDICT_AMBIGUOUS,
    SEEDANCE_ERROR_MAYBE_BILLED,
    "The service accepted the order, but its answer names no task", LOOK_UP };
  static const Rule torn = { 200, 299, NULL, SEEDANCE_VERDICT_AMBIGUOUS,
    SEEDANCE_ERROR_MAYBE_BILLED,
    "The service's answer is a refusal, but it names a task", LOOK_UP };
  Context context = { status, answer, NULL, request_id };

  if (!is_success (status))
    return apply_to_submit (
        find_rule (submit_rules, status, answer), &context, error);
  if (!answer)
    return apply_to_submit (&unreadable, &context, error);

  /* Only in a 2xx: the ids that errors carry are mostly those of requests. */
  context.task_id = answer->task_id;
  if (answer->refused && answer->task_id)
    return apply_to_submit (&torn, &context, error);
  if (answer->refused)
    return apply_to_submit (
        find_rule (submit_rules, envelope_status (answer, 400), answer),
        &context, error);
  if (!answer->task_id)
    return apply_to_submit (&nameless, &context, error);
  return SEEDANCE_VERDICT_OK;
}

static SeedanceVerdict
apply_to_poll (const Rule *rule, const Context *context, GError **error)
{
  g_autofree gchar *quote = quote_service (context);
  gboolean lost = rule->code == SEEDANCE_ERROR_NOT_FOUND;

  raise_error (error, context, rule->code,
      rule->verdict == SEEDANCE_VERDICT_WAIT, "Task %s: %s%s %s %s",
      context->task_id, rule->what, quote,
      lost ? "No new task was ordered."
           : "The task itself is not affected, goes on and is billed.",
      rule->next);
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

/* A task that ended without a clip. */
static SeedanceVerdict
report_end (const Context *context, GError **error)
{
  const SeedanceAnswer *answer = context->answer;
  g_autofree gchar *quote = quote_service (context);

  raise_error (error, context, SEEDANCE_ERROR_FAILED, FALSE,
      "Task %s %s%s%s Whether it is billed is the service's to say; no new "
      "task was ordered. %s, or run the same again to order it anew.",
      context->task_id, describe_end (answer->status), quote,
      answer->error_message ? "" : " The service gave no reason.",
      is_about_moderation (answer) ? "Change the prompt or the image"
                                   : "Change the request");
  return SEEDANCE_VERDICT_REFUSED;
}

SeedanceVerdict
seedance_judge_poll (guint status, const SeedanceAnswer *answer,
    const gchar *task_id, const gchar *request_id, GError **error)
{
  static const Rule unreadable = { 200, 299, NULL, SEEDANCE_VERDICT_WAIT,
    SEEDANCE_ERROR_READ, "the service's answer cannot be read",
    "Wait" PICK_UP };
  static const Rule refused = { 200, 299, NULL, SEEDANCE_VERDICT_REFUSED,
    SEEDANCE_ERROR_FAILED, "the service refused to tell about it",
    "Check task-id, base-url and provider" PICK_UP };
  const Context context = { status, answer,
    is_showable (task_id) ? task_id : "?", request_id };
  guint meant;

  if (!is_success (status))
    return apply_to_poll (
        find_rule (poll_rules, status, answer), &context, error);
  if (!answer)
    return apply_to_poll (&unreadable, &context, error);
  if (seedance_status_is_final (answer->status) &&
      answer->status != SEEDANCE_STATUS_SUCCEEDED)
    return report_end (&context, error);
  if (!answer->refused)
    return SEEDANCE_VERDICT_OK;

  meant = envelope_status (answer, 0);
  return apply_to_poll (
      meant ? find_rule (poll_rules, meant, answer) : &refused, &context,
      error);
}
