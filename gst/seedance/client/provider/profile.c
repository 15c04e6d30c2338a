/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members of a profile, with a check for each, and the checks that concern
 * several members. */

#include "profile.h"

#include <string.h>

#include "json.h"
#include "rules.h"
#include "template.h"
#include "text.h"
#include "url.h"

/* Version of the profile format. */
#define VERSION 1
#define NAME_MAX_BYTES 64
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_."

static gboolean
check_version (SeedanceProfileCheck *check, const cJSON *node)
{
  return (cJSON_IsNumber (node) && node->valuedouble == VERSION) ||
         seedance_profile_expected (
             check, "%d, the version of this format", VERSION);
}

gboolean
seedance_profile_is_name (const gchar *name)
{
  return name && *name && strlen (name) <= NAME_MAX_BYTES && *name != '.' &&
         strspn (name, NAME_CHARACTERS) == strlen (name);
}

static gboolean
check_name (SeedanceProfileCheck *check, const cJSON *node)
{
  return seedance_profile_is_name (cJSON_GetStringValue (node)) ||
         seedance_profile_expected (check,
             "a name of lower-case letters, digits, \"-\", \"_\" and \".\"");
}

static gboolean
check_title (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *title = cJSON_GetStringValue (node);

  return (title && *title && seedance_text_is_plain (title)) ||
         seedance_profile_expected (check, "a text of one line");
}

static gboolean
check_base_url (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *url = cJSON_GetStringValue (node);

  /* The property allow-insecure decides about plain http. */
  return (url && !strpbrk (url, "?#") &&
             seedance_url_check (url, TRUE, NULL)) ||
         seedance_profile_expected (check,
             "an http or https URL without a query and without user and "
             "password");
}

/* HTTP and this client set these headers themselves: another value would change
 * how the request is read. User-Agent and Referer are sent to every server in
 * the clear, so a key must not go there either. */
