/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of job-table.h and the words that explain it. A step without an
 * UNUSED row is finished even if no reader is left. */

#include "job-table.h"

#define AT(step) SEEDANCE_STEP_##step
#define ON(event) SEEDANCE_EVENT_##event
#define DO(action) SEEDANCE_ACTION_##action
#define ROW(from, event, to, action) \
  { \
    AT (from), ON (event), AT (to), \
    { \
      DO (action) \
    } \
  }
#define ROW2(from, event, to, first, second) \
  { \
    AT (from), ON (event), AT (to), \
    { \
      DO (first), DO (second) \
    } \
  }

/* clang-format off */
static const SeedanceTransition table[] = {
  ROW (IDLE, WANTED, CLAIMING, BEGIN),
  ROW (IDLE, UNWANTED, IDLE, REST),
  ROW (IDLE, REJOINED, IDLE, ADOPT),
  ROW (IDLE, UNUSED, GONE, PUT_AWAY),

  /* The ledger is called on another thread, and only its answer ends this step.
   * OUTDATED: the answer is for the order of readers that have left meanwhile,
   * so it is undone and the ledger asked again for the new reader. */
  ROW (CLAIMING, OURS, ORDERING, ORDER),
  ROW (CLAIMING, OTHERS, WAITING, WAIT),
  ROW (CLAIMING, TASK, GENERATING, ATTACH),
  ROW (CLAIMING, CLIP, CHECKING, CHECK),
  ROW (CLAIMING, DOUBT, LOOKING, LOOK),
  ROW (CLAIMING, REFUSED, FAILED, FAIL),
  ROW (CLAIMING, ERROR, FAILED, FAIL),
  ROW2 (CLAIMING, OUTDATED, CLAIMING, WITHDRAW, CLAIM),

  ROW (WAITING, TIMER, CLAIMING, CLAIM),
  ROW (WAITING, REJOINED, WAITING, CLAIM_NOW),
  ROW (WAITING, UNUSED, GONE, PUT_AWAY),

  /* This step ends with the answer of the service, or if the order could be
   * cancelled before a byte of it was sent. An order that is surely not
   * accepted is withdrawn at once, before any wait or error: a crash meanwhile
   * would leave a record in doubt. */
  ROW (ORDERING, ACCEPTED, NOTING_ID, NOTE),
  ROW (ORDERING, DOUBT, NOTING_DOUBT, NOTE),
  ROW (ORDERING, REFUSED, WITHDRAWING, WITHDRAW),
  ROW2 (ORDERING, LATER, BACKING_OFF, WITHDRAW, WAIT),
  ROW2 (ORDERING, TOO_LATE, IN_VAIN, WITHDRAW, WAIT),
  ROW (ORDERING, LEFT, ORDERING, TAKE_BACK),
  ROW (ORDERING, REJOINED, ORDERING, TAKE_BACK),
  ROW2 (ORDERING, TAKEN_BACK, IDLE, WITHDRAW, REST),

  ROW (WITHDRAWING, WITHDRAWN, FAILED, FAIL),
  ROW (WITHDRAWING, REJOINED, WITHDRAWING, ADOPT),

  ROW (BACKING_OFF, TIMER, CLAIMING, CLAIM),
  ROW (BACKING_OFF, REJOINED, BACKING_OFF, CLAIM_NOW),
  ROW (BACKING_OFF, UNUSED, GONE, PUT_AWAY),

  ROW (IN_VAIN, TIMER, FAILED, FAIL),
  ROW (IN_VAIN, REJOINED, BACKING_OFF, CLAIM_NOW),
  ROW (IN_VAIN, UNUSED, GONE, PUT_AWAY),

  /* Only the end of the write ends these steps. */
  ROW (NOTING_ID, NOTED, GENERATING, AWAIT),
  ROW (NOTING_ID, REJOINED, NOTING_ID, ADOPT),
  ROW (NOTING_DOUBT, NOTED, LOOKING, LOOK),
  ROW (NOTING_DOUBT, REJOINED, NOTING_DOUBT, ADOPT),

  ROW (LOOKING, TASK, GENERATING, ATTACH),
  ROW (LOOKING, LATER, LOOKING_LATER, WAIT),
  ROW (LOOKING, DOUBT, FAILED, FAIL),
  ROW (LOOKING, REJOINED, LOOKING, ADOPT),
  ROW (LOOKING, UNUSED, GONE, PUT_AWAY),

  ROW (LOOKING_LATER, TIMER, LOOKING, LOOK),
  ROW (LOOKING_LATER, REJOINED, LOOKING_LATER, ADOPT),
  ROW (LOOKING_LATER, UNUSED, GONE, PUT_AWAY),

  ROW (CHECKING, THERE, READY, PLAY),
  ROW (CHECKING, MISSING, GENERATING, ATTACH),
  ROW (CHECKING, ERROR, FAILED, FAIL),
  ROW (CHECKING, REJOINED, CHECKING, ADOPT),
  ROW (CHECKING, UNUSED, GONE, PUT_AWAY),

  ROW (GENERATING, TIMER, ASKING, ASK),
  ROW (GENERATING, DEADLINE, FAILED, FAIL),
  ROW (GENERATING, REJOINED, GENERATING, ASK_NOW),
  ROW (GENERATING, UNUSED, GONE, PUT_AWAY),

  ROW (ASKING, LATER, GENERATING, WAIT),
  ROW (ASKING, LINK, OPENING, OPEN),
  ROW (ASKING, ENDED, NOTING_END, NOTE),
  ROW (ASKING, ERROR, FAILED, FAIL),
  ROW (ASKING, DEADLINE, FAILED, FAIL),
  ROW (ASKING, REJOINED, ASKING, ASK_ANEW),
  ROW (ASKING, UNUSED, GONE, PUT_AWAY),

  ROW (NOTING_END, NOTED, FAILED, FAIL),
  ROW (NOTING_END, REJOINED, NOTING_END, ADOPT),

  ROW (OPENING, OPENED, FETCHING, FETCH),
  ROW (OPENING, ERROR, FAILED, FAIL),
  ROW (OPENING, REJOINED, OPENING, ADOPT),
  ROW (OPENING, UNUSED, GONE, PUT_AWAY),

  ROW2 (FETCHING, EXPIRED, ASKING_LINK, LIMIT, ASK),
  ROW2 (FETCHING, LATER, REFRESHING, LIMIT, WAIT),
  ROW (FETCHING, WHOLE, STORING, STORE),
  ROW (FETCHING, ERROR, FAILED, FAIL),
  ROW (FETCHING, REJOINED, FETCHING, FETCH_ANEW),
  ROW (FETCHING, UNUSED, GONE, PUT_AWAY),

  ROW (REFRESHING, TIMER, ASKING_LINK, ASK),
  ROW (REFRESHING, DEADLINE, FAILED, FAIL),
  ROW (REFRESHING, REJOINED, REFRESHING, ASK_NOW),
  ROW (REFRESHING, UNUSED, GONE, PUT_AWAY),

  ROW (ASKING_LINK, LATER, REFRESHING, WAIT),
  ROW (ASKING_LINK, LINK, FETCHING, GO_ON),
  ROW (ASKING_LINK, ENDED, NOTING_END, NOTE),
  ROW (ASKING_LINK, ERROR, FAILED, FAIL),
  ROW (ASKING_LINK, DEADLINE, FAILED, FAIL),
  ROW (ASKING_LINK, REJOINED, ASKING_LINK, ASK_ANEW),
  ROW (ASKING_LINK, UNUSED, GONE, PUT_AWAY),

  ROW (STORING, STORED, NOTING_CLIP, NOTE),
  ROW (STORING, KEPT, READY, END),
  ROW (STORING, ERROR, FAILED, FAIL),
  ROW (STORING, REJOINED, STORING, ADOPT),
  ROW (STORING, UNUSED, GONE, PUT_AWAY),

  ROW (NOTING_CLIP, NOTED, READY, END),
  ROW (NOTING_CLIP, REJOINED, NOTING_CLIP, ADOPT),

  ROW (READY, REJOINED, READY, ADOPT),
  ROW (READY, UNUSED, GONE, PUT_AWAY),

  ROW (FAILED, REJOINED, FAILED, ADOPT),
  ROW (FAILED, UNUSED, GONE, PUT_AWAY),

  /* A thread may have begun to wait just before its reader was closed. A clip
   * that was being stored when the last reader left is still noted. */
  ROW (GONE, UNWANTED, GONE, REST),
  ROW (GONE, STORED, GONE, NOTE),
};

