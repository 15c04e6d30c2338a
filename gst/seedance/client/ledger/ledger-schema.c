/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ledger-schema.h"

/* One row an attempt: an order that went out or is about to, or a task that the
 * user named. What it costs stays when it is forgotten; only one for which
 * surely nothing was accepted is deleted. Times are seconds since the epoch. */
static const gchar first[] =
    /* A commit writes whole pages, and a full disk leaves few. */
    "PRAGMA page_size = 1024;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE attempts ("
    /* The order in which they came. */
    " id INTEGER PRIMARY KEY,"
    /* 32 hex digits; NAME.mp4 is the clip. */
    " name TEXT NOT NULL UNIQUE,"
    " state TEXT NOT NULL,"
    /* Fingerprint of what was asked for; NULL of a task that was named. */
    " identity TEXT,"
    /* Placed with reuse=never while there was another: no order leads to it. */
    " beside INTEGER NOT NULL DEFAULT 0,"
    " forgotten INTEGER NOT NULL DEFAULT 0,"
    /* What clips are alike in how long they take. */
    " kind TEXT,"
    " provider TEXT NOT NULL, base_url TEXT NOT NULL, key_hash TEXT,"
    " prompt TEXT, resolution TEXT, duration INTEGER, instance TEXT,"
    " task_id TEXT, named INTEGER NOT NULL DEFAULT 0,"
    " reason TEXT, words TEXT,"
    " created INTEGER NOT NULL, updated INTEGER NOT NULL,"
    " size INTEGER, stored INTEGER NOT NULL DEFAULT 0,"
    " seed INTEGER, tokens INTEGER, cost TEXT, generation_ms INTEGER,"
    /* Who orders: host and boot, process, and when that started. */
    " owner_host TEXT, owner_pid INTEGER, owner_start INTEGER"
    ") STRICT;"
    "CREATE INDEX attempts_identity ON attempts (identity, id);"
    "CREATE INDEX attempts_task ON attempts (task_id);"
    "CREATE INDEX attempts_created ON attempts (created);"
    "CREATE INDEX attempts_kind ON attempts (kind, id)"
    " WHERE generation_ms >= 0;"
    "CREATE INDEX attempts_stored ON attempts (id) WHERE stored;"
    "PRAGMA application_id = 0x73656564;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

/* The machine that ordered last, and when; kept on network shares. Two processes
 * may get here at once. */
static const gchar second[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS machine ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " host TEXT NOT NULL, boot TEXT NOT NULL, seen INTEGER NOT NULL"
    ") STRICT;"
    "PRAGMA user_version = 2;"
    "COMMIT;";

/* From version 0, 1, … to the next one each. */
static const gchar *const steps[] = { first, second };

gint64
seedance_ledger_schema_version (void)
{
  return (gint64) G_N_ELEMENTS (steps);
}

const gchar *
seedance_ledger_schema_step (gint64 version)
{
  return steps[version];
}