static gboolean
is_own_header (const gchar *name)
{
  static const gchar *const ours[] = { "accept-encoding", "connection",
    "content-encoding", "content-length", "content-type", "expect", "host",
    "if-range", "keep-alive", "location", "proxy-authorization",
    "proxy-connection", "range", "referer", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", NULL };
  g_autofree gchar *lower = g_ascii_strdown (name, -1);

  return g_strv_contains (ours, lower);
}

static gboolean
check_key (SeedanceProfileCheck *check, const cJSON *node)
{
  static const gchar *const hole = "${key}";
  const gchar *text = cJSON_GetStringValue (node);
  const gchar *colon = text ? strchr (text, ':') : NULL;
  g_autofree gchar *name = colon ? g_strndup (text, colon - text) : NULL;
  gboolean good = name && *name && !is_own_header (name) && colon[1] == ' ' &&
                  g_str_has_suffix (text, hole) &&
                  strlen (text) <= NAME_MAX_BYTES;

  for (const gchar *c = name; good && *c; c++)
    good = g_ascii_isalnum (*c) || *c == '-';
  for (const gchar *c = colon; good && *c; c++)
    good = g_ascii_isprint (*c);

  return (good &&
             strstr (text, hole) == text + strlen (text) - strlen (hole)) ||
         seedance_profile_expected (check,
             "a header for the key that ends in \"${key}\", such as "
             "\"Authorization: Bearer ${key}\"");
}

static gboolean
check_order_path (SeedanceProfileCheck *check, const cJSON *node)
{
  return seedance_template_check_path (check, node, "model");
}

static gboolean
check_body (SeedanceProfileCheck *check, const cJSON *node)
{
  if (!seedance_template_check (check, node))
    return FALSE;

  return seedance_template_mentions (node, "prompt") ||
         seedance_profile_expected (check, "\"${prompt}\" somewhere in it");
}

static gboolean
is_header_name (const gchar *name)
{
  for (const gchar *c = name; *c; c++) {
    if (!g_ascii_isalnum (*c) && *c != '-')
      return FALSE;
  }

  return *name && strlen (name) <= NAME_MAX_BYTES && !is_own_header (name);
}

static gboolean
is_header_text (const gchar *text)
{
  for (const gchar *c = text; c && *c; c++) {
    if (!g_ascii_isprint (*c))
      return FALSE;
  }

  return text && *text && strlen (text) <= NAME_MAX_BYTES;
}

static gboolean
check_headers (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *header;

  cJSON_ArrayForEach (header, node)
  {
    gsize back;

    if (!header->string)
      break;
    back = seedance_profile_enter (check, header->string);
    if (!is_header_name (header->string) ||
        !is_header_text (cJSON_GetStringValue (header)))
      return seedance_profile_expected (
          check, "a header that is not HTTP's own, and its value in quotes");
    seedance_profile_leave (check, back);
  }

  return (cJSON_IsObject (node) && node->child) ||
         seedance_profile_expected (
             check, "an object of headers and their values");
}

static gboolean
check_extra_in (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *name = cJSON_GetStringValue (node);

  return (seedance_json_is_path (name) && !strpbrk (name, ".[")) ||
         seedance_profile_expected (check,
             "the name of the body's member that extra-params belong into");
}

static gboolean
check_form (SeedanceProfileCheck *check, const cJSON *node)
{
  return cJSON_IsTrue (node) ||
         seedance_profile_expected (check, "true: the body is sent as a form");
}

static gboolean
check_idempotency (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *name = cJSON_GetStringValue (node);

  return (name && is_header_name (name)) ||
         seedance_profile_expected (check,
             "the name of the header by which the service knows an order "
             "again, such as \"Idempotency-Key\"");
}

static const SeedanceProfileMember order_members[] = {
  { "path", TRUE, check_order_path },
  { "form", FALSE, check_form },
  { "idempotency", FALSE, check_idempotency },
  { "headers", FALSE, check_headers },
  { "body", TRUE, check_body },
  { "extra-in", FALSE, check_extra_in },
  { NULL },
};

/* The member that extra-params go into must be an object for every request, so
 * it cannot be an "if" or a table. */
static gboolean
check_extra_place (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *name = cJSON_GetStringValue (
      cJSON_GetObjectItemCaseSensitive (node, "extra-in"));
  const cJSON *body = cJSON_GetObjectItemCaseSensitive (node, "body");
  const cJSON *place =
      name ? cJSON_GetObjectItemCaseSensitive (body, name) : NULL;

  return !name ||
         (cJSON_IsObject (place) && !cJSON_HasObjectItem (place, "if") &&
             !cJSON_HasObjectItem (place, "by")) ||
         seedance_profile_expected (
             check, "an object \"%s\" in the body", name);
}

static gboolean
check_task_path (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);
  const gchar *hole = text ? strstr (text, "${") : NULL;

  if (!hole || strstr (hole + 1, "${"))
    return seedance_profile_expected (check,
        "a path in quotes with \"${task-id}\" in it, or \"${task-path}\", "
        "once");

  return seedance_template_check_path (check, node, "task-id task-path");
}

static const SeedanceProfileMember task_members[] = {
  { "path", TRUE, check_task_path },
  { NULL },
};

static gboolean
check_holds (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *what = cJSON_GetStringValue (node);

  return g_strcmp0 (what, "video") == 0 || g_strcmp0 (what, "link") == 0 ||
         seedance_profile_expected (check,
             "\"video\", the clip itself, or \"link\", an answer with the "
             "link to it");
}

/* The client errors in this list are about the request and tell nothing about
 * the task. */
static gboolean
is_status_of_failure (const cJSON *node)
{
  static const gint others[] = { 401, 402, 403, 404, 405, 408, 409, 424, 425,
    429, 460, 499 };

  if (!cJSON_IsNumber (node) || node->valuedouble < 400 ||
      node->valuedouble > 499 || node->valuedouble != node->valueint)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    if (node->valueint == others[i])
      return FALSE;
  }

  return TRUE;
}

static gboolean
check_failed_by (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *status;

  cJSON_ArrayForEach (status, node)
  {
    if (!is_status_of_failure (status))
      return seedance_profile_expected (check,
          "statuses of HTTP that tell of the task, such as 422; those from 401 "
          "to 405, 408, 409, 424, 425, 429, 460, 499 and 5xx tell of the "
          "question");
  }

  return (cJSON_IsArray (node) && node->child) ||
         seedance_profile_expected (check, "a list of statuses of HTTP");
}

