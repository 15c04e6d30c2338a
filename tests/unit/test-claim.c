/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given the rows of an order, the ledger decides whether it may be ordered;
 * only permission to order adds a row. test-claim-race.c tests rivals. */
#include "ledger-folder.h"

#include <glib/gstdio.h>
#include <string.h>

#define ROWS_MAX 4
#define ATTEMPTS 2

/* How the order is placed. The first three are the values of the property
 * reuse. OWN and AWAITED are reuse=pending, where the first row is the one that
 * the claiming element had before, or waited for. */
enum { PENDING, ALWAYS, NEVER, OWN, AWAITED, N_WAYS };
static const gchar *const ways[N_WAYS] = { "pending", "always", "never", "own",
  "awaited" };

/* @rows: the order's rows, the oldest first; "dead" is "submitting" by a
 * process that has ended. @results: a letter for each of the ways: O = order, W
 * = wait, D = doubt, R = refused, a number = attach to that row. */
typedef struct {
  const gchar *rows;
  const gchar *results;
} Case;

static const Case cases[] = {
  { "", "OOOOO" },
  { "submitting", "WWOWW" },
  { "dead", "DDODD" },
  { "ambiguous", "DDODD" },
  { "submitted", "11O11" },
  { "ready", "11O11" },
  { "played", "O1O11" },
  { "failed", "OOOO1" },

  { "played submitting", "W1O11" },
  { "played dead", "D1O11" },
  { "played ambiguous", "D1O11" },
  { "played submitted", "22O21" },
  { "played ready", "22O21" },
  { "played played", "O2O11" },
  { "submitted ambiguous", "11O11" },
  { "ready submitting", "11O11" },
  { "failed submitting", "WWOW1" },
  { "failed dead", "DDOD1" },
  { "failed ambiguous", "DDOD1" },
  { "failed submitted", "22O21" },
  { "failed ready", "22O21" },

  { "failed failed", "RRRR1" },
  { "failed failed submitting", "WWRW1" },
  { "failed failed ambiguous", "DDRD1" },
  { "failed failed submitted", "33R31" },
  { "failed played", "O2OO1" },
  { "failed failed played", "O3OO1" },
  { "failed failed played failed", "O3OO1" },
  { "played failed", "O1O11" },
  { "played failed failed", "R1R11" },

  { "submitted-forgotten", "OOOOO" },
  { "ambiguous-forgotten", "OOOOO" },
  { "played-forgotten", "OOOOO" },
  { "failed failed-forgotten", "OOOO1" },
  { "submitted ambiguous-forgotten", "11O11" },
  { "played submitted-forgotten", "O1O11" },

  /* An order that reuse=never placed beside another ("-beside") is found by no
   * later order. Its failed tasks count as failed attempts. */
  { "submitted-beside", "OOO11" },
  { "played-beside", "OOO11" },
  { "ambiguous-beside", "OOOOO" },
  { "submitting-beside", "OOOOO" },
  { "submitted ambiguous-beside", "11O11" },
  { "ambiguous submitted-beside", "DDODD" },
  { "played submitted-beside", "O1O11" },
  { "failed-beside failed-beside", "RRRR1" },

  /* Rows of other orders ("-other") are not found either. */
  { "submitted-other", "OOO11" },
  { "ambiguous-other", "OOOOO" },
  { "failed-other failed-other", "OOOO1" },
  { "submitted-other ambiguous", "DDO11" },
};

static gchar
letter_of (SeedanceClaimResult result, const SeedanceRecord *found,
    SeedanceRecord *const *rows)
{
  switch (result) {
    case SEEDANCE_CLAIM_ORDER:
      return 'O';
    case SEEDANCE_CLAIM_WAIT:
      return 'W';
    case SEEDANCE_CLAIM_DOUBT:
      return 'D';
    case SEEDANCE_CLAIM_REFUSED:
      return 'R';
    case SEEDANCE_CLAIM_ATTACH:
      for (guint i = 0; i < ROWS_MAX && rows[i]; i++) {
        if (g_str_equal (rows[i]->name, found->name))
          return (gchar) ('1' + i);
      }
      return '?';
    default:
      return 'E';
  }
}

static void
assert_found (const SeedanceRecord *found, gchar letter)
{
  g_assert_cmpint (found != NULL, ==, letter != 'O' && letter != 'R');
  if (letter == 'W' || letter == 'D')
    g_assert_cmpint (found->state, <=, SEEDANCE_RECORD_AMBIGUOUS);
}

/* Returns the claim's result as in Case. Without @fresh, the claim only
 * looks. */
