/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the clips' port remembers: how often each link was used, and which
 * requests are being answered. Safe to call from any thread. */
typedef struct _Links Links;

Links *links_new (void);
void links_free (Links *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Links, links_free)

/* A number that no other link has. */
guint links_number (Links *links);

/* Counts one use of the link with this @signature; FALSE when it had @max
 * (0: no limit). */
gboolean links_use (Links *links, const gchar *signature, guint max);

/* One request comes, and goes. The number that the first gives is larger than
 * those of all before. */
guint links_enter (Links *links);
void links_leave (Links *links);

/* How many have come and not gone. */
guint links_count_present (Links *links);

/* Whether nobody has come since. */
gboolean links_is_newest (Links *links, guint request);

void links_reset (Links *links);

G_END_DECLS
