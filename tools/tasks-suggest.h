/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a mistyped word was meant to be. Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one of @words (NULL-terminated) that is closest to @typed, or that is
 * called so elsewhere; NULL when none is close. */
const gchar *tasks_suggest (const gchar *typed, const gchar *const *words);

G_END_DECLS
