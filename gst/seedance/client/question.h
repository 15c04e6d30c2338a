/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question is a single request that blocks its caller, as the command-line
 * tools send it. It belongs to no job and spends no money. */
#pragma once

#include "order.h"

G_BEGIN_DECLS

typedef struct _SeedanceQuestion SeedanceQuestion;

/* Sends @method (NULL = GET) to @path below the base URL of @order, with the
 * key of @order if @with_key. Blocks until there is an answer, or surely none;
 * not for the network thread. @order must outlive the question, and
 * seedance_http_ensure() must have succeeded. Never returns NULL. */
SeedanceQuestion *seedance_question_ask (const SeedanceOrder *order,
    const gchar *method, const gchar *path, gboolean with_key);
void seedance_question_free (SeedanceQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceQuestion, seedance_question_free)

/* The HTTP status; 0 if no whole answer came. */
guint seedance_question_get_status (const SeedanceQuestion *question);

/* The body, of *@size bytes with a NUL behind them. Owned by @question. */
const gchar *seedance_question_get_body (
    const SeedanceQuestion *question, gsize *size);

/* The URL that was asked, because links in an answer may be relative to it.
 * Owned by @question. */
const gchar *seedance_question_get_url (const SeedanceQuestion *question);

/* The outcome for an error text: the HTTP status with @words, or the reason why
 * there is no answer. @words are the service's own, or NULL. g_free(). */
gchar *seedance_question_describe (
    const SeedanceQuestion *question, const gchar *words);

G_END_DECLS
