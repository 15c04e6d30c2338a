/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the records of a ledger folder spell the services they are of. */
#pragma once

#include "ledger.h"

G_BEGIN_DECLS

/* Every base URL of @provider's records in @dir that is another spelling of the
 * normal form @base_url, once, that of the newest record first. Versions that
 * spelled it otherwise write no more records, so a folder is read once per
 * process; again only while it holds nothing, or something that is no record. What is damaged for good is left out:
 * like every record under another name it does not keep an order from going out.
 * Error: SETTINGS, for a folder or a record that cannot be read just now, which
 * may be the one that is looked for. Any thread. Free with
 * g_ptr_array_unref(). */
GPtrArray *seedance_ledger_find_spellings (const gchar *dir,
    const gchar *provider, const gchar *base_url, GError **error);

G_END_DECLS
