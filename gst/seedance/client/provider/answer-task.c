/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the id of the task in an answer. */
#include "answer-private.h"

/* A number that stands alone in a container is an id only from here on. Smaller
 * ones mean yes, no or a count. */
#define LEAST_BARE_ID 1000

/* These names are clear, so they come before "id", which may be the
 * envelope's. */
static const gchar *const task_id_paths[] = { "task_id", "taskId", "task_id[0]",
  "task_ids[0]", NULL };
static const gchar *const id_paths[] = { "id", "job_id", "jobId",
  "generation_id", "prediction_id", "video_id", NULL };
/* Some services use these as the task id. Others only number their answers so
 * and have the task id deeper inside, so they are the last resort. */
static const gchar *const request_id_paths[] = { "uuid", "request_id",
  "requestId", NULL };

static gchar *
read_bare_id (const SeedanceReading *reading, const cJSON *node, gboolean sure)
{
  const cJSON *first = seedance_reading_first_of (node);
  g_autofree gchar *id = first ? seedance_reader_id (reading, first) : NULL;
  gint64 number;

  if (!id ||
      (seedance_json_read_integer (first, &number) && number < LEAST_BARE_ID) ||
      !seedance_answer_is_bare_id (id, sure))
    return NULL;

  return g_steal_pointer (&id);
}

static gchar *
find_bare_id_at (
    const SeedanceReading *reading, const SeedancePlace *place, gboolean sure)
{
  gchar *id = NULL;

  for (guint i = 0; !id && seedance_answer_containers[i]; i++) {
    const gchar *name = seedance_answer_containers[i];

    /* A text in "video" is a link, or what stands in the place of one. */
    if (!g_str_equal (name, "video"))
      id = read_bare_id (reading,
          seedance_reading_get_container (reading, place->node, i), sure);
  }

  return id;
}

static gchar *
find_bare_id (const SeedanceReading *reading, gboolean sure)
{
  gchar *id = NULL;

  for (guint i = 0; !id && i < reading->places->len; i++) {
    const SeedancePlace *place = seedance_reading_get_place (reading, i);

    if (place->depth < SEEDANCE_ANSWER_NESTING)
      id = find_bare_id_at (reading, place, sure);
  }

  return id;
}

gchar *
seedance_answer_find_named_id (const SeedanceReading *reading)
{
  gchar *id = seedance_reading_find_more (reading, "id", seedance_reader_id);

  if (!id)
    id = seedance_reading_find (reading, task_id_paths, seedance_reader_id);

  return id ? id
            : seedance_reading_find (reading, id_paths, seedance_reader_id);
}

/* Returns the id under a name for ids right in this place; NULL if there is
 * none. Free with g_free(). */
static gchar *
find_id_at (const SeedanceReading *reading, guint place)
{
  gchar *id = seedance_reading_find_at (
      reading, place, task_id_paths, seedance_reader_id);

  return id ? id
            : seedance_reading_find_at (
                  reading, place, id_paths, seedance_reader_id);
}

gboolean
seedance_answer_names_task_at (const SeedanceReading *reading, guint place)
{
  g_autofree gchar *id = find_id_at (reading, place);

  return id != NULL;
}

gboolean
seedance_answer_has_task_id (const SeedanceReading *reading)
{
  g_autofree gchar *id =
      seedance_reading_find (reading, task_id_paths, seedance_reader_id);

  return id != NULL;
}

gboolean
seedance_answer_names_several (const SeedanceReading *reading)
{
  g_autofree gchar *first = NULL;
  gboolean several = FALSE;

  for (guint i = 0; !several && i < reading->places->len; i++) {
    g_autofree gchar *id = find_id_at (reading, i);

    several = first && id && !g_str_equal (first, id);
    if (!first)
      first = g_steal_pointer (&id);
  }

  return several;
}

/* A refusal may carry an id, too, but not one of a task. So the weaker places,
 * an id that stands alone and "request_id", do not count in an error. */
void
seedance_answer_read_task_id (
    SeedanceAnswer *answer, const SeedanceReading *reading)
{
  static const gchar *const uuid_paths[] = { "uuid", NULL };
  static const gchar *const number_paths[] = { "request_id", NULL };
  const gboolean failed =
      answer->refused || seedance_status_is_failure (answer->status);

  answer->uuid =
      seedance_reading_find (reading, uuid_paths, seedance_reader_id);
  answer->request_id =
      seedance_reading_find (reading, number_paths, seedance_reader_id);
  answer->task_id = seedance_answer_find_named_id (reading);
  if (!answer->task_id && !failed)
    answer->task_id = find_bare_id (reading, FALSE);
  if (!answer->task_id && !answer->has_error)
    answer->task_id =
        seedance_reading_find (reading, request_id_paths, seedance_reader_id);
  /* A word without a digit may be the name of anything, such as
   * "text-to-video". */
  if (!answer->task_id && !failed && !answer->error_code)
    answer->task_id = find_bare_id (reading, TRUE);
  /* "failed" without an id means that no task was made: a task that was
   * accepted and failed at once has an id. Words like "timed out" and
   * "interrupted" prove nothing. */
  answer->refused |=
      answer->status == SEEDANCE_STATUS_FAILED && !answer->task_id;
}
