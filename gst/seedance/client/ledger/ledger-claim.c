/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules about money: whether an order may go out again, judged by its rows
 * in the ledger. Each decision is one transaction, so no other process can come
 * in between. */

#include "error.h"
#include "ledger-file.h"
#include "ledger-machine.h"
#include "ledger-private.h"

/* The rows that an order leads to; see ledger.h. */
#define LED_TO "identity = :identity AND NOT beside AND NOT forgotten"

void
seedance_refusal_clear (SeedanceRefusal *refusal)
{
  g_free (refusal->task_id);
  g_free (refusal->words);
  g_free (refusal->name);
  *refusal = (SeedanceRefusal){ 0 };
}

/* One transaction that looks at the rows of an order. */
typedef struct {
  SeedanceDb *db;
  const gchar *dir;
  const SeedanceClaim *claim;
  GError *error;
  SeedanceRecord *accepted; /* the newest row with a task … */
  SeedanceRecord *open;     /* … and a newer one without a task */
} Look;

static SeedanceRecord *
find_one (Look *look, const gchar *sql, const gchar *name, const gchar *value)
{
  SeedanceStatement *statement;

  if (look->error)
    return NULL;
  statement = seedance_db_prepare (look->db, sql);
  seedance_statement_set_text (statement, name, value);

  return seedance_row_take (statement, look->dir, &look->error);
}

static void
look_up (Look *look)
{
  SeedanceRecord *newest = find_one (look,
      "SELECT " SEEDANCE_ROW_COLUMNS " FROM attempts WHERE " LED_TO
      " ORDER BY id DESC LIMIT 1;",
      ":identity", look->claim->identity);

  if (!newest || newest->state >= SEEDANCE_RECORD_SUBMITTED) {
    look->accepted = newest;
    return;
  }
  look->open = newest;
  look->accepted = find_one (look,
      "SELECT " SEEDANCE_ROW_COLUMNS " FROM attempts WHERE " LED_TO
      " AND state NOT IN ('submitting', 'ambiguous') "
      "ORDER BY id DESC LIMIT 1;",
      ":identity", look->claim->identity);
}

/* The row @name, if the service has accepted its order. */
static SeedanceRecord *
find_accepted (Look *look, const gchar *name)
{
  g_autoptr (SeedanceRecord) record = NULL;

  if (!name)
    return NULL;
  record = find_one (look,
      "SELECT " SEEDANCE_ROW_COLUMNS
      " FROM attempts WHERE name = :name AND NOT forgotten;",
      ":name", name);

  return record && record->state >= SEEDANCE_RECORD_SUBMITTED
             ? g_steal_pointer (&record)
             : NULL;
}

/* Returns TRUE if this row no longer stands in the way of a new order: its clip
 * was played, or never came. */
static gboolean
is_spent (const SeedanceClaim *claim, const SeedanceRecord *record)
{
  if (record->state == SEEDANCE_RECORD_FAILED)
    return TRUE;

  return record->state == SEEDANCE_RECORD_PLAYED && !claim->again;
}

/* With reuse=always an older clip will do, even if a later task failed. */
static SeedanceRecord *
find_before_failed (Look *look)
{
  if (!look->claim->again || !look->accepted ||
      look->accepted->state != SEEDANCE_RECORD_FAILED)
    return NULL;

  return find_one (look,
      "SELECT " SEEDANCE_ROW_COLUMNS " FROM attempts WHERE " LED_TO
      " AND state IN ('ready', 'played') ORDER BY id DESC LIMIT 1;",
      ":identity", look->claim->identity);
}

/* A clip that was played may have been deleted to make room, and the service
 * may not have it any more. A part of it does not count, as it is hardly ever
 * whole. */
static gboolean
is_deleted (Look *look, const SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (look->dir, record);

  return record->state == SEEDANCE_RECORD_PLAYED &&
         !seedance_ledger_file_exists (clip);
}

/* The row to attach to. The row that the caller has waited for comes first,
 * then the row whose clip the caller had before, whatever other processes did
 * after it: a caller that plays the clip of another order uses it up for those
 * who placed that order. Then comes the row that the order leads to. */
