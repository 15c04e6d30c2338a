/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds out which clip passes through a seedancemark: the clip of a seedancesrc
 * upstream of it, or of a task in the ledger. These functions may be called
 * from any thread. */
#pragma once

#include "mark-tags.h"

G_BEGIN_DECLS

/* Follows the links upstream from @pad, a sink pad, through all elements and
 * bins. Returns how many seedancesrc it finds. If it finds exactly one, fills
 * @facts with what is known of its clip; else leaves them empty. @facts have to
 * be zeroed. Does not block. */
guint mark_find_source (GstPad *pad, MarkFacts *facts);

/* Fills @facts, which have to be zeroed, from the newest ledger row of @task_id
 * in @state_dir (NULL: the default folder). Returns FALSE with
 * SEEDANCE_ERROR_SETTINGS if there is no such task, or if several services have
 * one of that id, and with an error of the ledger if it cannot be read. Reads
 * the disk. */
gboolean mark_find_task (const gchar *state_dir, const gchar *task_id,
    MarkFacts *facts, GError **error);

G_END_DECLS
