/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the text for people in an error, whatever shape the service gives it,
 * and recognises texts that only say that all is well. */
#include "answer-private.h"

#include <string.h>

#include "text.h"

#define MAX_TEXT 1000
/* Texts are looked for in lists and objects down to this depth. */
#define MAX_DEPTH 4
/* At most this many entries of a list of errors are quoted. */
#define MAX_PARTS 5
/* A text with more words than these is no plain "Task submitted". */
#define MAX_WORDS 4

static gchar *read_part (const cJSON *node, const gchar *secret, guint depth);

static gboolean
is_success_word (const gchar *word)
{
  static const gchar *const words[] = { "succ", "success", "succeed",
    "succeeded", "successful", "successfully", NULL };

  return g_strv_contains (words, word);
}

gboolean
seedance_answer_is_success_text (const gchar *text)
{
  static const gchar *const whole[] = { "ok", "okay", "done", "accepted",
    "submitted", "created", "completed", "none", "null", "n/a", "false", "0",
    "no error", "no errors", NULL };
  g_autofree gchar *lower = g_utf8_strdown (text, -1);
  g_auto (GStrv) words = NULL;
  guint n;

  if (strstr (lower, "成功"))
    return !strstr (lower, "不成功") && !strstr (lower, "未成功");
  g_strstrip (g_strdelimit (lower, ".,:;!_", ' '));
  if (g_strv_contains (whole, lower))
    return TRUE;
  words = g_strsplit (lower, " ", -1);
  n = g_strv_length (words);
  if (n == 0 || g_strv_contains ((const gchar *const *) words, "not"))
    return FALSE;

  return is_success_word (words[0]) || is_success_word (words[n - 1]);
}

static gboolean
is_acceptance_in_chinese (const gchar *text)
{
  static const gchar *const done[] = { "已提交", "已创建", "已受理", "已接收",
    NULL };
  static const gchar *const refusing[] = { "不", "未", "无法", "失败", "过多",
    "上限", "限制", "超", "再试", NULL };
  gboolean is = FALSE;

  for (guint i = 0; !is && done[i]; i++)
    is = strstr (text, done[i]) != NULL;
  for (guint i = 0; is && refusing[i]; i++)
    is = !strstr (text, refusing[i]);

  return is;
}

/* Sentences may end in such a word, too, and mean the contrary: "Please wait
 * until your other task is completed". */
gboolean
seedance_answer_is_acceptance (const gchar *text)
{
  static const gchar *const last[] = { "submitted", "created", "accepted",
    "received", "queued", "scheduled", "started", NULL };
  static const gchar *const refusing[] = { "not", "no", "cannot", "can't",
    "never", "many", "failed", "unable", "invalid", "wait", "until", "only",
    "limit", "maximum", "before", "still", "must", "please", NULL };
  g_autofree gchar *lower = g_utf8_strdown (text, -1);
  g_auto (GStrv) words = NULL;
  guint n;

  if (seedance_answer_is_success_text (text) ||
      is_acceptance_in_chinese (lower))
    return TRUE;
  words =
      g_strsplit (g_strstrip (g_strdelimit (lower, ".,:;!_", ' ')), " ", -1);
  n = g_strv_length (words);
  if (n == 0 || n > MAX_WORDS)
    return FALSE;
  for (guint i = 0; refusing[i]; i++) {
    if (g_strv_contains ((const gchar *const *) words, refusing[i]))
      return FALSE;
  }

  return g_strv_contains (last, words[n - 1]);
}

/* Returns the field that a validator complains about: "duration" for ["body",
 * "duration"]. */
static gchar *
read_place (const cJSON *loc, const gchar *secret)
{
  GString *place = g_string_new (NULL);
  const cJSON *step;

  cJSON_ArrayForEach (step, loc)
  {
    g_autofree gchar *name =
        cJSON_IsString (step)
            ? seedance_text_clean (step->valuestring, -1, 64, secret)
            : NULL;

    if (seedance_json_is_integer (step))
      g_string_append_printf (place, "[%d]", step->valueint);
    else if (name && *name && !g_str_equal (name, "body"))
      g_string_append_printf (place, "%s%s", place->len > 0 ? "." : "", name);
  }

  return g_string_free (place, FALSE);
}

static gchar *
read_object (const cJSON *node, const gchar *secret, guint depth)
{
  static const gchar *const names[] = { "message", "msg", "detail", "details",
    "error", "errors", "reason", "description", "text", "title", NULL };
  g_autofree gchar *place =
      read_place (cJSON_GetObjectItemCaseSensitive (node, "loc"), secret);
  g_autofree gchar *words = NULL;

  for (guint i = 0; !words && names[i]; i++)
    words = read_part (
        cJSON_GetObjectItemCaseSensitive (node, names[i]), secret, depth + 1);
  if (words && *place)
    return g_strdup_printf ("%s: %s", place, words);

  return g_steal_pointer (&words);
}

static gchar *
read_list (const cJSON *node, const gchar *secret, guint depth)
{
  GString *all = g_string_new (NULL);
  const cJSON *item;
  guint n = 0;

  cJSON_ArrayForEach (item, node)
  {
    g_autofree gchar *part =
        n < MAX_PARTS ? read_part (item, secret, depth + 1) : NULL;

    if (!part)
      continue;
    g_string_append_printf (all, "%s%s", n++ > 0 ? "; " : "", part);
  }

  return g_string_free (all, n == 0);
}

static gchar *
read_string (const cJSON *node, const gchar *secret)
{
  gchar *text = seedance_text_clean (node->valuestring, -1, MAX_TEXT, secret);

  if (!*text || seedance_answer_is_success_text (text))
    g_clear_pointer (&text, g_free);

  return text;
}

static gchar *
read_part (const cJSON *node, const gchar *secret, guint depth)
{
  if (depth > MAX_DEPTH)
    return NULL;
  if (cJSON_IsString (node))
    return read_string (node, secret);
  if (cJSON_IsArray (node))
    return read_list (node, secret, depth);

  return cJSON_IsObject (node) ? read_object (node, secret, depth) : NULL;
}

gchar *
seedance_answer_read_words (const cJSON *node, const gchar *secret)
{
  g_autofree gchar *words = read_part (node, secret, 0);

  return words ? seedance_text_clean (words, -1, MAX_TEXT, secret) : NULL;
}
