/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "answer.h"

#include "error.h"

#include <string.h>

#include <cjson/cJSON.h>

#define MAX_BODY (4 * 1024 * 1024)
/* The parser recurses; no service nests deeper than a handful. */
#define MAX_DEPTH 64
/* Every integer of 15 digits survives a double. */
#define EXACT_DIGITS 15
#define MAX_EXACT 9007199254740992.0
#define MAX_ID 512
#define MAX_URL 16384
#define MAX_TEXT 1000
#define MAX_WORD 64

/* Paths below are looked up behind each prefix in turn; the first hit wins. */
typedef const gchar *const Paths[];

static Paths containers = { "data.", "output.", "result.", "task.", NULL };

static Paths id_prefixes = { "", "data.", "output.", "result.", "task.", NULL };
static Paths id_paths = { "task_id", "id", "taskId", "job_id", NULL };
/* Some services know the task by it, others only number their answers by it
 * and put the task's own id deeper: hence after all of the above. */
static Paths request_id_paths = { "request_id", NULL };

static Paths status_paths = { "status", "state", "task_status", NULL };

static Paths url_prefixes = { "", "data.", NULL };
static Paths url_paths = { "content.video_url", "video_url", "video.url",
  "video", "output.video_url", "output.video", "output.url", "output",
  "output[0]", "outputs[0]", "results[0]", "result_url", "result.video_url",
  "url", "metadata.url", "videos[0].url", "videos[0].video_url", "urls[0]",
  NULL };

static Paths text_prefixes = { "", "data.", "task.", "output.", NULL };
static Paths text_paths = { "error.message", "error", "message", "msg",
  "detail", "fail_reason", "reason", NULL };
static Paths code_paths = { "error.code", "code", "error.type", NULL };

static Paths progress_paths = { "progress", NULL };
static Paths seed_paths = { "seed", NULL };

typedef struct {
  SeedanceStatus status;
  const gchar *name;
  const gchar *words; /* separated by spaces */
} StatusWords;

static const StatusWords status_words[] = {
  { SEEDANCE_STATUS_QUEUED, "queued",
      "queued queueing queuing in_queue pending waiting submitted created "
      "scheduled starting initializing preparing staged throttled accepted "
      "received not_start not_started" },
  { SEEDANCE_STATUS_RUNNING, "running",
      "running processing in_progress inprogress generating started working "
      "rendering executing" },
  { SEEDANCE_STATUS_SUCCEEDED, "succeeded",
      "succeeded succeed success successful completed complete done finished" },
  { SEEDANCE_STATUS_FAILED, "failed",
      "failed fail failure error errored rejected moderated blocked" },
  { SEEDANCE_STATUS_CANCELLED, "cancelled",
      "cancelled canceled canceling aborted interrupted terminated revoked "
      "deleted" },
  { SEEDANCE_STATUS_EXPIRED, "expired", "expired timeout timed_out" },
};

/* The value of the "\uXXXX" at @p, -1 when there is none. */
static gint
read_escape (const gchar *p, const gchar *end)
{
  gint value = 0;

  if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
    return -1;
  for (guint i = 2; i < 6; i++) {
    gint digit = g_ascii_xdigit_value (p[i]);

    if (digit < 0)
      return -1;
    value = value << 4 | digit;
  }
  return value;
}

/* Copies the escape at @p. cJSON ends a string at an escaped NUL, so that one
 * becomes another control character; and it refuses a whole answer for half a
 * surrogate pair, which services produce when they cut an echoed prompt. */
static gsize
copy_escape (GString *out, const gchar *p, const gchar *end)
{
  gint unit = read_escape (p, end);
  gint low = unit < 0 ? -1 : read_escape (p + 6, end);
  gsize n = unit < 0 ? MIN (2, end - p) : 6;

  if (unit == 0) {
    g_string_append (out, "\\u0001");
    return n;
  }
  if (unit >= 0xd800 && unit < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
    n = 12;
  } else if (unit >= 0xd800 && unit < 0xe000) {
    g_string_append (out, "\\ufffd");
    return n;
  }
  g_string_append_len (out, p, n);
  return n;
}

static gsize
copy_string (GString *out, const gchar *start, const gchar *end)
{
  const gchar *p = start + 1;

  g_string_append_c (out, '"');
  while (p < end && *p != '"') {
    if (*p == '\\')
      p += copy_escape (out, p, end);
    else
      g_string_append_c (out, *p++);
  }
  if (p < end)
    g_string_append_c (out, *p++);
  return p - start;
}

