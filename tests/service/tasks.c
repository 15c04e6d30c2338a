/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of tasks. No timer runs: a task's status follows from the time since
 * its turn came, and turns are worked out when somebody asks. */

#include "tasks.h"

/* A task is queued for the first tenth of its generation time. */
#define QUEUED_SHARE 0.1

struct _Tasks {
  GMutex lock;
  GPtrArray *tasks;
  /* When give_turns_locked() ran last. */
  gint64 looked;
};

static void
task_clear (Task *task)
{
  g_free (task->id);
  g_free (task->endpoint);
  g_free (task->body);
  g_free (task->key);
  g_clear_pointer (&task->order, order_free);
  g_clear_pointer (&task->clip, clip_unref);
}

Task *
task_ref (Task *task)
{
  return g_atomic_rc_box_acquire (task);
}

void
task_unref (Task *task)
{
  g_atomic_rc_box_release_full (task, (GDestroyNotify) task_clear);
}

static TaskStatus
status_at_end (Task *task)
{
  if (task->clip == NULL || clip_get_state (task->clip) == CLIP_FAILED)
    return TASK_FAILED;
  return clip_get_state (task->clip) == CLIP_READY ? TASK_SUCCEEDED
                                                   : TASK_RUNNING;
}

static TaskStatus
task_get_status (
    Task *task, gint64 started, gdouble generation_time, gint *progress)
{
  gdouble elapsed =
      (gdouble) (g_get_monotonic_time () - started) / G_USEC_PER_SEC;
  gdouble share = elapsed < generation_time ? elapsed / generation_time : 1;
  TaskStatus status;

  *progress = CLAMP (share * 100, 0, 99);
  if (g_atomic_int_get (&task->cancelled))
    return TASK_CANCELLED;
  if (started == 0 || share < QUEUED_SHARE) {
    *progress = 0;
    return TASK_QUEUED;
  }
  status = share < 1 ? TASK_RUNNING : status_at_end (task);
  if (status == TASK_SUCCEEDED)
    *progress = 100;
  return status;
}

const gchar *
task_status_word (TaskStatus status)
{
  static const gchar *const words[] = { "queued", "running", "succeeded",
    "failed", "cancelled" };

  return words[status];
}

Tasks *
tasks_new (void)
{
  Tasks *tasks = g_new0 (Tasks, 1);

  g_mutex_init (&tasks->lock);
  tasks->tasks = g_ptr_array_new_with_free_func ((GDestroyNotify) task_unref);
  return tasks;
}

void
tasks_free (Tasks *tasks)
{
  g_ptr_array_unref (tasks->tasks);
  g_mutex_clear (&tasks->lock);
  g_free (tasks);
}

static gchar *
make_id (ServiceKind kind)
{
  g_autofree gchar *uuid = g_uuid_string_random ();
  g_autoptr (GDateTime) now = NULL;
  g_autofree gchar *date = NULL;

  if (kind == SERVICE_OPENAI)
    return g_strconcat ("video_", uuid, NULL);
  if (kind == SERVICE_OPENROUTER)
    return g_strconcat ("gen-vid-", uuid, NULL);
  if (kind != SERVICE_ARK)
    return g_steal_pointer (&uuid);
  now = g_date_time_new_now_utc ();
  date = g_date_time_format (now, "%Y%m%d%H%M%S");
  uuid[5] = '\0';
  return g_strdup_printf ("cgt-%s-%s", date, uuid);
}

Task *
tasks_find_key (Tasks *tasks, const gchar *key)
{
  Task *found = NULL;

  g_mutex_lock (&tasks->lock);
  for (guint i = 0; found == NULL && i < tasks->tasks->len; i++) {
    Task *task = g_ptr_array_index (tasks->tasks, i);

    if (g_strcmp0 (task->key, key) == 0)
      found = task_ref (task);
  }
  g_mutex_unlock (&tasks->lock);
  return found;
}

