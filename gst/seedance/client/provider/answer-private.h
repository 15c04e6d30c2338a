/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the answer reader share: the places where a value may
 * stand, and functions that read one value each, a text, a number, an id or a
 * link. Pure functions. */
#pragma once

#include "answer.h"
#include "json.h"

G_BEGIN_DECLS

/* How deep containers may nest. */
#define SEEDANCE_ANSWER_NESTING 3
/* So many objects, and members of each, are looked at. With all those that fit
 * into an answer, the many lookups would take seconds. */
#define SEEDANCE_ANSWER_PLACES 100
#define SEEDANCE_ANSWER_MEMBERS 1000
/* Longest quote of the service, in characters. */
#define SEEDANCE_ANSWER_QUOTE 200

/* The members that services put a task into; ended by NULL. */
extern const gchar *const seedance_answer_containers[];

typedef struct {
  const cJSON *node;
  guint parent; /* index of the container around it; 0 of the root */
  guint depth;
} SeedancePlace;

typedef struct {
  GArray *places; /* (element-type SeedancePlace): the root first, outer ones
                   * before inner ones */
  const SeedanceAnswerSource *source; /* may be NULL */
  gboolean refusal; /* it complains, or comes with an HTTP error */
  gboolean talks;   /* it has a text that does not say that all is well */
} SeedanceReading;

/* Reads a node in the form that is wanted; NULL if it does not have that
 * form. */
typedef gchar *(*SeedanceReader) (
    const SeedanceReading *reading, const cJSON *node);

/* Parses a body. An object that is written as a text of JSON, be it the whole
 * answer or a container, becomes an object. NULL if the body is no JSON. Free
 * with cJSON_Delete(). */
cJSON *seedance_answer_unwrap (const gchar *body, gsize size);

/* Fills @reading with the objects of @root that may hold the task; of a
 * refusal, with those only that are not about other tasks. */
void seedance_reading_find_places (SeedanceReading *reading, const cJSON *root);

const SeedancePlace *seedance_reading_get_place (
    const SeedanceReading *reading, guint nth);

/* Returns the member of @node that has the @nth name of containers; NULL if
 * there is none, or if it may be about other tasks. */
const cJSON *seedance_reading_get_container (
    const SeedanceReading *reading, const cJSON *node, guint nth);

/* Returns TRUE if @a and @b are the same name but for case, underscores and
 * dashes, as "task_id" and "TaskId" are. */
gboolean seedance_answer_is_same_name (const gchar *a, const gchar *b);

/* Returns the member @name of @node, or else one with the same name in another
 * spelling; NULL if there is none. */
const cJSON *seedance_answer_get_member (const cJSON *node, const gchar *name);

/* Of a list only the first element is read. Returns that, or @node if it is no
 * list. */
const cJSON *seedance_reading_first_of (const cJSON *node);

/* Looks for the first of @paths (ended by NULL) that @reader can read: below
 * one place; below all of them, outer ones first; or at those that the profile
 * names for @what. NULL if there is none. Free with g_free(). */
gchar *seedance_reading_find_at (const SeedanceReading *reading, guint place,
    const gchar *const *paths, SeedanceReader reader);
gchar *seedance_reading_find (const SeedanceReading *reading,
    const gchar *const *paths, SeedanceReader reader);
gchar *seedance_reading_find_more (
    const SeedanceReading *reading, const gchar *what, SeedanceReader reader);

/* The forms: an integer; an id; a link that can be followed, or the text that
 * stands in its place; text for people; one word; the code of an error, but not
 * one of success; a percentage; an amount of money. Of percentages, an integer,
 * also 1, is one; a fraction below 1 is a share of 1, and a larger one a
 * percentage; with a "%" every number is one. */
gchar *seedance_reader_integer (
    const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_id (const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_url (const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_odd_url (
    const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_words (
    const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_word (const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_code (const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_progress (
    const SeedanceReading *reading, const cJSON *node);
gchar *seedance_reader_amount (
    const SeedanceReading *reading, const cJSON *node);

/* Returns the text for people in @node, which may be a string, a list, an
 * object with a message, or a validator's "loc" and "msg". The result is one
 * line without @secret; NULL if there is no text, or only one like "success".
 * Free with g_free(). */
gchar *seedance_answer_read_words (const cJSON *node, const gchar *secret);

/* Returns TRUE if @text says that a request went well: "ok", "SUCCEED",
 * "request successful". */
gboolean seedance_answer_is_success_text (const gchar *text);

/* The same, also for a short text that ends as "Task submitted" does. */
gboolean seedance_answer_is_acceptance (const gchar *text);

/* Returns TRUE if @code is one that services use for success, such as 0, 1 or
 * 200. */
gboolean seedance_answer_is_success_code (gint64 code);

/* Returns TRUE if @id, a string that stands alone in a container, can be a task
 * id: no status word, no link, no sentence, no JSON. If the string could be
 * another word (@sure is FALSE), an id needs a digit. */
gboolean seedance_answer_is_bare_id (const gchar *id, gboolean sure);

/* Returns TRUE if @node says nothing: null, false, 0, "", {} or []. */
gboolean seedance_answer_is_empty (const cJSON *node);

/* Finds out whether the answer complains, as refusals do, and whether it has a
 * text. Only the places that are read in refusals may be in @reading. */
void seedance_answer_read_mood (SeedanceReading *reading);

/* Sets what @answer tells of an error. @home is the index of the container that
 * has the status. */
void seedance_answer_read_errors (
    SeedanceAnswer *answer, const SeedanceReading *reading, guint home);

/* The profile may name a place that has a value only if the task failed. Then
 * the task counts as failed even if its status is "completed". */
void seedance_answer_read_failure (
    SeedanceAnswer *answer, const SeedanceReading *reading);

/* Returns the id that stands at a place of the profile or under a name for ids;
 * NULL if there is none. Free with g_free(). */
gchar *seedance_answer_find_named_id (const SeedanceReading *reading);

/* Returns TRUE if there is an id under a name for ids right in this place. */
gboolean seedance_answer_names_task_at (
    const SeedanceReading *reading, guint place);

/* Returns TRUE if an id stands under a name that only ids of tasks have, such
 * as "task_id". */
gboolean seedance_answer_has_task_id (const SeedanceReading *reading);

/* Returns TRUE if two places have different ids under names for ids. */
gboolean seedance_answer_names_several (const SeedanceReading *reading);

/* Sets the ids of the task and of the request. Without the first, a failure is
 * a refusal. */
void seedance_answer_read_task_id (
    SeedanceAnswer *answer, const SeedanceReading *reading);

/* Reads a link as browsers do: blanks around it are removed, those inside
 * become %20, and a relative link is resolved against @address (may be NULL).
 * All other bytes stay as they are, because a signature may cover each of them.
 * NULL unless it is an http or https link to a host, without credentials,
 * control characters and backslashes. Free with g_free(). */
gchar *seedance_answer_mend_link (const gchar *raw, const gchar *address);

G_END_DECLS
