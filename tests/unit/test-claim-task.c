/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an order in doubt and a task id that the user has set by hand, the
 * ledger decides whether the order has made that task. */
#include "ledger-folder.h"

/* The row of an order, and a task id that the user named. @resolves: whether
 * the task can be the answer to that order. */
typedef struct {
  const gchar *name;
  const gchar *row;
  const gchar *beside; /* another row of the same order */
  gint64 later;        /* seconds from the order to the record of the task */
  gboolean resolves;
} Answer;

static const Answer answers[] = {
  { "ambiguous", "ambiguous", NULL, 5, TRUE },
  { "dead", "dead", NULL, 5, TRUE },
  { "same-second", "ambiguous", NULL, 0, TRUE },
  { "after-played", "ambiguous", "played", 5, TRUE },
  { "after-failed", "ambiguous", "failed", 5, TRUE },
  { "being-sent", "submitting", NULL, 5, FALSE },
  { "task-before", "ambiguous", NULL, -5, FALSE },
  { "submitted", "submitted", NULL, 5, FALSE },
  { "played", "played", NULL, 5, FALSE },
  { "failed", "failed", NULL, 5, FALSE },
  { "forgotten", "ambiguous-forgotten", NULL, 5, FALSE },
  { "of-another", "ambiguous-other", NULL, 5, FALSE },
  { "none", NULL, NULL, 5, FALSE },
};

static SeedanceRecord *
name_task (Folder *folder, const gchar *task_id, gint64 created)
{
  SeedanceRecord *record =
      seedance_record_new ("seeddance", "https://api.example", "");

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->named = TRUE;
  record->task_id = g_strdup (task_id);
  record->created = created;
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));

  return record;
}

/* Asserts that the order now leads to the task, as if the answer to its submit
 * had brought the id. */
static void
assert_resolved (
    Folder *folder, const SeedanceRecord *record, const SeedanceRecord *order)
{
  g_autoptr (SeedanceRecord) stored =
      seedance_ledger_find (folder->dir, record->name, NULL);

  g_assert_cmpstr (stored->identity, ==, order->identity);
  g_assert_cmpint (stored->created, ==, order->created);
  g_assert_false (stored->named || record->named);
  g_assert_null (seedance_ledger_find (folder->dir, order->name, NULL));
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ATTACH);
}

/* A task id that the user sets by hand resolves an order in doubt, where the
 * columns of the table say so. */
static void
test_a_named_task_is_the_answer (Folder *folder, gconstpointer data)
{
  const Answer *answer = data;
  g_autofree gchar *identity = folder_identity ("order");
  g_autoptr (SeedanceRecord) order = NULL, record = NULL;
  gint64 count;

  if (answer->beside)
    seedance_record_free (folder_add_row (folder, answer->beside));
  if (answer->row)
    order = folder_add_row (folder, answer->row);
  record = name_task (
      folder, "named", (order ? order->created : 1000) + answer->later);
  count = folder_count_rows (folder, "1");
  g_assert_cmpint (seedance_ledger_resolve (folder->dir, identity, record), ==,
      answer->resolves);
  g_assert_cmpint (
      folder_count_rows (folder, "1"), ==, count - answer->resolves);
  if (answer->resolves)
    assert_resolved (folder, record, order);
  else
    g_assert_cmpint (
        folder_count_rows (folder, "named AND identity IS NULL"), ==, 1);
}

/* The task belongs to a known order already. */
static void
test_a_task_of_the_same_order_answers_no_other (
    Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("order");
  g_autoptr (SeedanceRecord) played = folder_add_row (folder, "played");
  g_autoptr (SeedanceRecord) doubt = folder_add_row (folder, "ambiguous");
  g_autoptr (SeedanceRecord) record =
      name_task (folder, played->task_id, doubt->created);

  g_assert_false (seedance_ledger_resolve (folder->dir, identity, record));
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_DOUBT);
}

static SeedanceRecord *
add_kind (Folder *folder)
{
  SeedanceRecord *order = folder_add_row (folder, "ambiguous");

  g_free (order->kind);
  order->kind = g_strdup ("a kind");
  g_assert_true (seedance_ledger_save (folder->dir, order, NULL));

  return order;
}

/* Another process, which does not know the order, stores the clip of the task
 * before this one has had the first answer about it. */
static void
test_a_task_whose_clip_came_is_the_answer (Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("order");
  g_autoptr (SeedanceRecord) order = folder_add_row (folder, "ambiguous");
  g_autoptr (SeedanceRecord) record =
      name_task (folder, "named", order->created);
  g_autoptr (SeedanceRecord) stored = seedance_record_copy (record);

  stored->state = SEEDANCE_RECORD_READY;
  stored->size = 1000;
  g_assert_true (seedance_ledger_save (folder->dir, stored, NULL));
  g_assert_true (seedance_ledger_resolve (folder->dir, identity, record));
  assert_resolved (folder, record, order);
  g_assert_cmpint (
      folder_count_rows (folder, "state = 'ready' AND size = 1000"), ==, 1);
}

/* A process that was given only the task id goes on to write its record, which
 * knows nothing of the order. The order stays the answer, and it still counts
 * for the budget at its own time. */
static void
test_a_process_without_the_order_keeps_it (Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("order");
  g_autoptr (SeedanceRecord) order = add_kind (folder);
  g_autoptr (SeedanceRecord) record =
      name_task (folder, "named", order->created + 5);
  g_autoptr (SeedanceRecord) other = seedance_record_copy (record);
  g_autoptr (SeedanceRecord) stored = NULL;

  g_assert_true (seedance_ledger_resolve (folder->dir, identity, record));
  other->state = SEEDANCE_RECORD_READY;
  other->size = 1000;
  g_assert_true (seedance_ledger_save (folder->dir, other, NULL));
  assert_resolved (folder, record, order);
  stored = seedance_ledger_find (folder->dir, record->name, NULL);
  g_assert_cmpint (stored->size, ==, 1000);
  g_assert_cmpstr (stored->kind, ==, "a kind");
}

/* The order stays in doubt if its task has no row that a later run would
 * find. */
static void
test_a_forgotten_task_is_no_answer (Folder *folder, gconstpointer data)
{
  g_autofree gchar *identity = folder_identity ("order");
  g_autoptr (SeedanceRecord) order = folder_add_row (folder, "ambiguous");
  g_autoptr (SeedanceRecord) record =
      name_task (folder, "named", order->created);

  g_assert_true (seedance_ledger_forget (folder->dir, record->name, NULL));
  g_assert_false (seedance_ledger_resolve (folder->dir, identity, record));
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_DOUBT);
}

static void
add_answers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autofree gchar *path =
        g_strconcat ("/claim/answer/", answers[i].name, NULL);

    folder_add (path, &answers[i], test_a_named_task_is_the_answer);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_answers ();
#define ADD(path, name) folder_add ("/claim/answer/" path, NULL, test_##name)
  ADD ("same-task", a_task_of_the_same_order_answers_no_other);
  ADD ("stored", a_task_whose_clip_came_is_the_answer);
  ADD ("other-process", a_process_without_the_order_keeps_it);
  ADD ("forgotten-task", a_forgotten_task_is_no_answer);
  return g_test_run ();
}
