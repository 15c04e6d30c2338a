/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PlayoutCore: one run of a playout, from READY to PAUSED and back to READY. It
 * holds the timeline that both outputs read, the clips on air and in
 * preparation, and the worker: the thread that does everything that may block.
 *
 * A tick is one frame of the output (playout-format.h), and a slot is what is
 * shown at a tick. An entry is an item whose clip was begun. A spare is an
 * entry that is not in the rundown: a filler or a replay.
 *
 * Order of locks: the core's, then a clip's, an output's or the object lock of
 * the element, then wake_lock. While the core's lock is held nothing is posted,
 * pushed, started or stopped, and no file is touched. */
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

/* The values of the properties in playout-properties.c. */
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

/* The image that an order begins with when chain=last-frame. */
typedef struct {
  gchar *image; /* a link or a data: URI; NULL = none can be had */
  gchar *name;  /* of which clip it is the last frame; NULL = not chained */
} PlayoutImage;

/* Makes the source of an item, on the worker. @task_id: the task to fetch, of
 * an item that was ordered before; NULL for an order. @image may be NULL.
 * Returns a floating element, or NULL with an error. */
typedef GstElement *(*PlayoutSourceFunc) (GstElement *element,
    const SeedanceItem *item, const gchar *task_id, const PlayoutImage *image,
    GError **error);

/* The ring has room for PLAYOUT_BEHIND_MAX at 100 frames a second. */
#define PLAYOUT_RING 1024

/* How late a tick may be, in addition to the latency of the pipeline. */
#define PLAYOUT_LATE_MAX (500 * GST_MSECOND)

typedef enum {
  PLAYOUT_SLOT_CLIP,
  PLAYOUT_SLOT_SLATE, /* or, with on-empty=hold, the last frame */
  PLAYOUT_SLOT_NOTHING,
  PLAYOUT_SLOT_EOS,
} PlayoutSlotKind;

typedef struct {
  gboolean there; /* FALSE while this place of the ring is empty */
  guint64 tick;
  PlayoutSlotKind kind;
  PlayoutClip *clip;
  gboolean held;     /* repeats the frame before */
  gboolean begins;   /* sound begins here and fades in */
  gint64 sound_from; /* first sample, from the clip's start */
  GstBuffer *video;  /* until the picture's output has it */
} PlayoutSlot;

typedef enum {
  PLAYOUT_ENTRY_ITEM,
  PLAYOUT_ENTRY_REPLAY, /* on-empty=loop */
  PLAYOUT_ENTRY_FILLER,
} PlayoutEntryKind;

typedef struct {
  PlayoutEntryKind kind;
  PlayoutClip *clip;
  SeedanceNeeds needs;
  gboolean was_ready;    /* and the planner was told so */
  gboolean is_whole;     /* all of its bytes are on this machine */
  gboolean parked;       /* ready; its pipeline is ended until it is near */
  gchar *task_id;        /* set when it is ready, if it has one */
  gchar *last_frame_url; /* the same, if the service told it */
  gint64 begun;          /* monotonic, nanoseconds */
  GstClockTime duration; /* NONE = not known */
  gint progress;
} PlayoutEntry;

typedef struct {
  PlayoutEntry *entry;     /* NULL = nothing is on air */
  guint64 start;           /* its first tick */
  guint64 frames, held;    /* ticks with a new frame; with a repeated one */
  guint64 sound_next;      /* the sample behind those of the last tick */
  gboolean sounds;         /* the last tick had a new frame, and so sound */
  gint64 started, planned; /* UTC, microseconds */
} PlayoutAir;

/* Something that the worker reports with a message or in the as-run log. */
typedef struct {
  const gchar *what;
  SeedanceItem *item;
  PlayoutEntryKind kind;
  gchar *task_id, *cost, *reason, *text;
  GstClockTime running_time;
  guint64 frames, held;
  gint64 started, planned;
  gboolean again;      /* failed or hung on air, and will be tried again */
  gboolean is_note;    /* only for a restart: @what goes into the log alone */
  GstMessage *message; /* to be posted instead; NULL */
} PlayoutEvent;

typedef struct {
  guint64 frames_out, held, duplicated, slate, dropped;
  guint64 played, skipped, failed, replayed;
  gint64 tokens;
} PlayoutCounts;

/* Of filler, or of repeats: how many failed in a row, and until when the next
 * one waits for that (monotonic, nanoseconds). */
typedef struct {
  guint failures;
  gint64 until;
} PlayoutPause;

/* The state of chain=last-frame. A look decodes a clip for its last frame, on a
 * thread of its own. */
