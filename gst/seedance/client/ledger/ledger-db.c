/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens the database of a folder, and begins, ends and groups transactions. */

#include "ledger-db-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "ledger-file.h"
#include "ledger-schema.h"
#include "log.h"

#define BUSY_MS 5000

/* The connections of this process by folder. They stay open until it ends,
 * because a database that was closed has to be recovered when it is opened
 * again. A forked process must neither use nor close those of its parent, so it
 * keeps them in @inherited. */
static struct {
  GMutex lock;
  GHashTable *all;
  GSList *inherited;
  gint pid; /* atomic: after a fork the lock may stay locked */
} connections;

gboolean
seedance_db_is_inherited (void)
{
  const gint pid = g_atomic_int_get (&connections.pid);

  return pid != 0 && pid != getpid ();
}

gchar *
seedance_db_path (const gchar *dir)
{
  return g_build_filename (dir, SEEDANCE_LEDGER_FILE, NULL);
}

/* The group that a thread has begun, in one folder. */
typedef struct {
  gchar *dir;
  SeedanceDb *db;      /* NULL until the first part begins */
  SeedanceDbMode mode; /* the strictest one of its parts */
  GError *error;       /* why no further part can begin */
} Group;

static GPrivate current_group;

/* The errno of the failed call, or 0 if no system call failed. */
static int
get_system_error (sqlite3 *handle, int code)
{
  return handle && (code == SQLITE_CANTOPEN || code == SQLITE_IOERR)
             ? sqlite3_system_errno (handle)
             : 0;
}

static gboolean
is_full (int code, int number)
{
  return code == SQLITE_FULL || number == ENOSPC || number == EDQUOT ||
         number == EFBIG;
}

static GError *
make_error (SeedanceDb *db, int code, const gchar *words)
{
  g_autofree gchar *shown = g_filename_display_name (db->path);
  int number;

  code &= 0xff;
  number = get_system_error (db->handle, code);
  if (is_full (code, number))
    return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE,
        "Could not write '%s': no space is left. Make room, or set state-dir "
        "(or SEEDANCE_STATE_DIR) to a folder on a disk with room.",
        shown);
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_SCHEMA)
    return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
        "The ledger '%s' is damaged (%s). It stands for clips that were paid "
        "for. See what is left of it with: seedance-tasks check.",
        shown, words);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
        "The ledger '%s' is held by another program. Find it with: fuser '%s'; "
        "end it, and run the same again.",
        shown, shown);

  return g_error_new (SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The ledger '%s' cannot be used: %s%s%s. Set state-dir (or "
      "SEEDANCE_STATE_DIR) to a folder on a disk with room that can be "
      "written to.",
      shown, words, number ? ": " : "", number ? g_strerror (number) : "");
}

void
seedance_db_note_error (SeedanceDb *db, int code)
{
  if (db->error)
    return;
  db->error = make_error (db, code, sqlite3_errmsg (db->handle));
}

static void
finalize (gpointer handle)
{
  sqlite3_finalize (handle);
}

static SeedanceDb *
connection_new (const gchar *dir)
{
  SeedanceDb *db = g_new0 (SeedanceDb, 1);

  db->dir = g_strdup (dir);
  db->kept = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, finalize);
  db->path = seedance_db_path (dir);
  g_mutex_init (&db->lock);

  return db;
}

static SeedanceDb *
find_connection (const gchar *dir)
{
  SeedanceDb *db;

  g_mutex_lock (&connections.lock);
  if (!connections.all || connections.pid != getpid ()) {
    if (connections.all)
      connections.inherited =
          g_slist_prepend (connections.inherited, connections.all);
    connections.all = g_hash_table_new (g_str_hash, g_str_equal);
    g_atomic_int_set (&connections.pid, getpid ());
  }
  db = g_hash_table_lookup (connections.all, dir);
  if (!db) {
    db = connection_new (dir);
    g_hash_table_insert (connections.all, db->dir, db);
  }
  g_mutex_unlock (&connections.lock);

  return db;
}

static gboolean
execute (SeedanceDb *db, const gchar *sql, GError **error)
{
  int code = sqlite3_exec (db->handle, sql, NULL, NULL, NULL);

  if (code != SQLITE_OK)
    g_propagate_error (
        error, make_error (db, code, sqlite3_errmsg (db->handle)));

  return code == SQLITE_OK;
}

