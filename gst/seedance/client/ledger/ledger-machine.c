/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes the row that names the machine which orders. */

#include "ledger-machine.h"

#include <time.h>

#include "error.h"
#include "ledger-file.h"
#include "record.h"
#include "text.h"

/* Another machine may order when the present one has ordered nothing for this
 * many seconds. No request takes that long. */
#define QUIET 900
#define SHOWN_MAX 64

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
note_this_machine (SeedanceDb *db)
{
  g_autofree gchar *boot = seedance_boot_id ();
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "INSERT INTO machine (id, host, boot, seen) "
      "VALUES (1, :host, :boot, :seen) "
      "ON CONFLICT (id) DO UPDATE SET host = excluded.host, "
      "boot = excluded.boot, seen = excluded.seen;");

  seedance_statement_set_text (statement, ":host", g_get_host_name ());
  seedance_statement_set_text (statement, ":boot", boot);
  seedance_statement_set_integer (statement, ":seen", now_seconds ());
  seedance_statement_step (statement);
}

static void
set_refused (
    GError **error, const SeedanceDb *db, const gchar *host, gint64 age)
{
  const SeedanceErrorDetails details = { .retryable = TRUE,
    .reason = SEEDANCE_REASON_MACHINE };
  g_autofree gchar *path = seedance_db_path (seedance_db_dir (db));
  g_autofree gchar *shown = g_filename_display_name (path);
  g_autofree gchar *name =
      seedance_text_clean (host ? host : "?", -1, SHOWN_MAX, NULL);

  *error = seedance_error_new (SEEDANCE_ERROR_SETTINGS, &details,
      "The ledger '%s' is on a network share, where one machine at a time may "
      "order, and the machine '%s' did so %" G_GINT64_FORMAT " s ago. Set "
      "state-dir (or SEEDANCE_STATE_DIR) to a folder of this machine; or wait "
      "until that has ordered nothing for %d minutes; or, if it is down, run: "
      "seedance-tasks take-over.",
      shown, name, age, QUIET / 60);
}

/* Seconds since this machine was started. */
static gint64
get_uptime (void)
{
  struct timespec time;

  return clock_gettime (CLOCK_BOOTTIME, &time) == 0 ? time.tv_sec : 0;
}

/* Containers on one machine differ in host name but share its boot id. After a
 * reboot only the host name can be compared. Another machine may have the same
 * name: a row that is younger than our boot and has another boot id is its
 * row. */
static gboolean
is_this_machine (const gchar *host, const gchar *boot, gint64 age)
{
  g_autofree gchar *own_boot = seedance_boot_id ();

  if (*own_boot && g_strcmp0 (boot, own_boot) == 0)
    return TRUE;

  return g_strcmp0 (host, g_get_host_name ()) == 0 &&
         (!*own_boot || age > get_uptime ());
}

/* Returns TRUE if another machine ordered so recently that only that one may
 * order. *@host (free it) is its name, *@age the seconds since its order. */
static gboolean
is_anothers (SeedanceDb *db, gchar **host, gint64 *age)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (
      db, "SELECT host, boot, seen FROM machine WHERE id = 1;");
  g_autofree gchar *boot = NULL;

  if (!seedance_statement_step (statement))
    return FALSE;
  *host = seedance_statement_get_text (statement, 0);
  boot = seedance_statement_get_text (statement, 1);
  *age = now_seconds () - seedance_statement_get_integer (statement, 2);

  /* The other clock may be ahead, which makes the age negative. A clock that is
   * far ahead must not make us wait until its time. */
  return !is_this_machine (*host, boot, *age) && *age<QUIET && * age> - QUIET;
}

gboolean
seedance_machine_may_order (SeedanceDb *db, GError **error)
{
  g_autofree gchar *host = NULL;
  gint64 age;

  if (!seedance_db_is_remote (db))
    return TRUE;
  if (is_anothers (db, &host, &age)) {
    set_refused (error, db, host, MAX (age, 0));
    return FALSE;
  }
  note_this_machine (db);

  return TRUE;
}

gboolean
seedance_machine_take_over (
    const gchar *dir, gboolean *is_shared, GError **error)
{
  g_autofree gchar *path = seedance_db_path (dir);
  SeedanceDb *db;

  /* A take-over in the wrong folder must not create a ledger there. */
  *is_shared = seedance_ledger_file_exists (path);
  if (!*is_shared)
    return TRUE;
  db = seedance_db_begin (dir, SEEDANCE_DB_DECIDE, error);
  if (!db)
    return FALSE;
  *is_shared = seedance_db_is_remote (db);
  if (*is_shared)
    note_this_machine (db);

  return seedance_db_end (db, TRUE, error);
}
