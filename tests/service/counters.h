/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* What the service counted since it started or was reset. All functions may
 * be called from any thread. */
typedef struct _Counters Counters;

typedef enum {
  COUNTER_POSTS,
  COUNTER_TASKS,
  COUNTER_POLLS,
  COUNTER_CANCELS,
  COUNTER_RESULTS,
  COUNTER_CLIP_REQUESTS,
  COUNTER_CLIP_ENDS,
  COUNTER_CLIP_HEAD_REQUESTS,
  COUNTER_CLIP_BYTES,
  COUNTER_RANGE_REQUESTS,
  COUNTER_BARE_RANGES,
  COUNTER_CREDENTIALS_ON_CLIP_PORT,
  COUNTER_CONNECTIONS,
  COUNTER_CLIP_CONNECTIONS,
  COUNTER_POSTS_ON_USED_CONNECTION,
  COUNTER_BAD_REQUESTS,
  COUNTER_SUBMITS_HELD,
  COUNTER_POLLS_HELD,
  COUNTER_CLIPS_HELD,
  COUNTER_CLIPS_STALLED,
  COUNTER_HANGS,
  COUNTER_ANSWERS,
  COUNTER_RENDERS,
  COUNTER_LINKS,
  N_COUNTERS
} Counter;

/* Says whether it is pointless to go on waiting, e.g. since the client left. */
typedef gboolean (*GiveUpFunc) (gpointer user_data);

Counters *counters_new (void);
void counters_free (Counters *counters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Counters, counters_free)

void counters_bump (Counters *counters, Counter counter, guint64 by);
void counters_note_range (Counters *counters, const gchar *range);
void counters_reset (Counters *counters);

/* FALSE when @name is not a counter's. */
gboolean counters_find (const gchar *name, Counter *counter);

/* Blocks until @counter is at least @at_least; its value, or -1 when
 * @give_up said so first. */
gint64 counters_wait (Counters *counters, Counter counter, guint64 at_least,
    GiveUpFunc give_up, gpointer user_data);

/* Adds every counter and the list "clip_ranges" to @object. */
void counters_to_json (Counters *counters, cJSON *object);

G_END_DECLS
