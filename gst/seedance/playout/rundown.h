/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rundown: the list of items that a playout shows, in order, and the file
 * that the list can come from. Uses GLib and cJSON only.
 *
 * Times are nanoseconds. An item is reference counted, never changes after it
 * was made, and may be used by any thread. A SeedanceRundown has no lock: its
 * user holds one; no call blocks. A SeedanceRundownFile belongs to one
 * thread. */
#pragma once

#include "asrun.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id; /* unique in a rundown */
  /* Makes equal requests different orders. Lines of a file and enqueued items
   * have their id here. Items of `prompt` and `prompts` have NULL at the first
   * appearance of a text and "2", "3" and so on at the next ones, so that
   * inserting a prompt does not order the others again. */
  gchar *instance;
  /* The request: from the name of a property of seedancesrc (prompt, image,
   * resolution, duration, …) to its value as text; extra-params is a JSON
   * object. NULL if `uri` or `task_id` stands for the clip. A line with an
   * unknown name is refused, because a misspelt one would buy the wrong
   * clip. */
  GHashTable *fields;
  gchar *task_id;  /* the clip of this task, without an order; NULL */
  gchar *uri;      /* any file or address, always as a URI; NULL */
  gint64 in;       /* where the item begins in the clip; 0 */
  gint64 out;      /* where it ends; -1 = at the clip's end */
  gchar *metadata; /* JSON text that is only passed through; NULL */
  gboolean replay; /* made by seedance_item_new_replay() */
} SeedanceItem;

SeedanceItem *seedance_item_ref (SeedanceItem *item);
void seedance_item_unref (SeedanceItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceItem, seedance_item_unref)

/* Makes an item of one line of JSON: {"id": …, "prompt": …, "in": seconds,
 * "out": seconds, "metadata": anything}. It needs an id and at least one of
 * prompt, image, task-id, uri. If there is a task-id, the request is dropped. A
 * relative path starts at @folder, or at the working directory if that is NULL.
 * Returns NULL with G_IO_ERROR_INVALID_DATA and a text for users. */
SeedanceItem *seedance_item_from_json (
    const gchar *line, const gchar *folder, GError **error);

/* Returns TRUE if playing the item may cost money. */
gboolean seedance_item_is_order (const SeedanceItem *item);

/* Returns an item for each prompt, in order. The id depends on the text and on
 * how often the text came before, not on the place. Transfer full. */
GPtrArray *seedance_items_from_prompts (const gchar *const *prompts);

typedef struct _SeedanceRundown SeedanceRundown;

SeedanceRundown *seedance_rundown_new (void);
void seedance_rundown_free (SeedanceRundown *rundown);

/* The list holds the items that were neither finished nor removed, begun or
 * not. Items are returned transfer none; NULL if there is none. */
guint seedance_rundown_get_length (SeedanceRundown *rundown);
SeedanceItem *seedance_rundown_get (SeedanceRundown *rundown, guint index);
SeedanceItem *seedance_rundown_find (SeedanceRundown *rundown, const gchar *id);

gboolean seedance_rundown_is_begun (SeedanceRundown *rundown, const gchar *id);
/* Returns TRUE if the item was begun at least once. */
gboolean seedance_rundown_was_begun (SeedanceRundown *rundown, const gchar *id);
/* The same, and also if an earlier run began it: see
 * seedance_rundown_start_behind(). */
gboolean seedance_rundown_is_noted (SeedanceRundown *rundown, const gchar *id);
/* Set @begun to FALSE again if the attempt failed and may be repeated. The file
 * never changes an item that was ever begun, and the id of such an item stays
 * taken, because an order of it may be on its way. */
void seedance_rundown_set_begun (
    SeedanceRundown *rundown, const gchar *id, gboolean begun);

/* Takes the item @id off the list; its id stays taken. @played: it was whole on
 * air. If it was, and its clip can be had
 * without an order (from @task_id, or its own uri or task-id), it is kept for
 * replays. */
void seedance_rundown_finish (SeedanceRundown *rundown, const gchar *id,
    const gchar *task_id, gboolean played);

/* Returns an item that was played, made so that it can never be ordered: the
 * one that was replayed or played longest ago. So the same one comes twice in a
 * row only if there is no other. Transfer full; NULL if there is none. */
SeedanceItem *seedance_rundown_replay (SeedanceRundown *rundown);

