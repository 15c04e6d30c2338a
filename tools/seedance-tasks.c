/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks shows and tends the ledger of clips that seedancesrc ordered.
 * It works on the folder alone: it asks no service and needs no key. */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "ledger-failures.h"
#include "size.h"
#include "tasks-find.h"
#include "tasks-launch.h"
#include "tasks-print.h"
#include "tasks-provider.h"
#include "tasks-suggest.h"
#include "tasks-table.h"
#include "url.h"

enum { EXIT_DONE, EXIT_PROBLEM, EXIT_USAGE };

typedef struct {
  gchar *dir;
  gchar *max_size;
  gchar **words; /* the command and what it is about */
  gboolean json, yes, dry_run, version;
} Options;

/* The options that not every command takes. */
enum {
  TAKES_JSON = 1 << 0,
  TAKES_YES = 1 << 1,
  TAKES_DRY_RUN = 1 << 2,
  TAKES_MAX_SIZE = 1 << 3
};

typedef struct {
  const gchar *name;
  gboolean wants_task;
  guint takes;
  int (*run) (const Options *options, const gchar *task);
  gboolean wants_provider; /* instead of a task; the ledger is not looked at */
} Command;

G_GNUC_PRINTF (1, 2)
static int
complain (const gchar *format, ...)
{
  g_autofree gchar *text = NULL, *clean = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  clean = tasks_clean (text, 0);
  g_printerr ("seedance-tasks: %s\n", clean);

  return EXIT_PROBLEM;
}

static GPtrArray *
load_entries (const Options *options)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = seedance_ledger_list (options->dir, &error);

  if (!entries)
    complain ("The ledger cannot be read: %s", error->message);

  return entries;
}

static gboolean
is_missing (const gchar *dir)
{
  return g_access (dir, F_OK) != 0 && errno == ENOENT;
}

/* --- list --------------------------------------------------------------- */

static void
tell_empty (const Options *options)
{
  g_autofree gchar *dir = tasks_clean (options->dir, 0);

  /* That was told for every command. */
  if (!is_missing (options->dir))
    g_printerr ("No clips in '%s'.\n", dir);
}

static int
run_list (const Options *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = load_entries (options);

  if (!entries)
    return EXIT_PROBLEM;
  if (options->json)
    tasks_print_json (options->dir, entries);
  else if (entries->len > 0)
    tasks_table_print (entries, tasks_table_width ());
  else
    tell_empty (options);

  return EXIT_DONE;
}

/* --- forget ------------------------------------------------------------- */

static gboolean
may_be_worth_money (const SeedanceLedgerEntry *entry)
{
  return !entry->record || (entry->record->state != SEEDANCE_RECORD_PLAYED &&
                               entry->record->state != SEEDANCE_RECORD_FAILED);
}

static gboolean
is_under_way (const SeedanceLedgerEntry *entry)
{
  return entry->record && entry->record->state == SEEDANCE_RECORD_SUBMITTING &&
         !seedance_record_is_in_doubt (entry->record);
}

/* An order in its place that is on its way or in doubt is found by its name:
 * that leads there from now on. */
static gboolean
lead_on (const Options *options, const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *successor = NULL;

  if (!entry->record ||
      !seedance_ledger_has_successor (options->dir, entry->name, entry->record))
    return FALSE;
  successor = seedance_ledger_successor (entry->name, entry->record);

  return seedance_ledger_point (options->dir, entry->name, successor);
}

/* "record NAME (task ID)", as far as there is an id. Free with g_free(). */
static gchar *
describe (const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *name = tasks_clean (entry->name, 0);
  g_autofree gchar *id = NULL;

  if (!entry->record || !entry->record->task_id || !*entry->record->task_id)
    return g_strdup_printf ("record %s", name);
  id = tasks_clean (entry->record->task_id, 0);

  return g_strdup_printf ("record %s (task %s)", name, id);
}

static int
show_forgettable (const Options *options, const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *what = describe (entry);

  g_print ("Would forget %s%s.\n", what,
      entry->has_clip ? " and delete its clip" : "");
  if (may_be_worth_money (entry) && !options->yes)
    g_print ("It (%s) may stand for a clip that was paid for and never "
             "played: forgetting it wants --yes.\n",
        tasks_state (entry));

  return EXIT_DONE;
}

static int
remove_entry (const Options *options, const SeedanceLedgerEntry *entry)
{
  g_autofree gchar *path = seedance_ledger_path (options->dir, entry->name);
  g_autofree gchar *what = describe (entry);

  if (entry->record)
    seedance_ledger_remove (options->dir, NULL, entry->record);
  /* The user wants another try, whatever became of those before. */
  seedance_ledger_forget_failures (
      options->dir, entry->record && entry->record->order ? entry->record->order
                                                          : entry->name);
  if (!lead_on (options, entry) && g_unlink (path) != 0 && errno != ENOENT)
    return complain ("'%s' cannot be removed: %s", path, g_strerror (errno));
  g_print (
      "Forgot %s%s.\n", what, entry->has_clip ? " and deleted its clip" : "");

  return EXIT_DONE;
}