static SeedanceRecord *
find_task (Look *look)
{
  g_autoptr (SeedanceRecord) awaited =
      find_accepted (look, look->claim->awaited);
  g_autoptr (SeedanceRecord) own = NULL;
  gboolean others;

  if (awaited)
    return g_steal_pointer (&awaited);
  own = find_accepted (look, look->claim->own);
  others = look->accepted && !is_spent (look->claim, look->accepted);
  if (own && own->state != SEEDANCE_RECORD_FAILED &&
      !(others && is_deleted (look, own)))
    return g_steal_pointer (&own);
  if (others)
    return g_steal_pointer (&look->accepted);

  return find_before_failed (look);
}

/* Counts the tasks that ended without a clip since the last clip, and takes the
 * words of the latest one. A failed row with a size does not count: its clip
 * came, and the service deleted it later. */
static void
count_failures (Look *look, SeedanceRefusal *refusal)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (look->db,
      "SELECT task_id, words, count(*) OVER (), name FROM attempts "
      "WHERE identity = :identity AND state = 'failed' AND NOT forgotten "
      "AND size IS NULL AND id > (SELECT coalesce(max(id), 0) FROM attempts "
      "WHERE identity = :identity AND size IS NOT NULL) "
      "ORDER BY updated DESC, id DESC LIMIT 1;");

  seedance_statement_set_text (statement, ":identity", look->claim->identity);
  if (!seedance_statement_step (statement))
    return;
  refusal->task_id = seedance_statement_get_text (statement, 0);
  refusal->words = seedance_statement_get_text (statement, 1);
  refusal->count = (guint) seedance_statement_get_integer (statement, 2);
  refusal->name = seedance_statement_get_text (statement, 3);
}

/* Returns TRUE if the limit is reached. It counts the orders of all kinds and
 * processes. An order that surely was not accepted has no row, so it does not
 * count. */
static gboolean
is_reached (Look *look, const SeedanceLimit *limit, gint64 *next)
{
  const gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (SeedanceStatement) statement = NULL;

  *next = 0;
  if (limit->orders == 0)
    return TRUE;
  statement = seedance_db_prepare (look->db,
      "SELECT created FROM attempts WHERE created > :since "
      "AND created < :until AND NOT named "
      "ORDER BY created DESC LIMIT 1 OFFSET :others;");
  seedance_statement_set_integer (statement, ":since", now - limit->seconds);
  /* Rows from further in the future are ignored: a wrong clock wrote them. */
  seedance_statement_set_integer (statement, ":until", now + limit->seconds);
  seedance_statement_set_integer (statement, ":others", limit->orders - 1);
  if (!seedance_statement_step (statement))
    return FALSE;
  *next = seedance_statement_get_integer (statement, 0) + limit->seconds;

  return TRUE;
}

/* If several limits are reached, this tells the one that lasts longest. */
static gboolean
is_over_budget (Look *look, SeedanceRefusal *refusal)
{
  const SeedanceBudget *budget = look->claim->budget;
  gboolean reached = FALSE;

  for (guint i = 0; budget && i < budget->n_limits; i++) {
    const SeedanceLimit *limit = &budget->limits[i];
    gint64 next;

    if (!is_reached (look, limit, &next) ||
        (reached &&
            (refusal->next == 0 || (next != 0 && next <= refusal->next))))
      continue;
    reached = TRUE;
    refusal->limit = *limit;
    refusal->next = next;
  }

  return reached;
}

/* A row that could not be deleted although nothing was accepted. */
typedef struct {
  gchar *dir, *name;
} Withdrawn;

/* The withdrawn rows of this process, until a claim in their folder deletes
 * them. Otherwise the same order would wait for its own old row, and the row
 * would count for the budget. */
static struct {
  GMutex lock;
  GArray *rows;
} withdrawn;

static void
withdrawn_clear (gpointer data)
{
  Withdrawn *row = data;

  g_free (row->dir);
  g_free (row->name);
}

static void
remember_withdrawn (const gchar *dir, const gchar *name)
{
  const Withdrawn row = { g_strdup (dir), g_strdup (name) };

  g_mutex_lock (&withdrawn.lock);
  if (!withdrawn.rows) {
    withdrawn.rows = g_array_new (FALSE, FALSE, sizeof row);
    g_array_set_clear_func (withdrawn.rows, withdrawn_clear);
  }
  g_array_append_val (withdrawn.rows, row);
  g_mutex_unlock (&withdrawn.lock);
}

