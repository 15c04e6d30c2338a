/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transition table of a job: docs/job.md shows it as it is, and no order of
 * events pays twice, loses a task or hangs. */

#include "job-page.h"
#include "job-table.h"

#include <string.h>

#define STEPS 1000000

static guint n_rows;
static const SeedanceTransition *rows;

/* The operation outside the table that is in progress and will report an
 * event. */
typedef enum {
  STAGE_NONE,
  STAGE_CLAIM,
  STAGE_ORDER,
  STAGE_NOTE,
  STAGE_LOOK,
  STAGE_CHECK,
  STAGE_ASK,
  STAGE_OPEN,
  STAGE_FETCH,
  STAGE_STORE
} Stage;

/* A simulated job. Its stages do nothing but report a random permitted
 * event. */
typedef struct {
  SeedanceStep step;
  GRand *rand;
  guint *covered; /* for each row, how often it was followed */

  Stage stage;
  gboolean timer, deadline;
  gboolean held;        /* the ledger has our open order */
  gboolean withdrawing; /* an order is being withdrawn from the ledger */
  gboolean rejoined;    /* a reader rejoined since the claim started */
  gboolean sent;        /* a submit is in progress */
  gboolean accepted;    /* a task is paid for, by this order or before */
  gboolean doubt;       /* a task may be paid for */
  gboolean durable;     /* the ledger has noted "accepted" or "doubt" */
  gboolean readers;
  guint orders, ends;
} Job;

static void feed (Job *job, SeedanceEvent event);

static SeedanceEvent
pick (Job *job, const SeedanceEvent *events, guint n)
{
  return events[g_rand_int_range (job->rand, 0, (gint32) n)];
}

/* Before a submit, nothing may be paid for or in doubt. */
static void
assert_nothing_is_paid (const Job *job)
{
  g_assert_false (job->sent);
  g_assert_false (job->accepted);
  g_assert_false (job->doubt);
}

static void
start (Job *job, Stage stage)
{
  g_assert_cmpint (job->stage, ==, STAGE_NONE);
  job->stage = stage;
}

static void
claim (Job *job)
{
  assert_nothing_is_paid (job);
  g_assert_false (job->held);
  start (job, STAGE_CLAIM);
  job->rejoined = FALSE;
}

/* Reports what the ledger said. It may have given us the order although no
 * reader wants it any more. */
static void
report_claim (Job *job)
{
  static const SeedanceEvent events[] = { SEEDANCE_EVENT_OURS,
    SEEDANCE_EVENT_OTHERS, SEEDANCE_EVENT_TASK, SEEDANCE_EVENT_CLIP,
    SEEDANCE_EVENT_DOUBT, SEEDANCE_EVENT_REFUSED, SEEDANCE_EVENT_ERROR };
  const SeedanceEvent event = pick (job, events, G_N_ELEMENTS (events));

  job->held = event == SEEDANCE_EVENT_OURS;
  /* The process may be about to exit. */
  if (g_rand_int_range (job->rand, 0, 32) == 0) {
    feed (job, SEEDANCE_EVENT_TAKEN_BACK);
    return;
  }
  if (job->rejoined) {
    feed (job, SEEDANCE_EVENT_OUTDATED);
    return;
  }
  job->accepted = event == SEEDANCE_EVENT_TASK || event == SEEDANCE_EVENT_CLIP;
  job->doubt = event == SEEDANCE_EVENT_DOUBT;
  job->durable = job->accepted || job->doubt;
  feed (job, event);
}

static void
order (Job *job)
{
  assert_nothing_is_paid (job);
  g_assert_true (job->held);
  g_assert_cmpint (job->stage, ==, STAGE_NONE);
  /* The last reader may have been interrupted in this moment. */
  if (g_rand_int_range (job->rand, 0, 8) == 0) {
    feed (job, SEEDANCE_EVENT_TAKEN_BACK);
    return;
  }
  job->sent = TRUE;
  job->stage = STAGE_ORDER;
  job->orders++;
}

