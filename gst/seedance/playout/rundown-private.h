/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the rundown share. */
#pragma once

#include <cjson/cJSON.h>

#include "rundown.h"

G_BEGIN_DECLS

typedef struct {
  SeedanceItem *item;
  gboolean begun;
  gboolean was_begun; /* ever: an order may be on its way */
  gboolean from_file;
} SeedanceEntry;

struct _SeedanceRundown {
  GPtrArray *entries;
  GHashTable *by_id; /* the same: long lists are looked through at each look */
  /* All ids that no new item may have: of what is in the list, was finished, or
   * was removed when it had been begun. */
  GHashTable *taken;
  /* Ids of lines that were removed by hand and were never begun: they are not
   * taken back from the file, and are free when it has them no more. */
  GHashTable *dropped;
  GPtrArray *file_order; /* ids as the file had them last */
  GQueue replays;        /* SeedanceItem, the oldest first */
};

SeedanceEntry *seedance_rundown_entry_at (
    SeedanceRundown *rundown, guint index);
void seedance_rundown_insert_at (SeedanceRundown *rundown, SeedanceItem *item,
    guint index, gboolean from_file);
void seedance_rundown_remove_at (SeedanceRundown *rundown, guint index);

/* @item once more, from @task_id (NULL = its own) or its uri, so that it can
 * never be ordered. */
SeedanceItem *seedance_item_new_replay (
    const SeedanceItem *item, const gchar *task_id);

/* Reads the fields of @line into @item. Paths start at @folder. */
gboolean seedance_item_read_fields (
    SeedanceItem *item, const cJSON *line, const gchar *folder, GError **error);
/* Sets @error; returns FALSE. */
gboolean seedance_item_refuse (GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

G_END_DECLS
