/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers that several files of the ledger share. */
#pragma once

#include "ledger-rows.h"
#include "ledger.h"

G_BEGIN_DECLS

/* Puts "Nothing was ordered and nothing is billed." in front of the text of
 * @error, which happened before an order went out. Returns @error. */
GError *seedance_ledger_nothing_ordered (GError *error);

/* The path of the clip of the row @name. Free with g_free(). */
gchar *seedance_ledger_make_clip_path (const gchar *dir, const gchar *name);

/* Deletes the clip of the row @name, or the part of it that is there. */
void seedance_ledger_remove_clip (const gchar *dir, const gchar *name);

G_END_DECLS