static gchar
claim (Folder *folder, SeedanceRecord *const *rows, guint way,
    const SeedanceRecord *fresh)
{
  g_autofree gchar *identity = folder_identity ("order");
  const gchar *first = rows[0] ? rows[0]->name : "none";
  const SeedanceClaim what = { .identity = identity,
    .beside = way == NEVER,
    .again = way == ALWAYS,
    .own = way == OWN ? first : NULL,
    .awaited = way == AWAITED ? first : NULL,
    .attempts = ATTEMPTS };
  g_autoptr (SeedanceRecord) found = NULL;
  g_auto (SeedanceRefusal) refusal = { 0 };
  g_autoptr (GError) error = NULL;
  const SeedanceClaimResult result = seedance_ledger_claim (
      folder->dir, &what, fresh, &found, &refusal, &error);
  const gchar letter = letter_of (result, found, rows);

  g_assert_no_error (error);
  assert_found (found, letter);

  return letter;
}

/* Returns TRUE if one of the rows can be found by a later order. */
static gboolean
is_led_to (const Case *c)
{
  g_auto (GStrv) words = g_strsplit (c->rows, " ", -1);

  for (guint i = 0; words[i]; i++) {
    if (!strchr (words[i], '-'))
      return TRUE;
  }

  return FALSE;
}

/* Asserts that the new order is in the ledger, where the next claim finds it,
 * unless it was placed beside another. Withdrawing it leaves the other rows. */
static void
assert_ordered (Folder *folder, const Case *c, guint way,
    SeedanceRecord *const *rows, const SeedanceRecord *fresh)
{
  const gboolean beside = way == NEVER && is_led_to (c);
  const gint64 count = folder_count_rows (folder, "1");

  g_assert_cmpint (
      claim (folder, rows, way, NULL), ==, way == NEVER ? 'O' : 'W');
  g_assert_cmpint (claim (folder, rows, PENDING, NULL), ==,
      beside ? c->results[PENDING] : 'W');
  seedance_ledger_withdraw (folder->dir, fresh);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, count - 1);
}

static void
assert_way (
    Folder *folder, const Case *c, guint way, SeedanceRecord *const *rows)
{
  g_autoptr (SeedanceRecord) fresh =
      folder_new_record ("order", SEEDANCE_RECORD_SUBMITTING);
  const gchar expected = c->results[way];
  const gint64 count = folder_count_rows (folder, "1");

  g_test_message ("'%s', %s", c->rows, ways[way]);
  g_assert_cmpint (claim (folder, rows, way, NULL), ==, expected);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, count);
  g_assert_cmpint (claim (folder, rows, way, fresh), ==, expected);
  g_assert_cmpint (
      folder_count_rows (folder, "1"), ==, count + (expected == 'O'));
  if (expected == 'O')
    assert_ordered (folder, c, way, rows, fresh);
}

static void
test_rows_say_what_may_be_ordered (Folder *folder, gconstpointer data)
{
  const Case *c = data;
  g_auto (GStrv) words = g_strsplit (c->rows, " ", -1);
  SeedanceRecord *rows[ROWS_MAX + 1] = { NULL };

  for (guint i = 0; words[i]; i++) {
    g_assert_cmpuint (i, <, ROWS_MAX);
    rows[i] = folder_add_row (folder, words[i]);
  }
  for (guint way = 0; way < N_WAYS; way++)
    assert_way (folder, c, way, rows);
  for (guint i = 0; rows[i]; i++)
    seedance_record_free (rows[i]);
}

static void
add_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *name = g_strdelimit (g_strdup (cases[i].rows), " ", '+');
    g_autofree gchar *path =
        g_strconcat ("/claim/rows/", *name ? name : "none", NULL);

    folder_add (path, &cases[i], test_rows_say_what_may_be_ordered);
  }
}

/* Only an order that is being sent can be withdrawn: all later states may stand
 * for money. */
static void
test_only_what_is_being_sent_is_withdrawn (Folder *folder, gconstpointer data)
{
  for (guint i = SEEDANCE_RECORD_SUBMITTING; i <= SEEDANCE_RECORD_FAILED; i++) {
    g_autoptr (SeedanceRecord) record = folder_record (folder, "order", i);

    seedance_ledger_withdraw (folder->dir, record);
    g_assert_cmpint (folder_count_rows (folder, "1"), ==, i);
  }
}

static void
fail_task (Folder *folder, const gchar *task_id, gint64 size)
{
  g_autoptr (SeedanceRecord) record =
      folder_new_record ("order", SEEDANCE_RECORD_FAILED);

  g_free (record->task_id);
  record->task_id = g_strdup (task_id);
  record->words = g_strconcat ("no\nfaces: ", task_id, NULL);
  record->size = size;
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
}

