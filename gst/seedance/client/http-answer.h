/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the headers of an answer tell. Pure functions, safe on hostile input. */
#pragma once

#include "http.h"

G_BEGIN_DECLS

/* Frees what the answer holds. */
void seedance_http_answer_clear (SeedanceHttpAnswer *answer);

/* Clears it and makes it one that told nothing yet, with an empty body. */
void seedance_http_answer_reset (SeedanceHttpAnswer *answer);

/* Takes in one header; names in any case, values trimmed. */
void seedance_http_answer_take_header (
    SeedanceHttpAnswer *answer, const gchar *name, const gchar *value);

/* After the last header: what the headers say together. */
void seedance_http_answer_complete (SeedanceHttpAnswer *answer);

G_END_DECLS
