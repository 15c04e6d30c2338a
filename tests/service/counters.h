/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts what the service has done, so that a test can wait for an event
 * instead of for time to pass. README.md says what each counter counts. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* The values of all counters since the service started or was reset. All
 * functions may be called from any thread. */
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

/* Returns TRUE if waiting has become pointless, such as when the client has
 * closed its connection. It is called again and again during a wait. */
typedef gboolean (*GiveUpFunc) (gpointer user_data);

Counters *counters_new (void);
void counters_free (Counters *counters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Counters, counters_free)

/* Adds @by to @counter and wakes those that wait for it. */
void counters_bump (Counters *counters, Counter counter, guint64 by);
/* Counts a range request and remembers its Range header, @range, for the list
 * "clip_ranges". */
void counters_note_range (Counters *counters, const gchar *range);
/* Sets all counters to 0 and empties the list of ranges. */
void counters_reset (Counters *counters);

/* Returns FALSE if no counter has the name @name, which may be NULL. */
gboolean counters_find (const gchar *name, Counter *counter);

/* Blocks until @counter is @at_least or more. Returns its value, or -1 if
 * @give_up ended the wait. */
gint64 counters_wait (Counters *counters, Counter counter, guint64 at_least,
    GiveUpFunc give_up, gpointer user_data);

/* Adds every counter and the list "clip_ranges" to the JSON object @object. */
void counters_to_json (Counters *counters, cJSON *object);

G_END_DECLS