/* @count 0: asserts that the order may go out. */
static void
assert_refused (
    Folder *folder, guint attempts, guint count, const gchar *task_id)
{
  g_autofree gchar *identity = folder_identity ("order");
  g_autofree gchar *words = g_strconcat ("no\nfaces: ", task_id, NULL);
  g_autofree gchar *sql = NULL, *name = NULL;
  const SeedanceClaim what = { .identity = identity, .attempts = attempts };
  g_autoptr (SeedanceRecord) found = NULL;
  g_auto (SeedanceRefusal) refusal = { 0 };
  g_autoptr (GError) error = NULL;
  const SeedanceClaimResult result = seedance_ledger_claim (
      folder->dir, &what, NULL, &found, &refusal, &error);

  g_assert_no_error (error);
  g_assert_cmpint (
      result, ==, count > 0 ? SEEDANCE_CLAIM_REFUSED : SEEDANCE_CLAIM_ORDER);
  if (count == 0)
    return;
  g_assert_cmpuint (refusal.count, ==, count);
  g_assert_cmpstr (refusal.task_id, ==, task_id);
  sql = g_strdup_printf (
      "SELECT name FROM attempts WHERE task_id = '%s';", task_id);
  name = folder_get (folder, sql);
  g_assert_cmpstr (refusal.name, ==, name);
  g_assert_cmpstr (refusal.words, ==, words);
}

static void
test_attempts_are_counted (Folder *folder, gconstpointer data)
{
  assert_refused (folder, 1, 0, NULL);
  fail_task (folder, "one", -1);
  assert_refused (folder, 1, 1, "one");
  assert_refused (folder, 2, 0, NULL);
  fail_task (folder, "two", -1);
  assert_refused (folder, 2, 2, "two");
  assert_refused (folder, 3, 0, NULL);
  fail_task (folder, "three", -1);
  assert_refused (folder, 1, 3, "three");
  assert_refused (folder, 3, 3, "three");
}

/* The service made the clip once, and forgot the task later. */
static void
test_a_task_that_once_had_a_clip_did_not_fail (
    Folder *folder, gconstpointer data)
{
  fail_task (folder, "one", -1);
  fail_task (folder, "two", 4);
  assert_refused (folder, 1, 0, NULL);
  fail_task (folder, "three", -1);
  assert_refused (folder, 1, 1, "three");
}

static void
test_forgetting_one_gives_all_attempts_back (Folder *folder, gconstpointer data)
{
  g_autofree gchar *name = NULL;

  seedance_record_free (
      folder_record (folder, "other", SEEDANCE_RECORD_FAILED));
  fail_task (folder, "one", -1);
  fail_task (folder, "two", -1);
  assert_refused (folder, 2, 2, "two");
  name =
      folder_get (folder, "SELECT name FROM attempts WHERE task_id = 'two';");
  g_assert_true (seedance_ledger_forget (folder->dir, name, NULL));
  assert_refused (folder, 1, 0, NULL);
  g_assert_cmpint (folder_count_rows (folder, "NOT forgotten"), ==, 1);
}

/* A budget and the ages of orders of any kind. */
typedef struct {
  const gchar *name;
  const gchar *budget;
  const gchar *rows; /* their ages in minutes */
  gint next; /* minutes until an order may go out; 0: now, -1: never */
} Spent;

static const Spent spents[] = {
  { "none-yet", "1/hour", "", 0 },
  { "below", "3/hour", "10 20", 0 },
  { "reached", "2/hour", "10 20", 40 },
  { "over", "1/hour", "10 20 30", 50 },
  { "of-long-ago", "1/hour", "61 300", 0 },
  { "of-a-clock-ahead", "1/hour", "-30", 90 },
  { "of-a-clock-far-ahead", "1/hour", "-5000000", 0 },
  { "several", "2/hour,4/day", "10 100 200 300", 1440 - 300 },
  { "first-of-several", "1/hour,4/day", "10 100", 50 },
  { "nothing-at-all", "0/day", "", -1 },
  { "nothing-and-more", "1/hour,0/day", "10", -1 },
};

static void
add_orders (Folder *folder, const gchar *rows)
{
  g_auto (GStrv) ages = g_strsplit (rows, " ", -1);

  for (guint i = 0; ages[i]; i++) {
    g_autoptr (SeedanceRecord) record =
        folder_new_record (ages[i], SEEDANCE_RECORD_PLAYED);

    record->created -= 60 * g_ascii_strtoll (ages[i], NULL, 10);
    g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
  }
}

static void
assert_next (const SeedanceRefusal *refusal, gint minutes)
{
  const gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (minutes < 0)
    g_assert_cmpint (refusal->next, ==, 0);
  else
    g_assert_cmpint (ABS (refusal->next - now - 60 * minutes), <=, 30);
}

