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
   * so it is undone and the ledger asked again for the new reader. TAKEN_BACK:
   * the process exits. Without REST no reader begins the job again. */
  ROW (CLAIMING, OURS, ORDERING, ORDER),
  ROW (CLAIMING, OTHERS, WAITING, WAIT),
  ROW (CLAIMING, TASK, GENERATING, ATTACH),
  ROW (CLAIMING, CLIP, CHECKING, CHECK),
  ROW (CLAIMING, DOUBT, LOOKING, LOOK),
  ROW (CLAIMING, REFUSED, FAILED, FAIL),
  ROW (CLAIMING, ERROR, FAILED, FAIL),
  ROW2 (CLAIMING, OUTDATED, CLAIMING, WITHDRAW, CLAIM),
  ROW (CLAIMING, TAKEN_BACK, IDLE, WITHDRAW),

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
  [AT (IDLE)] = { "idle", "no reader waits for the clip yet" },
  [AT (CLAIMING)] = { "claiming", "the job asks the ledger what it knows of "
    "the order" },
  [AT (WAITING)] = { "waiting", "another process is sending the same order" },
  [AT (ORDERING)] = { "ordering", "the job sends the order, or waits for the "
    "answer to it" },
  [AT (WITHDRAWING)] = { "withdrawing", "the order was surely not accepted and "
    "is not sent again; the job removes it from the ledger" },
  [AT (BACKING_OFF)] = { "backing-off", "the order was surely not accepted; "
    "the job waits before it tries again" },
  [AT (IN_VAIN)] = { "in-vain", "the order was surely not accepted; the "
    "service asks for a longer wait than generation-timeout allows" },
  [AT (NOTING_ID)] = { "noting-id", "the order was accepted; the job writes "
    "the task's id to the ledger" },
  [AT (NOTING_DOUBT)] = { "noting-doubt", "the order may have been accepted; "
    "the job writes that to the ledger" },
  [AT (LOOKING)] = { "looking", "nobody knows whether the order was accepted; "
    "the job asks for the service's list of tasks, if there is one" },
  [AT (LOOKING_LATER)] = { "looking-later", "the list did not tell; the job "
    "waits before it asks for it again" },
  [AT (CHECKING)] = { "checking", "the ledger has a stored clip; the job "
    "checks that it is whole" },
  [AT (GENERATING)] = { "generating", "the task runs; the job waits before it "
    "asks the service about it" },
  [AT (ASKING)] = { "asking", "the job asks the service about the task" },
  [AT (NOTING_END)] = { "noting-end", "the task ended without a clip; the job "
    "writes that to the ledger" },
  [AT (OPENING)] = { "opening", "the job opens the clip's file" },
  [AT (FETCHING)] = { "fetching", "the job downloads the clip" },
  [AT (REFRESHING)] = { "refreshing", "the link was refused; the job waits "
    "before it asks for another one" },
  [AT (ASKING_LINK)] = { "asking-link", "the job asks the service for another "
    "link" },
  [AT (STORING)] = { "storing", "all bytes are here; the job makes them "
    "durable" },
  [AT (NOTING_CLIP)] = { "noting-clip", "the clip is durable; the job writes "
    "that to the ledger" },
  [AT (READY)] = { "ready", "the end: the whole clip can be read" },
  [AT (FAILED)] = { "failed", "the end: the readers get an error" },
  [AT (GONE)] = { "gone", "no reader is left, and the job was put away" },
};

