/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks shows and tends the ledger of the clips that seedancesrc
 * ordered. Only the commands cancel and models ask a service; all others need
 * nothing but the state folder, and no key. This file reads the command line;
 * larger commands have files of their own. */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "provider.h"
#include "tasks-command.h"
#include "tasks-find.h"
#include "tasks-launch.h"
#include "tasks-print.h"
#include "tasks-spent.h"
#include "tasks-suggest.h"
#include "tasks-table.h"

/* Bits for the options that only some commands take. */
enum {
  TAKES_JSON = 1 << 0,
  TAKES_YES = 1 << 1,
  TAKES_DRY_RUN = 1 << 2,
  TAKES_MAX_SIZE = 1 << 3,
  TAKES_SINCE = 1 << 4,
  TAKES_BY = 1 << 5,
  TAKES_PORT = 1 << 6,
  TAKES_AS_RUN = 1 << 7,
  TAKES_IPV6 = 1 << 8
};

typedef struct {
  const gchar *name;
  gboolean wants_task;
  guint takes;
  int (*run) (const TasksOptions *options, const gchar *task);
  gboolean wants_provider; /* a provider, not a task; no ledger is read */
} Command;

static gboolean
is_missing (const gchar *dir)
{
  return g_access (dir, F_OK) != 0 && errno == ENOENT;
}

static void
tell_empty (const TasksOptions *options)
{
  g_autofree gchar *dir = tasks_clean (options->dir, 0);

  /* run_command() has already complained about a missing folder. */
  if (!is_missing (options->dir))
    g_printerr ("No clips in '%s'.\n", dir);
}

static int
run_list (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = tasks_load (options);

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

static int
run_launch (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GPtrArray) entries = tasks_load (options);
  SeedanceLedgerEntry *entry =
      entries ? tasks_find (entries, task, options->dir) : NULL;
  g_autofree gchar *line = NULL;
  const gchar *why;

  if (!entry)
    return EXIT_PROBLEM;
  line = tasks_launch_line (options->dir, entry, &why);
  if (!line)
    return tasks_complain ("There is nothing to attach to: %s.", why);
  g_print ("%s\n", line);
  tasks_launch_check_service (
      entry->record, " before you run the line; your API key goes there.");

  return EXIT_DONE;
}

/* The profile is loaded only to find out whether it can be used; what is
 * printed is its text. */
static int
run_provider (const TasksOptions *options, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceProvider) provider = seedance_provider_load (name, &error);
  g_autofree gchar *file = NULL, *text = NULL;

  if (provider)
    text = seedance_provider_read (
        name ? name : seedance_provider_get_default (), &file, &error);
  if (!text)
    return tasks_complain ("%s", error->message);
  g_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");

  return EXIT_DONE;
}

static int
run_spent (const TasksOptions *options, const gchar *task)
{
  SeedanceSpentBy by = SEEDANCE_SPENT_BY_DAY;
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GError) error = NULL;
  gint64 since = 0;

  if (options->by && !tasks_spent_parse_by (options->by, &by)) {
    tasks_complain ("--by wants day, provider or key.");
    return EXIT_USAGE;
  }
  if (options->since && !tasks_spent_parse_since (options->since, &since)) {
    tasks_complain (
        "--since wants a day such as 2026-11-01, or a time ago such as "
        "12h, 7d or 4w.");
    return EXIT_USAGE;
  }
  groups = seedance_ledger_add_up (options->dir, since, by, &error);
  if (!groups)
    return tasks_complain ("The ledger cannot be read: %s", error->message);
  tasks_spent_print (groups, by);

  return EXIT_DONE;
}

static int
run_check (const TasksOptions *options, const gchar *task)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) problems = seedance_ledger_check (options->dir, &error);

  if (!problems) {
    tasks_complain ("%s", error->message);
    return tasks_complain (
        "Nothing was changed. If a backup of the folder '%s' is "
        "there, put it back. If not: move the folder away, do not "
        "delete it; what can be saved of it 'sqlite3 ledger.db "
        ".recover' prints, and task-id=… fetches each task in it "
        "without a second bill.",
        options->dir);
  }
  for (guint i = 0; problems[i]; i++)
    tasks_complain ("%s", problems[i]);
  if (!problems[0] && !tasks_has_ledger (options))
    return EXIT_PROBLEM;
  if (!problems[0]) {
    g_print ("The ledger is whole.\n");
    return EXIT_DONE;
  }

  return tasks_complain (
      "Nothing was changed. What a record stands for may be seen "
      "in the service's console: attach to it with task-id=…; "
      "then forget the record here (seedance-tasks forget --yes "
      "NAME). If the database itself is damaged, move the folder "
      "away and keep it.");
}

static const Command commands[] = {
  { "list", FALSE, TAKES_JSON, run_list },
  { "forget", TRUE, TAKES_YES | TAKES_DRY_RUN, tasks_run_forget },
  { "prune", FALSE, TAKES_DRY_RUN | TAKES_MAX_SIZE, tasks_run_prune },
  { "launch", TRUE, 0, run_launch },
  { "spent", FALSE, TAKES_SINCE | TAKES_BY, run_spent },
  { "check", FALSE, 0, run_check },
  { "cancel", TRUE, 0, tasks_run_cancel },
  { "provider", TRUE, 0, run_provider, TRUE },
  { "models", TRUE, 0, tasks_run_models, TRUE },
  { "serve", FALSE, TAKES_PORT | TAKES_AS_RUN | TAKES_IPV6, tasks_run_serve },
  { "take-over", FALSE, 0, tasks_run_take_over },
};

