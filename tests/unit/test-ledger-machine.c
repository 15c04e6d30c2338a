/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On a network share, only one machine at a time may order. slow-disk.c makes
 * the folder look like one on a share. */
#include <glib/gstdio.h>
#include <string.h>

#include "ledger-folder.h"
#include "ledger-machine.h"

#define OTHER \
  "UPDATE machine SET host = 'studio-b', boot = 'b', seen = unixepoch ()"

static void
set_on_share (Folder *folder, gboolean on)
{
  g_autofree gchar *path = g_strconcat (folder->dir, ".share", NULL);

  if (on)
    g_assert_true (g_file_set_contents (path, "", 0, NULL));
  else
    g_assert_cmpint (g_unlink (path), ==, 0);
}

/* Makes a folder on a share from which this machine has ordered once. */
static void
begin_share (Folder *folder)
{
  set_on_share (folder, TRUE);
  g_assert_cmpint (
      folder_claim (folder, "first", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

static void
assert_ordered (Folder *folder)
{
  g_autoptr (GError) error = NULL;
  const SeedanceClaimResult result = folder_claim (folder, "order", &error);

  g_assert_no_error (error);
  g_assert_cmpint (result, ==, SEEDANCE_CLAIM_ORDER);
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 2);
}

/* The ledger on a share notes which machine orders, and uses no write-ahead
 * log. */
static void
test_it_is_noted (Folder *folder, gconstpointer data)
{
  g_autofree gchar *mode = NULL, *host = NULL;

  begin_share (folder);
  mode = folder_get (folder, "PRAGMA journal_mode;");
  host = folder_get (folder, "SELECT host FROM machine;");
  g_assert_cmpstr (mode, ==, "delete");
  g_assert_cmpstr (host, ==, g_get_host_name ());
  assert_ordered (folder);
  set_on_share (folder, FALSE);
}

static void
test_another_one_is_refused (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  begin_share (folder);
  folder_change (folder, OTHER " - 125;");
  g_assert_cmpint (
      folder_claim (folder, "order", &error), ==, SEEDANCE_CLAIM_ERROR);
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  folder_assert_words (folder, error);
  g_assert_nonnull (strstr (error->message, "'studio-b'"));
  g_assert_nonnull (strstr (error->message, " s ago"));
  g_assert_nonnull (strstr (error->message, "take-over"));
  g_assert_cmpint (folder_count_rows (folder, "1"), ==, 1);
  set_on_share (folder, FALSE);
}

/* Any machine may attach to a task that is paid for. */
static void
test_another_one_may_attach (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceRecord) record = NULL;

  set_on_share (folder, TRUE);
  record = folder_record (folder, "order", SEEDANCE_RECORD_SUBMITTED);
  g_assert_cmpint (
      folder_claim (folder, "first", NULL), ==, SEEDANCE_CLAIM_ORDER);
  folder_change (folder, OTHER ";");
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ATTACH);
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));
  set_on_share (folder, FALSE);
}

/* This machine may order if the other one has not ordered for a while. */
static void
test_who_orders_no_more_makes_way (Folder *folder, gconstpointer data)
{
  begin_share (folder);
  folder_change (folder, data);
  assert_ordered (folder);
  g_assert_cmpint (folder_count_rows (folder,
                       "(SELECT seen > unixepoch () - 60 AND boot <> 'b' "
                       "FROM machine)"),
      ==, 2);
  set_on_share (folder, FALSE);
}

/* After the user has taken the folder over, this machine may order. */
static void
test_take_over (Folder *folder, gconstpointer data)
{
  gboolean is_shared = FALSE;

  begin_share (folder);
  folder_change (folder, OTHER ";");
  g_assert_true (seedance_machine_take_over (folder->dir, &is_shared, NULL));
  g_assert_true (is_shared);
  assert_ordered (folder);
  set_on_share (folder, FALSE);
}

static void
test_a_folder_without_a_ledger_gets_none (Folder *folder, gconstpointer data)
{
  gboolean is_shared = TRUE;

  set_on_share (folder, TRUE);
  g_assert_true (seedance_machine_take_over (folder->dir, &is_shared, NULL));
  g_assert_false (is_shared);
  g_assert_false (folder_has (folder, SEEDANCE_LEDGER_FILE));
  set_on_share (folder, FALSE);
}

/* A folder on a local disk notes no machine, and there is nothing to take
 * over. */
