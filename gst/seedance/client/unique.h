/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 32 hex digits that nobody else draws, not a fork of this process either.
 * Free with g_free(). */
gchar *seedance_unique (void);

G_END_DECLS