static void
take_back (Job *job)
{
  g_assert_true (job->sent);
  if (g_rand_boolean (job->rand))
    return;
  job->sent = FALSE;
  job->stage = STAGE_NONE;
  feed (job, SEEDANCE_EVENT_TAKEN_BACK);
}

static void
withdraw (Job *job)
{
  assert_nothing_is_paid (job);
  job->withdrawing |= job->held;
  job->held = FALSE;
}

static void
note (Job *job)
{
  g_assert_false (job->sent);
  g_assert_true (job->accepted || job->doubt);
  start (job, STAGE_NOTE);
}

static void
report_note (Job *job)
{
  job->durable = TRUE;
  job->held = FALSE;
  feed (job, SEEDANCE_EVENT_NOTED);
}

static void
set_timer (Job *job)
{
  g_assert_cmpint (job->stage, ==, STAGE_NONE);
  job->timer = TRUE;
}

/* The service is asked only for a task whose id is durable. */
static void
assert_task_is_durable (const Job *job)
{
  g_assert_true (job->accepted);
  g_assert_true (job->durable);
  g_assert_false (job->sent);
}

/* A job ends once, and leaves no order open. */
static void
end (Job *job)
{
  g_assert_false (job->sent);
  g_assert_false (job->held);
  g_assert_true (job->durable || (!job->accepted && !job->doubt));
  g_assert_cmpuint (++job->ends, ==, 1);
  job->timer = job->deadline = FALSE;
  job->stage = STAGE_NONE;
}

static void
put_away (Job *job)
{
  g_assert_false (job->sent);
  g_assert_false (job->held);
  g_assert_true (job->durable || (!job->accepted && !job->doubt));
  g_assert_false (job->withdrawing);
  g_assert_cmpint (job->stage, !=, STAGE_CLAIM);
  g_assert_cmpint (job->stage, !=, STAGE_NOTE);
  job->timer = job->deadline = FALSE;
  /* Storing the clip goes on. */
  if (job->stage != STAGE_STORE)
    job->stage = STAGE_NONE;
}

static void
ask (Job *job)
{
  assert_task_is_durable (job);
  start (job, STAGE_ASK);
}

/* Only an order that the ledger has marked as in doubt is looked for in the
 * service's list of tasks. */
static void
look (Job *job)
{
  g_assert_true (job->doubt);
  g_assert_true (job->durable);
  g_assert_false (job->sent);
  g_assert_false (job->held);
  start (job, STAGE_LOOK);
}

static void
begin_task (Job *job)
{
  assert_task_is_durable (job);
  set_timer (job);
  job->deadline = TRUE;
}

static void
limit (Job *job)
{
  job->deadline = TRUE;
}

static void
check (Job *job)
{
  assert_task_is_durable (job);
  start (job, STAGE_CHECK);
}

static void
open_part (Job *job)
{
  job->deadline = FALSE;
  start (job, STAGE_OPEN);
}

static void
fetch (Job *job)
{
  job->deadline = FALSE;
  start (job, STAGE_FETCH);
}

static void
store (Job *job)
{
  start (job, STAGE_STORE);
}

static void
rest (Job *job)
{
  g_assert_false (job->sent);
  g_assert_false (job->held);
}

static void
ask_anew (Job *job)
{
  g_assert_cmpint (job->stage, ==, STAGE_ASK);
}

static void
fetch_anew (Job *job)
{
  g_assert_cmpint (job->stage, ==, STAGE_FETCH);
}

static void
hurry (Job *job)
{
  g_assert_true (job->timer);
}