Task *
tasks_add (Tasks *tasks, ServiceKind kind, const gchar *endpoint, GBytes *body,
    const gchar *key, Order *order, Clip *clip)
{
  Task *task = g_atomic_rc_box_new0 (Task);
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);

  task->id = make_id (kind);
  task->kind = kind;
  task->endpoint = g_strdup (endpoint);
  task->body = g_strndup (data, size);
  task->key = g_strdup (key);
  task->order = order;
  task->clip = clip;
  task->accepted = g_get_monotonic_time ();
  task->created_at = g_get_real_time () / G_USEC_PER_SEC;
  g_mutex_lock (&tasks->lock);
  g_ptr_array_add (tasks->tasks, task_ref (task));
  g_mutex_unlock (&tasks->lock);
  return task;
}

Task *
tasks_find_any (Tasks *tasks, const gchar *id)
{
  Task *found = NULL;

  g_mutex_lock (&tasks->lock);
  for (guint i = 0; found == NULL && i < tasks->tasks->len; i++) {
    Task *task = g_ptr_array_index (tasks->tasks, i);

    if (g_str_equal (task->id, id))
      found = task_ref (task);
  }
  g_mutex_unlock (&tasks->lock);
  return found;
}

Task *
tasks_find (Tasks *tasks, ServiceKind kind, const gchar *id)
{
  g_autoptr (Task) task = tasks_find_any (tasks, id);

  if (task == NULL || task->kind != kind || g_atomic_int_get (&task->erased))
    return NULL;
  return g_steal_pointer (&task);
}

/* Returns when a started task makes room for the next one. That is in the
 * future while it runs. */
static gint64
end_of (Task *task, gdouble generation_time)
{
  gint64 end = task->started + (gint64) (generation_time * G_USEC_PER_SEC);

  if (g_atomic_int_get (&task->cancelled))
    return task->started;
  if (task->clip == NULL)
    return end;
  if (clip_get_state (task->clip) == CLIP_PENDING)
    return G_MAXINT64;
  return MAX (end, clip_get_done_time (task->clip));
}

/* Inserts @end into @ends, which holds the @most latest ends, the latest
 * first. */
static void
note_end (GArray *ends, guint most, gint64 end)
{
  guint at = 0;

  while (at < ends->len && g_array_index (ends, gint64, at) > end)
    at++;
  g_array_insert_val (ends, at, end);
  if (ends->len > most)
    g_array_set_size (ends, most);
}

/* Gives waiting tasks their turns, at the times at which earlier tasks ended
 * and not at the time of this call. A task keeps its turn, even if the settings
 * change. */
static void
give_turns_locked (Tasks *tasks, const Settings *settings)
{
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint most = settings->max_running;
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < tasks->tasks->len; i++) {
    Task *task = g_ptr_array_index (tasks->tasks, i);
    gint64 turn = task->accepted;

    if (task->started == 0 && g_atomic_int_get (&task->cancelled))
      continue;
    if (most > 0 && ends->len == most)
      turn = MAX (
          turn, MAX (tasks->looked, g_array_index (ends, gint64, most - 1)));
    if (task->started == 0 && turn > now)
      break;
    if (task->started == 0)
      task->started = turn;
    if (most > 0)
      note_end (ends, most, end_of (task, settings->generation_time));
  }
  tasks->looked = now;
}

TaskStatus
tasks_get_status (
    Tasks *tasks, Task *task, const Settings *settings, gint *progress)
{
  gint64 started;

  g_mutex_lock (&tasks->lock);
  give_turns_locked (tasks, settings);
  started = task->started;
  g_mutex_unlock (&tasks->lock);
  return task_get_status (task, started, settings->generation_time, progress);
}

void
tasks_clear (Tasks *tasks)
{
  g_mutex_lock (&tasks->lock);
  g_ptr_array_set_size (tasks->tasks, 0);
  g_mutex_unlock (&tasks->lock);
}

static gpointer
copy_task (gconstpointer task, gpointer user_data)
{
  return task_ref ((gpointer) task);
}

GPtrArray *
tasks_list (Tasks *tasks)
{
  GPtrArray *list;

  g_mutex_lock (&tasks->lock);
  list = g_ptr_array_copy (tasks->tasks, copy_task, NULL);
  g_mutex_unlock (&tasks->lock);
  return list;
}
