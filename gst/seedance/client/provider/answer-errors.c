/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what an answer tells of an error, and decides whether it refuses. */
#include "answer-private.h"

typedef const gchar *const Paths[];

static Paths text_paths = { "error", "errors", "message", "msg", "detail",
  "fail_reason", "failMsg", "failure", "reason", "error_message",
  "task_status_msg", "base_resp.status_msg", "ResponseMetadata.Error.Message",
  NULL };
static Paths code_paths = { "error.code", "code", "error.type", "failCode",
  "failureCode", "error_type", "base_resp.status_code",
  "ResponseMetadata.Error.Code", NULL };

/* Looks for the words of the task before those of the envelope, which may say
 * "success" about itself: first in the container @home, then in those around
 * it, then everywhere. */
static gchar *
find_words (const SeedanceReading *reading, guint home, Paths paths,
    SeedanceReader reader)
{
  gchar *found = seedance_reading_find_at (reading, home, paths, reader);

  while (!found && home > 0) {
    home = seedance_reading_get_place (reading, home)->parent;
    if (home > 0)
      found = seedance_reading_find_at (reading, home, paths, reader);
  }

  return found ? found : seedance_reading_find (reading, paths, reader);
}

static gboolean
has_only_empty_members (const cJSON *object)
{
  const cJSON *member;

  cJSON_ArrayForEach (member, object)
  {
    if (!seedance_answer_is_empty (member))
      return FALSE;
  }

  return TRUE;
}

/* Returns TRUE if @error tells of an error. Some services always send this
 * object, with a code or a message of success, or with nothing in it. */
static gboolean
is_error_object (const SeedanceReading *reading, const cJSON *error)
{
  static Paths codes = { "code", "type", NULL };
  g_autofree gchar *said = NULL;

  if (!cJSON_IsObject (error) || has_only_empty_members (error))
    return FALSE;
  said = seedance_reader_words (reading, error);
  for (guint i = 0; !said && codes[i]; i++)
    said = seedance_reader_code (
        reading, cJSON_GetObjectItemCaseSensitive (error, codes[i]));

  return said || (!cJSON_HasObjectItem (error, "code") &&
                     !cJSON_HasObjectItem (error, "message"));
}

static gboolean
has_error_object (const SeedanceReading *reading)
{
  gboolean has = FALSE;

  for (guint i = 0; !has && i < reading->places->len; i++)
    has = is_error_object (
        reading, cJSON_GetObjectItemCaseSensitive (
                     seedance_reading_get_place (reading, i)->node, "error"));

  return has;
}

/* Returns TRUE if @node, which stands where errors do, tells of one. Texts such
 * as "none" and "success" do not. */
static gboolean
tells_of_error (const SeedanceReading *reading, const cJSON *node)
{
  g_autofree gchar *words = NULL;

  if (cJSON_IsObject (node))
    return is_error_object (reading, node);
  if (!cJSON_IsString (node))
    return !seedance_answer_is_empty (node);
  words = seedance_reader_words (reading, node);

  return words != NULL;
}

static gboolean
says_no_success (const SeedanceReading *reading)
{
  gboolean says = FALSE;

  for (guint i = 0; !says && i < reading->places->len; i++) {
    const cJSON *success = cJSON_GetObjectItemCaseSensitive (
        seedance_reading_get_place (reading, i)->node, "success");
    const gchar *word = cJSON_GetStringValue (success);

    says = cJSON_IsFalse (success) ||
           (word && g_ascii_strcasecmp (word, "false") == 0);
  }

  return says;
}

static gboolean
has_data (const SeedanceReading *reading, const cJSON *root)
{
  gboolean has = FALSE;

  for (guint i = 0; !has && seedance_answer_containers[i]; i++)
    has = !seedance_answer_is_empty (
        seedance_reading_get_container (reading, root, i));

  return has;
}

static gboolean
has_message_of_success (const cJSON *root)
{
  static const gchar *const names[] = { "message", "msg", NULL };
  gboolean has = FALSE;

  for (guint i = 0; !has && names[i]; i++) {
    const gchar *text = cJSON_GetStringValue (
        cJSON_GetObjectItemCaseSensitive (root, names[i]));

    has = text && g_utf8_validate (text, -1, NULL) &&
          seedance_answer_is_acceptance (text);
  }

  return has;
}

/* Returns TRUE if objects with this name belong to an error or to the request,
 * or are a list of other tasks. */
