/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of the counters, their names, and the wait for one to rise. */

#include "counters.h"

#include <string.h>

/* How often a wait checks that its client is still connected. */
#define GIVE_UP_INTERVAL (50 * G_TIME_SPAN_MILLISECOND)

struct _Counters {
  GMutex lock;
  GCond changed;
  guint64 values[N_COUNTERS];
  GPtrArray *ranges;
};

static const gchar *const counter_names[N_COUNTERS] = {
  [COUNTER_POSTS] = "posts",
  [COUNTER_TASKS] = "tasks",
  [COUNTER_POLLS] = "polls",
  [COUNTER_CANCELS] = "cancels",
  [COUNTER_RESULTS] = "results",
  [COUNTER_CLIP_REQUESTS] = "clip_requests",
  [COUNTER_CLIP_ENDS] = "clip_ends",
  [COUNTER_CLIP_HEAD_REQUESTS] = "clip_head_requests",
  [COUNTER_CLIP_BYTES] = "clip_bytes",
  [COUNTER_RANGE_REQUESTS] = "range_requests",
  [COUNTER_BARE_RANGES] = "bare_ranges",
  [COUNTER_CREDENTIALS_ON_CLIP_PORT] = "credentials_on_clip_port",
  [COUNTER_CONNECTIONS] = "connections",
  [COUNTER_CLIP_CONNECTIONS] = "clip_connections",
  [COUNTER_POSTS_ON_USED_CONNECTION] = "posts_on_used_connection",
  [COUNTER_BAD_REQUESTS] = "bad_requests",
  [COUNTER_SUBMITS_HELD] = "submits_held",
  [COUNTER_POLLS_HELD] = "polls_held",
  [COUNTER_CLIPS_HELD] = "clips_held",
  [COUNTER_CLIPS_STALLED] = "clips_stalled",
  [COUNTER_HANGS] = "hangs",
  [COUNTER_ANSWERS] = "answers",
  [COUNTER_RENDERS] = "renders",
  [COUNTER_LINKS] = "links",
};

Counters *
counters_new (void)
{
  Counters *counters = g_new0 (Counters, 1);

  g_mutex_init (&counters->lock);
  g_cond_init (&counters->changed);
  counters->ranges = g_ptr_array_new_with_free_func (g_free);
  return counters;
}

void
counters_free (Counters *counters)
{
  g_ptr_array_unref (counters->ranges);
  g_cond_clear (&counters->changed);
  g_mutex_clear (&counters->lock);
  g_free (counters);
}

void
counters_bump (Counters *counters, Counter counter, guint64 by)
{
  g_mutex_lock (&counters->lock);
  counters->values[counter] += by;
  g_cond_broadcast (&counters->changed);
  g_mutex_unlock (&counters->lock);
}

void
counters_note_range (Counters *counters, const gchar *range)
{
  g_mutex_lock (&counters->lock);
  g_ptr_array_add (counters->ranges, g_strdup (range));
  counters->values[COUNTER_RANGE_REQUESTS]++;
  g_cond_broadcast (&counters->changed);
  g_mutex_unlock (&counters->lock);
}

void
counters_reset (Counters *counters)
{
  g_mutex_lock (&counters->lock);
  memset (counters->values, 0, sizeof counters->values);
  g_ptr_array_set_size (counters->ranges, 0);
  g_mutex_unlock (&counters->lock);
}

gboolean
counters_find (const gchar *name, Counter *counter)
{
  for (guint i = 0; name != NULL && i < N_COUNTERS; i++) {
    if (g_str_equal (name, counter_names[i])) {
      *counter = i;
      return TRUE;
    }
  }
  return FALSE;
}

gint64
counters_wait (Counters *counters, Counter counter, guint64 at_least,
    GiveUpFunc give_up, gpointer user_data)
{
  gint64 value = -1;

  g_mutex_lock (&counters->lock);
  while (counters->values[counter] < at_least && !give_up (user_data)) {
    g_cond_wait_until (&counters->changed, &counters->lock,
        g_get_monotonic_time () + GIVE_UP_INTERVAL);
  }
  if (counters->values[counter] >= at_least)
    value = counters->values[counter];
  g_mutex_unlock (&counters->lock);
  return value;
}

void
counters_to_json (Counters *counters, cJSON *object)
{
  cJSON *ranges = cJSON_AddArrayToObject (object, "clip_ranges");

  g_mutex_lock (&counters->lock);
  for (guint i = 0; i < N_COUNTERS; i++)
    cJSON_AddNumberToObject (object, counter_names[i], counters->values[i]);
  for (guint i = 0; i < counters->ranges->len; i++) {
    cJSON_AddItemToArray (
        ranges, cJSON_CreateString (g_ptr_array_index (counters->ranges, i)));
  }
  g_mutex_unlock (&counters->lock);
}
