/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an answer: knows at which places each value may stand, and decides on
 * the task's status. How values are found, what single ones mean, and whether
 * the answer is a refusal is in the other answer-*.c files. */
#include "answer-private.h"

#include <string.h>

#include "text.h"

typedef const gchar *const Paths[];

static Paths status_paths = { "status", "state", "task_status", NULL };

static Paths url_paths = { "content.video_url", "content.result_url",
  "content.url", "video_url", "video.url", "video", "output.video_url",
  "output.video", "output.url", "output", "output[0]", "outputs[0]",
  "outputs[0].url", "results[0]", "results[0].url", "result_url",
  "result.video_url", "result.sample", "metadata.url", "videos[0].url",
  "videos[0].video_url", "videos[0]", "creations[0].url",
  "creations[0].video_url", "unsigned_urls[0]", "urls[0]", "assets.video",
  "result_urls[0]", "download_url", "output_url", "outputs[0].video_url",
  "results[0].video_url", "result", "result[0]", "video[0]", NULL };
/* Those of them that stand beside the status and not in another object. */
static Paths own_url_paths = { "video_url", "video", "output", "result_url",
  "output_url", "download_url", NULL };
/* May be the clip's or the task's own address, so it is looked at last. */
static Paths plain_url_paths = { "url", NULL };

/* A picture, if the request asked for one. */
static Paths last_frame_paths = { "content.last_frame_url", "last_frame_url",
  "output.last_frame_url", "last_frame.url", NULL };

static Paths progress_paths = { "progress", NULL };
static Paths seed_paths = { "seed", NULL };
static Paths token_paths = { "usage.total_tokens", NULL };

static gint64
to_number (const gchar *text)
{
  gint64 value;

  if (!text ||
      !g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &value, NULL))
    return -1;

  return value;
}

static gboolean
has_number_for_status (const SeedanceReading *reading, guint place)
{
  g_autofree gchar *number = seedance_reading_find_at (
      reading, place, status_paths, seedance_reader_integer);

  return number != NULL;
}

static gboolean
is_going (SeedanceStatus status)
{
  return status == SEEDANCE_STATUS_QUEUED || status == SEEDANCE_STATUS_RUNNING;
}

/* A word such as "success" or "ok" may be the envelope's. */
static gboolean
may_be_of_envelope (SeedanceStatus status)
{
  return status == SEEDANCE_STATUS_SUCCEEDED ||
         status == SEEDANCE_STATUS_UNKNOWN;
}

static SeedanceStatus
status_of (const SeedanceReading *reading, const gchar *word)
{
  SeedanceStatus status = seedance_answer_more_status (
      reading->source ? reading->source->more : NULL, word);

  return status == SEEDANCE_STATUS_UNKNOWN ? seedance_status_from_word (word)
                                           : status;
}

/* A number, in quotes or not, is a word only if the profile says what it
 * means. */
static gchar *
read_status_word (const SeedanceReading *reading, const cJSON *node)
{
  g_autofree gchar *number = seedance_reader_integer (reading, node);

  if (!number)
    return seedance_reader_word (reading, node);

  return status_of (reading, number) == SEEDANCE_STATUS_UNKNOWN
             ? NULL
             : g_steal_pointer (&number);
}

/* Returns TRUE if the number that stands for the status at @place shows that
 * the word at @home is only the envelope's. It shows nothing of a word beside
 * the id of the task. */
static gboolean
has_overruling_number (const SeedanceReading *reading, guint place, guint home)
{
  return has_number_for_status (reading, place) &&
         (seedance_answer_names_task_at (reading, place) ||
             !seedance_answer_names_task_at (reading, home));
}

/* Returns TRUE if the word at @home says that the task is done, and its id and
 * a link to its clip stand beside it. Then no word inside counts, as it may be
 * that of a part or of an earlier task. */
static gboolean
is_whole (
    const SeedanceAnswer *answer, const SeedanceReading *reading, guint home)
{
  g_autofree gchar *url = NULL;

  if (answer->status != SEEDANCE_STATUS_SUCCEEDED ||
      !seedance_answer_names_task_at (reading, home))
    return FALSE;
  url = seedance_reading_find_at (
      reading, home, own_url_paths, seedance_reader_url);

  return url != NULL;
}

/* Reads the word at the first place that the profile names for the status.
 * Returns its node; NULL if there is none. */
static const cJSON *
read_named_word (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  const cJSON *more = reading->source ? reading->source->more : NULL;
  const cJSON *root = seedance_reading_get_place (reading, 0)->node;
  const gint n =
      cJSON_GetArraySize (cJSON_GetObjectItemCaseSensitive (more, "status"));
  const cJSON *node = NULL;

  for (gint i = 0; !answer->status_word && i < n; i++) {
    node = seedance_answer_more_get (more, "status", root, i);
    answer->status_word = node ? read_status_word (reading, node) : NULL;
  }

  return answer->status_word ? node : NULL;
}

