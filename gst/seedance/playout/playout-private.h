/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of a playout, from READY to PAUSED and back: the timeline that the
 * two sources share, the clips that are on it and those that get ready for it,
 * and the worker, which does all that takes time.
 *
 * Order of locks: the core's, then a clip's. With the core's lock held nothing
 * is posted, pushed, started or stopped, and no file is touched. */
#pragma once

#include "asrun.h"
#include "planner.h"
#include "playout-clip.h"

G_BEGIN_DECLS

typedef enum {
  PLAYOUT_EMPTY_SLATE,
  PLAYOUT_EMPTY_HOLD,
  PLAYOUT_EMPTY_LOOP,
  PLAYOUT_EMPTY_NOTHING,
  PLAYOUT_EMPTY_EOS,
} PlayoutOnEmpty;

typedef enum {
  PLAYOUT_START_WHOLE,
  PLAYOUT_START_BUFFERED,
} PlayoutStartWhen;

typedef enum {
  PLAYOUT_CHAIN_NONE,
  PLAYOUT_CHAIN_LAST_FRAME,
} PlayoutChain;

/* What the user set. */
typedef struct {
  gint on_empty, start_when, chain;
  guint prefetch_time, max_in_flight, max_orders, prepare_timeout;
  gboolean hold;
  guint slate_color; /* ARGB */
  gchar *slate_image, *slate_text, *ai_label;
  gchar *rundown, *as_run;
  gchar **prompts, **filler;
} PlayoutSettings;

void playout_settings_copy (PlayoutSettings *to, const PlayoutSettings *from);
void playout_settings_clear (PlayoutSettings *settings);

typedef struct _PlayoutCore PlayoutCore;

/* chain=last-frame: what an order begins with. */
typedef struct {
  gchar *image; /* a link or a data: URI; NULL = there is none to be had */
  gchar
      *name; /* whose last frame it is; NULL = of nothing, it is not chained */
} PlayoutImage;

/* How an item becomes a source; on the worker. @task_id: of an item that was
 * ordered before, or NULL. @image may be NULL. */
typedef GstElement *(*PlayoutSourceFunc) (GstElement *element,
    const SeedanceItem *item, const gchar *task_id, const PlayoutImage *image,
    GError **error);

#define PLAYOUT_RING 64

typedef enum {
  PLAYOUT_SLOT_CLIP,
  PLAYOUT_SLOT_SLATE, /* or the last frame */
  PLAYOUT_SLOT_NOTHING,
  PLAYOUT_SLOT_EOS,
} PlayoutSlotKind;

typedef struct {
  gboolean there; /* else no tick is in this place of the ring yet */
  guint64 tick;
  PlayoutSlotKind kind;
  PlayoutClip *clip;
  gboolean held;     /* the frame before, once more */
  gboolean begins;   /* sound begins here */
  gint64 sound_from; /* sample of the clip */
  GstBuffer *video;
} PlayoutSlot;

typedef enum {
  PLAYOUT_ENTRY_ITEM,
  PLAYOUT_ENTRY_REPLAY, /* on-empty=loop */
  PLAYOUT_ENTRY_FILLER,
} PlayoutEntryKind;

typedef struct {
  PlayoutEntryKind kind;
  PlayoutClip *clip;
  gboolean is_order;
  gboolean was_ready;    /* the planner knows */
  gboolean is_whole;     /* its bytes are here */
  gboolean parked;       /* ready, but its pipeline is put away until it is
                            nearer; the clip has ended */
  gchar *task_id;        /* as soon as it is ready, */
  gchar *last_frame_url; /* and this, if the service told it */
  gint64 begun;          /* monotonic, nanoseconds */
  GstClockTime duration; /* NONE = not known */
  gint progress;
} PlayoutEntry;

typedef struct {
  PlayoutEntry *entry; /* NULL: nothing is on air */
  guint64 start;       /* tick */
  guint64 frames, held;
  guint64 sound_next;      /* sample behind the last tick's */
  gboolean sounds;         /* the last tick was a frame of it */
  gint64 started, planned; /* UTC, microseconds */
} PlayoutAir;

