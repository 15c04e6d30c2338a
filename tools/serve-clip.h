/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends stored clips to a browser, whole or in ranges. Other threads wait for
 * the disk; all else runs on the main thread. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Answers @message with the clip of the record @name in the state folder @dir,
 * or with 404. The ledger has to say that the clip is stored, and its file has
 * to be in that folder itself and not a link. Changes nothing in the folder. */
void serve_clip_send (
    SoupServerMessage *message, const gchar *dir, const gchar *name);

G_END_DECLS
