/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the APIs openai, fal, replicate and openrouter share: reading tasks and
 * building their answers. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/* The state of a task as a poll reports it. */
typedef struct {
  Task *task;
  TaskStatus status;
  gint progress;
  /* The status word that a fault demands; NULL: the usual one. */
  const gchar *word;
} Shape;

/* Returns the state of @task, with the word of the fault in @met, if any. */
Shape shape_of (Service *service, Task *task, GPtrArray *met);

/* Returns the status word; @words has the API's word for each TaskStatus. */
const gchar *shape_word (const Shape *shape, const gchar *const *words);

/* Returns the clip's signed link, or the one that a fault demands; NULL if a
 * fault withholds it. Free with g_free(). */
gchar *shape_link (Service *service, Task *task, GPtrArray *met);

/* Returns the origin that @call was sent to, such as "http://127.0.0.1:8900".
 * Free with g_free(). */
gchar *shape_origin (Call *call);

/* Accepts @order and answers with @status and with the JSON that @fill writes.
 * Takes @order and @refusal. If @order is NULL, returns @refusal. */
Reply *shape_accept (Service *service, Call *call, ServiceKind kind,
    Order *order, Reply *refusal, guint status,
    void (*fill) (cJSON *json, Call *call, Task *task));

/* Returns an answer about @task; takes @json and @link, which may be NULL. */
Reply *shape_answer (Task *task, guint status, cJSON *json, gchar *link);

/* Returns {"detail": …} with the message of @refusal, which it takes. With
 * @status 0 the answer has the status of @refusal. */
Reply *shape_detail (Reply *refusal, guint status);

/* Returns the clip itself, from the API's own port, or an error if the task has
 * not succeeded. */
Reply *shape_content (
    Service *service, Call *call, Task *task, GPtrArray *met);

/* Returns the string member @name of @json, which owns it; NULL if there is
 * none. */
const gchar *shape_text (const cJSON *json, const gchar *name);

/* Returns the part of @path between @before and @after; NULL if @path does not
 * begin and end so, or if the part is empty. The part may contain "/" only if
 * @deep. Free with g_free(). */
gchar *shape_match (const gchar *path, const gchar *before, const gchar *after,
    gboolean deep);

/* Returns a list of the models in @names (NULL-terminated): an array member
 * @list of objects with the member @name. With @owned the part before the "/"
 * becomes a member "owner". */
Reply *shape_models (const gchar *list, const gchar *name, gboolean owned,
    const gchar *const *names);

G_END_DECLS
