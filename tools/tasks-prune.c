/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks prune: deletes played clips until the clips and unfinished
 * downloads take no more than a given size. The sums that it prints are of
 * clips alone. */

#include "size.h"
#include "tasks-command.h"
#include "tasks-print.h"

static gboolean
read_max_size (const TasksOptions *options, guint64 *max)
{
  g_autoptr (GError) error = NULL;

  if (options->max_size && !seedance_size_parse (options->max_size, max)) {
    tasks_complain (
        "--max-size wants " SEEDANCE_SIZE_HELP ". Nothing was deleted.");
    return FALSE;
  }
  if (!options->max_size && !seedance_ledger_get_max_size (max, &error)) {
    tasks_complain ("%s", error->message);
    return FALSE;
  }

  return TRUE;
}

static guint64
sum_clips (const GPtrArray *entries, guint *count)
{
  guint64 size = 0;

  *count = 0;
  for (guint i = 0; i < entries->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);

    size += entry->clip_size;
    *count += entry->has_clip;
  }

  return size;
}

static int
show_prunable (
    const TasksOptions *options, const GPtrArray *before, guint64 max)
{
  g_autoptr (GPtrArray) clips =
      seedance_ledger_find_prunable (options->dir, max, SEEDANCE_PRUNE_PLAYED);
  guint count;
  guint64 size = sum_clips (before, &count), left = size;

  for (guint i = 0; i < clips->len; i++) {
    const SeedancePrunable *clip = g_ptr_array_index (clips, i);
    g_autofree gchar *id = tasks_clean (clip->task_id, 48);

    left -= MIN (left, clip->size);
    g_print ("%9.1f MB  %s\n", (gdouble) clip->size / 1e6, id);
  }
  g_print (
      "Would delete %u of %u clips; %.1f of %.1f MB of clips would stay.\n",
      clips->len, count, (gdouble) left / 1e6, (gdouble) size / 1e6);

  return EXIT_DONE;
}

static int
prune (const TasksOptions *options, const GPtrArray *before, guint64 max)
{
  g_autoptr (GPtrArray) after = NULL;
  guint64 size_before, size_after;
  guint count_before, count_after;

  seedance_ledger_prune (options->dir, max, SEEDANCE_PRUNE_PLAYED);
  after = tasks_load (options);
  if (!after)
    return EXIT_PROBLEM;
  size_before = sum_clips (before, &count_before);
  size_after = sum_clips (after, &count_after);
  g_print ("Deleted %u of %u clips; %.1f of %.1f MB of clips are left.\n",
      count_before - MIN (count_before, count_after), count_before,
      (gdouble) size_after / 1e6, (gdouble) size_before / 1e6);

  return EXIT_DONE;
}

int
tasks_run_prune (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GPtrArray) before = tasks_load (options);
  guint64 max;

  if (!before)
    return EXIT_PROBLEM;
  if (!read_max_size (options, &max))
    return EXIT_USAGE;

  return options->dry_run ? show_prunable (options, before, max)
                          : prune (options, before, max);
}
