/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes items of the element's properties, and source elements of items. */
#pragma once

#include "gstseedancesettings.h"
#include "playout-private.h"

G_BEGIN_DECLS

/* Returns the items that the properties stand for: one for each of `prompts`,
 * or a single one for `task-id`, `prompt` or `image`; may be empty. Transfer
 * full. */
GPtrArray *playout_make_items (
    const GstSeedanceSettings *request, const PlayoutSettings *settings);

/* Returns a floating source for @item. For a `uri` that is the element that
 * reads it. Otherwise it is a seedancesrc with the settings @request, which
 * fetches @task_id if that is set, and else orders what the fields of the item
 * ask for. @image may be NULL. Returns NULL with an error, of
 * SEEDANCE_ERROR_SETTINGS for a seedancesrc. */
GstElement *playout_make_source (const GstSeedanceSettings *request,
    const SeedanceItem *item, const gchar *task_id, const PlayoutImage *image,
    GError **error);

G_END_DECLS
