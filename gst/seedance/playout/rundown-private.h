/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the rundown share: the list itself, and how items are
 * made. */
#pragma once

#include <cjson/cJSON.h>

#include "rundown.h"

G_BEGIN_DECLS

typedef struct {
  SeedanceItem *item;
  gboolean begun;
  gboolean was_begun; /* was begun at least once; may have been ordered */
  gboolean noted;     /* was begun in an earlier run, as its log says */
  gboolean from_file;
  gboolean gone; /* seedance_rundown_sweep() takes it out */
} SeedanceEntry;

struct _SeedanceRundown {
  GPtrArray *entries;
  GHashTable *by_id; /* the same by id, because lists may be long */
  /* All ids that no new item may have: those of items that are in the list,
   * were finished, or were removed after they had been begun. */
  GHashTable *taken;
  /* Ids of lines that the application removed before they were begun. The list
   * does not take them from the file again. When the file has such an id no
   * more, it is free. */
  GHashTable *dropped;
  GPtrArray *file_order; /* ids in the order of the file as last read */
  GQueue replays;        /* SeedanceItem, the oldest first */
  GHashTable *replay_links; /* their links, to find those of a clip at once */
};

SeedanceEntry *seedance_rundown_entry_at (
    SeedanceRundown *rundown, guint index);
/* Makes an entry of @item and takes its id. The caller puts it into the
 * list. */
SeedanceEntry *seedance_rundown_take_in (
    SeedanceRundown *rundown, SeedanceItem *item, gboolean from_file);
/* Takes out all entries that are marked as gone, at once: to take many out of a
 * long list one by one would move the rest of it each time. */
void seedance_rundown_sweep (SeedanceRundown *rundown);

/* Returns a copy of @item that reads the clip from its uri, or from @task_id
 * (NULL = its own), so that it can never be ordered. Transfer full. */
SeedanceItem *seedance_item_new_replay (
    const SeedanceItem *item, const gchar *task_id);

/* Reads the fields of @line into @item. Relative paths start at @folder. */
gboolean seedance_item_read_fields (
    SeedanceItem *item, const cJSON *line, const gchar *folder, GError **error);
/* Sets @error and returns FALSE. */
gboolean seedance_item_refuse (GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

G_END_DECLS
