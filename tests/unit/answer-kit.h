/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests what the reader finds in answers. */
#pragma once

#include "answer.h"

G_BEGIN_DECLS

/* An answer and what is found in it. The body is written with ' for ". What is
 * found is written on one line, each part only if it is there. The answer comes
 * from https://api.example/v1/videos/t-1; the key of its request is
 * "sk-7e57-k3y-0f-th3-l0c4l". */
typedef struct {
  const gchar *name;
  const gchar *body;
  const gchar *found;
  const gchar *profile; /* name of a provider, or an "answer" of a profile,
                         * with ' for "; NULL: none */
} AnswerShape;

/* Adds a test for each of the @n shapes, below the path @where. */
void answer_add_shapes (const gchar *where, const AnswerShape *shapes, gsize n);

G_END_DECLS
