/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the reader share. */
#pragma once

#include "answer.h"
#include "json.h"

G_BEGIN_DECLS

/* The words for people in @node, whatever shape they have: a string, a list, an
 * object with a message, a validator's "loc" and "msg". On one line, without
 * @secret. NULL when there are none, or when they only say that all is well.
 * g_free(). */
gchar *seedance_answer_read_words (const cJSON *node, const gchar *secret);

/* Whether a text says that a request went well: "ok", "SUCCEED", "request
 * successful". */
gboolean seedance_answer_is_success_text (const gchar *text);

/* How services number a success: 0, 1, 200 and their like. */
gboolean seedance_answer_is_success_code (gint64 code);

/* Percent as digits. An integer is a percentage, 1 too; a number with a fraction
 * is a share of 1 up to there and a percentage above; "%" settles it. NULL when
 * it is neither. g_free(). */
gchar *seedance_answer_read_progress (const cJSON *node);

/* Whether a string alone in a container is an id: it can be no word, no link and
 * no sentence. Where the answer is not @sure to be of a success, it may also say
 * what is wrong, so it needs a digit. */
gboolean seedance_answer_is_bare_id (const gchar *id, gboolean sure);

/* Whether a member says nothing: null, false, 0, "", {} or []. */
gboolean seedance_answer_is_empty (const cJSON *node);

/* A link as browsers would take it: without blanks around it, with %20 for
 * those in it, and relative to @address (may be NULL); apart from that byte for
 * byte, for signatures cover every one. NULL unless it is http or https to a
 * host, without credentials, control characters and backslashes. g_free(). */
gchar *seedance_answer_mend_link (const gchar *raw, const gchar *address);

G_END_DECLS