static void
test_a_budget_holds_over_all_orders (Folder *folder, gconstpointer data)
{
  const Spent *spent = data;
  g_autofree gchar *identity = folder_identity ("order");
  SeedanceBudget budget = { 0 };
  const SeedanceClaim what = {
    .identity = identity, .attempts = 2, .budget = &budget
  };
  g_autoptr (SeedanceRecord) fresh =
      folder_new_record ("order", SEEDANCE_RECORD_SUBMITTING);
  g_autoptr (SeedanceRecord) found = NULL;
  g_auto (SeedanceRefusal) refusal = { 0 };
  g_autoptr (GError) error = NULL;
  SeedanceClaimResult result;

  g_assert_true (seedance_budget_add (&budget, spent->budget));
  add_orders (folder, spent->rows);
  result = seedance_ledger_claim (
      folder->dir, &what, fresh, &found, &refusal, &error);
  g_assert_no_error (error);
  g_assert_null (found);
  g_assert_cmpint (result, ==,
      spent->next == 0 ? SEEDANCE_CLAIM_ORDER : SEEDANCE_CLAIM_BUDGET);
  g_assert_cmpint (
      folder_count_rows (folder, "state = 'submitting'"), ==, spent->next == 0);
  if (spent->next != 0)
    assert_next (&refusal, spent->next);
}

/* Attaching to a stored clip costs nothing. A forgotten order counts against
 * the budget. A task that the user named was not ordered here, so it does not
 * count. */
static void
test_a_budget_counts_what_was_ordered (Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("order");
  SeedanceBudget budget = { 0 };
  const SeedanceClaim what = {
    .identity = identity, .attempts = 2, .budget = &budget
  };
  static const struct {
    const gchar *change;
    SeedanceClaimResult result;
  } cases[] = { { "stored = 1", SEEDANCE_CLAIM_ATTACH },
    { "forgotten = 1", SEEDANCE_CLAIM_BUDGET },
    { "named = 1", SEEDANCE_CLAIM_ORDER } };

  g_assert_true (seedance_budget_add (&budget, "1/day"));
  seedance_record_free (folder_record (folder, "order", SEEDANCE_RECORD_READY));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *sql =
        g_strdup_printf ("UPDATE attempts SET %s;", cases[i].change);
    g_autoptr (SeedanceRecord) found = NULL;
    g_auto (SeedanceRefusal) refusal = { 0 };

    folder_change (folder, sql);
    g_assert_cmpint (seedance_ledger_claim (
                         folder->dir, &what, NULL, &found, &refusal, NULL),
        ==, cases[i].result);
  }
}

static void
add_spents (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (spents); i++) {
    g_autofree gchar *path =
        g_strconcat ("/claim/budget/", spents[i].name, NULL);

    folder_add (path, &spents[i], test_a_budget_holds_over_all_orders);
  }
}

/* An element that starts again plays the clip that it had before, as long as
 * that is on the disk, and leaves what others bought since to them. */
static void
test_the_own_clip_comes_first (Folder *folder, gconstpointer data)
{
  static const gchar *const others[] = { "submitted", "ready" };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (SeedanceRecord) own = folder_add_row (folder, "played");
    g_autoptr (SeedanceRecord) other = folder_add_row (folder, others[i]);
    SeedanceRecord *const rows[ROWS_MAX] = { own, other };
    g_autofree gchar *file = g_strconcat (own->name, ".mp4", NULL);
    g_autofree gchar *clip = folder_path (folder, file);
    g_autofree gchar *part = g_strconcat (file, ".part", NULL);

    folder_write (folder, file, "clip", -1);
    g_assert_cmpint (claim (folder, rows, OWN, NULL), ==, '1');
    g_assert_cmpint (g_unlink (clip), ==, 0);
    g_assert_cmpint (claim (folder, rows, OWN, NULL), ==, '2');
    /* Another run has begun to fetch it again. */
    folder_write (folder, part, "clip", -1);
    g_assert_cmpint (claim (folder, rows, OWN, NULL), ==, '2');
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_cases ();
  add_spents ();
#define ADD(path, name) folder_add ("/claim/" path, NULL, test_##name)
  ADD ("budget/counts", a_budget_counts_what_was_ordered);
  ADD ("own", the_own_clip_comes_first);
  ADD ("withdraw", only_what_is_being_sent_is_withdrawn);
  ADD ("attempts/counted", attempts_are_counted);
  ADD ("attempts/once-a-clip", a_task_that_once_had_a_clip_did_not_fail);
  ADD ("attempts/forgotten", forgetting_one_gives_all_attempts_back);
  return g_test_run ();
}