static const SeedanceWord step_words[SEEDANCE_N_STEPS] = {
  [AT (IDLE)] = { "idle", "nobody waits for the clip yet" },
  [AT (CLAIMING)] = { "claiming", "the ledger is asked what there is of it" },
  [AT (WAITING)] = { "waiting", "another process orders the same" },
  [AT (ORDERING)] = { "ordering", "the order goes out, or is out and has no "
    "answer yet" },
  [AT (WITHDRAWING)] = { "withdrawing", "surely not accepted, for good; the "
    "order is taken out of the ledger" },
  [AT (BACKING_OFF)] = { "backing-off", "surely not accepted; the order may "
    "be sent again later" },
  [AT (IN_VAIN)] = { "in-vain", "surely not accepted; the service asks for a "
    "longer wait than generation-timeout allows" },
  [AT (NOTING_ID)] = { "noting-id", "accepted; the task's id is written down" },
  [AT (NOTING_DOUBT)] = { "noting-doubt", "maybe accepted; that is written "
    "down" },
  [AT (LOOKING)] = { "looking", "nobody knows whether the order was accepted; "
    "the service's list of tasks is asked for, if it has one" },
  [AT (LOOKING_LATER)] = { "looking-later", "the list did not tell; it is "
    "asked for again later" },
  [AT (CHECKING)] = { "checking", "the ledger has a stored clip; is it "
    "whole?" },
  [AT (GENERATING)] = { "generating", "the task runs; it is asked for later" },
  [AT (ASKING)] = { "asking", "the service is asked for the task" },
  [AT (NOTING_END)] = { "noting-end", "the task ended without a clip; that is "
    "written down" },
  [AT (OPENING)] = { "opening", "the file for the clip is opened" },
  [AT (FETCHING)] = { "fetching", "the clip comes" },
  [AT (REFRESHING)] = { "refreshing", "the link was refused; the service is "
    "asked for another one later" },
  [AT (ASKING_LINK)] = { "asking-link", "the service is asked for another "
    "link" },
  [AT (STORING)] = { "storing", "all bytes are here; they are made durable" },
  [AT (NOTING_CLIP)] = { "noting-clip", "they are; that is written down" },
  [AT (READY)] = { "ready", "the end: the clip is whole and stored" },
  [AT (FAILED)] = { "failed", "the end: an error that the readers get" },
  [AT (GONE)] = { "gone", "put away; no reader is left" },
};

