/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request of a user's, for a thread that can wait: it costs nothing, and no job
 * is at it. */
#pragma once

#include "order.h"

G_BEGIN_DECLS

typedef struct _SeedanceQuestion SeedanceQuestion;

/* Asks @path below the base URL of @order, by @method (NULL = GET), with the key of
 * the order or without one. Blocks on the network until there is an answer or
 * surely none. Never NULL. */
SeedanceQuestion *seedance_question_ask (const SeedanceOrder *order,
    const gchar *method, const gchar *path, gboolean with_key);
void seedance_question_free (SeedanceQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceQuestion, seedance_question_free)

/* The status of HTTP; 0 when no whole answer came. */
guint seedance_question_get_status (const SeedanceQuestion *question);

/* The body of the answer, and a NUL behind it. */
const gchar *seedance_question_get_body (
    const SeedanceQuestion *question, gsize *size);

/* Where it went, for what reads the answer. */
const gchar *seedance_question_get_url (const SeedanceQuestion *question);

/* How it went: "HTTP 409" with @words, the service's, or why there is no answer.
 * @words may be NULL. g_free(). */
gchar *seedance_question_describe (
    const SeedanceQuestion *question, const gchar *words);

G_END_DECLS