static const SeedanceProfileMember clip_members[] = {
  { "path", TRUE, check_task_path },
  { "holds", TRUE, check_holds },
  { "failed-by", FALSE, check_failed_by },
  { NULL },
};

static gboolean
check_method (SeedanceProfileCheck *check, const cJSON *node)
{
  static const gchar *const methods[] = { "DELETE", "POST", "PUT", NULL };
  const gchar *name = cJSON_GetStringValue (node);

  return (name && g_strv_contains (methods, name)) ||
         seedance_profile_expected (check, "\"DELETE\", \"POST\" or \"PUT\"");
}

static const SeedanceProfileMember cancel_members[] = {
  { "method", TRUE, check_method },
  { "path", TRUE, check_task_path },
  { NULL },
};

static gboolean
check_list_path (SeedanceProfileCheck *check, const cJSON *node)
{
  const gchar *path = cJSON_GetStringValue (node);

  if (!path || strstr (path, "${"))
    return seedance_profile_expected (
        check, "a path in quotes, without \"${\"");

  return seedance_template_check_path (check, node, "");
}

static gboolean
check_one_place (SeedanceProfileCheck *check, const cJSON *node)
{
  return seedance_json_is_path (cJSON_GetStringValue (node)) ||
         seedance_profile_expected (check, "a place such as \"data.items\"");
}

static gboolean
check_names (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *name;

  cJSON_ArrayForEach (name, node)
  {
    const gchar *text = cJSON_GetStringValue (name);

    if (!seedance_json_is_path (text) || strpbrk (text, ".["))
      return seedance_profile_expected (check, "names of members in quotes");
  }

  return (cJSON_IsArray (node) && node->child) ||
         seedance_profile_expected (
             check, "a list of members that an order and its task have");
}

static const SeedanceProfileMember list_members[] = {
  { "path", TRUE, check_list_path },
  { "tasks", TRUE, check_one_place },
  { "total", FALSE, check_one_place },
  { "made", TRUE, check_one_place },
  { "same", TRUE, check_names },
  { NULL },
};

static gboolean
check_places (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *place;

  cJSON_ArrayForEach (place, node)
  {
    if (!seedance_json_is_path (cJSON_GetStringValue (place)))
      return seedance_profile_expected (check,
          "places such as \"data.url\" or \"files[0].url\", in names of at "
          "most "
          "31 letters, digits, \"-\" and \"_\"");
  }

  return (cJSON_IsArray (node) && node->child) ||
         seedance_profile_expected (check, "a list of places");
}

static gboolean
check_words (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *word;

  cJSON_ArrayForEach (word, node)
  {
    if (!cJSON_IsString (word) || !*word->valuestring)
      return seedance_profile_expected (check, "words in quotes");
  }

  return cJSON_IsArray (node) ||
         seedance_profile_expected (check, "a list of words");
}

static const SeedanceProfileMember word_members[] = {
  { "queued", FALSE, check_words },
  { "running", FALSE, check_words },
  { "succeeded", FALSE, check_words },
  { "failed", FALSE, check_words },
  { "cancelled", FALSE, check_words },
  { "expired", FALSE, check_words },
  { NULL },
};

static const SeedanceProfileMember answer_members[] = {
  { "words", FALSE, NULL, word_members },
  { "id", FALSE, check_places },
  { "status", FALSE, check_places },
  { "video", FALSE, check_places },
  { "failure", FALSE, check_places },
  { "task-address", FALSE, check_places },
  { "clip-address", FALSE, check_places },
  { NULL },
};

static gboolean
check_amount (SeedanceProfileCheck *check, const cJSON *node)
{
  return (cJSON_IsNumber (node) && node->valuedouble >= 0 &&
             node->valuedouble < 1e9) ||
         seedance_profile_expected (check, "a number of 0 or more");
}

static const SeedanceProfileMember price_members[] = {
  { "model", TRUE, check_title },
  { "resolution", TRUE, check_title },
  { "pixels", FALSE, check_amount },
  { "usd-per-million-tokens", FALSE, check_amount },
  { "usd-per-second", FALSE, check_amount },
  { NULL },
};

