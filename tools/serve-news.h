/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contents of the page, as JSON: orders and costs from the ledger, which is
 * only read, and what was on air from an as-run log. All of it belongs to the
 * main thread; other threads read the files. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _ServeNews ServeNews;

/* Reads the state folder @dir, and the as-run log @as_run, which may be
 * NULL. */
ServeNews *serve_news_new (const gchar *dir, const gchar *as_run);
void serve_news_unref (ServeNews *news);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServeNews, serve_news_unref)

/* Answers @message with the newest @rows orders and everything else, or with
 * 304 if the client has the same answer already. Pauses @message if files have
 * to be read first. */
void serve_news_send (ServeNews *news, SoupServerMessage *message, guint rows);

G_END_DECLS
