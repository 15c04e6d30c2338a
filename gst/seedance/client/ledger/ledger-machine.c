/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-machine.h"

#include "error.h"
#include "record.h"
#include "text.h"

/* A machine that has ordered nothing for so many seconds makes way. No request
 * lives so long. */
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
  g_autofree gchar *path = seedance_db_path (seedance_db_dir (db));
  g_autofree gchar *shown = g_filename_display_name (path);
  g_autofree gchar *name =
      seedance_text_clean (host ? host : "?", -1, SHOWN_MAX, NULL);

  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The ledger '%s' is on a network share, where one machine at a time may "
      "order, and the machine '%s' did so %" G_GINT64_FORMAT
      " minutes ago. Set "
      "state-dir (or SEEDANCE_STATE_DIR) to a folder of this machine; or wait "
      "until that has ordered nothing for %d minutes; or, if it is down, run: "
      "seedance-tasks take-over.",
      shown, name, age / 60, QUIET / 60);
}

/* A container has a name of its own, and a boot gives the machine another id;
 * one of the two stays. */
static gboolean
is_this_machine (const gchar *host, const gchar *boot)
{
  g_autofree gchar *own_boot = seedance_boot_id ();

  return g_strcmp0 (host, g_get_host_name ()) == 0 ||
         g_strcmp0 (boot, own_boot) == 0;
}

/* Whether another machine has ordered so lately that it may go on with it;
 * *@host (free it) and *@age, in seconds, are its. */
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

  /* A clock may be ahead, but not by so much that it would be waited for. */
  return !is_this_machine (*host, boot) && *age<QUIET && * age> - QUIET;
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
seedance_machine_take_over (const gchar *dir, GError **error)
{
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_DECIDE, error);

  if (!db)
    return FALSE;
  note_this_machine (db);

  return seedance_db_end (db, TRUE, error);
}
