/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the answer reader share: functions that read one value
 * each, a text, a number, an id or a link. Pure functions. */
#pragma once

#include "answer.h"
#include "json.h"

G_BEGIN_DECLS

/* Returns the text for people in @node, which may be a string, a list, an
 * object with a message, or a validator's "loc" and "msg". The result is one
 * line without @secret; NULL if there is no text, or only one like "success".
 * Free with g_free(). */
gchar *seedance_answer_read_words (const cJSON *node, const gchar *secret);

/* Returns TRUE if @text says that a request went well: "ok", "SUCCEED",
 * "request successful". */
gboolean seedance_answer_is_success_text (const gchar *text);

/* Returns TRUE if @code is one that services use for success, such as 0, 1 or
 * 200. */
gboolean seedance_answer_is_success_code (gint64 code);

/* Returns the percentage in @node as digits. An integer, also 1, is a
 * percentage. A fraction below 1 is a share of 1, and a larger one a
 * percentage. With a "%" every number is a percentage. NULL if @node holds
 * none. Free with g_free(). */
gchar *seedance_answer_read_progress (const cJSON *node);

/* Returns TRUE if @id, a string that stands alone in a container, can be a task
 * id: no status word, no link, no sentence. If the answer may be an error
 * (@sure is FALSE), the string could be an error word, so an id needs a digit
 * then. */
gboolean seedance_answer_is_bare_id (const gchar *id, gboolean sure);

/* Returns TRUE if @node says nothing: null, false, 0, "", {} or []. */
gboolean seedance_answer_is_empty (const cJSON *node);

/* Reads a link as browsers do: blanks around it are removed, those inside
 * become %20, and a relative link is resolved against @address (may be NULL).
 * All other bytes stay as they are, because a signature may cover each of them.
 * NULL unless it is an http or https link to a host, without credentials,
 * control characters and backslashes. Free with g_free(). */
gchar *seedance_answer_mend_link (const gchar *raw, const gchar *address);

G_END_DECLS
