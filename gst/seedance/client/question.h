/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question is a single request that blocks its caller, as the command-line
 * tools send it. It belongs to no job and spends no money. */
#pragma once

#include "answer.h"
#include "order.h"

G_BEGIN_DECLS

/* A question that was answered. All fields belong to it. */
typedef struct {
  guint status;           /* HTTP status; 0 = no whole answer came */
  GString *body;          /* as it came, with a NUL behind it */
  SeedanceAnswer *answer; /* what could be read in the body; never NULL */
  gchar *told; /* the outcome for an error text: "HTTP 404" with the service's
                * own words, or the reason why there is no answer */
} SeedanceQuestion;

/* Sends @method (NULL = GET) to @path below the base URL of @order, with the
 * key of @order if @with_key. Blocks until there is an answer, or surely none;
 * not for the network thread. seedance_http_ensure() must have succeeded. Never
 * returns NULL. */
SeedanceQuestion *seedance_question_ask (const SeedanceOrder *order,
    const gchar *method, const gchar *path, gboolean with_key);
void seedance_question_free (SeedanceQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceQuestion, seedance_question_free)

G_END_DECLS