/* For the worker to tell. */
typedef struct {
  const gchar *what;
  SeedanceItem *item;
  PlayoutEntryKind kind;
  gchar *task_id, *cost, *reason, *text;
  GstClockTime running_time;
  guint64 frames, held;
  gint64 started, planned;
  gboolean again;      /* a failure that is tried again */
  GstMessage *message; /* one of the source's, to be passed on */
} PlayoutEvent;

typedef struct {
  guint64 frames_out, held, duplicated, slate, dropped;
  guint64 played, skipped, failed, replayed;
  gint64 tokens;
} PlayoutCounts;

/* chain=last-frame. */
typedef struct {
  SeedanceItem *last; /* what left the air last, so that it can be read */
  GHashTable *begun;  /* ids of the items that continue another one */
  /* The frame that was looked for last: whose it is, what it is (NULL until it
   * is found, and when it cannot be). */
  PlayoutImage frame;
  SeedanceItem *of; /* to be looked for by the worker */
  gboolean looks, looked;
} PlayoutChained;

struct _PlayoutCore {
  gint refs;           /* atomic */
  GstElement *element; /* a reference until the worker ends */
  PlayoutSourceFunc make_source;
  GMainContext *context; /* the worker's */
  GThread *worker;
  guint group_id; /* of both streams */

  GMutex lock; /* of all below */
  GCond changed;
  PlayoutSettings settings;
  PlayoutFormat format;
  gboolean has_video, has_audio; /* the format of */
  guint changes;                 /* of the format */
  gboolean playing;              /* PLAYING was reached: money may be spent */
  gboolean stopped, worker_ended;

  gboolean started; /* the timeline */
  guint64 first, decided;
  PlayoutSlot ring[PLAYOUT_RING]; /* the last ticks that were decided */
  guint next_slot;
  PlayoutAir air;
  gboolean skip; /* what is on air */
  GstBuffer *slate, *last;
  gboolean was_empty;

  SeedanceRundown *rundown;
  gboolean had_items;
  SeedancePlanner *planner;
  GPtrArray *entries;      /* PlayoutEntry: being prepared, or ready */
  GHashTable *known_tasks; /* id -> task id, of what is fetched once more */
  PlayoutChained chained;
  gint64 planned; /* UTC of the next start; -1 */
  GQueue events;  /* PlayoutEvent */
  GQueue ending;  /* PlayoutClip */
  PlayoutCounts counts;
  GArray *spent; /* for playout_spent_add() */

  /* The worker's alone. */
  SeedanceRundownFile *file;
  SeedanceAsrun *asrun;
  SeedancePast *past; /* for a restart, until there is a rundown */
  GPtrArray *filler_items;
  guint next_filler;
  gint64 ask_again, spare_after; /* monotonic, nanoseconds */
  guint spare_failures;          /* in a row */
  gboolean is_low, was_full, is_blocked, slate_failed, asrun_failed;
  gchar *slate_drawn;        /* what the slate shows, */
  GstVideoInfo slate_format; /* in this format */
};

/* @worker is playout_worker_main(). */
PlayoutCore *playout_core_new (GstElement *element, GThreadFunc worker,
    PlayoutSourceFunc make_source, const PlayoutSettings *settings,
    GPtrArray *items);
PlayoutCore *playout_core_ref (PlayoutCore *core);
void playout_core_unref (PlayoutCore *core);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlayoutCore, playout_core_unref)

/* From the first PLAYING on clips are begun. */
void playout_core_play (PlayoutCore *core);
/* Takes everything down; at most a tenth of a second. */
void playout_core_stop (PlayoutCore *core);
/* The worker looks at everything once more, soon. Any thread, any lock. */
void playout_core_kick (PlayoutCore *core);

/* Another format than before ends what is on air, and begins the others anew.
 * @next: when the next frame is due; NONE before the first one. */
void playout_core_set_video (
    PlayoutCore *core, const GstVideoInfo *info, GstClockTime next);
void playout_core_set_audio (PlayoutCore *core, const GstAudioInfo *info);

/* What is at @tick. It is valid until the lock is given up, and stays in the
 * ring until PLAYOUT_RING more are decided; NULL when @tick was left out, or is
 * older. Ticks between the last one that was decided and @tick are left out. */
