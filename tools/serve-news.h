/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the page shows, as JSON: from the ledger, which is only read, and from an
 * as-run log. All of it belongs to the main thread; files are read in others. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _ServeNews ServeNews;

/* Of the state folder @dir, and of the log @as_run, which may be NULL. */
ServeNews *serve_news_new (const gchar *dir, const gchar *as_run);
void serve_news_unref (ServeNews *news);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServeNews, serve_news_unref)

/* Answers @message with the newest @rows orders and all the rest; with a 304
 * when it says that it has the same already. */
void serve_news_send (ServeNews *news, SoupServerMessage *message, guint rows);

G_END_DECLS