/* Copies a number; one that a double cannot hold becomes a string, because
 * rounding the id of a paid task loses the task. */
static gsize
copy_number (GString *out, const gchar *start, const gchar *end)
{
  const gchar *digits = *start == '-' ? start + 1 : start;
  const gchar *p = digits;
  gboolean quote;

  while (p < end && g_ascii_isdigit (*p))
    p++;
  quote = p - digits > EXACT_DIGITS && (p == end || !strchr (".eE+-", *p));
  while (p < end && (g_ascii_isdigit (*p) || strchr (".eE+-", *p)))
    p++;

  if (quote)
    g_string_append_c (out, '"');
  g_string_append_len (out, start, p - start);
  if (quote)
    g_string_append_c (out, '"');
  return p - start;
}

/* A copy that is safe to parse and loses nothing; NULL = nested too deep. */
static GString *
tame (const gchar *body, gsize size)
{
  g_autoptr (GString) out = g_string_sized_new (size + 1);
  const gchar *p = body, *end = body + size;
  guint depth = 0;

  while (p < end) {
    if (*p == '"') {
      p += copy_string (out, p, end);
      continue;
    }
    if (*p == '-' || g_ascii_isdigit (*p)) {
      p += copy_number (out, p, end);
      continue;
    }
    if ((*p == '{' || *p == '[') && ++depth > MAX_DEPTH)
      return NULL;
    if ((*p == '}' || *p == ']') && depth > 0)
      depth--;
    g_string_append_c (out, *p++);
  }
  return g_steal_pointer (&out);
}

static cJSON *
parse_object (const gchar *body, gsize size)
{
  g_autoptr (GString) text = NULL;
  const gchar *rest = NULL;
  cJSON *json;

  if (size == 0 || size > MAX_BODY || memchr (body, '\0', size))
    return NULL;
  text = tame (body, size);
  if (!text)
    return NULL;

  json = cJSON_ParseWithLengthOpts (text->str, text->len + 1, &rest, FALSE);
  if (!json)
    return NULL;
  if (cJSON_IsObject (json) && rest[strspn (rest, " \t\r\n")] == '\0')
    return json;
  cJSON_Delete (json);
  return NULL;
}

/* Follows a path such as "data.output[0]". */
static const cJSON *
resolve (const cJSON *node, const gchar *path)
{
  while (node && *path) {
    if (*path == '[') {
      gchar *end;
      guint64 index = g_ascii_strtoull (path + 1, &end, 10);

      node = cJSON_IsArray (node) ? cJSON_GetArrayItem (node, index) : NULL;
      path = end + 1;
    } else {
      gchar name[32];
      gsize n = strcspn (path, ".[");

      g_strlcpy (name, path, MIN (n + 1, sizeof name));
      node = cJSON_IsObject (node)
                 ? cJSON_GetObjectItemCaseSensitive (node, name)
                 : NULL;
      path += n;
    }
    if (*path == '.')
      path++;
  }
  return node;
}

/* What a node holds, in the form wanted; NULL when it does not hold that. */
typedef gchar *(*Reader) (const cJSON *node);

static gchar *
find_behind (const cJSON *root, const gchar *prefix, Paths paths, Reader reader)
{
  const cJSON *base = resolve (root, prefix);

  for (; base && *paths; paths++) {
    const cJSON *node = resolve (base, *paths);
    gchar *found = node ? reader (node) : NULL;

    if (found)
      return found;
  }
  return NULL;
}

static gchar *
find (const cJSON *root, Paths prefixes, Paths paths, Reader reader)
{
  gchar *found = NULL;

  for (; !found && *prefixes; prefixes++)
    found = find_behind (root, *prefixes, paths, reader);
  return found;
}

static gboolean
is_integer (const cJSON *node)
{
  gdouble value = cJSON_IsNumber (node) ? node->valuedouble : 0.5;

  return value >= -MAX_EXACT && value <= MAX_EXACT &&
         value == (gdouble) (gint64) value;
}

static gchar *
print_integer (const cJSON *node)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) node->valuedouble);
}

static gboolean
has_controls (const gchar *text)
{
  for (; *text; text = g_utf8_next_char (text)) {
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return TRUE;
  }
  return FALSE;
}