typedef struct {
  SeedanceItem *last; /* what left the air last, as an item without an order */
  GHashTable *begun;  /* ids of items whose order continues a clip */
  /* The result of the last look. @name: of which clip; @image: NULL until the
   * frame is found, and when it cannot be. */
  PlayoutImage frame;
  SeedanceItem *of;       /* the clip that the next look is for */
  gboolean looks, looked; /* a look runs; the last one has ended */
} PlayoutChained;

struct _PlayoutCore {
  gint refs;           /* atomic */
  GstElement *element; /* a reference, until the worker ends */
  PlayoutSourceFunc make_source;
  GThread *worker;
  guint group_id; /* of both streams */

  /* A kick wakes up the worker. It may come with any other lock held. No main
   * context: that needs a file descriptor, and GLib ends the process when there
   * is none. */
  GMutex wake_lock;
  GCond wake;
  gboolean kicked; /* under wake_lock */

  GMutex lock; /* protects the fields below */
  GCond changed;
  PlayoutSettings settings;
  PlayoutFormat format;
  gboolean has_video, has_audio; /* @format is set for */
  guint changes;                 /* how often @format was changed */
  gboolean playing;              /* PLAYING was reached: money may be spent */
  gboolean stopped, worker_ended;
  /* The output has sent EOS, and no flush has come since. */
  gboolean video_ended, audio_ended;
  gboolean ends; /* the end was decided: the outputs will send EOS */

  gboolean started;       /* the first tick was decided */
  guint64 first, decided; /* the first tick; the next one to be decided */
  PlayoutSlot ring[PLAYOUT_RING]; /* the last slots that were decided */
  guint next_slot;
  GstClockTime latency; /* the longest that either output was told */
  PlayoutAir air;
  gboolean skip; /* end what is on air */
  GstBuffer *slate, *last;
  gboolean was_empty;

  SeedanceRundown *rundown;
  gboolean had_items;
  SeedancePlanner *planner;
  GPtrArray *entries;      /* PlayoutEntry: in preparation, or ready */
  GHashTable *by_id;       /* those of items, as lists may be long */
  GHashTable *known_tasks; /* item id to task id, to fetch without an order */
  PlayoutChained chained;
  gint64 planned; /* UTC of the next start, microseconds; -1 */
  GQueue events;  /* PlayoutEvent, to be reported by the worker */
  GQueue ending;  /* PlayoutClip, for playout_core_end_clips() */
  PlayoutCounts counts;
  GArray *spent; /* for playout_spent_add() */

  /* Used by the worker only, but status reads is_blocked, under the lock. */
  SeedanceRundownFile *file;
  SeedanceAsrun *asrun;
  SeedancePast *past; /* from the last run's log; NULL once all was applied */
  GPtrArray *filler_items;
  guint next_filler;
  gboolean filler_listed; /* what cannot be used was told */
  PlayoutPause pauses[PLAYOUT_ENTRY_FILLER + 1];
  gint64 ask_again; /* monotonic, nanoseconds */
  gboolean was_full, is_blocked, asrun_failed;
  gint64 slate_after;        /* monotonic, nanoseconds; when to draw it next */
  guint slate_failures;      /* of the last draws */
  gchar *slate_drawn;        /* the text of the drawn slate; NULL = none */
  GstVideoInfo slate_format; /* and its format */
};

/* Begins a run with @rundown (transfer full), and starts the worker. @worker is
 * playout_worker_main(): the core may not name it, because files call only what
 * is below them. Returns NULL if the machine has no thread left. */
PlayoutCore *playout_core_new (GstElement *element, GThreadFunc worker,
    PlayoutSourceFunc make_source, const PlayoutSettings *settings,
    SeedanceRundown *rundown, GError **error);
PlayoutCore *playout_core_ref (PlayoutCore *core);
void playout_core_unref (PlayoutCore *core);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlayoutCore, playout_core_unref)

/* PLAYING was reached: from the first call on clips are begun, and money may be
 * spent. */
void playout_core_play (PlayoutCore *core);
/* Ends the run and all of its clips. Blocks for 60 ms at most; a clip that
 * hangs is left to its thread. */
void playout_core_stop (PlayoutCore *core);
/* Has the worker look at everything again. Any thread, whatever lock is
 * held. */
void playout_core_kick (PlayoutCore *core);

/* Sets the format of the output. A new format ends the clip on air; clips that
 * are decoded already are begun again. @next: running time of the next frame;
 * NONE before the first one. */
void playout_core_set_video (
    PlayoutCore *core, const GstVideoInfo *info, GstClockTime next);