static gint64
read_number (SeedanceDb *db, const gchar *sql)
{
  sqlite3_stmt *statement = NULL;
  gint64 number = -1;

  if (sqlite3_prepare_v2 (db->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);

  return number;
}

static void
close_handle (SeedanceDb *db)
{
  g_hash_table_remove_all (db->kept);
  sqlite3_close (db->handle);
  db->handle = NULL;
}

/* The file may be forged: SQLite is to trust nothing in it but the rows. */
static gboolean
open_handle (SeedanceDb *db, const gchar *path, GError **error)
{
  int code = sqlite3_open_v2 (path, &db->handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
      NULL);

  if (code == SQLITE_OK) {
    sqlite3_busy_timeout (db->handle, BUSY_MS);
    sqlite3_db_config (db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config (db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (execute (db, "PRAGMA cell_size_check = ON;", error))
      return TRUE;
  } else {
    g_propagate_error (error,
        make_error (db, code,
            db->handle ? sqlite3_errmsg (db->handle) : sqlite3_errstr (code)));
  }
  close_handle (db);

  return FALSE;
}

/* WAL needs shared memory, which several machines do not have. */
static gboolean
set_journal (SeedanceDb *db, GError **error)
{
  /* A row in the table machine means that another machine uses this folder
   * through a share, even if the folder is on a disk of this one. */
  db->remote = seedance_ledger_file_is_remote (db->dir) ||
               read_number (db, "SELECT count(*) FROM machine;") > 0;
  if (db->remote)
    SEEDANCE_INFO (NULL,
        "'%s' is on a network share: it has a rollback journal, and one "
        "machine at a time orders with it",
        db->path);

  return execute (db,
      db->remote ? "PRAGMA journal_mode = DELETE;"
                 : "PRAGMA journal_mode = WAL;",
      error);
}

static gboolean
has_log (SeedanceDb *db)
{
  sqlite3_stmt *statement = NULL;
  gboolean has;

  has = sqlite3_prepare_v2 (db->handle, "PRAGMA journal_mode;", -1, &statement,
            NULL) == SQLITE_OK &&
        sqlite3_step (statement) == SQLITE_ROW &&
        g_strcmp0 ((const gchar *) sqlite3_column_text (statement, 0), "wal") ==
            0;
  sqlite3_finalize (statement);

  return has;
}

static gboolean
is_foreign (SeedanceDb *db, gint64 version)
{
  return read_number (db, "PRAGMA application_id;") != SEEDANCE_LEDGER_ID ||
         version < 1;
}

/* Moves the log into the database, which syncs both. What stands for money must
 * not be in the log alone: people delete that file as a leftover, or copy the
 * database without it, and SQLite does not report a torn log. A kill may come
 * at any time, so this is done before anything is sent. *@whole tells whether
 * all of the log was moved. Another process or a full disk may prevent that,
 * which is no error. */
static int
move_from_log (SeedanceDb *db, gboolean *whole)
{
  int all = 0, moved = -1;
  const int code = sqlite3_wal_checkpoint_v2 (
      db->handle, "main", SQLITE_CHECKPOINT_PASSIVE, &all, &moved);
  const int kind = code & 0xff;

  *whole = code == SQLITE_OK && moved == all;

  return kind == SQLITE_BUSY || kind == SQLITE_LOCKED ||
                 is_full (kind, get_system_error (db->handle, kind))
             ? SQLITE_OK
             : code;
}

static gboolean
raise_version (SeedanceDb *db, gint64 version, GError **error)
{
  while (version < seedance_ledger_schema_version ()) {
    if (!execute (db, seedance_ledger_schema_step (version++), error))
      return FALSE;
  }

  return TRUE;
}

/* Checks that the open file is a ledger of a known version, and upgrades it. */
static gboolean
check_version (SeedanceDb *db, GError **error)
{
  const gint64 newest = seedance_ledger_schema_version ();
  gint64 version;
  gboolean whole;
  g_autofree gchar *shown = g_filename_display_name (db->path);

  if (!execute (db, "SELECT count(*) FROM sqlite_schema;", error))
    return FALSE;
  version = read_number (db, "PRAGMA user_version;");
  if (version == newest && !is_foreign (db, version))
    return TRUE;
  if (is_foreign (db, version)) {
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
        "'%s' is no ledger of gst-seedance, or an empty one: what was paid for "
        "may have stood there. Put back the one that belongs there, or move it "
        "away to begin anew.",
        shown);
    return FALSE;
  }
  if (version > newest) {
    g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_MAYBE_BILLED,
        "The ledger '%s' is of a later version of gst-seedance "
        "(%" G_GINT64_FORMAT "; this one knows %" G_GINT64_FORMAT "). It may "
        "stand for clips that were paid for. Install that version, or set "
        "state-dir (or SEEDANCE_STATE_DIR) to another folder.",
        shown, version, newest);
    return FALSE;
  }

  if (!raise_version (db, version, error))
    return FALSE;
  move_from_log (db, &whole);

  return TRUE;
}

/* A new database gets its name only when it is complete and on the disk: an
 * empty file of that name would mean a ledger that lost its rows. Until then it
 * needs no syncs. */
static gboolean
make_file (SeedanceDb *db, GError **error)
{
  g_autofree gchar *temporary = seedance_ledger_file_new (db->dir, error);
  gboolean made;

  if (!temporary)
    return FALSE;
  made = open_handle (db, temporary, error) &&
         execute (db, "PRAGMA synchronous = OFF;", error) &&
         raise_version (db, 0, error) && set_journal (db, error);
  close_handle (db);
  if (made)
    made = seedance_ledger_file_place (temporary, db->path, error);
  seedance_ledger_file_remove (temporary);

  return made;
}

/* The -shm file is the index of the log, through which processes see each
 * other's writes. A process whose file was deleted sees none any more. */
static void
note_index (SeedanceDb *db)
{
  g_autofree gchar *path = g_strconcat (db->path, "-shm", NULL);

  seedance_ledger_file_get_id (path, &db->index);
}

static gboolean
has_index (SeedanceDb *db)
{
  g_autofree gchar *path = g_strconcat (db->path, "-shm", NULL);

  return db->index.inode == 0 || seedance_ledger_file_is (path, &db->index);
}

static gboolean
open_file (SeedanceDb *db, GError **error)
{
  if (!seedance_ledger_file_check (db->path, &db->file, error))
    return FALSE;
  if (!open_handle (db, db->path, error))
    return FALSE;
  if (check_version (db, error) && set_journal (db, error)) {
    db->has_log = has_log (db);
    note_index (db);
    return TRUE;
  }
  close_handle (db);

  return FALSE;
}

/* Opens the database, again if its file was removed or replaced. Returns FALSE
 * without an error if there is none and @make is FALSE. */
static gboolean
ensure_open (SeedanceDb *db, gboolean make, GError **error)
{
  if (db->handle && seedance_ledger_file_is (db->path, &db->file) &&
      has_index (db))
    return TRUE;
  close_handle (db);
  if (!seedance_ledger_file_exists (db->path)) {
    if (!seedance_ledger_file_check_place (db->dir, error) || !make)
      return FALSE;
    if (!make_file (db, error))
      return FALSE;
  }

  return open_file (db, error);
}

static const gchar *
get_beginning (const SeedanceDb *db, SeedanceDbMode mode)
{
  if (mode == SEEDANCE_DB_READ)
    return "BEGIN;";
  /* make_durable() syncs the log, once. */
  if (mode == SEEDANCE_DB_NOTE || db->has_log)
    return "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE;";

  /* Without a log, EXTRA syncs the folder as well. Otherwise the deleted
   * journal may be back after a power cut, and undo the transaction. */
  return "PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE;";
}

static gboolean
is_held (SeedanceDb *db)
{
  return db->handle && (sqlite3_errcode (db->handle) & 0xff) == SQLITE_BUSY;
}

/* On failure *@held tells whether another program holds the database. */
static SeedanceDb *
begin (const gchar *dir, SeedanceDbMode mode, gboolean *held, GError **error)
{
  SeedanceDb *db = find_connection (dir);

  g_mutex_lock (&db->lock);
  if (ensure_open (db, mode != SEEDANCE_DB_READ, error) &&
      execute (db, get_beginning (db, mode), error)) {
    db->mode = mode;
    return db;
  }
  *held = is_held (db);
  g_mutex_unlock (&db->lock);

  return NULL;
}

/* The first part begins the transaction of the group. After one part has waited
 * for another program in vain, the later parts fail without a wait. */
static gboolean
begin_group (Group *group, GError **error)
{
  GError *problem = group->error ? g_error_copy (group->error) : NULL;
  gboolean held = FALSE;

  if (!problem && !group->db)
    group->db = begin (group->dir, SEEDANCE_DB_DECIDE, &held, &problem);
  if (!problem)
    return TRUE;
  if (held)
    group->error = g_error_copy (problem);
  g_propagate_error (error, problem);

  return FALSE;
}

SeedanceDb *
seedance_db_begin (const gchar *dir, SeedanceDbMode mode, GError **error)
{
  Group *group = g_private_get (&current_group);
  gboolean held;

  if (!group || !g_str_equal (group->dir, dir) ||
      (mode == SEEDANCE_DB_READ && !group->db))
    return begin (dir, mode, &held, error);
  if (!begin_group (group, error) ||
      !execute (group->db, "SAVEPOINT part;", error))
    return NULL;
  group->mode = MAX (group->mode, mode);

  return group->db;
}

static int
sync_log (SeedanceDb *db)
{
  sqlite3_file *log = NULL;
  int code = sqlite3_file_control (
      db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

  if (code != SQLITE_OK)
    return code;

  return log && log->pMethods ? log->pMethods->xSync (log, SQLITE_SYNC_FULL)
                              : SQLITE_IOERR;
}

/* The system reports a failed write to one sync only; later syncs succeed
 * although the log is damaged. After a failure only a complete move of the log
 * proves that the data is on the disk. */
static gboolean
make_durable (SeedanceDb *db, GError **error)
{
  gboolean whole;
  int code;

  if (!db->has_log)
    return TRUE;
  code = move_from_log (db, &whole);
  if (whole) {
    db->log_failed = FALSE;
    return TRUE;
  }
  if (code == SQLITE_OK)
    code = db->log_failed ? SQLITE_IOERR_FSYNC : sync_log (db);
  if (code == SQLITE_OK)
    return TRUE;
  db->log_failed = TRUE;
  g_propagate_error (error, make_error (db, code, sqlite3_errstr (code)));

  return FALSE;
}

/* If SQLite cannot undo a part, it undoes the whole transaction. */
static gboolean
end_part (Group *group, gboolean keep, GError **error)
{
  SeedanceDb *db = group->db;
  GError *problem = g_steal_pointer (&db->error);

  if (!sqlite3_get_autocommit (db->handle))
    execute (db,
        keep && !problem ? "RELEASE part;" : "ROLLBACK TO part; RELEASE part;",
        problem ? NULL : &problem);
  if (sqlite3_get_autocommit (db->handle) && !group->error)
    group->error = problem ? g_error_copy (problem)
                           : make_error (db, SQLITE_ABORT, "interrupted");
  if (!problem)
    return TRUE;
  g_propagate_error (error, problem);

  return FALSE;
}

gboolean
seedance_db_end (SeedanceDb *db, gboolean keep, GError **error)
{
  Group *group = g_private_get (&current_group);
  gboolean done = !db->error;

  if (group && group->db == db)
    return end_part (group, keep, error);
  if (!done)
    g_propagate_error (error, g_steal_pointer (&db->error));
  if (done && keep)
    done = execute (db, "COMMIT;", error);
  if (done && keep && db->mode == SEEDANCE_DB_DECIDE)
    done = make_durable (db, error);
  if (!sqlite3_get_autocommit (db->handle))
    sqlite3_exec (db->handle, "ROLLBACK;", NULL, NULL, NULL);
  g_mutex_unlock (&db->lock);

  return done;
}

void
seedance_db_begin_group (const gchar *dir)
{
  Group *group = g_new0 (Group, 1);

  group->dir = g_strdup (dir);
  g_private_set (&current_group, group);
}

gboolean
seedance_db_end_group (void)
{
  Group *group = g_private_get (&current_group);
  SeedanceDb *db = group->db;
  gboolean done;

  g_private_set (&current_group, NULL);
  if (db) {
    db->mode = group->mode;
    db->error = g_steal_pointer (&group->error);
  }
  done = !db || seedance_db_end (db, TRUE, NULL);
  g_clear_error (&group->error);
  g_free (group->dir);
  g_free (group);

  return done;
}

gboolean
seedance_db_is_in_group (void)
{
  return g_private_get (&current_group) != NULL;
}