static int
run_forget (const Options *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = load_entries (options);
  SeedanceLedgerEntry *entry =
      entries ? tasks_find (entries, task, options->dir) : NULL;

  if (!entry)
    return EXIT_PROBLEM;
  if (is_under_way (entry))
    return complain ("This order is being sent right now; end the program "
                     "that does it, or wait.");
  if (options->dry_run)
    return show_forgettable (options, entry);
  if (may_be_worth_money (entry) && !options->yes)
    return complain ("This record (%s) may stand for a clip that was paid for "
                     "and never played; without it the same request is "
                     "ordered and billed anew. To forget it all the same, add "
                     "--yes.",
        tasks_state (entry));

  return remove_entry (options, entry);
}

/* --- prune -------------------------------------------------------------- */

static gboolean
read_max_size (const Options *options, guint64 *max)
{
  g_autoptr (GError) error = NULL;

  if (options->max_size && !seedance_size_parse (options->max_size, max)) {
    complain ("--max-size wants " SEEDANCE_SIZE_HELP ". Nothing was deleted.");
    return FALSE;
  }
  if (!options->max_size && !seedance_ledger_get_max_size (max, &error)) {
    complain ("%s", error->message);
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
show_prunable (const Options *options, const GPtrArray *before, guint64 max)
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
  g_print ("Would delete %u of %u clips; %.1f of %.1f MB would be left.\n",
      clips->len, count, (gdouble) left / 1e6, (gdouble) size / 1e6);

  return EXIT_DONE;
}

static int
prune (const Options *options, const GPtrArray *before, guint64 max)
{
  g_autoptr (GPtrArray) after = NULL;
  guint64 size_before, size_after;
  guint count_before, count_after;

  seedance_ledger_prune (options->dir, max, SEEDANCE_PRUNE_PLAYED);
  after = load_entries (options);
  if (!after)
    return EXIT_PROBLEM;
  size_before = sum_clips (before, &count_before);
  size_after = sum_clips (after, &count_after);
  g_print ("Deleted %u of %u clips; %.1f of %.1f MB are left.\n",
      count_before - MIN (count_before, count_after), count_before,
      (gdouble) size_after / 1e6, (gdouble) size_before / 1e6);

  return EXIT_DONE;
}

static int
run_prune (const Options *options, const gchar *task)
{
  g_autoptr (GPtrArray) before = load_entries (options);
  guint64 max;

  if (!before)
    return EXIT_PROBLEM;
  if (!read_max_size (options, &max))
    return EXIT_USAGE;

  return options->dry_run ? show_prunable (options, before, max)
                          : prune (options, before, max);
}

/* --- launch ------------------------------------------------------------- */

/* A record may have been written by anybody who could write the folder. Where
 * the key goes is for the user to say, so that is never part of the line. */
static void
warn_about_service (const SeedanceRecord *record)
{
  g_autofree gchar *shown = NULL;

  if (tasks_launch_finds_service (record))
    return;
  shown = seedance_url_redact (record->base_url);
  complain ("This task was ordered from %s. If that is your service, set "
            "SEEDANCE_BASE_URL to it before you run the line; your API key "
            "goes there.",
      shown);
}

static int
run_launch (const Options *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = load_entries (options);
  SeedanceLedgerEntry *entry =
      entries ? tasks_find (entries, task, options->dir) : NULL;
  g_autofree gchar *line = NULL;
  const gchar *why;

  if (!entry)
    return EXIT_PROBLEM;
  line = tasks_launch_line (options->dir, entry, &why);
  if (!line)
    return complain ("There is nothing to attach to: %s.", why);
  g_print ("%s\n", line);
  warn_about_service (entry->record);

  return EXIT_DONE;
}

/* --- provider ----------------------------------------------------------- */

static int
run_provider (const Options *options, const gchar *name)
{
  g_autoptr (GError) error = NULL;

  if (!tasks_provider_print (name, &error))
    return complain ("%s", error->message);

  return EXIT_DONE;
}

/* --- the command line --------------------------------------------------- */

static const Command commands[] = {
  { "list", FALSE, TAKES_JSON, run_list },
  { "forget", TRUE, TAKES_YES | TAKES_DRY_RUN, run_forget },
  { "prune", FALSE, TAKES_DRY_RUN | TAKES_MAX_SIZE, run_prune },
  { "launch", TRUE, 0, run_launch },
  { "provider", TRUE, 0, run_provider, TRUE },
};

static const gchar summary[] =
    "Commands:\n"
    "  list             Show the clips that were ordered, newest first\n"
    "  forget TASK      Forget a clip and delete its file\n"
    "  prune            Delete played clips, least recently used first\n"
    "  launch TASK      Print the command that plays a clip by its id\n"
    "  provider NAME    Print the profile of a service\n"
    "\n"
    "TASK is a task id, a record's name, or how one of them begins.\n"
    "No command asks the service or needs a key.";

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->dir,
        "The state folder (default: that of the element)", "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json,
        "list: print JSON instead of a table", NULL },
    { "yes", 0, 0, G_OPTION_ARG_NONE, &options->yes,
        "forget: also what may be paid for and never played", NULL },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options->dry_run,
        "forget, prune: show what would go, and delete nothing", NULL },
    { "max-size", 0, 0, G_OPTION_ARG_STRING, &options->max_size,
        "prune: until the clips take so much, such as 4GiB", "SIZE" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version,
        "Print the version and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->words,
        NULL, "COMMAND [TASK]" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);

  return g_option_context_parse (context, argc, argv, error);
}

