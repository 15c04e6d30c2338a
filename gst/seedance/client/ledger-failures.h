/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tasks of one order that ended without a clip, in a row, kept beside the
 * records: a failing order must not be bought for ever. An order is known by
 * its fingerprint. No threads; calls block on the disk only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint count;
  gchar *task_id, *words; /* of the latest one; NULL without any */
} SeedanceFailures;

/* Notes that the service ended @task_id, in whose @words; each task counts once,
 * whoever sees its end. Best effort: where this cannot be written, an order
 * cannot either. */
void seedance_ledger_note_failure (const gchar *dir, const gchar *order,
    const gchar *task_id, const gchar *words);

/* What was noted since the last clip. FALSE with an error of G_FILE_ERROR when
 * that cannot be told. */
gboolean seedance_ledger_get_failures (const gchar *dir, const gchar *order,
    SeedanceFailures *failures, GError **error);
void seedance_failures_clear (SeedanceFailures *failures);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SeedanceFailures, seedance_failures_clear)

/* A clip came, or the user wants another try. @order may be NULL. */
void seedance_ledger_forget_failures (const gchar *dir, const gchar *order);

G_END_DECLS
