/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the services openai, fal, replicate and openrouter have in common. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/* What a question about a task is answered from. */
typedef struct {
  Task *task;
  TaskStatus status;
  gint progress;
  /* One that a fault gives instead; or NULL. */
  const gchar *word;
} Shape;

/* As far as @met says. */
Shape shape_of (Service *service, Task *task, GPtrArray *met);

/* @words: of each TaskStatus. */
const gchar *shape_word (const Shape *shape, const gchar *const *words);

/* The clip's signed link; NULL when a fault keeps it. g_free(). */
gchar *shape_link (Service *service, Task *task, GPtrArray *met);

/* The base URL that @call came by, up to the port. g_free(). */
gchar *shape_origin (Call *call);

/* Accepts @order (takes it); NULL takes @refusal. Its answer has @status and
 * what @fill puts into it. */
Reply *shape_accept (Service *service, Call *call, ServiceKind kind,
    Order *order, Reply *refusal, guint status,
    void (*fill) (cJSON *json, Call *call, Task *task));

/* Takes @json. */
Reply *shape_answer (Task *task, guint status, cJSON *json, gchar *link);

/* {"detail": …}, with the words of @refusal, which it takes; @status 0: that
 * of the refusal. */
Reply *shape_detail (Reply *refusal, guint status);

/* The clip from the API's own port. */
Reply *shape_content (
    Service *service, Call *call, Task *task, GPtrArray *met);

/* The text that is called so in @json; NULL when there is none. */
const gchar *shape_text (const cJSON *json, const gchar *name);

/* What stands in @path between @before and @after, without a "/" in it unless
 * @deep; NULL when it does not fit. g_free(). */
gchar *shape_match (const gchar *path, const gchar *before, const gchar *after,
    gboolean deep);

/* A list of models with these names, NULL-terminated: a member @list of objects
 * with the member @name. Where @owned, the owner stands apart from it. */
Reply *shape_models (const gchar *list, const gchar *name, gboolean owned,
    const gchar *const *names);

G_END_DECLS