/* A price is either by tokens, with "pixels" and "usd-per-million-tokens", or
 * by time. */
static gboolean
check_price (SeedanceProfileCheck *check, const cJSON *price)
{
  const gboolean pixels = cJSON_HasObjectItem (price, "pixels");
  const gboolean tokens = cJSON_HasObjectItem (price, "usd-per-million-tokens");
  const gboolean time = cJSON_HasObjectItem (price, "usd-per-second");

  return seedance_profile_check_members (check, price, price_members) &&
         ((pixels == tokens && tokens != time) ||
             seedance_profile_expected (check,
                 "either \"pixels\" and \"usd-per-million-tokens\", or "
                 "\"usd-per-second\""));
}

static gboolean
check_prices (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *price;
  guint nth = 0;

  if (!cJSON_IsArray (node))
    return seedance_profile_expected (check, "a list of prices");
  cJSON_ArrayForEach (price, node)
  {
    gsize back = seedance_profile_enter_item (check, nth++);

    if (!check_price (check, price))
      return FALSE;
    seedance_profile_leave (check, back);
  }

  return TRUE;
}

static gboolean
check_known (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *name;

  if (!cJSON_IsArray (node))
    return seedance_profile_expected (check, "a list of names of models");
  cJSON_ArrayForEach (name, node)
  {
    if (!check_title (check, name))
      return FALSE;
  }

  return TRUE;
}

static const SeedanceProfileMember models_members[] = {
  { "path", FALSE, check_list_path },
  { "known", FALSE, check_known },
  { NULL },
};

static const SeedanceProfileMember profile_members[] = {
  { "profile", TRUE, check_version },
  { "name", TRUE, check_name },
  { "title", TRUE, check_title },
  { "base-url", TRUE, check_base_url },
  { "key", TRUE, check_key },
  { "rules", FALSE, seedance_rules_check },
  { "order", TRUE, check_extra_place, order_members },
  { "task", TRUE, NULL, task_members },
  { "clip", FALSE, NULL, clip_members },
  { "cancel", FALSE, NULL, cancel_members },
  { "models", FALSE, NULL, models_members },
  { "list", FALSE, NULL, list_members },
  { "answer", FALSE, NULL, answer_members },
  { "prices", FALSE, check_prices },
  { NULL },
};

/* A header that is named twice could send the key twice, or a fixed text in its
 * place. */
static gboolean
check_headers_are_others (SeedanceProfileCheck *check, const cJSON *profile)
{
  const gchar *key =
      cJSON_GetObjectItemCaseSensitive (profile, "key")->valuestring;
  g_autofree gchar *name = g_strndup (key, strcspn (key, ":"));
  const cJSON *headers = seedance_json_get (profile, "order.headers");
  const gchar *again =
      cJSON_GetStringValue (seedance_json_get (profile, "order.idempotency"));

  return (!cJSON_HasObjectItem (headers, name) &&
             !(again && (g_ascii_strcasecmp (again, name) == 0 ||
                            cJSON_HasObjectItem (headers, again)))) ||
         seedance_profile_expected (check,
             "no header twice: that of the key's name, \"order.headers\" and "
             "\"order.idempotency\"");
}

/* ${task-path} is filled from the task's address in an answer. Neither is of
 * use without the other. */
static gboolean
check_task_paths (SeedanceProfileCheck *check, const cJSON *profile)
{
  const gchar *task =
      cJSON_GetStringValue (seedance_json_get (profile, "task.path"));
  const gboolean whole = strstr (task, "${task-path}") != NULL;
  const gboolean told =
      seedance_json_get (profile, "answer.task-address") != NULL;

  return whole == told ||
         seedance_profile_expected (check,
             "\"${task-path}\" in the path of the task together with "
             "\"answer.task-address\"");
}

gboolean
seedance_profile_check (SeedanceProfileCheck *check, const cJSON *profile)
{
  return seedance_profile_check_doubled (check, profile) &&
         seedance_profile_check_members (check, profile, profile_members) &&
         check_headers_are_others (check, profile) &&
         check_task_paths (check, profile);
}
