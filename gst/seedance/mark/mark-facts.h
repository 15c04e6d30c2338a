/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which clip it is that comes by: of a source in the same pipeline, or of a task
 * in the ledger. Any thread. */
#pragma once

#include "mark-tags.h"

G_BEGIN_DECLS

/* Follows the links from @pad, a sink pad, upstream through all elements and
 * bins, and counts the seedancesrc that it comes to. With one, @facts are that
 * one's as far as they are known, else empty. Waits for nothing. */
guint mark_find_source (GstPad *pad, MarkFacts *facts);

/* @facts of the task that the ledger in @state_dir (NULL: the default one) has
 * under @task_id. FALSE with an error of SEEDANCE_ERROR_SETTINGS, or the
 * ledger's, when there is not exactly one. Reads the disk. */
gboolean mark_find_task (const gchar *state_dir, const gchar *task_id,
    MarkFacts *facts, GError **error);

G_END_DECLS
