/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "order.h"
#include "studio.h"

G_BEGIN_DECLS

typedef enum {
  TASK_QUEUED,
  TASK_RUNNING,
  TASK_SUCCEEDED,
  TASK_FAILED,
  TASK_CANCELLED
} TaskStatus;

typedef enum {
  SERVICE_V1,
  SERVICE_ARK,
  SERVICE_OPENAI,
  SERVICE_FAL,
  SERVICE_REPLICATE,
  SERVICE_OPENROUTER
} ServiceKind;

/* An order that was accepted. Immutable but for the last three. */
typedef struct {
  gchar *id;
  ServiceKind kind;
  gchar *endpoint;
  /* As received. */
  gchar *body;
  /* Its Idempotency-Key, or NULL. */
  gchar *key;
  Order *order;
  /* NULL when the prompt is such that the result will be refused. */
  Clip *clip;
  gint64 accepted;
  gint64 created_at;
  /* When its turn came; 0: not yet. Under the lock of the list. */
  gint64 started;
  gint cancelled;
  gint erased;
} Task;

Task *task_ref (Task *task);
void task_unref (Task *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Task, task_unref)

const gchar *task_status_word (TaskStatus status);

/* All tasks, in the order of their acceptance. Safe from any thread. */
typedef struct _Tasks Tasks;

Tasks *tasks_new (void);
void tasks_free (Tasks *tasks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tasks, tasks_free)

/* Takes @order and @clip. */
Task *tasks_add (Tasks *tasks, ServiceKind kind, const gchar *endpoint,
    GBytes *body, const gchar *key, Order *order, Clip *clip);
/* NULL when there is none, and when it was erased. */
Task *tasks_find (Tasks *tasks, ServiceKind kind, const gchar *id);
/* Whatever kind, and also erased: a clip outlives its task's record. */
Task *tasks_find_any (Tasks *tasks, const gchar *id);
/* @progress in percent. At most as many tasks as @settings allow run at a time,
 * the others are queued and get their turns in the order of acceptance. */
TaskStatus tasks_get_status (
    Tasks *tasks, Task *task, const Settings *settings, gint *progress);
/* That was ordered with this key. */
Task *tasks_find_key (Tasks *tasks, const gchar *key);
void tasks_clear (Tasks *tasks);
/* (transfer full) (element-type Task) */
GPtrArray *tasks_list (Tasks *tasks);

G_END_DECLS
