/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends stored clips, whole or in ranges. The disk is waited for in other
 * threads; all else belongs to the main one. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Answers @message with the clip of the record @name in the state folder @dir: a
 * file that the ledger names as stored, in that folder itself and not by a link.
 * Changes nothing there. */
void serve_clip_send (
    SoupServerMessage *message, const gchar *dir, const gchar *name);

G_END_DECLS