static gchar *
read_id (const cJSON *node)
{
  const gchar *id = cJSON_GetStringValue (node);

  if (is_integer (node))
    return print_integer (node);
  if (!id || !*id || strlen (id) > MAX_ID || !g_utf8_validate (id, -1, NULL) ||
      has_controls (id))
    return NULL;
  return g_strdup (id);
}

/* http and https without credentials and without anything that a URL cannot
 * hold; otherwise as the service wrote it, for signatures cover every byte. */
static gchar *
read_url (const cJSON *node)
{
  const gchar *url = cJSON_GetStringValue (node);
  const gchar *host;
  gsize n;

  if (!url || strlen (url) > MAX_URL || !g_utf8_validate (url, -1, NULL) ||
      has_controls (url) || strchr (url, ' '))
    return NULL;
  if (g_ascii_strncasecmp (url, "https://", 8) == 0)
    host = url + 8;
  else if (g_ascii_strncasecmp (url, "http://", 7) == 0)
    host = url + 7;
  else
    return NULL;

  /* Parsers differ on where a host with a backslash ends. */
  n = strcspn (host, "/?#");
  if (n == 0 || memchr (host, '@', n) || memchr (host, '\\', n))
    return NULL;
  return g_strdup (url);
}

/* What may reorder or hide the text around it on a terminal. */
static gboolean
is_unprintable (gunichar c)
{
  return g_unichar_iscntrl (c) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

/* The service's words on one line of at most @max characters. The query of a
 * URL in them is left out, because it may be a signature. */
static gchar *
clean_text (const gchar *raw, guint max)
{
  g_autofree gchar *head = g_strndup (raw, max * 6);
  g_autofree gchar *valid = g_utf8_make_valid (head, -1);
  GString *out = g_string_new (NULL);
  gboolean in_url = FALSE, in_query = FALSE;

  for (const gchar *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (max == 0) {
      g_string_append (out, "…");
      break;
    }
    if (is_unprintable (c))
      c = ' ';
    if (g_str_has_prefix (p, "://"))
      in_url = TRUE;
    if (g_unichar_isspace (c) || (c < 0x80 && strchr ("\"'<>", c)))
      in_url = in_query = FALSE;
    if (in_query)
      continue;
    g_string_append_unichar (out, c);
    max--;
    if (in_url && c == '?') {
      in_query = TRUE;
      g_string_append (out, "…");
    }
  }
  return g_strstrip (g_string_free (out, FALSE));
}

static gchar *
read_text_of (const cJSON *node, guint max)
{
  const gchar *raw = cJSON_GetStringValue (node);
  gchar *text = raw ? clean_text (raw, max) : NULL;

  if (text && !*text)
    g_clear_pointer (&text, g_free);
  return text;
}

static gchar *
read_text (const cJSON *node)
{
  return read_text_of (node, MAX_TEXT);
}

static gchar *
read_word (const cJSON *node)
{
  return read_text_of (node, MAX_WORD);
}

/* 0 and 200 are how an envelope says that all is well. */
static gboolean
is_failure_code (const cJSON *node)
{
  return is_integer (node) && node->valuedouble != 0 &&
         node->valuedouble != 200;
}

static gchar *
read_code (const cJSON *node)
{
  return is_failure_code (node) ? print_integer (node) : read_word (node);
}

/* An integer is a percentage, 1 too; a number with a fraction is a share of 1
 * up to there and a percentage above; "%" settles it. */
static gchar *
read_progress (const cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);
  gdouble value = cJSON_IsNumber (node) ? node->valuedouble : -1;
  gboolean sure = FALSE;

  if (text) {
    gchar *end;

    value = g_ascii_strtod (text, &end);
    if (end == text)
      return NULL;
    end += strspn (end, " ");
    sure = *end == '%';
    if (sure)
      end += 1 + strspn (end + 1, " ");
    if (*end != '\0')
      return NULL;
  }
  if (!sure && value > 0 && value < 1)
    value *= 100;
  if (!(value >= 0 && value <= 100))
    return NULL;
  /* 0.29 * 100 is a little less than 29. */
  return g_strdup_printf ("%d", (gint) (value + 1e-9));
}

static gchar *
read_seed (const cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);

  if (is_integer (node))
    return print_integer (node);
  return text ? g_strdup (text) : NULL;
}

static gint64
to_number (const gchar *text)
{
  gint64 value;

  if (!text ||
      !g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &value, NULL))
    return -1;
  return value;
}

/* Returns the prefix of the container that has a status of its own, which wins
 * over its envelope's; "" when none has. */