static void
act (SeedanceAction action, gpointer job)
{
  static void (*const funcs[SEEDANCE_N_ACTIONS]) (Job * job) = {
    [SEEDANCE_ACTION_BEGIN] = claim,
    [SEEDANCE_ACTION_CLAIM] = claim,
    [SEEDANCE_ACTION_ORDER] = order,
    [SEEDANCE_ACTION_TAKE_BACK] = take_back,
    [SEEDANCE_ACTION_WITHDRAW] = withdraw,
    [SEEDANCE_ACTION_NOTE] = note,
    [SEEDANCE_ACTION_LOOK] = look,
    [SEEDANCE_ACTION_WAIT] = set_timer,
    [SEEDANCE_ACTION_CHECK] = check,
    [SEEDANCE_ACTION_ATTACH] = begin_task,
    [SEEDANCE_ACTION_AWAIT] = begin_task,
    [SEEDANCE_ACTION_LIMIT] = limit,
    [SEEDANCE_ACTION_ASK] = ask,
    [SEEDANCE_ACTION_OPEN] = open_part,
    [SEEDANCE_ACTION_FETCH] = fetch,
    [SEEDANCE_ACTION_GO_ON] = fetch,
    [SEEDANCE_ACTION_STORE] = store,
    [SEEDANCE_ACTION_PLAY] = end,
    [SEEDANCE_ACTION_END] = end,
    [SEEDANCE_ACTION_FAIL] = end,
    [SEEDANCE_ACTION_REST] = rest,
    [SEEDANCE_ACTION_CLAIM_NOW] = hurry,
    [SEEDANCE_ACTION_ASK_NOW] = hurry,
    [SEEDANCE_ACTION_ASK_ANEW] = ask_anew,
    [SEEDANCE_ACTION_FETCH_ANEW] = fetch_anew,
    [SEEDANCE_ACTION_PUT_AWAY] = put_away,
  };

  if (funcs[action])
    funcs[action](job);
}

static void
feed (Job *job, SeedanceEvent event)
{
  const SeedanceTransition *row = seedance_table_find (job->step, event);

  if (!row)
    return;
  job->covered[row - rows]++;
  seedance_table_follow (row, &job->step, act, job);
}

/* The registry keeps a job while a call of the ledger is in progress. */
static gboolean
is_busy (const Job *job)
{
  return job->sent || job->withdrawing || job->stage == STAGE_CLAIM ||
         job->stage == STAGE_NOTE;
}

static void
settle (Job *job)
{
  if (job->readers)
    return;
  feed (job, SEEDANCE_EVENT_LEFT);
  if (!is_busy (job))
    feed (job, SEEDANCE_EVENT_UNUSED);
}

/* Reports a random event of the stage that is in progress. */
static void
report_stage (Job *job)
{
  static const SeedanceEvent events[][5] = {
    [STAGE_ORDER] = { SEEDANCE_EVENT_ACCEPTED, SEEDANCE_EVENT_DOUBT,
        SEEDANCE_EVENT_REFUSED, SEEDANCE_EVENT_LATER, SEEDANCE_EVENT_TOO_LATE },
    [STAGE_LOOK] = { SEEDANCE_EVENT_TASK, SEEDANCE_EVENT_LATER,
        SEEDANCE_EVENT_DOUBT, SEEDANCE_EVENT_LATER, SEEDANCE_EVENT_LATER },
    [STAGE_CHECK] = { SEEDANCE_EVENT_THERE, SEEDANCE_EVENT_MISSING,
        SEEDANCE_EVENT_ERROR, SEEDANCE_EVENT_THERE, SEEDANCE_EVENT_MISSING },
    [STAGE_ASK] = { SEEDANCE_EVENT_LATER, SEEDANCE_EVENT_LINK,
        SEEDANCE_EVENT_ENDED, SEEDANCE_EVENT_ERROR, SEEDANCE_EVENT_LINK },
    [STAGE_OPEN] = { SEEDANCE_EVENT_OPENED, SEEDANCE_EVENT_ERROR,
        SEEDANCE_EVENT_OPENED, SEEDANCE_EVENT_OPENED, SEEDANCE_EVENT_OPENED },
    [STAGE_FETCH] = { SEEDANCE_EVENT_EXPIRED, SEEDANCE_EVENT_LATER,
        SEEDANCE_EVENT_WHOLE, SEEDANCE_EVENT_ERROR, SEEDANCE_EVENT_WHOLE },
    [STAGE_STORE] = { SEEDANCE_EVENT_STORED, SEEDANCE_EVENT_ERROR,
        SEEDANCE_EVENT_KEPT, SEEDANCE_EVENT_STORED, SEEDANCE_EVENT_STORED },
  };
  const SeedanceEvent event = pick (job, events[job->stage], 5);

  if (job->stage == STAGE_ORDER) {
    job->sent = FALSE;
    job->accepted = event == SEEDANCE_EVENT_ACCEPTED;
    job->doubt = event == SEEDANCE_EVENT_DOUBT;
  }
  /* The ledger was updated before this event. */
  if (job->stage == STAGE_LOOK && event == SEEDANCE_EVENT_TASK) {
    job->accepted = TRUE;
    job->doubt = FALSE;
  }
  job->stage = STAGE_NONE;
  feed (job, event);
}