static const Command *
find_command (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (name, commands[i].name))
      return &commands[i];
  }

  return NULL;
}

static int
reject_command (const gchar *name)
{
  const gchar *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  const gchar *meant;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  meant = tasks_suggest (name, names);
  if (meant)
    complain ("There is no command '%s'. Did you mean '%s'?", name, meant);
  else
    complain ("There is no command '%s'. There are list, forget, prune, "
              "launch and provider; see seedance-tasks --help.",
        name);

  return EXIT_USAGE;
}

/* Which commands take the option, as "forget and prune". Free with g_free(). */
static gchar *
name_takers (guint option)
{
  GString *takers = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (commands[i].takes & option)
      g_string_append_printf (
          takers, "%s%s", takers->len > 0 ? " and " : "", commands[i].name);
  }

  return g_string_free (takers, FALSE);
}

/* An option without effect is not passed over: who wrote --dry-run believes
 * that nothing is deleted. */
static gboolean
takes_options (const Command *command, const Options *options)
{
  const struct {
    const gchar *name;
    guint option;
    gboolean given;
  } all[] = {
    { "json", TAKES_JSON, options->json },
    { "yes", TAKES_YES, options->yes },
    { "dry-run", TAKES_DRY_RUN, options->dry_run },
    { "max-size", TAKES_MAX_SIZE, options->max_size != NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autofree gchar *takers = NULL;

    if (!all[i].given || command->takes & all[i].option)
      continue;
    takers = name_takers (all[i].option);
    complain ("%s takes no --%s. Nothing was done. That option is for %s; see "
              "seedance-tasks --help.",
        command->name, all[i].name, takers);
    return FALSE;
  }

  return TRUE;
}

static int
run_command (const Options *options)
{
  guint count = options->words ? g_strv_length (options->words) : 0;
  const Command *command;

  if (count == 0) {
    complain ("Which command? There are list, forget, prune, launch and provider; "
              "see seedance-tasks --help.");
    return EXIT_USAGE;
  }
  command = find_command (options->words[0]);
  if (!command)
    return reject_command (options->words[0]);
  if (count != (command->wants_task ? 2 : 1)) {
    complain (command->wants_provider
                  ? "'%s' wants one provider: seedance-tasks %s NAME, such as "
                    "ark, or the path of a profile."
              : command->wants_task
                  ? "'%s' wants one task: seedance-tasks %s TASK. The IDs are "
                    "those of seedance-tasks list."
                  : "'%s' takes no more words: seedance-tasks %s.",
        command->name, command->name);
    return EXIT_USAGE;
  }

  if (!takes_options (command, options))
    return EXIT_USAGE;
  if (!command->wants_provider && is_missing (options->dir))
    complain ("There is no folder '%s': nothing was ordered with it, or "
              "--state-dir or SEEDANCE_STATE_DIR has to name another.",
        options->dir);

  return command->run (options, options->words[1]);
}

/* The option that GLib does not know; NULL when it complains of another. */
static const gchar *
find_meant_option (gchar **arguments, const gchar **typed)
{
  static const gchar *const names[] = { "state-dir", "json", "yes", "dry-run",
    "max-size", "version", "help", NULL };

  for (; *arguments; arguments++) {
    g_auto (GStrv) parts = NULL;

    if (!g_str_has_prefix (*arguments, "--") || !(*arguments)[2])
      continue;
    parts = g_strsplit (*arguments + 2, "=", 2);
    if (g_strv_contains (names, parts[0]))
      continue;
    *typed = *arguments;
    return tasks_suggest (parts[0], names);
  }

  return NULL;
}

static int
reject_options (const GError *error, gchar **arguments)
{
  const gchar *typed = NULL;
  const gchar *meant =
      g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)
          ? find_meant_option (arguments, &typed)
          : NULL;

  if (meant)
    complain ("There is no option '%s'. Did you mean '--%s'?", typed, meant);
  else
    complain ("%s; see seedance-tasks --help.", error->message);

  return EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  Options options = { NULL };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = g_strdupv (argv);
  int status;

  setlocale (LC_ALL, "");
  if (!parse_options (&options, &argc, &argv, &error)) {
    status = reject_options (error, arguments + 1);
  } else if (options.version) {
    g_print ("seedance-tasks %s\n", PACKAGE_VERSION);
    status = EXIT_DONE;
  } else {
    if (!options.dir)
      options.dir = seedance_ledger_find_dir (NULL);
    status = run_command (&options);
  }
  g_free (options.dir);
  g_free (options.max_size);
  g_strfreev (options.words);

  return status;
}