PlayoutSlot *playout_core_get_locked (PlayoutCore *core, guint64 tick);
/* The same, and decides nothing. */
PlayoutSlot *playout_core_find_slot_locked (PlayoutCore *core, guint64 tick);

/* The tick to be shown at the running time @now by a source whose next one is
 * @tick: that, or a later one. */
guint64 playout_choose_tick_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now);
/* What comes at @tick, which is the next one; NULL when that is left out. */
PlayoutSlot *playout_look_ahead_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now);

/* Takes the clip off air or out of preparation: its pipeline is ended by the
 * worker. */
void playout_core_drop_locked (PlayoutCore *core, PlayoutEntry *entry);

/* The same for an item that was not on air: the planner counts it no more. */
void playout_core_give_up_locked (PlayoutCore *core, PlayoutEntry *entry);
void playout_slot_clear (PlayoutSlot *slot);
PlayoutEntry *playout_core_find_locked (PlayoutCore *core, const gchar *id);
void playout_core_take_off_locked (
    PlayoutCore *core, guint64 tick, const gchar *reason);
void playout_core_push_event_locked (PlayoutCore *core, PlayoutEvent *event);
PlayoutEvent *playout_event_new (const gchar *what, const PlayoutEntry *entry);
void playout_event_free (PlayoutEvent *event);
void playout_entry_free (PlayoutEntry *entry);

gboolean playout_core_insert (
    PlayoutCore *core, SeedanceItem *item, const gchar *before, GError **error);
gboolean playout_core_move (
    PlayoutCore *core, const gchar *id, const gchar *before, GError **error);
/* Its task goes on, and is billed. */
gboolean playout_core_remove (
    PlayoutCore *core, const gchar *id, GError **error);
/* What is on air, or else what is waited for. */
gboolean playout_core_skip (PlayoutCore *core);
/* All but what is on air; lets orders go on. */
void playout_core_clear (PlayoutCore *core);

gpointer playout_worker_main (gpointer core);

/* Whether one of them is being prepared. One that stands still for @timeout
 * fails. */
gboolean playout_look (PlayoutCore *core, gint64 now, gint64 timeout);
/* A filler or a repeat cannot be played: as often as it is tried, it would fail. */
void playout_hold_spare_back (PlayoutCore *core, gint64 now);
/* Looks at the clips, begins and ends some; when to do so again (monotonic,
 * nanoseconds). */
gint64 playout_plan (PlayoutCore *core, gint64 now);

/* Whether the item at @index may be ordered now; @image then gets what it begins
 * with. Else it waits for the one before it. */
gboolean playout_chain_ask_locked (
    PlayoutCore *core, guint index, PlayoutImage *image);
/* The item is begun with @image. */
void playout_chain_begun_locked (
    PlayoutCore *core, const SeedanceItem *item, const PlayoutImage *image);
/* Its first frame is that of another one, which was on air just before. */
gboolean playout_chain_continues_locked (
    PlayoutCore *core, const SeedanceItem *item);
/* The clip of @item as one to be read again, which orders nothing; NULL when it
 * cannot be. */
SeedanceItem *playout_chain_make_readable (
    const SeedanceItem *item, const gchar *task_id);
/* What is on air leaves it. */
void playout_chain_note_off_locked (
    PlayoutCore *core, const PlayoutEntry *entry);
/* What a log has as last on air. */
void playout_chain_go_on_locked (PlayoutCore *core);
/* Looks for a frame, if one is waited for; on the worker. */
void playout_chain_work (PlayoutCore *core);
void playout_chain_clear (PlayoutCore *core);
void playout_image_clear (PlayoutImage *image);

/* Passes on what happened: messages and the as-run log. */
void playout_report (PlayoutCore *core);
void playout_report_levels (PlayoutCore *core, gint64 now);

/* Seconds of ready material behind what is on air. */
GstClockTime playout_core_get_ready_locked (PlayoutCore *core);
/* Of the clip on air; NONE when not known or none is. */
GstClockTime playout_core_get_left_locked (PlayoutCore *core);
GstStructure *playout_core_make_status (PlayoutCore *core);
GstStructure *playout_core_make_stats (PlayoutCore *core);

G_END_DECLS