static void
test_a_folder_of_this_machine (Folder *folder, gconstpointer data)
{
  g_autofree gchar *count = NULL;
  gboolean is_shared = TRUE;

  g_assert_cmpint (
      folder_claim (folder, "first", NULL), ==, SEEDANCE_CLAIM_ORDER);
  g_assert_true (seedance_machine_take_over (folder->dir, &is_shared, NULL));
  g_assert_false (is_shared);
  assert_ordered (folder);
  count = folder_get (folder, "SELECT count(*) FROM machine;");
  g_assert_cmpstr (count, ==, "0");
}

/* Once another machine has ordered there, the folder counts as shared even on
 * the server, where it is a local disk. */
static void
order_first (Folder *folder, gpointer data)
{
  g_assert_cmpint (
      folder_claim (folder, "first", NULL), ==, SEEDANCE_CLAIM_ORDER);
  folder_change (
      folder, "INSERT INTO machine VALUES (1, 'studio-b', 'b', unixepoch ());");
}

static void
test_a_folder_that_others_have (Folder *folder, gconstpointer data)
{
  g_autofree gchar *mode = NULL;
  gboolean is_shared = FALSE;

  folder_run_child (folder, order_first, NULL);
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ERROR);
  mode = folder_get (folder, "PRAGMA journal_mode;");
  g_assert_cmpstr (mode, ==, "delete");
  g_assert_true (seedance_machine_take_over (folder->dir, &is_shared, NULL));
  g_assert_true (is_shared);
  assert_ordered (folder);
}

/* Another machine of the same name ordered after this one was started; only the
 * boot id in the row differs. */
static void
test_another_of_the_same_name (Folder *folder, gconstpointer data)
{
  begin_share (folder);
  folder_change (folder, "UPDATE machine SET boot = 'b';");
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ERROR);
  folder_change (folder, "UPDATE machine SET host = 'studio-b';");
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ERROR);
  set_on_share (folder, FALSE);
}

static void
write_version_1 (Folder *folder, gpointer data)
{
  seedance_record_free (
      folder_record (folder, "order", SEEDANCE_RECORD_SUBMITTED));
  folder_change (folder, "DROP TABLE machine;");
  folder_change (folder, "PRAGMA user_version = 1;");
}

/* A ledger of version 1 is upgraded and used. */
static void
test_one_of_version_1 (Folder *folder, gconstpointer data)
{
  g_autofree gchar *count = NULL;

  folder_run_child (folder, write_version_1, NULL);
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ATTACH);
  count = folder_get (folder, "SELECT count(*) FROM machine;");
  g_assert_cmpstr (count, ==, "0");
}

static void
order_other (Folder *folder, gpointer data)
{
  g_assert_cmpint (
      folder_claim (folder, "other", NULL), ==, SEEDANCE_CLAIM_ORDER);
}

/* The upgrade of the schema is in the database itself, so it survives the loss
 * of the log. */
static void
test_the_change_is_not_in_the_log_alone (Folder *folder, gconstpointer data)
{
  g_autofree gchar *log = folder_path (folder, SEEDANCE_LEDGER_FILE "-wal");
  g_autofree gchar *index = folder_path (folder, SEEDANCE_LEDGER_FILE "-shm");

  folder_run_child (folder, write_version_1, NULL);
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ATTACH);
  g_assert_cmpint (g_unlink (log), ==, 0);
  g_assert_cmpint (g_unlink (index), ==, 0);
  folder_run_child (folder, order_other, NULL);
  g_assert_cmpint (
      folder_claim (folder, "other", NULL), ==, SEEDANCE_CLAIM_DOUBT);
  g_assert_cmpint (
      folder_claim (folder, "order", NULL), ==, SEEDANCE_CLAIM_ATTACH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_add ("/ledger/machine/noted", NULL, test_it_is_noted);
  folder_add ("/ledger/machine/another", NULL, test_another_one_is_refused);
  folder_add ("/ledger/machine/attach", NULL, test_another_one_may_attach);
  folder_add ("/ledger/machine/quiet", OTHER " - 900;",
      test_who_orders_no_more_makes_way);
  folder_add ("/ledger/machine/clock-ahead", OTHER " + 901;",
      test_who_orders_no_more_makes_way);
  folder_add ("/ledger/machine/take-over", NULL, test_take_over);
  folder_add ("/ledger/machine/exported", NULL, test_a_folder_that_others_have);
  folder_add ("/ledger/machine/same-name", NULL, test_another_of_the_same_name);
  folder_add ("/ledger/machine/no-ledger", NULL,
      test_a_folder_without_a_ledger_gets_none);
  folder_add ("/ledger/machine/local", NULL, test_a_folder_of_this_machine);
  folder_add ("/ledger/machine/version-1", NULL, test_one_of_version_1);
  folder_add ("/ledger/machine/version-1-log", NULL,
      test_the_change_is_not_in_the_log_alone);

  return g_test_run ();
}
