/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a job as one table of transitions: step and event select the
 * actions and the next step. All decisions of a job are in this table; the
 * stages only act and report. The words at the end of job-table.c explain each
 * step, event and action; docs/job.md is generated from both. Pure
 * functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_STEP_IDLE,
  SEEDANCE_STEP_CLAIMING,
  SEEDANCE_STEP_WAITING,
  SEEDANCE_STEP_ORDERING,
  SEEDANCE_STEP_WITHDRAWING,
  SEEDANCE_STEP_BACKING_OFF,
  SEEDANCE_STEP_IN_VAIN,
  SEEDANCE_STEP_NOTING_ID,
  SEEDANCE_STEP_NOTING_DOUBT,
  SEEDANCE_STEP_LOOKING,
  SEEDANCE_STEP_LOOKING_LATER,
  SEEDANCE_STEP_CHECKING,
  SEEDANCE_STEP_GENERATING,
  SEEDANCE_STEP_ASKING,
  SEEDANCE_STEP_NOTING_END,
  SEEDANCE_STEP_OPENING,
  SEEDANCE_STEP_FETCHING,
  SEEDANCE_STEP_REFRESHING,
  SEEDANCE_STEP_ASKING_LINK,
  SEEDANCE_STEP_STORING,
  SEEDANCE_STEP_NOTING_CLIP,
  SEEDANCE_STEP_READY,
  SEEDANCE_STEP_FAILED,
  SEEDANCE_STEP_GONE,
  SEEDANCE_N_STEPS
} SeedanceStep;

typedef enum {
  /* About readers. */
  SEEDANCE_EVENT_WANTED,
  SEEDANCE_EVENT_UNWANTED,
  SEEDANCE_EVENT_LEFT,
  SEEDANCE_EVENT_UNUSED,
  SEEDANCE_EVENT_REJOINED,
  /* Reported by timers. */
  SEEDANCE_EVENT_TIMER,
  SEEDANCE_EVENT_DEADLINE,
  /* Reported by stages. */
  SEEDANCE_EVENT_OURS,
  SEEDANCE_EVENT_OTHERS,
  SEEDANCE_EVENT_OUTDATED,
  SEEDANCE_EVENT_TASK,
  SEEDANCE_EVENT_CLIP,
  SEEDANCE_EVENT_DOUBT,
  SEEDANCE_EVENT_REFUSED,
  SEEDANCE_EVENT_ACCEPTED,
  SEEDANCE_EVENT_TAKEN_BACK,
  SEEDANCE_EVENT_WITHDRAWN,
  SEEDANCE_EVENT_LATER,
  SEEDANCE_EVENT_TOO_LATE,
  SEEDANCE_EVENT_NOTED,
  SEEDANCE_EVENT_THERE,
  SEEDANCE_EVENT_MISSING,
  SEEDANCE_EVENT_LINK,
  SEEDANCE_EVENT_ENDED,
  SEEDANCE_EVENT_OPENED,
  SEEDANCE_EVENT_EXPIRED,
  SEEDANCE_EVENT_WHOLE,
  SEEDANCE_EVENT_STORED,
  SEEDANCE_EVENT_KEPT,
  SEEDANCE_EVENT_ERROR,
  SEEDANCE_N_EVENTS
} SeedanceEvent;

typedef enum {
  SEEDANCE_ACTION_NONE,
  SEEDANCE_ACTION_BEGIN,
  SEEDANCE_ACTION_CLAIM,
  SEEDANCE_ACTION_ORDER,
  SEEDANCE_ACTION_TAKE_BACK,
  SEEDANCE_ACTION_WITHDRAW,
  SEEDANCE_ACTION_NOTE,
  SEEDANCE_ACTION_LOOK,
  SEEDANCE_ACTION_WAIT,
  SEEDANCE_ACTION_CHECK,
  SEEDANCE_ACTION_ATTACH,
  SEEDANCE_ACTION_AWAIT,
  SEEDANCE_ACTION_LIMIT,
  SEEDANCE_ACTION_ASK,
  SEEDANCE_ACTION_OPEN,
  SEEDANCE_ACTION_FETCH,
  SEEDANCE_ACTION_GO_ON,
  SEEDANCE_ACTION_STORE,
  SEEDANCE_ACTION_PLAY,
  SEEDANCE_ACTION_END,
  SEEDANCE_ACTION_FAIL,
  SEEDANCE_ACTION_REST,
  SEEDANCE_ACTION_ADOPT,
  SEEDANCE_ACTION_CLAIM_NOW,
  SEEDANCE_ACTION_ASK_NOW,
  SEEDANCE_ACTION_ASK_ANEW,
  SEEDANCE_ACTION_FETCH_ANEW,
  SEEDANCE_ACTION_PUT_AWAY,
  SEEDANCE_N_ACTIONS
} SeedanceAction;

#define SEEDANCE_ACTIONS_MAX 2

typedef struct {
  SeedanceStep from;
  SeedanceEvent event;
  SeedanceStep to;
  SeedanceAction actions[SEEDANCE_ACTIONS_MAX]; /* in this order */
} SeedanceTransition;

/* Returns the row for @event at @step, NULL if the event is ignored there. */
const SeedanceTransition *seedance_table_find (
    SeedanceStep step, SeedanceEvent event);

/* Sets *@step to the next step, then calls @act for each action. In this order,
 * because the last action may report an event before it returns. */
typedef void (*SeedanceActFunc) (SeedanceAction action, gpointer user_data);
void seedance_table_follow (const SeedanceTransition *transition,
    SeedanceStep *step, SeedanceActFunc act, gpointer user_data);

/* Returns the whole table; *@n gets the number of rows. */
const SeedanceTransition *seedance_table_get (guint *n);

/* The name of a step, event or action in the log, and its meaning, for
 * docs/job.md. */
typedef struct {
  const gchar *name;
  const gchar *meaning;
} SeedanceWord;
const SeedanceWord *seedance_step_get_word (SeedanceStep step);
const SeedanceWord *seedance_event_get_word (SeedanceEvent event);
const SeedanceWord *seedance_action_get_word (SeedanceAction action);

G_END_DECLS
