/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tasks of the service: accepted orders, their status over time, and their
 * turns when only some may run at once. */
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

/* An accepted order. Only its last three members change. */
typedef struct {
  gchar *id;
  ServiceKind kind;
  gchar *endpoint;
  /* The request's body as it came. */
  gchar *body;
  /* The request's Idempotency-Key, or NULL. */
  gchar *key;
  Order *order;
  /* NULL if the task is to fail because the prompt has the fail word. */
  Clip *clip;
  /* When the order was accepted: monotonic µs, and seconds since 1970. */
  gint64 accepted;
  gint64 created_at;
  /* When the task's turn came, monotonic µs; 0: not yet. The lock of Tasks
   * guards it. */
  gint64 started;
  /* These two are atomic. */
  gint cancelled;
  gint erased;
} Task;

Task *task_ref (Task *task);
void task_unref (Task *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Task, task_unref)

/* Returns the word of the services v1 and ark. */
const gchar *task_status_word (TaskStatus status);

/* All tasks, in the order in which they were accepted. Safe to call from any
 * thread. */
typedef struct _Tasks Tasks;

Tasks *tasks_new (void);
void tasks_free (Tasks *tasks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tasks, tasks_free)

/* Adds a task and returns a reference to it. Takes @order and @clip. */
Task *tasks_add (Tasks *tasks, ServiceKind kind, const gchar *endpoint,
    GBytes *body, const gchar *key, Order *order, Clip *clip);
/* Returns the task @id of the API @kind, or NULL if there is none or it was
 * erased. Free with task_unref(). */
Task *tasks_find (Tasks *tasks, ServiceKind kind, const gchar *id);
/* Like tasks_find() for any API, and for erased tasks as well: a clip outlives
 * the record of its task. */
Task *tasks_find_any (Tasks *tasks, const gchar *id);
/* Returns the status of @task; @progress is in percent. At most as many tasks
 * run at once as @settings allow; the others stay queued and get their turns in
 * the order of acceptance. */
TaskStatus tasks_get_status (
    Tasks *tasks, Task *task, const Settings *settings, gint *progress);
/* Returns the first task that was ordered with the Idempotency-Key @key, or
 * NULL. */
Task *tasks_find_key (Tasks *tasks, const gchar *key);
void tasks_clear (Tasks *tasks);
/* (transfer full) (element-type Task) */
GPtrArray *tasks_list (Tasks *tasks);

G_END_DECLS
