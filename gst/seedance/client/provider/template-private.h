/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of templates share: template.c expands them, template-check.c
 * checks them when a profile is loaded. */
#pragma once

#include "template.h"

G_BEGIN_DECLS

#define SEEDANCE_TEMPLATE_ITEM "item"
#define SEEDANCE_TEMPLATE_EXTRA "extra-params."

/* One piece of a text: a value, "${name}", or plain text. */
typedef struct {
  const gchar *start; /* of the name, or of the plain text */
  gsize size;
  gboolean is_value;
  gboolean as_string; /* "${name:string}" */
  gboolean is_broken; /* a "${" without a "}" */
} SeedanceTemplatePiece;

/* Reads the piece at *@text and moves *@text behind it. Returns FALSE at the
 * end of the text. */
gboolean seedance_template_next_piece (
    const gchar **text, SeedanceTemplatePiece *piece);

/* Returns TRUE if @text is one value and nothing else. */
gboolean seedance_template_is_value (
    const gchar *text, SeedanceTemplatePiece *piece);

/* Returns the name in the braces, or the plain text. Free with g_free(). */
gchar *seedance_template_piece_name (const SeedanceTemplatePiece *piece);

/* Returns the member @name; NULL also if @node is no object. */
const cJSON *seedance_template_member (const cJSON *node, const gchar *name);

G_END_DECLS
