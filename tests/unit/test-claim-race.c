/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given rivals for one order, exactly one of them may order. The others wait as
 * long as the owner of the order lives. */
#include "ledger-folder.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define RIVALS 8
#define ROUNDS 10
#define MINUTE 60
#define DAY (24 * 60 * MINUTE)

static SeedanceRecord *
new_order (void)
{
  return folder_new_record ("order", SEEDANCE_RECORD_SUBMITTING);
}

/* Adds @failed records of failed tasks for the order. */
static void
add_failures (Folder *folder, guint failed)
{
  while (failed-- > 0)
    seedance_record_free (
        folder_record (folder, "order", SEEDANCE_RECORD_FAILED));
}

typedef struct {
  Folder *folder;
  gint ready;   /* atomic: number of threads at the start */
  gint ordered; /* atomic: number of threads that may order */
} Race;

/* Returns TRUE if the caller may order. Otherwise the claim must tell it to
 * wait. */
static gboolean
try_to_order (Folder *folder)
{
  g_autoptr (GError) error = NULL;
  const SeedanceClaimResult result = folder_claim (folder, "order", &error);

  g_assert_no_error (error);
  if (result != SEEDANCE_CLAIM_ORDER)
    g_assert_cmpint (result, ==, SEEDANCE_CLAIM_WAIT);

  return result == SEEDANCE_CLAIM_ORDER;
}

static gpointer
race_thread (gpointer data)
{
  Race *race = data;

  g_atomic_int_inc (&race->ready);
  while (g_atomic_int_get (&race->ready) < RIVALS)
    g_thread_yield ();
  if (try_to_order (race->folder))
    g_atomic_int_inc (&race->ordered);
  return NULL;
}

static void
test_one_thread_orders (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < ROUNDS; round++) {
    Race race = { folder };
    GThread *threads[RIVALS];

    for (guint i = 0; i < RIVALS; i++)
      threads[i] = g_thread_new ("rival", race_thread, &race);
    for (guint i = 0; i < RIVALS; i++)
      g_thread_join (threads[i]);
    g_assert_cmpint (race.ordered, ==, 1);
    g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
    folder_change (folder, "DELETE FROM attempts;");
  }
}

/* Waits until the pipe @start is closed, so that all processes race at once.
 * Then stays alive until @end is closed, so that the rivals do not take it for
 * dead. */
static void
race_process (Folder *folder, const int start[2], const int end[2], int told)
{
  gchar byte;

  close (start[1]);
  close (end[1]);
  while (read (start[0], &byte, 1) > 0)
    ;
  byte = try_to_order (folder) ? 'O' : 'W';
  if (write (told, &byte, 1) != 1)
    _exit (1);
  while (read (end[0], &byte, 1) > 0)
    ;
  _exit (0);
}

/* Returns how many of the processes that start at once may order. */
static guint
race_processes (Folder *folder)
{
  pid_t pids[RIVALS];
  int start[2], end[2], told[2];
  guint ordered = 0;
  gchar byte = 0;

  g_assert_cmpint (pipe (start), ==, 0);
  g_assert_cmpint (pipe (end), ==, 0);
  g_assert_cmpint (pipe (told), ==, 0);
  for (guint i = 0; i < RIVALS; i++) {
    pids[i] = fork ();
    if (pids[i] == 0)
      race_process (folder, start, end, told[1]);
  }
  close (start[0]);
  close (start[1]);
  close (told[1]);
  for (guint i = 0; i < RIVALS; i++) {
    g_assert_cmpint (read (told[0], &byte, 1), ==, 1);
    ordered += byte == 'O';
  }
  close (end[0]);
  close (end[1]);
  close (told[0]);
  for (guint i = 0; i < RIVALS; i++) {
    int status;

    g_assert_cmpint (waitpid (pids[i], &status, 0), ==, pids[i]);
    g_assert_cmpint (status, ==, 0);
  }

  return ordered;
}

static void
prepare (Folder *folder, gpointer failed)
{
  g_assert_true (seedance_ledger_prepare (folder->dir, NULL));
  add_failures (folder, GPOINTER_TO_UINT (failed));
}

