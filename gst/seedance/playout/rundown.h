/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a playout shall play, in order: items, the list of them, and the file
 * that the list can come from. GLib and cJSON only.
 *
 * Times are nanoseconds. An item never changes after it was made, may be used
 * by any thread and is reference counted. A SeedanceRundown has no lock of its
 * own: its user holds one (short, nothing here blocks). A SeedanceRundownFile
 * belongs to one thread. */
#pragma once

#include "asrun.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id; /* unique in a rundown */
  /* Makes equal requests different orders. For lines of a file and for
   * enqueued items the id. For `prompt` and `prompts` NULL at the first
   * appearance of a text and "2", "3", … at the next ones, so that inserting a
   * prompt does not buy its neighbours again. */
  gchar *instance;
  /* The request: name of the property of seedancesrc (prompt, image,
   * resolution, aspect-ratio, duration, seed, model, extra-params) to its value
   * as text; extra-params is JSON text of an object. NULL when `uri` or
   * `task_id` stands for the clip. A name that is not known is an error of the
   * line: a misspelt one would buy the wrong clip. */
  GHashTable *fields;
  gchar *task_id;  /* attach to this task, order nothing; NULL */
  gchar *uri;      /* any file or address (a path is made a URI); NULL */
  gint64 in;       /* first frame that is shown, from the clip's start; 0 */
  gint64 out;      /* end; -1 = the clip's end */
  gchar *metadata; /* JSON text, opaque, echoed; NULL */
  gboolean replay; /* from seedance_rundown_replay() */
} SeedanceItem;

SeedanceItem *seedance_item_ref (SeedanceItem *item);
void seedance_item_unref (SeedanceItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceItem, seedance_item_unref)

/* From one line as the file has it: {"id": …, "prompt": …, "in": seconds,
 * "out": seconds, "metadata": anything}. Needs an id and one of prompt, image,
 * task-id, uri; a task-id goes before a request, which is dropped. @folder is
 * where a `uri` that is a relative path starts; NULL = the working directory.
 * Error: G_IO_ERROR_INVALID_DATA with a text for users. */
SeedanceItem *seedance_item_from_json (
    const gchar *line, const gchar *folder, GError **error);

/* Whether playing it may cost money. */
gboolean seedance_item_is_order (const SeedanceItem *item);

/* The items of the property `prompts`, in order (one for `prompt`): the id
 * depends on the text and on how often it came before, not on the place. */
GPtrArray *seedance_items_from_prompts (const gchar *const *prompts);

typedef struct _SeedanceRundown SeedanceRundown;

SeedanceRundown *seedance_rundown_new (void);
void seedance_rundown_free (SeedanceRundown *rundown);

/* Forgets all, ids included: a new run. */
void seedance_rundown_reset (SeedanceRundown *rundown);

/* Items that were neither finished nor removed, begun or not. */
guint seedance_rundown_get_length (SeedanceRundown *rundown);
SeedanceItem *seedance_rundown_get (SeedanceRundown *rundown, guint index);
SeedanceItem *seedance_rundown_find (SeedanceRundown *rundown, const gchar *id);

/* The first item that was not begun; NULL when there is none. */
SeedanceItem *seedance_rundown_find_next (SeedanceRundown *rundown);
gboolean seedance_rundown_is_begun (SeedanceRundown *rundown, const gchar *id);
/* FALSE again when the attempt failed and it may be tried once more. What was
 * ever begun is never changed by the file and keeps its id taken, because an
 * order of it may be on its way. */
void seedance_rundown_set_begun (
    SeedanceRundown *rundown, const gchar *id, gboolean begun);

/* @id leaves the list. When it was played (shown to its end or skipped on the
 * way) and can be had without an order (@task_id, or its own uri or task-id),
 * it is kept for replays. Its id stays taken. */
void seedance_rundown_finish (SeedanceRundown *rundown, const gchar *id,
    const gchar *task_id, gboolean played);

/* Something that was played, the one that was longest ago first and never the
 * same twice in a row while there are two; its task_id is filled in, so that
 * it can never be ordered. Transfer full; NULL when there is nothing. */
SeedanceItem *seedance_rundown_replay (SeedanceRundown *rundown);

/* All of these refuse an id that is or was in the list (FALSE, @error). @before
 * is an id, or NULL for the end. An item that was begun moves too. */
gboolean seedance_rundown_enqueue (
    SeedanceRundown *rundown, SeedanceItem *item, GError **error);
gboolean seedance_rundown_insert (SeedanceRundown *rundown, SeedanceItem *item,
    const gchar *before, GError **error);
gboolean seedance_rundown_move (SeedanceRundown *rundown, const gchar *id,
    const gchar *before, GError **error);
/* The id stays taken when it was begun: an order may be on its way. */
gboolean seedance_rundown_remove (
    SeedanceRundown *rundown, const gchar *id, GError **error);
void seedance_rundown_clear (SeedanceRundown *rundown);

/* What the file holds now (@items: SeedanceItem). New ids go where they stand
 * in the file, but never before what was begun at the head of the list; an item
 * that was not begun is changed, or removed when the file has it no more; one
 * that was begun, played or failed stays as it is; what came by enqueue is left
 * alone. Lines that changed places change them in the list too. */
void seedance_rundown_merge (SeedanceRundown *rundown, GPtrArray *items);

/* A restart, with what the as-run log says: what stands up to and including the
 * item that was on air last, of those that the list has, is not played again;
 * nor is anything else that was on air or passed over, also if its line comes
 * later. (What is ahead of the air may have failed already; what stands between
 * is to be played.) Clips that were on air are ready for replays. The id of that
 * last item; NULL when there is none. */
const gchar *seedance_rundown_start_behind (
    SeedanceRundown *rundown, const SeedancePast *past);

typedef struct _SeedanceRundownFile SeedanceRundownFile;

/* @items: everything that the file holds, in order (transfer none). @errors:
 * one text a line that cannot be used, each told once while it stands
 * ("day.jsonl, line 3: …"). */
typedef void (*SeedanceRundownFunc) (
    GPtrArray *items, GPtrArray *errors, gpointer user_data);

/* Reads @path and watches it from the thread-default main context of the
 * calling thread; @func is called there, the first time before this returns,
 * then whenever the contents changed. A last line without its newline waits
 * for it, unless it is a whole object. A file that is not there yet is empty
 * and no error; one that goes away, or cannot be read any more, changes
 * nothing: what was read of it stays. One that lost lines is believed when it
 * did not change for a second, because editors empty a file before they write
 * it. Lines that are blank or begin with # are left out. */
SeedanceRundownFile *seedance_rundown_file_new (
    const gchar *path, SeedanceRundownFunc func, gpointer user_data);
void seedance_rundown_file_free (SeedanceRundownFile *file);

G_END_DECLS
