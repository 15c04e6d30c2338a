/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of seedanceplayout that are not those of an order. */
#pragma once

#include "playout-private.h"

G_BEGIN_DECLS

/* From id @first on; returns the next free one. */
guint playout_properties_install (GObjectClass *klass, guint first);
void playout_properties_init (PlayoutSettings *settings);

/* FALSE when @id is none of them. */
gboolean playout_properties_set (
    PlayoutSettings *settings, guint id, const GValue *value);
gboolean playout_properties_get (
    const PlayoutSettings *settings, guint id, GValue *value);

/* Those that may change while it runs. */
void playout_properties_update (
    PlayoutSettings *settings, const PlayoutSettings *from);

void playout_properties_mark_plugin_api (void);

G_END_DECLS