/* Without a database, the processes also race for making it. This process opens
 * no database before they have run, because SQLite connections do not survive a
 * fork. */
static void
test_one_process_orders (Folder *folder, gconstpointer data)
{
  for (guint round = 0; round < ROUNDS; round++) {
    g_autofree gchar *name = g_strdup_printf ("round%u", round);
    g_autofree gchar *dir = folder_path (folder, name);
    Folder inner = { dir };

    g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
    if (GPOINTER_TO_INT (data) >= 0)
      folder_run_child (&inner, prepare, (gpointer) data);
    g_assert_cmpuint (race_processes (&inner), ==, 1);
    g_assert_cmpint (folder_count_rows (&inner, "state = 'submitting'"), ==, 1);
  }
}

/* A claim that another one holds up waits for its turn, without an error. */
static gpointer
hold_folder (gpointer data)
{
  Folder *folder = data;

  for (guint i = 0; i < 60; i++)
    seedance_record_free (
        folder_record (folder, "busy", SEEDANCE_RECORD_SUBMITTED));
  return NULL;
}

static void
claim_while_busy (Folder *folder, gpointer data)
{
  GThread *thread = g_thread_new ("busy", hold_folder, folder);

  for (guint i = 0; i < 20; i++) {
    g_autofree gchar *order = g_strdup_printf ("order %d.%u", getpid (), i);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (
        folder_claim (folder, order, &error), ==, SEEDANCE_CLAIM_ORDER);
    g_assert_no_error (error);
  }
  g_thread_join (thread);
}

static void
test_others_that_write_hold_up_nobody (Folder *folder, gconstpointer data)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0) {
    claim_while_busy (folder, NULL);
    _exit (0);
  }
  claim_while_busy (folder, NULL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (folder_count_rows (folder, "state = 'submitting'"), ==, 40);
}

static void
test_this_process_lives (void)
{
  g_autoptr (SeedanceRecord) record = new_order ();

  g_assert_true (seedance_record_owner_lives (record));
  /* The record's time does not matter if the process itself can be seen. */
  record->updated = 0;
  g_assert_true (seedance_record_owner_lives (record));
}

/* Starts a child that claims "order" and then waits to be killed. */
static pid_t
start_owner (Folder *folder)
{
  int gate[2];
  gchar byte = 0;
  pid_t pid;

  g_assert_cmpint (pipe (gate), ==, 0);
  pid = fork ();
  if (pid == 0) {
    close (gate[0]);
    if (folder_claim (folder, "order", NULL) == SEEDANCE_CLAIM_ORDER &&
        write (gate[1], &byte, 1) == 1) {
      for (;;)
        pause ();
    }
    _exit (1);
  }
  close (gate[1]);
  g_assert_cmpint (read (gate[0], &byte, 1), ==, 1);
  close (gate[0]);
  return pid;
}

/* Kills the child. Its process id stays taken until end_owner() reaps it. */
static void
kill_owner (pid_t pid)
{
  siginfo_t info;

  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitid (P_PID, pid, &info, WEXITED | WNOWAIT), ==, 0);
}

static void
end_owner (pid_t pid)
{
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_another_process_lives_until_it_is_killed (
    Folder *folder, gconstpointer data)
{
  pid_t pid = start_owner (folder);

  g_assert_cmpint (folder_count_rows (folder, "state = 'submitting'"), ==, 1);
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_WAIT);
  kill_owner (pid);
  end_owner (pid);
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_DOUBT);
}

/* In a container, often no process reaps a child that has ended. */
static void
test_a_zombie_is_dead (Folder *folder, gconstpointer data)
{
  pid_t pid = start_owner (folder);
  SeedanceClaimResult result;

  kill_owner (pid);
  result = folder_claim (folder, "order", NULL);
  end_owner (pid);
  g_assert_cmpint (result, ==, SEEDANCE_CLAIM_DOUBT);
}

