/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SQL that creates the database and brings an older one up to date. */

#include "ledger-schema.h"

/* One row is one attempt: an order that went out or is about to, or a task that
 * the user named. A forgotten row stays, because it may have cost money. A row
 * is deleted only if surely nothing was accepted. Times are seconds since the
 * epoch. */
static const gchar first[] =
    /* A commit writes whole pages: small ones need less free disk. */
    "PRAGMA page_size = 1024;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE attempts ("
    /* Later rows have higher ids. */
    " id INTEGER PRIMARY KEY,"
    /* 32 hex digits; NAME.mp4 is the clip. */
    " name TEXT NOT NULL UNIQUE,"
    " state TEXT NOT NULL,"
    /* Fingerprint of the request; NULL for a task that the user named. */
    " identity TEXT,"
    /* Ordered with reuse=never beside another row: no order leads here. */
    " beside INTEGER NOT NULL DEFAULT 0,"
    " forgotten INTEGER NOT NULL DEFAULT 0,"
    /* Clips of one kind take about the same time to generate. */
    " kind TEXT,"
    " provider TEXT NOT NULL, base_url TEXT NOT NULL, key_hash TEXT,"
    " prompt TEXT, resolution TEXT, duration INTEGER, instance TEXT,"
    " task_id TEXT, named INTEGER NOT NULL DEFAULT 0,"
    " reason TEXT, words TEXT,"
    " created INTEGER NOT NULL, updated INTEGER NOT NULL,"
    " size INTEGER, stored INTEGER NOT NULL DEFAULT 0,"
    " seed INTEGER, tokens INTEGER, cost TEXT, generation_ms INTEGER,"
    /* The process that orders: host and boot, process id, start time. */
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

/* The machine that ordered last, and when; for network shares. Two processes
 * may run this step one after the other, hence IF NOT EXISTS. */
static const gchar second[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS machine ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " host TEXT NOT NULL, boot TEXT NOT NULL, seen INTEGER NOT NULL"
    ") STRICT;"
    "PRAGMA user_version = 2;"
    "COMMIT;";

/* steps[n] leads from version n to version n + 1. */
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
