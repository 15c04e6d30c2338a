/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guesses which word a mistyped one was meant to be. Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the one of @words (NULL-terminated) that is closest to @typed, or
 * that other programs call @typed; NULL if none is close. */
const gchar *tasks_suggest (const gchar *typed, const gchar *const *words);

G_END_DECLS
