/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of templates share. */
#pragma once

#include "template.h"

G_BEGIN_DECLS

#define SEEDANCE_TEMPLATE_ITEM "item"
#define SEEDANCE_TEMPLATE_EXTRA "extra-params."

/* One part of a text: a value between "${" and "}", or what is as it stands. */
typedef struct {
  const gchar *start; /* of the name, or of the text */
  gsize size;
  gboolean is_value;
  gboolean as_string; /* "${name:string}" */
  gboolean is_broken; /* a "${" without an end */
} SeedanceTemplatePiece;

/* Reads the piece at *@text and steps behind it; FALSE at the end. */
gboolean seedance_template_next_piece (
    const gchar **text, SeedanceTemplatePiece *piece);

/* Whether @text is one value and nothing else. */
gboolean seedance_template_is_value (
    const gchar *text, SeedanceTemplatePiece *piece);

/* What is between the braces, or the text as it stands. g_free(). */
gchar *seedance_template_piece_name (const SeedanceTemplatePiece *piece);

/* The member of that name; NULL also when @node is no object. */
const cJSON *seedance_template_member (const cJSON *node, const gchar *name);

G_END_DECLS
