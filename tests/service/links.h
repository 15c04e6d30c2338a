/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clips' port remembers about signed links and about the requests that
 * are in progress. The settings url_uses, busy_status and newest_wins need
 * this. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Uses of each link, and the requests in progress. Safe to call from any
 * thread. */
typedef struct _Links Links;

Links *links_new (void);
void links_free (Links *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Links, links_free)

/* Returns a new number, which makes a link differ from all others. */
guint links_number (Links *links);

/* Counts one use of the link with @signature. Returns FALSE if the link had
 * been used @max times before (0: no limit). */
gboolean links_use (Links *links, const gchar *signature, guint max);

/* links_enter() notes that a request has begun and returns its number, which is
 * larger than all numbers before. links_leave() notes that a request has
 * ended. */
guint links_enter (Links *links);
void links_leave (Links *links);

/* Returns how many requests are in progress. */
guint links_count_present (Links *links);

/* Returns TRUE if no request has begun since request number @request. */
gboolean links_is_newest (Links *links, guint request);

/* Forgets how often links were used. Requests in progress stay counted. */
void links_reset (Links *links);

G_END_DECLS