static void
delete_submitting (SeedanceDb *db, const gchar *name)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (
      db, "DELETE FROM attempts WHERE name = :name AND state = 'submitting';");

  seedance_statement_set_text (statement, ":name", name);
  seedance_statement_step (statement);
}

/* Returns the names of the withdrawn rows of @dir, and takes them off the list.
 * In a group they stay on the list, as its commit may fail: deleting a row
 * twice does no harm. */
static GPtrArray *
take_withdrawn (const gchar *dir)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const gboolean sure = !seedance_db_is_in_group ();

  g_mutex_lock (&withdrawn.lock);
  for (guint i = withdrawn.rows ? withdrawn.rows->len : 0; i-- > 0;) {
    const Withdrawn *row = &g_array_index (withdrawn.rows, Withdrawn, i);

    if (!g_str_equal (row->dir, dir))
      continue;
    g_ptr_array_add (names, g_strdup (row->name));
    if (sure)
      g_array_remove_index_fast (withdrawn.rows, i);
  }
  g_mutex_unlock (&withdrawn.lock);

  return names;
}

/* Returns FALSE if the row could not be deleted. */
static gboolean
withdraw (const gchar *dir, const gchar *name, GError **error)
{
  SeedanceDb *db = seedance_db_begin (dir, SEEDANCE_DB_NOTE, error);

  if (!db)
    return FALSE;
  delete_submitting (db, name);

  return seedance_db_end (db, TRUE, error);
}

void
seedance_ledger_withdraw (const gchar *dir, const SeedanceRecord *record)
{
  g_autoptr (GError) error = NULL;

  if (withdraw (dir, record->name, &error))
    return;
  if (g_error_matches (error, SEEDANCE_ERROR, SEEDANCE_ERROR_NO_SPACE) &&
      seedance_ledger_file_release (dir) && withdraw (dir, record->name, NULL))
    return;
  remember_withdrawn (dir, record->name);
}

static SeedanceClaimResult
decide (Look *look, SeedanceRecord **found, SeedanceRefusal *refusal)
{
  look_up (look);
  if (!look->claim->beside) {
    *found = find_task (look);
    if (*found)
      return SEEDANCE_CLAIM_ATTACH;
    *found = g_steal_pointer (&look->open);
    if (*found)
      return seedance_record_is_in_doubt (*found) ? SEEDANCE_CLAIM_DOUBT
                                                  : SEEDANCE_CLAIM_WAIT;
  }
  count_failures (look, refusal);

  if (refusal->count >= look->claim->attempts)
    return SEEDANCE_CLAIM_REFUSED;

  return is_over_budget (look, refusal) ? SEEDANCE_CLAIM_BUDGET
                                        : SEEDANCE_CLAIM_ORDER;
}

SeedanceClaimResult
seedance_ledger_claim (const gchar *dir, const SeedanceClaim *claim,
    const SeedanceRecord *fresh, SeedanceRecord **found,
    SeedanceRefusal *refusal, GError **error)
{
  GError *problem = NULL;
  Look look = { .dir = dir, .claim = claim };
  g_autoptr (GPtrArray) gone = NULL;
  SeedanceClaimResult result = SEEDANCE_CLAIM_ERROR;

  *found = NULL;
  *refusal = (SeedanceRefusal){ 0 };
  look.db = seedance_db_begin (
      dir, fresh ? SEEDANCE_DB_DECIDE : SEEDANCE_DB_READ, &problem);
  if (!look.db && !problem)
    return SEEDANCE_CLAIM_ORDER;
  gone = fresh ? take_withdrawn (dir) : g_ptr_array_new ();
  if (look.db) {
    for (guint i = 0; i < gone->len; i++)
      delete_submitting (look.db, g_ptr_array_index (gone, i));
    result = decide (&look, found, refusal);
    if (result == SEEDANCE_CLAIM_ORDER && fresh && !look.error &&
        seedance_machine_may_order (look.db, &look.error))
      seedance_row_write (
          look.db, fresh, claim->beside && (look.accepted || look.open));
    problem = look.error;
    seedance_db_end (look.db, !problem, problem ? NULL : &problem);
    seedance_record_free (look.accepted);
    seedance_record_free (look.open);
  }
  if (!problem)
    return result;
  for (guint i = 0; i < gone->len && !seedance_db_is_in_group (); i++)
    remember_withdrawn (dir, g_ptr_array_index (gone, i));
  /* The row may be in the ledger even though the disk could not make it
   * durable. */
  if (fresh && result == SEEDANCE_CLAIM_ORDER && !seedance_db_is_in_group ())
    seedance_ledger_withdraw (dir, fresh);
  g_clear_pointer (found, seedance_record_free);
  seedance_refusal_clear (refusal);
  g_propagate_error (error, seedance_ledger_nothing_ordered (problem));

  return SEEDANCE_CLAIM_ERROR;
}