static const SeedanceWord event_words[SEEDANCE_N_EVENTS] = {
  [ON (WANTED)] = { "wanted", "a reader waits for the clip, or was "
    "started" },
  [ON (UNWANTED)] = { "unwanted", "the reader that began to wait was "
    "interrupted" },
  [ON (LEFT)] = { "left", "no reader is left" },
  [ON (UNUSED)] = { "unused", "no reader is left, and nobody else can find the "
    "job any more" },
  [ON (REJOINED)] = { "rejoined", "all readers had left, and one came back" },
  [ON (TIMER)] = { "timer", "the wait is over" },
  [ON (DEADLINE)] = { "deadline", "generation-timeout is over" },
  [ON (OURS)] = { "ours", "the ledger holds the order as ours, durably" },
  [ON (OTHERS)] = { "others", "the ledger holds the order as another's that "
    "is under way" },
  [ON (OUTDATED)] = { "outdated", "all readers had left, and one came back "
    "before the ledger answered" },
  [ON (TASK)] = { "task", "there is a task already" },
  [ON (CLIP)] = { "clip", "there is a task, and its clip was stored" },
  [ON (DOUBT)] = { "doubt", "nobody knows whether the order was accepted" },
  [ON (REFUSED)] = { "refused", "the order may not go out (attempts, budget), "
    "or surely was not accepted" },
  [ON (ACCEPTED)] = { "accepted", "the answer holds the task's id" },
  [ON (TAKEN_BACK)] = { "taken-back", "no byte of the order went out" },
  [ON (WITHDRAWN)] = { "withdrawn", "the order is out of the ledger" },
  [ON (LATER)] = { "later", "not now: it is to be tried again" },
  [ON (TOO_LATE)] = { "too-late", "the same, but not within "
    "generation-timeout" },
  [ON (NOTED)] = { "noted", "the ledger has it, or the user was told that it "
    "cannot be written" },
  [ON (THERE)] = { "there", "the stored clip is whole" },
  [ON (MISSING)] = { "missing", "it is not" },
  [ON (LINK)] = { "link", "the clip is done, and here is the link" },
  [ON (ENDED)] = { "ended", "the task ended without a clip" },
  [ON (OPENED)] = { "opened", "the clip has its file, and what an earlier run "
    "left" },
  [ON (EXPIRED)] = { "expired", "the link is refused" },
  [ON (WHOLE)] = { "whole", "all bytes are here and make an MP4" },
  [ON (STORED)] = { "stored", "the clip is durable" },
  [ON (KEPT)] = { "kept", "it is not, and the user was told why; it can be "
    "read" },
  [ON (ERROR)] = { "error", "it failed for good" },
};