void playout_core_set_audio (PlayoutCore *core, const GstAudioInfo *info);
/* The latency before the format is known: one frame at 25 fps. */
#define PLAYOUT_USUAL_LATENCY (40 * GST_MSECOND)
/* Returns the latency of both outputs: one frame. */
GstClockTime playout_core_get_latency_locked (PlayoutCore *core);

/* Returns what is at @tick, and decides it if no output has. The slot is valid
 * until the lock is released. It stays in the ring until PLAYOUT_RING more are
 * decided. Ticks between the last decided one and @tick are left out. Returns
 * NULL if @tick was left out, or is too old for the ring. */
PlayoutSlot *playout_core_get_locked (PlayoutCore *core, guint64 tick);
/* The same for a tick that was decided; never decides one. */
PlayoutSlot *playout_core_find_slot_locked (PlayoutCore *core, guint64 tick);

/* Returns by how many ticks one output may be behind the other. */
guint playout_ring_get_most_locked (PlayoutCore *core);
/* Returns an empty slot for @tick, which takes the place of the oldest. */
PlayoutSlot *playout_ring_add_locked (PlayoutCore *core, guint64 tick);
void playout_ring_clear_locked (PlayoutCore *core);

/* Returns the tick that an output shows at the running time @now if its next
 * one is @tick: that one, or a later one if the output is late. @latency: by
 * how much what follows the output may hold it back. */
guint64 playout_choose_tick_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now, GstClockTime latency);
/* Returns what will be at @tick, the next one of an output; NULL if that tick
 * will be left out. */
PlayoutSlot *playout_look_ahead_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now, GstClockTime latency);
/* Make the buffers of a slot. A slot without a picture becomes an empty buffer
 * with the GAP flag. The slot does not keep its picture: the ring would hold
 * hundreds of MB that were sent already. @next: what will be at the next tick;
 * NULL if it is left out. Where the sound ends there, it fades out. */
GstBuffer *playout_make_frame_locked (PlayoutCore *core, PlayoutSlot *slot);
GstBuffer *playout_make_sound_locked (
    PlayoutCore *core, const PlayoutSlot *slot, const PlayoutSlot *next);
/* Returns TRUE if @tick, the next one of an output, is so far ahead of @now
 * that the running time must have gone back: a flush may set it to 0. The
 * output then goes on at core->first. Forgets what was decided that far
 * ahead. */
gboolean playout_go_back_locked (
    PlayoutCore *core, guint64 tick, GstClockTime now);

/* Takes @entry in, for preparation. */
void playout_core_add_locked (PlayoutCore *core, PlayoutEntry *entry);
/* Takes the entry out of those in preparation, without freeing it. Does nothing
 * to the entry on air, which is not among them. */
void playout_core_take_out_locked (PlayoutCore *core, PlayoutEntry *entry);
/* Takes the entry off air or out of preparation and frees it.
 * playout_core_end_clips() ends its pipeline. */
void playout_core_drop_locked (PlayoutCore *core, PlayoutEntry *entry);
/* Ends the clips of dropped entries, without blocking. Call it with no lock
 * held: as soon as possible after dropping what may still be ordered. The
 * worker calls it for all others. */
void playout_core_end_clips (PlayoutCore *core);

/* The same for an entry that is not on air. The planner is told that it is not
 * in preparation any more. */
void playout_core_give_up_locked (PlayoutCore *core, PlayoutEntry *entry);
/* Notes that the clip is ready, which the planner has to be told once. */
void playout_core_note_ready_locked (PlayoutCore *core, PlayoutEntry *entry,
    const PlayoutClipInfo *info, gint64 now);
/* Adds up what the orders of this run cost. A failed task may be billed too. */
void playout_core_note_cost_locked (
    PlayoutCore *core, const PlayoutClipInfo *info);
GstClockTime playout_entry_get_length (const PlayoutEntry *entry);
/* Returns TRUE if the stream ends as soon as nothing is on air: on-empty is
 * eos, and all items are finished. */
gboolean playout_core_is_at_end_locked (PlayoutCore *core);
/* Returns TRUE if the repeat @entry may still be shown. Since it was chosen the
 * operator may have skipped, removed or cleared its clip, or on-empty may have
 * changed. */
gboolean playout_core_repeats_locked (
    PlayoutCore *core, const PlayoutEntry *entry);
/* Returns TRUE if both streams have ended or are about to, so that nothing is
 * shown in this run any more. The application may have ended them, too. */
gboolean playout_core_has_ended_locked (const PlayoutCore *core);
void playout_slot_clear (PlayoutSlot *slot);
PlayoutEntry *playout_core_find_locked (PlayoutCore *core, const gchar *id);
/* Ends what is on air. @reason goes into the message and the as-run log. */
void playout_core_take_off_locked (
    PlayoutCore *core, guint64 tick, const gchar *reason);
