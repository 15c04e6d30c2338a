/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the rundown share. */
#pragma once

#include "rundown.h"

G_BEGIN_DECLS

/* @item once more, from @task_id (NULL = its own) or its uri, so that it can
 * never be ordered. */
SeedanceItem *seedance_item_new_replay (
    const SeedanceItem *item, const gchar *task_id);

G_END_DECLS
