/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a service's list of tasks and picks those that may belong to an
 * order. */
#include "lost.h"

#include <string.h>

#include "address.h"
#include "json.h"

const gchar *
seedance_provider_list_path (const SeedanceProvider *provider)
{
  return seedance_provider_get_text (provider, "list.path");
}

static gboolean
is_endpoint (const cJSON *node)
{
  const gchar *text = cJSON_GetStringValue (node);

  return text && g_str_has_prefix (text, "ep-");
}

/* For "adaptive", "auto" and -1 the service chooses a value and tells that one,
 * and for the id of an endpoint ("ep-…"), which may stand for a model, it may
 * tell the model. So there is nothing to compare. */
static gboolean
is_left_open (const cJSON *asked, const cJSON *told)
{
  const gchar *text = cJSON_GetStringValue (asked);
  gint64 number;

  return (text && (g_ascii_strcasecmp (text, "adaptive") == 0 ||
                      g_ascii_strcasecmp (text, "auto") == 0)) ||
         (is_endpoint (asked) && !is_endpoint (told)) ||
         (seedance_json_read_integer (asked, &number) && number == -1);
}

/* Returns TRUE if the values contradict each other. A value that the service
 * does not tell, also an empty text, or one of another type contradicts
 * nothing. */
static gboolean
is_another (const cJSON *asked, const cJSON *told)
{
  gint64 a, b;

  if (!told || is_left_open (asked, told))
    return FALSE;
  if (seedance_json_read_integer (asked, &a) &&
      seedance_json_read_integer (told, &b))
    return a != b;
  if (cJSON_IsBool (asked) && cJSON_IsBool (told))
    return cJSON_IsTrue (asked) != cJSON_IsTrue (told);

  return cJSON_IsString (asked) && cJSON_IsString (told) &&
         *told->valuestring &&
         g_ascii_strcasecmp (asked->valuestring, told->valuestring) != 0;
}

/* Returns TRUE if nothing in @task contradicts what was @asked for. */
static gboolean
is_alike (const cJSON *asked, const cJSON *task)
{
  const cJSON *member;

  cJSON_ArrayForEach (member, asked)
  {
    if (is_another (
            member, cJSON_GetObjectItemCaseSensitive (task, member->string)))
      return FALSE;
  }

  return TRUE;
}

/* In seconds, the year 5138: a larger number is in milliseconds. */
#define SECONDS_MAX 100000000000

/* Reads a time in seconds or milliseconds since the epoch or in ISO 8601. */
static gboolean
read_time (const cJSON *node, gint64 *seconds)
{
  const gchar *text = cJSON_GetStringValue (node);
  g_autoptr (GDateTime) time = NULL;

  if (seedance_json_read_integer (node, seconds)) {
    if (*seconds > SECONDS_MAX)
      *seconds /= 1000;
    return *seconds > 0;
  }
  time = text ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
  if (time)
    *seconds = g_date_time_to_unix (time);

  return time != NULL;
}

/* Reads the id of a listed task as that of an answer about it. NULL if there is
 * none. Free with g_free(). */
static gchar *
read_id (
    const SeedanceProvider *provider, const gchar *base_url, const cJSON *task)
{
  const SeedanceAnswerSource source = { .address = base_url,
    .more = seedance_provider_get_answers (provider) };
  gchar *text = cJSON_PrintUnformatted (task);
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (text, strlen (text), &source);

  cJSON_free (text);
  /* A listed task that has failed may hold an error. */
  answer->refused = FALSE;
  if (!seedance_provider_take_address (provider, base_url, answer))
    return NULL;

  return g_steal_pointer (&answer->task_id);
}

/* Adds the id of @task to @ids if the task fits. Returns FALSE if the task fits
 * but has no usable id: then the list proves nothing. */
static gboolean
take (const SeedanceProvider *provider, const gchar *base_url,
    const cJSON *task, const cJSON *asked, GPtrArray *ids)
{
  gchar *id;

  if (!is_alike (asked, task))
    return TRUE;
  id = read_id (provider, base_url, task);
  if (id)
    g_ptr_array_add (ids, id);

  return id != NULL;
}

/* Returns TRUE if no task from @from on can be missing from the list. Either it
 * reaches further back (the newest task is first), or it has as many tasks as
 * the service says there are. */
static gboolean
is_all (const SeedanceProvider *provider, const cJSON *list, gint n,
    gint64 oldest, gint64 from)
{
  const gchar *place = seedance_provider_get_text (provider, "list.total");
  gint64 total;

  if (n > 0 && oldest < from)
    return TRUE;

  return place &&
         seedance_json_read_integer (seedance_json_get (list, place), &total) &&
         total <= n;
}

static gboolean
read_list (const SeedanceProvider *provider, const gchar *base_url,
    const cJSON *list, const cJSON *asked, gint64 from, gint64 to,
    GPtrArray *ids)
{
  const cJSON *tasks = seedance_json_get (
      list, seedance_provider_get_text (provider, "list.tasks"));
  const gchar *made_at = seedance_provider_get_text (provider, "list.made");
  gint64 oldest = G_MAXINT64;
  const cJSON *task;

  if (!cJSON_IsArray (tasks))
    return FALSE;
  cJSON_ArrayForEach (task, tasks)
  {
    gint64 made;

    if (!read_time (seedance_json_get (task, made_at), &made) ||
        (made >= from && made <= to &&
            !take (provider, base_url, task, asked, ids)))
      return FALSE;
    oldest = MIN (oldest, made);
  }

  return is_all (provider, list, cJSON_GetArraySize (tasks), oldest, from);
}

gchar **
seedance_provider_find_lost (const SeedanceProvider *provider,
    const gchar *base_url, const SeedanceRequest *request, const gchar *list,
    gsize size, gint64 from, gint64 to)
{
  g_autofree gchar *members = seedance_provider_submit_members (
      provider, request, seedance_json_get (provider->profile, "list.same"));
  cJSON *root = seedance_json_parse (list, size);
  cJSON *asked = seedance_json_parse (members, strlen (members));
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  gboolean good =
      root && read_list (provider, base_url, root, asked, from, to, ids);

  cJSON_Delete (root);
  cJSON_Delete (asked);
  if (!good) {
    g_ptr_array_unref (ids);
    return NULL;
  }
  g_ptr_array_add (ids, NULL);

  return (gchar **) g_ptr_array_free (ids, FALSE);
}
