/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects the objects that may hold the task, and looks for values in them. */
#include "answer-private.h"

#include <string.h>

/* Longest name in a path, with its NUL. */
#define MAX_NAME 32

/* No "payload" or "input": services echo the request there, and with it links
 * to the user's own media. */
const gchar *const seedance_answer_containers[] = { "data", "output", "result",
  "task", "content", "task_result", "response", "creations", "videos", "job",
  "video", "generation", "prediction", "result_json", "tasks", "jobs",
  "generations", NULL };

/* A refusal may tell of other tasks of the account, for example of those that
 * reach a limit. So the containers from the first of these on are not read in a
 * refusal, and those from the second on only if they hold a single task. */
#define FIRST_UNSURE 9
#define FIRST_LIST 14

const SeedancePlace *
seedance_reading_get_place (const SeedanceReading *reading, guint nth)
{
  return &g_array_index (reading->places, SeedancePlace, nth);
}

gboolean
seedance_answer_is_same_name (const gchar *a, const gchar *b)
{
  for (;; a++, b++) {
    a += strspn (a, "_-");
    b += strspn (b, "_-");
    if (g_ascii_tolower (*a) != g_ascii_tolower (*b))
      return FALSE;
    if (*a == '\0')
      return TRUE;
  }
}

const cJSON *
seedance_answer_get_member (const cJSON *node, const gchar *name)
{
  const cJSON *similar = NULL, *member;
  guint n = 0;

  if (!cJSON_IsObject (node))
    return NULL;
  cJSON_ArrayForEach (member, node)
  {
    if (n++ == SEEDANCE_ANSWER_MEMBERS)
      break;
    if (strcmp (member->string, name) == 0)
      return member;
    if (!similar && seedance_answer_is_same_name (member->string, name))
      similar = member;
  }

  return similar;
}

/* The same for a path such as "output[0].url". */
static const cJSON *
get (const cJSON *node, const gchar *path)
{
  while (node && *path) {
    const gsize n =
        *path == '[' ? strcspn (path, "]") + 1 : strcspn (path, ".[");
    gchar step[MAX_NAME];

    g_strlcpy (step, path, MIN (n + 1, sizeof step));
    node = *step == '[' ? seedance_json_get (node, step)
                        : seedance_answer_get_member (node, step);
    path += n;
    if (*path == '.')
      path++;
  }

  return node;
}

const cJSON *
seedance_reading_first_of (const cJSON *node)
{
  return cJSON_IsArray (node) ? cJSON_GetArrayItem (node, 0) : node;
}

const cJSON *
seedance_reading_get_container (
    const SeedanceReading *reading, const cJSON *node, guint nth)
{
  const cJSON *member =
      seedance_answer_get_member (node, seedance_answer_containers[nth]);
  const gboolean is_list = nth >= FIRST_LIST && cJSON_IsArray (member);

  if ((nth >= FIRST_UNSURE && reading->refusal) ||
      (is_list && (reading->talks || cJSON_GetArraySize (member) > 1)))
    return NULL;

  return member;
}

static void
add_place (
    SeedanceReading *reading, const cJSON *node, guint parent, guint depth)
{
  const SeedancePlace place = { seedance_reading_first_of (node), parent,
    depth };

  if (cJSON_IsObject (place.node) &&
      reading->places->len < SEEDANCE_ANSWER_PLACES)
    g_array_append_val (reading->places, place);
}

void
seedance_reading_find_places (SeedanceReading *reading, const cJSON *root)
{
  g_array_set_size (reading->places, 0);
  add_place (reading, root, 0, 0);
  for (guint i = 0; i < reading->places->len; i++) {
    const SeedancePlace place = *seedance_reading_get_place (reading, i);

    for (guint k = 0;
         place.depth < SEEDANCE_ANSWER_NESTING && seedance_answer_containers[k];
         k++)
      add_place (reading,
          seedance_reading_get_container (reading, place.node, k), i,
          place.depth + 1);
  }
}

gchar *
seedance_reading_find_at (const SeedanceReading *reading, guint place,
    const gchar *const *paths, SeedanceReader reader)
{
  gchar *found = NULL;

  for (; !found && *paths; paths++) {
    const cJSON *node =
        get (seedance_reading_get_place (reading, place)->node, *paths);

    found = node ? reader (reading, node) : NULL;
  }

  return found;
}

gchar *
seedance_reading_find (const SeedanceReading *reading,
    const gchar *const *paths, SeedanceReader reader)
{
  gchar *found = NULL;

  for (guint i = 0; !found && i < reading->places->len; i++)
    found = seedance_reading_find_at (reading, i, paths, reader);

  return found;
}

gchar *
seedance_reading_find_more (
    const SeedanceReading *reading, const gchar *what, SeedanceReader reader)
{
  const cJSON *more = reading->source ? reading->source->more : NULL;
  const cJSON *root = seedance_reading_get_place (reading, 0)->node;
  const gint n =
      cJSON_GetArraySize (cJSON_GetObjectItemCaseSensitive (more, what));
  gchar *found = NULL;

  for (gint i = 0; !found && i < n; i++) {
    const cJSON *node = seedance_answer_more_get (more, what, root, i);

    found = node ? reader (reading, node) : NULL;
  }

  return found;
}