static gboolean
is_of_envelope (const gchar *name)
{
  static const gchar *const names[] = { "error", "errors", "message", "msg",
    "detail", "details", "reason", "extra", "meta", "metadata", "debug",
    "trace", "headers", "request", "params", "param", "context", "base_resp",
    "response_metadata", "tasks", "jobs", "generations", NULL };
  gboolean is = FALSE;

  for (guint i = 0; !is && names[i]; i++)
    is = seedance_answer_is_same_name (names[i], name);

  return is;
}

/* Returns TRUE if @node is an object that is not empty, or a list with one. */
static gboolean
has_object (const cJSON *node)
{
  const cJSON *item;

  if (!cJSON_IsArray (node))
    return cJSON_IsObject (node) && !seedance_answer_is_empty (node);
  cJSON_ArrayForEach (item, node)
  {
    if (cJSON_IsObject (item) && !seedance_answer_is_empty (item))
      return TRUE;
  }

  return FALSE;
}

/* Returns TRUE if an object in @root may be a task in a place that nobody
 * knows. */
static gboolean
may_hold_task (const cJSON *root)
{
  const cJSON *member;

  cJSON_ArrayForEach (member, root)
  {
    if (has_object (member) && !is_of_envelope (member->string))
      return TRUE;
  }

  return FALSE;
}

/* Returns TRUE if the envelope's code is that of a refusal. Services choose
 * their success codes freely, so an unknown code proves nothing if there is an
 * id, anything that may be a task, or a sign of success. */
static gboolean
has_code_of_refusal (const SeedanceReading *reading, const cJSON *root)
{
  g_autofree gchar *id = NULL;
  gint64 code;

  if (!seedance_json_read_integer (
          cJSON_GetObjectItemCaseSensitive (root, "code"), &code) ||
      seedance_answer_is_success_code (code))
    return FALSE;
  if (code >= 400 && code <= 599)
    return TRUE;
  id = seedance_answer_find_named_id (reading);

  return !id && !has_data (reading, root) && !may_hold_task (root) &&
         !has_message_of_success (root) &&
         !cJSON_IsTrue (cJSON_GetObjectItemCaseSensitive (root, "success"));
}

static gboolean
is_refused (const SeedanceReading *reading, const cJSON *root)
{
  return says_no_success (reading) || has_error_object (reading) ||
         has_code_of_refusal (reading, root);
}

static gboolean
has_error_beside (const SeedanceReading *reading, const cJSON *root)
{
  return tells_of_error (
             reading, cJSON_GetObjectItemCaseSensitive (root, "error")) ||
         tells_of_error (
             reading, cJSON_GetObjectItemCaseSensitive (root, "errors"));
}

void
seedance_answer_read_mood (SeedanceReading *reading)
{
  static Paths statuses = { "status", "state", NULL };
  const cJSON *root = seedance_reading_get_place (reading, 0)->node;
  g_autofree gchar *words =
      seedance_reading_find (reading, text_paths, seedance_reader_words);
  g_autofree gchar *code =
      seedance_reading_find (reading, code_paths, seedance_reader_code);
  g_autofree gchar *status =
      seedance_reading_find_at (reading, 0, statuses, seedance_reader_word);

  reading->talks = words && !seedance_answer_is_acceptance (words);
  reading->refusal =
      is_refused (reading, root) || has_error_beside (reading, root) ||
      (code && !has_message_of_success (root)) ||
      seedance_status_is_failure (seedance_status_from_word (status));
}

void
seedance_answer_read_errors (
    SeedanceAnswer *answer, const SeedanceReading *reading, guint home)
{
  const cJSON *root = seedance_reading_get_place (reading, 0)->node;

  answer->error_message =
      find_words (reading, home, text_paths, seedance_reader_words);
  answer->error_code =
      find_words (reading, home, code_paths, seedance_reader_code);
  answer->refused = is_refused (reading, root);
  answer->has_error = answer->refused ||
                      seedance_status_is_failure (answer->status) ||
                      has_error_beside (reading, root) ||
                      (answer->error_code && !has_data (reading, root));
}

static gchar *
read_presence (const SeedanceReading *reading, const cJSON *node)
{
  return tells_of_error (reading, node) ? g_strdup ("") : NULL;
}

void
seedance_answer_read_failure (
    SeedanceAnswer *answer, const SeedanceReading *reading)
{
  g_autofree gchar *failure =
      answer->status == SEEDANCE_STATUS_SUCCEEDED
          ? seedance_reading_find_more (reading, "failure", read_presence)
          : NULL;

  if (failure)
    answer->status = SEEDANCE_STATUS_FAILED;
}