/* A process with the owner's id but another start time is not the owner. */
static void
test_a_later_process_of_the_same_number_is_another (void)
{
  g_autoptr (SeedanceRecord) record = new_order ();

  g_assert_cmpint (record->owner_start, >, 0);
  record->owner_start--;
  g_assert_false (seedance_record_owner_lives (record));
}

/* A record with an impossible process id has no living owner. */
static void
test_no_process_has_such_a_number (void)
{
  const gint64 numbers[] = { 0, -1, -getpid (), G_MAXINT32, G_MAXINT64,
    (G_GINT64_CONSTANT (1) << 32) + getpid () };
  g_autoptr (SeedanceRecord) record = new_order ();

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    record->owner_pid = numbers[i];
    for (record->owner_start = -1; record->owner_start < 2;
         record->owner_start++)
      g_assert_false (seedance_record_owner_lives (record));
  }
}

static gboolean
foreign_owner_lives (gint64 age, const gchar *host)
{
  g_autoptr (SeedanceRecord) record = new_order ();

  g_free (record->owner_host);
  record->owner_host = g_strdup (host);
  record->updated -= age;
  return seedance_record_owner_lives (record);
}

/* A process on another host cannot be looked up. Its owner counts as alive
 * while the record is recent. */
static void
test_another_host_is_given_time (void)
{
  g_assert_true (foreign_owner_lives (0, "elsewhere 1"));
  g_assert_true (foreign_owner_lives (5 * MINUTE, "elsewhere 1"));
  g_assert_false (foreign_owner_lives (DAY, "elsewhere 1"));
  g_assert_true (foreign_owner_lives (0, NULL));
  g_assert_false (foreign_owner_lives (DAY, NULL));
}

/* A record of another boot of this host is treated like one of another host. */
static void
test_another_start_of_this_host_is_another_host (void)
{
  g_autofree gchar *host = g_strdup_printf (
      "%s %s", g_get_host_name (), "00000000-0000-0000-0000-000000000000");

  g_assert_true (foreign_owner_lives (0, host));
  g_assert_false (foreign_owner_lives (DAY, host));
}

/* Clocks of machines differ a little. A clock that is far ahead must not hold
 * up an order until this machine's clock has caught up. */
static void
test_a_clock_far_ahead_does_not_live_for_ever (void)
{
  g_assert_true (foreign_owner_lives (-1 * MINUTE, "elsewhere 1"));
  g_assert_false (foreign_owner_lives (-DAY, "elsewhere 1"));
  g_assert_false (foreign_owner_lives (-100 * DAY, "elsewhere 1"));
}

static void
test_a_record_without_a_time_is_old (void)
{
  g_autoptr (SeedanceRecord) record = new_order ();

  g_clear_pointer (&record->owner_host, g_free);
  record->updated = -1;
  g_assert_false (seedance_record_owner_lives (record));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_FUNC(path, name) g_test_add_func ("/claim/" path, test_##name)
#define ADD(path, name) folder_add ("/claim/" path, NULL, test_##name)
  ADD ("rivals/threads", one_thread_orders);
  folder_add ("/claim/rivals/no-database", GINT_TO_POINTER (-1),
      test_one_process_orders);
  folder_add (
      "/claim/rivals/processes", GINT_TO_POINTER (0), test_one_process_orders);
  folder_add ("/claim/rivals/last-attempt", GINT_TO_POINTER (1),
      test_one_process_orders);
  ADD ("rivals/busy", others_that_write_hold_up_nobody);
  ADD_FUNC ("owner/self", this_process_lives);
  ADD ("owner/killed", another_process_lives_until_it_is_killed);
  ADD ("owner/zombie", a_zombie_is_dead);
  ADD_FUNC ("owner/recycled", a_later_process_of_the_same_number_is_another);
  ADD_FUNC ("owner/no-such-number", no_process_has_such_a_number);
  ADD_FUNC ("owner/other-host", another_host_is_given_time);
  ADD_FUNC ("owner/restarted", another_start_of_this_host_is_another_host);
  ADD_FUNC ("owner/clock-ahead", a_clock_far_ahead_does_not_live_for_ever);
  ADD_FUNC ("owner/no-time", a_record_without_a_time_is_old);
  return g_test_run ();
}