/* The same for all clips of the item @id. Returns TRUE if there was one. */
gboolean seedance_rundown_drop_replays (
    SeedanceRundown *rundown, const gchar *id);
guint seedance_rundown_count_replays (SeedanceRundown *rundown);
/* Returns TRUE if the clip of @replay, which was made for it, is still kept: it
 * may be under another id meanwhile. */
gboolean seedance_rundown_keeps_replay (
    SeedanceRundown *rundown, const SeedanceItem *replay);
/* Does not keep that clip any more. Returns TRUE if it was kept. */
gboolean seedance_rundown_forget_replay (
    SeedanceRundown *rundown, const SeedanceItem *replay);

/* All of these return FALSE with an error of G_IO_ERROR: EXISTS if the id of a
 * new item is or was in the list, NOT_FOUND if @id or @before is not in it.
 * @before is an id, or NULL for the end. An item that was begun can be moved,
 * too. */
gboolean seedance_rundown_enqueue (
    SeedanceRundown *rundown, SeedanceItem *item, GError **error);
gboolean seedance_rundown_insert (SeedanceRundown *rundown, SeedanceItem *item,
    const gchar *before, GError **error);
gboolean seedance_rundown_move (SeedanceRundown *rundown, const gchar *id,
    const gchar *before, GError **error);
/* Removes all items but the one with the id @kept, which may be NULL, and all
 * that was kept for replays. */
void seedance_rundown_clear (SeedanceRundown *rundown, const gchar *kept);
/* The id of an item that was ever begun stays taken, because an order of it may
 * be on its way. */
gboolean seedance_rundown_remove (
    SeedanceRundown *rundown, const gchar *id, GError **error);

/* Makes the list follow the file, which now holds @items (SeedanceItem).
 * - New ids go where they stand in the file, but never before the items at the
 *   head of the list that were begun.
 * - An item that was never begun gets its new contents.
 * - An item that is not begun is removed if the file has it no more.
 * - Items that are begun, played or failed stay as they are, and so do enqueued
 *   ones.
 * - Lines that changed places in the file change them in the list, too. */
void seedance_rundown_merge (SeedanceRundown *rundown, GPtrArray *items);

/* Continues behind what an earlier run played, as told by its as-run log.
 * Removes the item that was on air last, if the list has it, and all before it,
 * except for what was begun and is not done: it may be paid for.
 * Removes everything else that was on air or passed over, and takes those ids,
 * in case their lines come later. Other items behind the last one on air are
 * still to be played, although items behind them may have failed already. If
 * the file comes late, what was begun or enqueued meanwhile stays. Clips that
 * were whole on air are kept for replays. @more: this will be called again when
 * the file has come, so no id is taken that the list does not have. Returns the
 * id of that last item, owned by @past; NULL if there is none. */
const gchar *seedance_rundown_start_behind (
    SeedanceRundown *rundown, const SeedancePast *past, gboolean more);

typedef struct _SeedanceRundownFile SeedanceRundownFile;

/* @items: everything that the file holds, in order (transfer none). @errors: a
 * text for each unusable line, such as "day.jsonl, line 3: …". While an error
 * stands its text is passed only once. */
typedef void (*SeedanceRundownFunc) (
    GPtrArray *items, GPtrArray *errors, gpointer user_data);

/* Reads @path. @func is called once before this returns, then by
 * seedance_rundown_file_look() whenever the contents or the errors changed.
 * Lines that are blank or begin with # are skipped.
 * - A last line without a newline is read if it is a whole object. Otherwise
 *   the rest of it is waited for.
 * - A file that does not exist yet counts as empty.
 * - If the file disappears or cannot be read any more, what was read before
 *   stays.
 * - If the file has lost lines, they are taken as lost when the file has not
 *   changed for a second, because editors empty a file before they write it. In
 *   a file that changes all the time, when they were missing for ten
 *   seconds. */
SeedanceRundownFile *seedance_rundown_file_new (
    const gchar *path, SeedanceRundownFunc func, gpointer user_data);
void seedance_rundown_file_free (SeedanceRundownFile *file);
/* Replaces the ten seconds by @time, in microseconds, so that a test need not
 * wait for them. */
void seedance_rundown_file_set_missing_max (
    SeedanceRundownFile *file, gint64 time);
/* Looks at the file if its time has come. Returns when to call this again
 * (monotonic, nanoseconds). */
gint64 seedance_rundown_file_look (SeedanceRundownFile *file);

G_END_DECLS