static const SeedanceWord action_words[SEEDANCE_N_ACTIONS] = {
  [DO (NONE)] = { "none", "nothing" },
  [DO (BEGIN)] = { "begin", "opens the ledger, then as claim" },
  [DO (CLAIM)] = { "claim", "asks the ledger (claim.c)" },
  [DO (ORDER)] = { "order", "sends the order: the only action that spends "
    "money (submit.c)" },
  [DO (TAKE_BACK)] = { "take-back", "cancels the order if no byte of it went "
    "out (submit.c)" },
  [DO (WITHDRAW)] = { "withdraw", "takes the order out of the ledger" },
  [DO (NOTE)] = { "note", "writes the record; what stands for "
    "money, durably" },
  [DO (LOOK)] = { "look", "asks for the list of tasks (look.c)" },
  [DO (WAIT)] = { "wait", "sets the timer" },
  [DO (CHECK)] = { "check", "reads the stored clip's boxes (stored.c)" },
  [DO (ATTACH)] = { "attach", "sets the deadline, asks for the task at once "
    "(poll.c)" },
  [DO (AWAIT)] = { "await", "sets the deadline, asks for the task when it is "
    "due (poll.c)" },
  [DO (LIMIT)] = { "limit", "sets the deadline anew" },
  [DO (ASK)] = { "ask", "sends the question (poll.c)" },
  [DO (OPEN)] = { "open", "opens the clip's file (stored.c)" },
  [DO (FETCH)] = { "fetch", "downloads the clip (fetch.c)" },
  [DO (GO_ON)] = { "go-on", "goes on with the new link (fetch.c)" },
  [DO (STORE)] = { "store", "makes the clip durable (fetch.c)" },
  [DO (PLAY)] = { "play", "tells that the stored clip is ready" },
  [DO (END)] = { "end", "tells that the clip is ready" },
  [DO (FAIL)] = { "fail", "ends all requests and timers, tells the error" },
  [DO (REST)] = { "rest", "the next reader that waits begins anew" },
  [DO (ADOPT)] = { "adopt", "goes on with the settings of who came back" },
  [DO (CLAIM_NOW)] = { "claim-now", "the same; does not wait after a failure" },
  [DO (ASK_NOW)] = { "ask-now", "the same, and sets the deadline anew" },
  [DO (ASK_ANEW)] = { "ask-anew", "the same; sends a question that may be "
    "stuck once more" },
  [DO (FETCH_ANEW)] = { "fetch-anew", "goes on with the settings of who came "
    "back; sends requests that may be stuck once more" },
  [DO (PUT_AWAY)] = { "put-away", "ends all requests and timers; writes an id "
    "that could not be written before" },
};
/* clang-format on */

const SeedanceTransition *
seedance_table_find (SeedanceStep step, SeedanceEvent event)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    if (table[i].from == step && table[i].event == event)
      return &table[i];
  }

  return NULL;
}

void
seedance_table_follow (const SeedanceTransition *transition, SeedanceStep *step,
    SeedanceActFunc act, gpointer user_data)
{
  *step = transition->to;
  for (guint i = 0; i < SEEDANCE_ACTIONS_MAX &&
                    transition->actions[i] != SEEDANCE_ACTION_NONE;
       i++)
    act (transition->actions[i], user_data);
}

const SeedanceTransition *
seedance_table_get (guint *n)
{
  *n = G_N_ELEMENTS (table);

  return table;
}

const SeedanceWord *
seedance_step_get_word (SeedanceStep step)
{
  return &step_words[step];
}

const SeedanceWord *
seedance_event_get_word (SeedanceEvent event)
{
  return &event_words[event];
}

const SeedanceWord *
seedance_action_get_word (SeedanceAction action)
{
  return &action_words[action];
}