/* The ledger does one call at a time. */
static void
report (Job *job)
{
  if (job->withdrawing) {
    job->withdrawing = FALSE;
    feed (job, SEEDANCE_EVENT_WITHDRAWN);
  } else if (job->stage == STAGE_CLAIM) {
    job->stage = STAGE_NONE;
    report_claim (job);
  } else if (job->stage == STAGE_NOTE) {
    job->stage = STAGE_NONE;
    report_note (job);
  } else {
    report_stage (job);
  }
  settle (job);
}

/* The readers leave; maybe one comes back before the job notices. */
static void
leave (Job *job)
{
  job->readers = g_rand_boolean (job->rand);
  if (!job->readers) {
    settle (job);
    return;
  }
  job->rejoined = TRUE;
  feed (job, SEEDANCE_EVENT_REJOINED);
}

/* A reader comes while the job cannot be freed yet. */
static void
come_back (Job *job)
{
  job->readers = job->rejoined = TRUE;
  feed (job, SEEDANCE_EVENT_REJOINED);
}

static void
fire_timer (Job *job)
{
  job->timer = FALSE;
  feed (job, SEEDANCE_EVENT_TIMER);
}

static void
fire_deadline (Job *job)
{
  job->deadline = FALSE;
  feed (job, SEEDANCE_EVENT_DEADLINE);
}

/* Does one random thing of those that can happen now. */
static void
let_something_happen (Job *job)
{
  switch (g_rand_int_range (job->rand, 0, 16)) {
    case 0:
      if (job->readers)
        leave (job);
      else if (is_busy (job) && job->step != SEEDANCE_STEP_GONE)
        come_back (job);
      break;
    case 1:
      if (job->deadline)
        fire_deadline (job);
      break;
    case 2:
      if (job->step == SEEDANCE_STEP_IDLE || job->step == SEEDANCE_STEP_GONE)
        feed (job, SEEDANCE_EVENT_UNWANTED);
      break;
    case 3:
      if (job->timer)
        fire_timer (job);
      break;
    default:
      if (job->stage != STAGE_NONE || job->withdrawing)
        report (job);
      else if (job->timer)
        fire_timer (job);
      else if (job->step == SEEDANCE_STEP_IDLE && job->readers)
        feed (job, SEEDANCE_EVENT_WANTED);
      break;
  }
}

static gboolean
is_at_rest (SeedanceStep step)
{
  return step == SEEDANCE_STEP_IDLE || step == SEEDANCE_STEP_READY ||
         step == SEEDANCE_STEP_FAILED || step == SEEDANCE_STEP_GONE;
}