static const gchar *
read_status (SeedanceAnswer *answer, const cJSON *root)
{
  const gchar *home = "";

  for (const gchar *const *p = containers; !answer->status_word && *p; p++) {
    answer->status_word = find_behind (root, *p, status_paths, read_word);
    if (answer->status_word)
      home = *p;
  }
  if (!answer->status_word)
    answer->status_word = find_behind (root, "", status_paths, read_word);
  answer->status = seedance_status_from_word (answer->status_word);
  return home;
}

/* An envelope around a task says "success" of itself: the task's own words,
 * which stand at @home, come first. */
static gchar *
find_words (const cJSON *root, const gchar *home, Paths paths, Reader reader)
{
  gchar *found = NULL;

  if (*home)
    found = find_behind (root, home, paths, reader);
  return found ? found : find (root, text_prefixes, paths, reader);
}

static void
read_numbers (SeedanceAnswer *answer, const cJSON *root)
{
  g_autofree gchar *progress =
      find (root, id_prefixes, progress_paths, read_progress);
  g_autofree gchar *seed = find (root, id_prefixes, seed_paths, read_seed);

  answer->progress = to_number (progress);
  answer->seed = to_number (seed);
  /* The one value that reads both ways: 1 of 1, or 1 percent. */
  if (answer->progress == 1 && answer->status == SEEDANCE_STATUS_SUCCEEDED)
    answer->progress = 100;
}

static gboolean
is_refusal (const cJSON *root)
{
  return cJSON_IsFalse (cJSON_GetObjectItemCaseSensitive (root, "success")) ||
         is_failure_code (cJSON_GetObjectItemCaseSensitive (root, "code"));
}

SeedanceAnswer *
seedance_answer_parse (const gchar *body, gsize size, GError **error)
{
  cJSON *root = parse_object (body, size);
  SeedanceAnswer *answer;
  const gchar *home;

  if (!root) {
    g_propagate_error (
        error, seedance_error_new (SEEDANCE_ERROR_READ, NULL,
                   "The service's answer (%" G_GSIZE_FORMAT
                   " bytes) is not a JSON object that can be read.",
                   size));
    return NULL;
  }

  answer = g_new0 (SeedanceAnswer, 1);
  home = read_status (answer, root);
  answer->refused = is_refusal (root);
  answer->task_id = find (root, id_prefixes, id_paths, read_id);
  /* A refusal is numbered too, but that is no task. */
  if (!answer->task_id && !answer->refused)
    answer->task_id = find (root, id_prefixes, request_id_paths, read_id);
  answer->video_url = find (root, url_prefixes, url_paths, read_url);
  answer->error_message = find_words (root, home, text_paths, read_text);
  answer->error_code = find_words (root, home, code_paths, read_code);
  read_numbers (answer, root);

  cJSON_Delete (root);
  return answer;
}

void
seedance_answer_free (SeedanceAnswer *answer)
{
  if (!answer)
    return;
  g_free (answer->task_id);
  g_free (answer->status_word);
  g_free (answer->video_url);
  g_free (answer->error_message);
  g_free (answer->error_code);
  g_free (answer);
}

/* Lower case, trimmed, "_" for "-" and " ", no "task_status_" before it. */
static gchar *
normalise_word (const gchar *word)
{
  g_autofree gchar *lower = g_strstrip (g_ascii_strdown (word, -1));
  const gchar *p = g_strdelimit (lower, "- ", '_');

  if (g_str_has_prefix (p, "task_status_"))
    p += strlen ("task_status_");
  return g_strdup (p);
}

SeedanceStatus
seedance_status_from_word (const gchar *word)
{
  g_autofree gchar *wanted = word ? normalise_word (word) : NULL;

  for (gsize i = 0; wanted && i < G_N_ELEMENTS (status_words); i++) {
    g_auto (GStrv) words = g_strsplit (status_words[i].words, " ", -1);

    if (g_strv_contains ((const gchar *const *) words, wanted))
      return status_words[i].status;
  }
  return SEEDANCE_STATUS_UNKNOWN;
}

const gchar *
seedance_status_to_string (SeedanceStatus status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (status_words); i++) {
    if (status_words[i].status == status)
      return status_words[i].name;
  }
  return "unknown";
}

gboolean
seedance_status_is_final (SeedanceStatus status)
{
  return status >= SEEDANCE_STATUS_SUCCEEDED;
}