/* Returns TRUE if @node is a member of @object, or in a list that is one. */
static gboolean
has_member (const cJSON *object, const cJSON *node)
{
  const cJSON *member = object->child;

  while (member && member != node &&
         !(cJSON_IsArray (member) && has_member (member, node)))
    member = member->next;

  return member != NULL;
}

/* Returns the index of the place that @node is a member of; 0 if there is
 * none. */
static guint
find_home (const SeedanceReading *reading, const cJSON *node)
{
  guint home = reading->places->len - 1;

  while (home > 0 &&
         !has_member (seedance_reading_get_place (reading, home)->node, node))
    home--;

  return home;
}

/* Reads the status word of the innermost container that has one: outer words
 * may only tell how the request went. Two exceptions: a failure inside a task
 * that is going does not count, as it may be that of a preview; and if an inner
 * status is a number, an outer "success" does not count. Returns the index of
 * the container, or 0 for the root. */
static guint
read_status (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  const cJSON *named = read_named_word (answer, reading);
  guint home = 0;

  if (named) {
    answer->status = status_of (reading, answer->status_word);
    answer->status_inside =
        !has_member (seedance_reading_get_place (reading, 0)->node, named);
    return find_home (reading, named);
  }
  for (guint i = 0;
       i < reading->places->len && !is_whole (answer, reading, home); i++) {
    g_autofree gchar *word = NULL;
    SeedanceStatus status;

    if (answer->status_word &&
        seedance_reading_get_place (reading, i)->depth <=
            seedance_reading_get_place (reading, home)->depth)
      continue;
    word =
        seedance_reading_find_at (reading, i, status_paths, read_status_word);
    status = status_of (reading, word);
    if (word ? is_going (answer->status) && seedance_status_is_failure (status)
             : !may_be_of_envelope (answer->status) ||
                   !has_overruling_number (reading, i, home))
      continue;
    g_free (answer->status_word);
    answer->status_word = g_steal_pointer (&word);
    answer->status = status;
    answer->status_inside = i > 0;
    home = i;
  }

  return home;
}

static const cJSON *
find_done (const SeedanceReading *reading)
{
  const cJSON *done = NULL;

  for (guint i = 0; !cJSON_IsBool (done) && i < reading->places->len; i++)
    done = seedance_answer_get_member (
        seedance_reading_get_place (reading, i)->node, "done");

  return cJSON_IsBool (done) ? done : NULL;
}

/* Returns TRUE if @url, from a field that may hold either link, is the address
 * of the task itself: ".../tasks/ID". */
static gboolean
is_task_address (const SeedanceReading *reading, const gchar *url)
{
  g_autofree gchar *clip =
      seedance_reading_find (reading, url_paths, seedance_reader_url);
  g_autofree gchar *id = seedance_answer_find_named_id (reading);
  g_autofree gchar *path = g_strndup (url, strcspn (url, "?#"));
  gsize n = strlen (path);
  const gchar *last;

  while (n > 0 && path[n - 1] == '/')
    path[--n] = '\0';
  last = strrchr (path, '/');

  return !clip && id && last && g_str_equal (last + 1, id);
}

/* Guesses the status if there is no word for it, or only one like "ok". "done"
 * may be a flag. A link to a clip means success, whatever number stands for the
 * state. */
static void
guess_status (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  const cJSON *done = find_done (reading);

  if (answer->status_word &&
      (answer->status != SEEDANCE_STATUS_UNKNOWN ||
          !seedance_answer_is_success_text (answer->status_word)))
    return;
  if (done && cJSON_IsFalse (done))
    answer->status = SEEDANCE_STATUS_RUNNING;
  else if (done && answer->has_error)
    answer->status = SEEDANCE_STATUS_FAILED;
  else if (done || (answer->video_url && !answer->has_error &&
                       !is_task_address (reading, answer->video_url)))
    answer->status = SEEDANCE_STATUS_SUCCEEDED;
}

static void
read_link (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  answer->video_url =
      seedance_reading_find_more (reading, "video", seedance_reader_url);
  if (!answer->video_url)
    answer->video_url =
        seedance_reading_find (reading, url_paths, seedance_reader_url);
  if (!answer->video_url)
    answer->video_url =
        seedance_reading_find (reading, plain_url_paths, seedance_reader_url);
  if (!answer->video_url)
    answer->odd_url =
        seedance_reading_find (reading, url_paths, seedance_reader_odd_url);
  if (!answer->video_url && !answer->odd_url)
    answer->odd_url = seedance_reading_find (
        reading, plain_url_paths, seedance_reader_odd_url);
  answer->last_frame_url =
      seedance_reading_find (reading, last_frame_paths, seedance_reader_url);
}

static void
read_cost (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  static const struct {
    const gchar *path, *unit;
  } costs[] = {
    { "usage.cost", "" },
    { "estimated_cost_cents", " cents" },
    { "credits_used", " credits" },
  };
  g_autofree gchar *tokens =
      seedance_reading_find (reading, token_paths, seedance_reader_integer);

  answer->tokens = to_number (tokens);
  for (guint i = 0; !answer->cost && i < G_N_ELEMENTS (costs); i++) {
    Paths paths = { costs[i].path, NULL };
    g_autofree gchar *amount =
        seedance_reading_find (reading, paths, seedance_reader_amount);

    if (amount)
      answer->cost = g_strconcat (amount, costs[i].unit, NULL);
  }
}

