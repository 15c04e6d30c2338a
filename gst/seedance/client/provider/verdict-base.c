/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the judgements of orders and of polls share: what an error is about, the
 * search in a table of rules, and the wording of errors. */
#include "verdict-private.h"

#include <string.h>

#include "url.h"

gboolean
seedance_verdict_mentions (const gchar *text, const gchar *const *words)
{
  g_autofree gchar *lower = text ? g_ascii_strdown (text, -1) : NULL;

  for (; lower && *words; words++) {
    if (strstr (lower, *words))
      return TRUE;
  }
  return FALSE;
}

static const gchar *const speed_codes[] = { "ratelimit", "rate_limit",
  "overloaded", "toofast", "too_many", "throttl", "concurren", "capacity",
  "loadbalanc", "load_balanc", NULL };
static const gchar *const speed_words[] = { "rate limit", "too many requests",
  "per minute", "per second", "concurren", "load balanc", NULL };

gboolean
seedance_verdict_is_about_speed (const SeedanceAnswer *answer)
{
  return seedance_verdict_mentions (answer->error_code, speed_codes) ||
         seedance_verdict_mentions (answer->error_message, speed_words);
}

/* The error code decides if it is a known one, else the text for people
 * does. */
gboolean
seedance_verdict_is_about_money (const SeedanceAnswer *answer)
{
  static const gchar *const money_codes[] = { "quota", "setlimitexceeded",
    "balance", "overdue", "insufficientfund", "insufficient_fund", "credit",
    "billing", "payment", NULL };
  static const gchar *const money_words[] = { "account balance",
    "insufficient balance", "insufficient credit", "insufficient fund",
    "insufficient quota", "not enough balance", "not enough credit",
    "out of credit", "no credit", "credit balance", "current quota",
    "quota exceeded", "overdue", "please top up", "top up your", "top up the",
    "余额不足", "额度不足", "欠费", NULL };

  if (seedance_verdict_mentions (answer->error_code, speed_codes))
    return FALSE;
  if (seedance_verdict_mentions (answer->error_code, money_codes))
    return TRUE;
  return !seedance_verdict_mentions (answer->error_message, speed_words) &&
         seedance_verdict_mentions (answer->error_message, money_words);
}

gboolean
seedance_verdict_is_about_moderation (const SeedanceAnswer *answer)
{
  static const gchar *const codes[] = { "sensitive", "moderat", "nsfw",
    "content_policy", "contentpolicy", NULL };
  static const gchar *const words[] = { "sensitive content",
    "sensitive information", "moderation", "content policy", "flagged as",
    "flagged by", "input was flagged", "content checker", "safety system",
    NULL };

  return seedance_verdict_mentions (answer->error_code, codes) ||
         seedance_verdict_mentions (answer->status_word, codes) ||
         seedance_verdict_mentions (answer->error_message, words);
}

const SeedanceVerdictRule *
seedance_verdict_find_rule (const SeedanceVerdictRule *rules, guint status,
    const SeedanceAnswer *answer)
{
  while (status < rules->from || status > rules->to ||
         (rules->topic && !rules->topic (answer)))
    rules++;
  return rules;
}

gboolean
seedance_verdict_is_success (guint status)
{
  return status >= 200 && status <= 299;
}

guint
seedance_verdict_read_status (const SeedanceAnswer *answer, guint otherwise)
{
  guint64 code;

  if (answer->error_code && g_ascii_string_to_unsigned (
                                answer->error_code, 10, 400, 599, &code, NULL))
    return code;
  return otherwise;
}

gboolean
seedance_verdict_is_showable (const gchar *id)
{
  gsize n = 0;

  while (id && g_ascii_isgraph (id[n]))
    n++;
  return n > 0 && n <= 512 && id[n] == '\0';
}

const gchar *
seedance_verdict_get_task (const SeedanceReply *reply)
{
  return seedance_verdict_is_showable (reply->task_id) ? reply->task_id : "?";
}

gchar *
seedance_verdict_quote (const SeedanceReply *reply)
{
  const SeedanceAnswer *answer = reply->answer;
  const gchar *words = answer->error_message;
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, " (HTTP %u", reply->status);
  if (answer->error_code)
    g_string_append_printf (out, ", code %s", answer->error_code);
  if (seedance_verdict_is_showable (reply->request_id))
    g_string_append_printf (out, ", request %s", reply->request_id);
  if (reply->encoding && !answer->readable)
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

gchar *
seedance_verdict_describe_address (const SeedanceReply *reply)
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
      return reply->status == 402 || seedance_verdict_is_about_money (answer)
                 ? SEEDANCE_REASON_QUOTA
                 : SEEDANCE_REASON_FROM_CODE;
    case SEEDANCE_ERROR_FAILED:
      if (seedance_verdict_is_about_moderation (answer))
        return SEEDANCE_REASON_MODERATION;
      if (answer->status == SEEDANCE_STATUS_CANCELLED)
        return SEEDANCE_REASON_CANCELLED;
      if (answer->status == SEEDANCE_STATUS_EXPIRED)
        return SEEDANCE_REASON_EXPIRED;
      return SEEDANCE_REASON_FROM_CODE;
    default:
      return SEEDANCE_REASON_FROM_CODE;
  }
}

void
seedance_verdict_raise (GError **error, const SeedanceReply *reply,
    const gchar *task_id, SeedanceErrorCode code, gboolean retryable,
    const gchar *format, ...)
{
  const SeedanceAnswer *answer = reply->answer;
  const SeedanceErrorDetails details = {
    .task_id = (gchar *) task_id,
    .http_status = reply->status,
    .service_code = answer->error_code,
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