static void
assert_sound (const Job *job)
{
  /* Otherwise the job hangs. */
  g_assert_true (is_at_rest (job->step) || job->stage != STAGE_NONE ||
                 job->timer || job->withdrawing);
  g_assert_true (job->sent == (job->step == SEEDANCE_STEP_ORDERING));
  /* Otherwise a crash leaves an order whose result is unknown. */
  g_assert_true (job->sent || !job->held ||
                 job->step == SEEDANCE_STEP_NOTING_ID ||
                 job->step == SEEDANCE_STEP_NOTING_DOUBT);
}

/* GLib prints the seed of a failed run, which reproduces it. */
static void
test_random (void)
{
  g_autofree guint *covered = g_new0 (guint, n_rows);
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  Job job = { .rand = rand, .covered = covered, .readers = TRUE };
  guint jobs = 1, orders = 0;

  for (guint i = 0; i < STEPS; i++) {
    let_something_happen (&job);
    assert_sound (&job);
    if ((job.step == SEEDANCE_STEP_GONE &&
            g_rand_int_range (rand, 0, 8) == 0) ||
        (is_at_rest (job.step) && !job.readers && !is_busy (&job) &&
            job.step != SEEDANCE_STEP_GONE)) {
      orders += job.orders;
      jobs++;
      job = (Job){ .rand = rand, .covered = covered, .readers = TRUE };
    }
  }
  g_test_message ("%u jobs, %u orders", jobs, orders);
  for (guint i = 0; i < n_rows; i++) {
    if (covered[i] == 0)
      g_test_message ("never followed: %s, %s",
          seedance_step_get_word (rows[i].from)->name,
          seedance_event_get_word (rows[i].event)->name);
    g_assert_cmpuint (covered[i], >, 0);
  }
}

static gboolean
does (const SeedanceTransition *row, SeedanceAction action)
{
  for (guint i = 0; i < SEEDANCE_ACTIONS_MAX; i++) {
    if (row->actions[i] == action)
      return TRUE;
  }

  return FALSE;
}

/* One row alone leads to a submit, and no row leads away from an end. */
static void
test_money (void)
{
  for (guint i = 0; i < n_rows; i++) {
    const SeedanceTransition *row = &rows[i];

    g_assert_cmpint (does (row, SEEDANCE_ACTION_ORDER), ==,
        row->from == SEEDANCE_STEP_CLAIMING &&
            row->event == SEEDANCE_EVENT_OURS);
    if (row->from == SEEDANCE_STEP_READY || row->from == SEEDANCE_STEP_FAILED)
      g_assert_true (row->to == row->from || row->to == SEEDANCE_STEP_GONE);
    if (row->event == SEEDANCE_EVENT_ACCEPTED ||
        row->event == SEEDANCE_EVENT_ENDED ||
        (row->event == SEEDANCE_EVENT_DOUBT &&
            row->from == SEEDANCE_STEP_ORDERING))
      g_assert_true (does (row, SEEDANCE_ACTION_NOTE));
    for (guint j = 0; j < i; j++)
      g_assert_false (rows[j].from == row->from && rows[j].event == row->event);
  }
}

static void
test_page (void)
{
  const gchar *root = g_getenv ("SEEDANCE_SOURCE_ROOT");
  g_autofree gchar *page = job_page_write (), *path = NULL, *text = NULL;

  if (!root) {
    g_test_skip ("SEEDANCE_SOURCE_ROOT is not set");
    return;
  }
  path = g_build_filename (root, "docs", "job.md", NULL);
  if (g_getenv ("TABLE_UPDATE"))
    g_assert_true (g_file_set_contents (path, page, -1, NULL));
  g_file_get_contents (path, &text, NULL, NULL);
  if (g_strcmp0 (text, page) != 0)
    g_test_message ("docs/job.md is not what the table says; to write it anew: "
                    "TABLE_UPDATE=1 meson test -C build unit-job-table");
  g_assert_cmpstr (text, ==, page);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rows = seedance_table_get (&n_rows);
  g_test_add_func ("/job-table/money", test_money);
  g_test_add_func ("/job-table/random", test_random);
  g_test_add_func ("/job-table/page", test_page);

  return g_test_run ();
}