/* Takes @event, and has the worker report it. */
void playout_core_push_event_locked (PlayoutCore *core, PlayoutEvent *event);
/* Has the worker write a note for a restart into the as-run log: see
 * seedance_asrun_note(). */
void playout_core_push_note_locked (
    PlayoutCore *core, const gchar *note, const gchar *id);
PlayoutEvent *playout_event_new (const gchar *what, const PlayoutEntry *entry);
void playout_event_free (PlayoutEvent *event);
void playout_entry_free (PlayoutEntry *entry);

/* Commands of the application; any thread. Errors as in rundown.h; CLOSED for a
 * new item if the stream ends or has ended. */
gboolean playout_core_insert (
    PlayoutCore *core, SeedanceItem *item, const gchar *before, GError **error);
gboolean playout_core_move (
    PlayoutCore *core, const gchar *id, const gchar *before, GError **error);
/* The task of the item goes on, and is billed. An item on air is skipped, and
 * so is its repeat. It is not repeated any more. */
gboolean playout_core_remove (
    PlayoutCore *core, const gchar *id, GError **error);
/* Skips what is on air, else removes the first item. FALSE if there is
 * neither. */
gboolean playout_core_skip (PlayoutCore *core);
/* Removes all items but the one on air, and what is repeated, and lets a
 * blocked planner order again. */
void playout_core_clear (PlayoutCore *core);

gpointer playout_worker_main (gpointer core);

/* Notes which clips are ready and which have failed. A clip that stands still
 * for @timeout nanoseconds fails. Returns TRUE if one is in preparation. Worker
 * only. */
gboolean playout_look (PlayoutCore *core, gint64 now, gint64 timeout);
/* Finds the files of the property filler. Worker only. */
void playout_list_filler (PlayoutCore *core);
/* Chooses the filler or the repeat to prepare next. One is always kept ready,
 * because it is needed without notice. Returns NULL if none is wanted; transfer
 * full. Worker only. */
SeedanceItem *playout_choose_spare (
    PlayoutCore *core, gint64 now, PlayoutEntryKind *kind);
/* Delays the next spare after one that cannot be played, and gives up a repeat
 * that is lost. */
void playout_note_spare_failed_locked (PlayoutCore *core, PlayoutEntryKind kind,
    const SeedanceItem *item, const gchar *reason, gint64 now);
/* Looks at the clips, begins some and ends others. Returns when to call it
 * again (monotonic, nanoseconds). Worker only. */
gint64 playout_plan (PlayoutCore *core, gint64 now);

/* Returns TRUE if the item at @index may be ordered now; @image gets what its
 * order begins with. FALSE while the clip or the last frame before it is
 * missing. */
gboolean playout_chain_ask_locked (
    PlayoutCore *core, guint index, PlayoutImage *image);
/* Notes that the order of @item begins with @image. */
void playout_chain_begun_locked (
    PlayoutCore *core, const SeedanceItem *item, const PlayoutImage *image);
/* Returns TRUE if the clip of @item begins with the last frame of another clip,
 * which was on air just before. */
gboolean playout_chain_continues_locked (
    PlayoutCore *core, const SeedanceItem *item);
/* Returns an item that reads the clip of @item again without an order; NULL if
 * neither a uri nor a task is known. Transfer full. */
SeedanceItem *playout_chain_make_readable (
    const SeedanceItem *item, const gchar *task_id);
/* Notes that @entry leaves the air: the next order may continue it. */
void playout_chain_note_off_locked (
    PlayoutCore *core, const PlayoutEntry *entry);
/* Lets the first order continue what the as-run log has as last on air. */
void playout_chain_go_on_locked (PlayoutCore *core);
/* Starts a look if an order waits for a frame. Worker only. */
void playout_chain_work (PlayoutCore *core);
void playout_chain_clear (PlayoutCore *core);
void playout_image_clear (PlayoutImage *image);

/* Posts the events that are queued, and writes the as-run log. Worker only. */
void playout_report (PlayoutCore *core);
/* Posts "low" when too little material is ready. Worker only. */
void playout_report_levels (PlayoutCore *core, gint64 now);

/* Returns the duration of the ready material behind what is on air. */
GstClockTime playout_core_get_ready_locked (PlayoutCore *core);
/* Returns what is left of the clip on air; NONE if unknown or if none is on
 * air. */
GstClockTime playout_core_get_left_locked (PlayoutCore *core);
/* The values of the properties status and stats. Any thread; transfer full. */
GstStructure *playout_core_make_status (PlayoutCore *core);
GstStructure *playout_core_make_stats (PlayoutCore *core);

G_END_DECLS