static gboolean
has_other_of_task (
    SeedanceDb *db, const gchar *identity, const SeedanceRecord *record)
{
  g_autoptr (SeedanceStatement) statement =
      seedance_db_prepare (db, "SELECT 1 FROM attempts WHERE " LED_TO
                               " AND task_id = :task AND name <> :name;");

  seedance_statement_set_text (statement, ":identity", identity);
  seedance_statement_set_text (statement, ":task", record->task_id);
  seedance_statement_set_text (statement, ":name", record->name);

  return seedance_statement_step (statement);
}

/* Gives the row @name the identity, kind and time of @order. The row may be
 * that of a clip that another process has stored, so nothing else of it
 * changes. Returns FALSE if there is no such row that an order can lead to. */
static gboolean
give_identity (SeedanceDb *db, const gchar *name, const SeedanceRecord *order)
{
  g_autoptr (SeedanceStatement) statement = seedance_db_prepare (db,
      "UPDATE attempts SET identity = :identity, kind = :kind, "
      "created = :created, named = 0 WHERE name = :name AND NOT forgotten;");

  seedance_statement_set_text (statement, ":name", name);
  seedance_statement_set_text (statement, ":identity", order->identity);
  seedance_statement_set_text (statement, ":kind", order->kind);
  seedance_statement_set_integer (statement, ":created", order->created);
  seedance_statement_step (statement);

  return seedance_db_count_changes (db) > 0;
}

/* Replaces the row of @order by one of @record. Returns the new record, which
 * has the identity, kind and time of @order, or NULL if the user has made the
 * ledger forget the row of @record. */
static SeedanceRecord *
take_place (
    SeedanceDb *db, const SeedanceRecord *order, const SeedanceRecord *record)
{
  SeedanceRecord *placed = seedance_record_copy (record);
  SeedanceStatement *statement =
      seedance_db_prepare (db, "DELETE FROM attempts WHERE name = :name;");

  seedance_statement_set_text (statement, ":name", order->name);
  seedance_statement_step (statement);
  seedance_statement_free (statement);
  g_free (placed->identity);
  placed->identity = g_strdup (order->identity);
  g_free (placed->kind);
  placed->kind = g_strdup (order->kind);
  placed->created = order->created;
  placed->named = FALSE;
  seedance_row_write (db, placed, FALSE);
  if (!give_identity (db, record->name, order))
    g_clear_pointer (&placed, seedance_record_free);

  return placed;
}

static void
exchange (SeedanceRecord *record, SeedanceRecord *other)
{
  SeedanceRecord kept = *record;

  *record = *other;
  *other = kept;
}

/* Two kinds of tasks surely do not come from the order in doubt: one that the
 * ledger knew before the order, and one that another row of the same order
 * has. */
gboolean
seedance_ledger_resolve (
    const gchar *dir, const gchar *identity, SeedanceRecord *record)
{
  const SeedanceClaim claim = { .identity = identity };
  Look look = { .dir = dir, .claim = &claim };
  g_autoptr (SeedanceRecord) placed = NULL;
  gboolean found;

  look.db = seedance_db_begin (dir, SEEDANCE_DB_DECIDE, NULL);
  if (!look.db)
    return FALSE;
  look_up (&look);
  found = !look.error && look.open && seedance_record_is_in_doubt (look.open) &&
          record->created >= look.open->created &&
          !has_other_of_task (look.db, identity, record);
  if (found)
    placed = take_place (look.db, look.open, record);
  found = placed != NULL;
  found = seedance_db_end (look.db, found, NULL) && found;
  /* @record may change only if the ledger has. */
  if (found)
    exchange (record, placed);
  seedance_record_free (look.accepted);
  seedance_record_free (look.open);
  g_clear_error (&look.error);

  return found;
}
