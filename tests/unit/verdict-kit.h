/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Helpers for the tests of verdicts: answers, the replies that hold them, and
 * what errors say. */
#pragma once

#include "verdict.h"

#define VERDICT_ADDRESS "https://api.example/v1/videos/"

/* Bodies of an error with this code, and of one that has only these words. */
#define ERROR(code) "{'error':{'code':'" code "','message':'Own words.'}}"
#define WORDS(words) "{'error':{'message':'" words "'}}"

/* Reads a body with ' for "; NULL stands for an empty one. Free with
 * seedance_answer_free(). */
SeedanceAnswer *verdict_read_body (const gchar *body);

/* The same with a profile's "answer", @more, which is written so, too. */
SeedanceAnswer *verdict_read_body_as (const gchar *body, const gchar *more);

/* Returns the reply to an order, or to a poll, that holds @answer. */
SeedanceReply verdict_make_submit (guint status, const SeedanceAnswer *answer);
SeedanceReply verdict_make_poll (guint status, const SeedanceAnswer *answer);

/* Fails if @words, unless they are NULL, are not in the text of @error. */
void verdict_assert_text_has (const GError *error, const gchar *words);
