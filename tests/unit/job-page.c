/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generates docs/job.md, the state diagram and the tables of a job's steps,
 * from the transition table in job-table.c. */
#include "job-page.h"

#include "job-table.h"

static guint n_rows;
static const SeedanceTransition *rows;

static void
add_word (GString *page, const SeedanceWord *word)
{
  g_assert_nonnull (word->name);
  g_assert_nonnull (word->meaning);
  g_string_append_printf (page, "| %s | %s |\n", word->name, word->meaning);
}

static void
add_id (GString *page, SeedanceStep step)
{
  g_autofree gchar *id = g_strdup (seedance_step_get_word (step)->name);

  g_string_append (page, g_strdelimit (id, "-", '_'));
}

/* Adds one arrow with all events that lead from the one step to the other. */
static void
add_arrow (GString *page, SeedanceStep from, SeedanceStep to)
{
  guint found = 0;

  for (guint i = 0; i < n_rows; i++) {
    if (rows[i].from != from || rows[i].to != to)
      continue;
    if (found++ == 0) {
      g_string_append (page, "  ");
      add_id (page, from);
      g_string_append (page, " --> ");
      add_id (page, to);
    }
    g_string_append_printf (page, "%s%s", found == 1 ? ": " : ", ",
        seedance_event_get_word (rows[i].event)->name);
  }
  if (found > 0)
    g_string_append_c (page, '\n');
}

static void
add_picture (GString *page)
{
  g_string_append (page, "```mermaid\nstateDiagram-v2\n  [*] --> idle\n");
  for (guint from = 0; from < SEEDANCE_N_STEPS; from++) {
    for (guint to = 0; to < SEEDANCE_N_STEPS; to++) {
      if (from != to && to != SEEDANCE_STEP_GONE)
        add_arrow (page, from, to);
    }
  }
  g_string_append (page, "  ready --> [*]\n  failed --> [*]\n```\n");
}

static void
add_rows (GString *page)
{
  g_string_append (page, "| at | when | does | then at |\n|---|---|---|---|\n");
  for (guint i = 0; i < n_rows; i++) {
    const SeedanceTransition *row = &rows[i];

    g_string_append_printf (page, "| %s | %s | %s",
        seedance_step_get_word (row->from)->name,
        seedance_event_get_word (row->event)->name,
        seedance_action_get_word (row->actions[0])->name);
    for (guint j = 1; j < SEEDANCE_ACTIONS_MAX && row->actions[j]; j++)
      g_string_append_printf (
          page, ", %s", seedance_action_get_word (row->actions[j])->name);
    g_string_append_printf (
        page, " | %s |\n", seedance_step_get_word (row->to)->name);
  }
}

static const gchar heading[] =
    "# The life of a job\n\n"
    "A job brings one clip: it asks the ledger, which is a database of what\n"
    "was ordered, then orders, waits and downloads. Its readers are the\n"
    "handles that elements hold on the clip. One table, `job-table.c`, has\n"
    "all decisions of a job; `tests/unit/test-job-table.c` writes this page\n"
    "from it. The test also lets a million random events happen to jobs. It\n"
    "fails when a job sends an order while another one may be paid for, asks\n"
    "about a task before the task's id is durable (safe on the disk),\n"
    "reports its end twice, or hangs.\n\n"
    "The thread of the state folder runs all calls of the ledger, in the\n"
    "order in which they were made. A job without readers is put away, which\n"
    "ends its requests and timers, but not before the ledger has answered.\n\n"
    "`GST_DEBUG=seedance*:5` shows each step that a job takes.\n\n"
    "The picture leaves out the arrows to *gone*: at each step for which the\n"
    "table has the event *unused*, a job is put away when its last reader\n"
    "leaves.\n\n";

gchar *
job_page_write (void)
{
  GString *page = g_string_new (heading);

  rows = seedance_table_get (&n_rows);
  add_picture (page);
  g_string_append (page, "\n## Steps\n\n| step | what it means |\n|---|---|\n");
  for (guint i = 0; i < SEEDANCE_N_STEPS; i++)
    add_word (page, seedance_step_get_word (i));
  g_string_append (page,
      "\n## The table\n\nAn event that a step does not list changes "
      "nothing.\n\n");
  add_rows (page);
  g_string_append (
      page, "\n## Events\n\n| event | what it means |\n|---|---|\n");
  for (guint i = 0; i < SEEDANCE_N_EVENTS; i++)
    add_word (page, seedance_event_get_word (i));
  g_string_append (
      page, "\n## Actions\n\n| action | what it does |\n|---|---|\n");
  for (guint i = SEEDANCE_ACTION_NONE + 1; i < SEEDANCE_N_ACTIONS; i++)
    add_word (page, seedance_action_get_word (i));

  return g_string_free (page, FALSE);
}
