/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ledger's files share. */
#pragma once

#include "ledger-rows.h"
#include "ledger.h"

G_BEGIN_DECLS

/* @error, which comes before an order, with what that cost. */
GError *seedance_ledger_nothing_ordered (GError *error);

/* The path of the clip @name. g_free(). */
gchar *seedance_ledger_make_clip_path (const gchar *dir, const gchar *name);

/* Deletes the files of the clip @name. */
void seedance_ledger_remove_clip (const gchar *dir, const gchar *name);

G_END_DECLS
