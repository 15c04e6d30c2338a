/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files share that judge answers: rules, and errors that quote the
 * service. Pure functions. */
#pragma once

#include "verdict.h"

G_BEGIN_DECLS

/* Tests what an answer's error is about. */
typedef gboolean (*SeedanceVerdictTopic) (const SeedanceAnswer *answer);

/* A rule: what an answer with one of these HTTP statuses, about this topic,
 * means. */
typedef struct {
  guint from, to;
  SeedanceVerdictTopic topic; /* NULL = any */
  SeedanceVerdict verdict;
  SeedanceErrorCode code;
  const gchar *what;
  const gchar *next;
  gboolean address; /* show the address, which may be wrong */
} SeedanceVerdictRule;

#define CHECK_KEY \
  "Check the key (SEEDANCE_API_KEY or api-key-file) and that base-url and " \
  "provider are the ones that it belongs to"
#define REFUSED(code) SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_##code
#define WAIT(code) SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_##code

/* Returns TRUE if one of @words (in small letters, ended by NULL) is a part of
 * @text, whatever its case. @text may be NULL. */
gboolean seedance_verdict_mentions (const gchar *text,
    const gchar *const *words);

/* Topics: too many requests or tasks. */
gboolean seedance_verdict_is_about_speed (const SeedanceAnswer *answer);

/* Topics: the account's money, and the service's moderation. */
gboolean seedance_verdict_is_about_money (const SeedanceAnswer *answer);
gboolean seedance_verdict_is_about_moderation (const SeedanceAnswer *answer);

/* Returns the first rule of @rules that fits. The last one has to fit any
 * status. */
const SeedanceVerdictRule *seedance_verdict_find_rule (
    const SeedanceVerdictRule *rules, guint status,
    const SeedanceAnswer *answer);

gboolean seedance_verdict_is_success (guint status);

/* An envelope that refuses with HTTP 200 often has the right HTTP status as its
 * code. Returns that, or @otherwise if there is none. */
guint seedance_verdict_read_status (const SeedanceAnswer *answer,
    guint otherwise);

/* Returns TRUE if @id looks like one. Ids come from headers and settings, and
 * only such ones are shown. */
gboolean seedance_verdict_is_showable (const gchar *id);

/* Returns the id of the task that was asked for, as it may be shown. */
const gchar *seedance_verdict_get_task (const SeedanceReply *reply);

/* Returns ' (HTTP 429, code X, request Y): "the service's words".' Free with
 * g_free(). */
gchar *seedance_verdict_quote (const SeedanceReply *reply);

/* Returns " The address asked was …." Free with g_free(). */
gchar *seedance_verdict_describe_address (const SeedanceReply *reply);

/* Sets @error, with what @reply tells as its details. @task_id may be NULL. */
void seedance_verdict_raise (GError **error, const SeedanceReply *reply,
    const gchar *task_id, SeedanceErrorCode code, gboolean retryable,
    const gchar *format, ...) G_GNUC_PRINTF (6, 7);

G_END_DECLS
