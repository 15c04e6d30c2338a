/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes items of the element's properties, and source elements of items. */
#pragma once

#include "gstseedancesettings.h"
#include "playout-private.h"

G_BEGIN_DECLS

/* These two give `reuse` and `attempts` the defaults of a playout, for which an
 * item of a rundown is one order: `always`, so that every run plays the clip
 * that was bought, and 1, so that an item whose task failed is not ordered
 * again by each later run. The first one changes the properties of @klass, the
 * second one @request. */
void playout_source_install_defaults (GObjectClass *klass);
void playout_source_init (GstSeedanceSettings *request);

/* Returns the rundown that a run begins with: the items that the properties
 * stand for (one for each of `prompts`, or a single one for `task-id`, `prompt`
 * or `image`), then those of @queued. @errors gets a GError for each of the
 * latter whose id one of the former has. Transfer full. */
SeedanceRundown *playout_make_rundown (const GstSeedanceSettings *request,
    const PlayoutSettings *settings, SeedanceRundown *queued,
    GPtrArray *errors);

/* Returns a floating source for @item. For a `uri` that is the element that
 * reads it. Otherwise it is a seedancesrc with the settings @request, which
 * fetches @task_id if that is set, and else orders what the fields of the item
 * ask for. @image may be NULL. Returns NULL with an error, of
 * SEEDANCE_ERROR_SETTINGS for a seedancesrc. */
GstElement *playout_make_source (const GstSeedanceSettings *request,
    const SeedanceItem *item, const gchar *task_id, const PlayoutImage *image,
    GError **error);

G_END_DECLS
