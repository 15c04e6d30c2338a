/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what is set to what is played: items and their sources. */
#pragma once

#include "gstseedancesettings.h"
#include "playout-private.h"

G_BEGIN_DECLS

/* The items that the properties stand for: of `prompts`, or one of `prompt`,
 * `image` or `task-id`. */
GPtrArray *playout_make_items (
    const GstSeedanceSettings *request, const PlayoutSettings *settings);

/* A seedancesrc that orders the item, or fetches @task_id without ordering; for
 * a `uri` whatever reads that. NULL with SEEDANCE_ERROR_SETTINGS. */
GstElement *playout_make_source (const GstSeedanceSettings *request,
    const SeedanceItem *item, const gchar *task_id, const PlayoutImage *image,
    GError **error);

G_END_DECLS