static void
read_numbers (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  g_autofree gchar *progress =
      seedance_reading_find (reading, progress_paths, seedance_reader_progress);
  g_autofree gchar *seed =
      seedance_reading_find (reading, seed_paths, seedance_reader_integer);

  answer->progress = to_number (progress);
  answer->seed = to_number (seed);
  /* 1 is ambiguous: 1 of 1 or one percent. A task that is done has 100. */
  if (answer->progress == 1 && answer->status == SEEDANCE_STATUS_SUCCEEDED)
    answer->progress = 100;
  read_cost (answer, reading);
}

static void
read_all (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  guint home = read_status (answer, reading);

  seedance_answer_read_failure (answer, reading);
  answer->task_address =
      seedance_reading_find_more (reading, "task-address", seedance_reader_url);
  answer->clip_address =
      seedance_reading_find_more (reading, "clip-address", seedance_reader_url);
  seedance_answer_read_errors (answer, reading, home);
  read_link (answer, reading);
  guess_status (answer, reading);
  seedance_answer_read_task_id (answer, reading);
  read_numbers (answer, reading);
}

/* What the reader does not find may still be in the body, so that the user can
 * find it. */
static gchar *
quote_unread (const SeedanceAnswer *answer, const SeedanceReading *reading,
    const gchar *body, gsize size)
{
  const cJSON *root = seedance_reading_get_place (reading, 0)->node;
  const gboolean done = answer->status == SEEDANCE_STATUS_SUCCEEDED;

  if (seedance_answer_is_empty (root) ||
      (answer->task_id && (!done || answer->video_url)))
    return NULL;

  return seedance_text_clean (body, (gssize) size, SEEDANCE_ANSWER_QUOTE,
      reading->source ? reading->source->secret : NULL);
}

/* @reading has only the places that are read in refusals. A status in another
 * place is sure, too, if the answer has no text that may be one of a refusal,
 * or if the id is surely that of a task: the number of a request is mostly
 * "id". */
static void
read_sure (SeedanceAnswer *answer, const SeedanceReading *reading)
{
  g_autoptr (SeedanceAnswer) sure = g_new0 (SeedanceAnswer, 1);
  g_autofree gchar *id = seedance_answer_find_named_id (reading);

  read_status (sure, reading);
  read_link (sure, reading);
  guess_status (sure, reading);
  answer->sure_id = id != NULL;
  answer->sure_status = !reading->talks ||
                        sure->status != SEEDANCE_STATUS_UNKNOWN ||
                        seedance_answer_has_task_id (reading);
}

/* What is sure in every answer tells whether to read the other places, too. */
static void
find_places (
    SeedanceAnswer *answer, SeedanceReading *reading, const cJSON *root)
{
  reading->refusal = TRUE;
  seedance_reading_find_places (reading, root);
  if (reading->places->len == 0)
    return;
  seedance_answer_read_mood (reading);
  read_sure (answer, reading);
  seedance_reading_find_places (reading, root);
  /* If all places together name one task only, the status is that of this
   * task. */
  answer->sure_status |= !seedance_answer_names_several (reading);
}

SeedanceAnswer *
seedance_answer_parse (
    const gchar *body, gsize size, const SeedanceAnswerSource *source)
{
  SeedanceAnswer *answer = g_new0 (SeedanceAnswer, 1);
  cJSON *root = seedance_answer_unwrap (body, size);
  SeedanceReading reading = {
    g_array_new (FALSE, FALSE, sizeof (SeedancePlace)), source
  };

  answer->progress = -1;
  answer->seed = answer->tokens = -1;
  if (root)
    find_places (answer, &reading, root);
  answer->readable = reading.places->len > 0;
  if (answer->readable) {
    read_all (answer, &reading);
    answer->quote = quote_unread (answer, &reading, body, size);
  } else {
    answer->error_message = seedance_text_quote_body (
        body, size, SEEDANCE_ANSWER_QUOTE, source ? source->secret : NULL);
  }
  g_array_unref (reading.places);
  cJSON_Delete (root);

  return answer;
}

void
seedance_answer_free (SeedanceAnswer *answer)
{
  if (!answer)
    return;
  g_free (answer->task_id);
  g_free (answer->uuid);
  g_free (answer->request_id);
  g_free (answer->status_word);
  g_free (answer->video_url);
  g_free (answer->odd_url);
  g_free (answer->quote);
  g_free (answer->error_message);
  g_free (answer->error_code);
  g_free (answer->cost);
  g_free (answer->last_frame_url);
  g_free (answer->task_address);
  g_free (answer->clip_address);
  g_free (answer);
}

gboolean
seedance_answer_is_bare_error (const SeedanceAnswer *answer)
{
  return answer->has_error && answer->status == SEEDANCE_STATUS_UNKNOWN &&
         !answer->status_word && !answer->video_url && answer->progress < 0;
}