static const SeedanceWord event_words[SEEDANCE_N_EVENTS] = {
  [ON (WANTED)] = { "wanted", "a reader waits for the clip, or was started "
    "without waiting" },
  [ON (UNWANTED)] = { "unwanted", "the reader that began to wait was "
    "interrupted" },
  [ON (LEFT)] = { "left", "no reader is left" },
  [ON (UNUSED)] = { "unused", "no reader is left, and no new one can join the "
    "job any more" },
  [ON (REJOINED)] = { "rejoined", "all readers had left, and a new one "
    "joined" },
  [ON (TIMER)] = { "timer", "the wait is over" },
  [ON (DEADLINE)] = { "deadline", "generation-timeout is over" },
  [ON (OURS)] = { "ours", "the order is in the ledger, durably, and this job "
    "may send it" },
  [ON (OTHERS)] = { "others", "the ledger has the order of another process, "
    "which is sending it" },
  [ON (OUTDATED)] = { "outdated", "all readers had left, and a new one joined "
    "before the ledger answered" },
  [ON (TASK)] = { "task", "there is a task for this clip already" },
  [ON (CLIP)] = { "clip", "there is a task for this clip already, and the clip "
    "was stored" },
  [ON (DOUBT)] = { "doubt", "nobody knows whether the order was accepted" },
  [ON (REFUSED)] = { "refused", "the order may not be sent (attempts, budget), "
    "or was surely not accepted" },
  [ON (ACCEPTED)] = { "accepted", "the answer gives the task's id" },
  [ON (TAKEN_BACK)] = { "taken-back", "the order ended before any byte of it "
    "was sent" },
  [ON (WITHDRAWN)] = { "withdrawn", "the order was removed from the ledger" },
  [ON (LATER)] = { "later", "no result yet; the job tries again after a wait" },
  [ON (TOO_LATE)] = { "too-late", "no result yet, and the job may try again "
    "only when generation-timeout is over" },
  [ON (NOTED)] = { "noted", "the ledger has the record, or the user was warned "
    "that it could not be written" },
  [ON (THERE)] = { "there", "the stored clip is whole" },
  [ON (MISSING)] = { "missing", "the stored clip is gone or not whole" },
  [ON (LINK)] = { "link", "the clip is done, and the job knows the link to "
    "it" },
  [ON (ENDED)] = { "ended", "the task ended without a clip" },
  [ON (OPENED)] = { "opened", "the clip's file is open, with the bytes that an "
    "earlier run left" },
  [ON (EXPIRED)] = { "expired", "the link was refused" },
  [ON (WHOLE)] = { "whole", "all bytes are here and make an MP4" },
  [ON (STORED)] = { "stored", "the clip is durable" },
  [ON (KEPT)] = { "kept", "the clip could not be made durable, and the user "
    "was told why; it can be read" },
  [ON (ERROR)] = { "error", "the step failed for good" },
};

static const SeedanceWord action_words[SEEDANCE_N_ACTIONS] = {
  [DO (NONE)] = { "none", "nothing" },
  [DO (BEGIN)] = { "begin", "opens the ledger, then does as claim" },
  [DO (CLAIM)] = { "claim", "asks the ledger whether the order may be sent "
    "(claim.c)" },
  [DO (ORDER)] = { "order", "sends the order: the only action that spends "
    "money (submit.c)" },
  [DO (TAKE_BACK)] = { "take-back", "cancels the order if no byte of it was "
    "sent (submit.c)" },
  [DO (WITHDRAW)] = { "withdraw", "removes the order from the ledger" },
  [DO (NOTE)] = { "note", "writes the order's record to the ledger, durably "
    "where it stands for money" },
  [DO (LOOK)] = { "look", "asks the service for its list of tasks (look.c)" },
  [DO (WAIT)] = { "wait", "sets the timer" },
  [DO (CHECK)] = { "check", "checks the boxes of the stored MP4 (stored.c)" },
  [DO (ATTACH)] = { "attach", "starts generation-timeout and asks about the "
    "task at once (poll.c)" },
  [DO (AWAIT)] = { "await", "starts generation-timeout and asks about the task "
    "after a wait (poll.c)" },
  [DO (LIMIT)] = { "limit", "starts generation-timeout anew" },
  [DO (ASK)] = { "ask", "asks the service about the task (poll.c)" },
  [DO (OPEN)] = { "open", "opens the clip's file (stored.c)" },
  [DO (FETCH)] = { "fetch", "downloads the clip (fetch.c)" },
  [DO (GO_ON)] = { "go-on", "continues the download with the new link "
    "(fetch.c)" },
  [DO (STORE)] = { "store", "makes the clip durable (fetch.c)" },
  [DO (PLAY)] = { "play", "tells the readers that the stored clip is ready" },
  [DO (END)] = { "end", "tells the readers that the clip is ready" },
  [DO (FAIL)] = { "fail", "ends all requests and timers, and gives the readers "
    "the error" },
  [DO (REST)] = { "rest", "lets the next reader that waits begin the job "
    "anew" },
  [DO (ADOPT)] = { "adopt", "takes over the settings of the new reader" },
  [DO (CLAIM_NOW)] = { "claim-now", "does as adopt; if a try has failed, tries "
    "again at once" },
  [DO (ASK_NOW)] = { "ask-now", "does as adopt, and starts generation-timeout "
    "anew; if a question has failed, asks again at once" },
  [DO (ASK_ANEW)] = { "ask-anew", "does as adopt, and starts "
    "generation-timeout anew; sends the question again, because the first one "
    "may be stuck" },
  [DO (FETCH_ANEW)] = { "fetch-anew", "does as adopt; sends the requests "
    "again, because they may be stuck" },
  [DO (PUT_AWAY)] = { "put-away", "ends all requests and timers; writes a task "
    "id that could not be written before" },
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