static const gchar summary[] =
    "Commands:\n"
    "  list             Show the clips that were ordered, newest first\n"
    "  forget TASK      Forget a clip and delete its file\n"
    "  prune            Delete played clips until the rest fits into a size\n"
    "  launch TASK      Print the command that plays a clip by its id\n"
    "  spent            Add up what orders came to\n"
    "  check            Look for damage in the ledger\n"
    "  cancel TASK      Have a task cancelled that is still queued\n"
    "  provider NAME    Print the profile of a service\n"
    "  models NAME      List the models of a service\n"
    "  serve            Show all of it in a browser on this machine\n"
    "  take-over        Order here with a ledger on a network share\n"
    "\n"
    "TASK is a task id, a record's name, or how one of them begins.\n"
    "Only cancel and models ask a service. cancel needs SEEDANCE_API_KEY, and\n"
    "so does models where the service wants it.";

static gboolean
parse_options (TasksOptions *options, int *argc, char ***argv, GError **error)
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
        "prune: the most that is kept, such as 4GiB", "SIZE" },
    { "since", 0, 0, G_OPTION_ARG_STRING, &options->since,
        "spent: from a day such as 2026-11-01, or 7d ago", "WHEN" },
    { "by", 0, 0, G_OPTION_ARG_STRING, &options->by,
        "spent: a line for each day, provider or key", "WHAT" },
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port,
        "serve: of the page; 0, the default, is any free one", "N" },
    { "as-run", 0, 0, G_OPTION_ARG_FILENAME, &options->as_run,
        "serve: show what a seedanceplayout had on air", "FILE" },
    { "ipv6", 0, 0, G_OPTION_ARG_NONE, &options->ipv6, "serve: at [::1], too",
        NULL },
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

/* Returns "list, forget, … and take-over". Free with g_free(). */
static gchar *
name_all (void)
{
  const guint n = G_N_ELEMENTS (commands);
  GString *all = g_string_new (commands[0].name);

  for (guint i = 1; i < n; i++)
    g_string_append_printf (
        all, "%s%s", i + 1 < n ? ", " : " and ", commands[i].name);

  return g_string_free (all, FALSE);
}

static int
reject_command (const gchar *name)
{
  const gchar *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  g_autofree gchar *all = name_all ();
  const gchar *meant;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  meant = tasks_suggest (name, names);
  if (meant)
    tasks_complain (
        "There is no command '%s'. Did you mean '%s'?", name, meant);
  else
    tasks_complain ("There is no command '%s'. There are %s; see "
                    "seedance-tasks --help.",
        name, all);

  return EXIT_USAGE;
}

/* Returns the commands that take the option, such as "forget and prune". Free
 * with g_free(). */
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

/* Returns FALSE, after a complaint, if an option was given that the command
 * does not take. To ignore one would be dangerous: a user who writes --dry-run
 * believes that nothing is deleted. */
static gboolean
takes_options (const Command *command, const TasksOptions *options)
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
    { "since", TAKES_SINCE, options->since != NULL },
    { "by", TAKES_BY, options->by != NULL },
    { "port", TAKES_PORT, options->port != TASKS_NO_PORT },
    { "as-run", TAKES_AS_RUN, options->as_run != NULL },
    { "ipv6", TAKES_IPV6, options->ipv6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autofree gchar *takers = NULL;

    if (!all[i].given || command->takes & all[i].option)
      continue;
    takers = name_takers (all[i].option);
    tasks_complain (
        "%s takes no --%s. Nothing was done. That option is for %s; see "
        "seedance-tasks --help.",
        command->name, all[i].name, takers);
    return FALSE;
  }

  return TRUE;
}

static int
run_command (const TasksOptions *options)
{
  guint count = options->words ? g_strv_length (options->words) : 0;
  const Command *command;

  if (count == 0) {
    g_autofree gchar *all = name_all ();

    tasks_complain (
        "Which command? There are %s; see seedance-tasks --help.", all);
    return EXIT_USAGE;
  }
  command = find_command (options->words[0]);
  if (!command)
    return reject_command (options->words[0]);
  if (count != (command->wants_task ? 2 : 1) &&
      !(count == 1 && command->wants_provider)) {
    tasks_complain (
        command->wants_provider
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
    tasks_complain ("There is no folder '%s': nothing was ordered with it, or "
                    "--state-dir or SEEDANCE_STATE_DIR has to name another.",
        options->dir);

  return command->run (options, options->words[1]);
}

/* Finds the first option that does not exist, as *@typed, and returns the name
 * of the option that was probably meant; NULL if none is close. */
static const gchar *
find_meant_option (gchar **arguments, const gchar **typed)
{
  static const gchar *const names[] = { "state-dir", "json", "yes", "dry-run",
    "max-size", "since", "by", "port", "as-run", "ipv6", "version", "help",
    NULL };

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
    tasks_complain (
        "There is no option '%s'. Did you mean '--%s'?", typed, meant);
  else
    tasks_complain ("%s; see seedance-tasks --help.", error->message);

  return EXIT_USAGE;
}

/* A list that is written to a full disk must not look like a whole one. */
static int
check_output (int status)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return status;
  tasks_complain ("Not all of the output could be written.");

  return status == EXIT_DONE ? EXIT_PROBLEM : status;
}

int
main (int argc, char **argv)
{
  TasksOptions options = { .port = TASKS_NO_PORT };
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
  g_free (options.since);
  g_free (options.by);
  g_free (options.as_run);
  g_strfreev (options.words);

  return check_output (status);
}
