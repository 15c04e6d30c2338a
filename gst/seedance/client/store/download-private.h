/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a download share, from the top down: download.c begins and
 * ends it, download-judge.c decides what becomes of it when a part has ended,
 * download-plan.c asks for what is missing, part.c takes in what arrives,
 * suffix.c fetches the end ahead, and download-facts.c knows the clip. */
#pragma once

#include "download.h"
#include "mp4.h"

G_BEGIN_DECLS

typedef enum {
  PART_RUNNING,
  PART_REACHED,   /* all that follows is there already */
  PART_CHANGED,   /* other bytes than those that are there: another object */
  PART_NO_RANGES, /* the answer does not hold the range that was asked for */
  PART_NOT_MP4,
  PART_FATAL, /* see error */
} PartVerdict;

typedef struct _Part Part;

/* What part.c tells to who sits above it. */
typedef struct {
  void (*bytes) (Part *part); /* more of them are there */
  /* NULL = it is ended here, as its verdict is not RUNNING */
  void (*ended) (Part *part, const SeedanceHttpAnswer *answer);
} PartHandler;

struct _Part {
  SeedanceDownload *download;
  const PartHandler *handler;
  SeedanceTransfer *transfer; /* NULL = not in flight */
  gchar *url;
  guint hops;
  guint64 start; /* the first byte that is asked for */
  guint64 gap;   /* the first one that is missing */
  guint64 pos;
  gboolean relabelled;  /* its ETag or date is not the one that we know */
  gboolean early;       /* it was answered from an earlier byte on */
  guint64 stored;       /* bytes that were new */
  SeedanceBlock *block; /* that is being filled; or NULL */
  guint show_timer;
  gsize waited; /* bytes in the block when the timer was set */
  PartVerdict verdict;
  GError *error; /* of PART_FATAL */
};

/* The end of the clip, before anything is known of it. */
typedef struct {
  SeedanceTransfer *transfer; /* NULL = not in flight */
  SeedanceBlock *block; /* for all of it, unseen; NULL = no good answer yet */
  gchar *etag, *last_modified;
  guint patience;                               /* timer */
  void (*settled) (SeedanceDownload *download); /* nothing more is to come */
} Suffix;

struct _SeedanceDownload {
  const SeedanceOrder *order;
  SeedanceSpool *spool;
  GMutex *lock;
  SeedanceDownloadState *state;
  const gboolean *consumed;
  const SeedanceDownloadHandler *handler;
  gpointer user_data;

  gchar *url;
  gchar *content_type, *encoding; /* of the last answer */
  gboolean no_ranges;
  gboolean kept;     /* a run before has left bytes, and they are there still */
  gboolean doubtful; /* no label says that they are of this clip */
  gboolean drifting; /* the labels change, the bytes do not */
  gboolean restarted, tail_tried, suffix_tried;
  gboolean alone;     /* parts share no connection: one of them broke */
  gboolean beside;    /* another request was sent since the main part's */
  guint64 beside_pos; /* of the main part when that one ended */
  gboolean single;    /* no more of those: the server minds them */
  guint failures;     /* in a row, without a new byte */
  guint refusals;     /* of the link, likewise */
  guint64 closed_at;  /* where a connection closed that tells no length */
  guint64 best;       /* the most bytes that ever were there */
  guint tenth;        /* of the clip, last told */
  guint timer;
  SeedanceMp4 mp4;
  SeedanceMp4State walk; /* what the last one came to */
  Part main, tail;
  Suffix suffix;
};

/* download-facts.c */

/* A request for bytes of the clip at @url, with what it may carry and where it
 * may lead; it is counted. */
SeedanceHttpRequest seedance_download_request (
    SeedanceDownload *download, const gchar *url);

/* From where on to ask for what is missing from @gap on. */
guint64 seedance_part_seam (const SeedanceDownload *download, guint64 gap);

/* Looks at the boxes as far as they are there and tells readers. */
SeedanceMp4State seedance_download_walk_locked (
    SeedanceMp4 *mp4, SeedanceSpool *spool, SeedanceDownloadState *state);

/* The spool's hook. */
void seedance_download_on_stored_locked (gpointer download);

void seedance_download_set_size (SeedanceDownload *download, gint64 size);

/* The first byte from @from on that is missing. */
guint64 seedance_download_gap (SeedanceDownload *download, guint64 from);

/* Whether bytes are there that a clip of @size bytes cannot have. */
gboolean seedance_download_holds_more (
    SeedanceDownload *download, guint64 size);

/* Whether the link was refused, and whether there were too many requests. */
gboolean seedance_download_is_refusal (guint status);
gboolean seedance_download_is_too_much (guint status);

/* Notes when a request that was sent beside the main part's was refused: it is
 * the last one of its kind. */
void seedance_download_note_beside (
    SeedanceDownload *download, const SeedanceHttpAnswer *answer);

/* part.c */

/* Sends a part's request; its verdict tells how it went when it is done. */
void seedance_part_start (Part *part);

/* Ends it where it is; without a word, and nothing that readers have is
 * lost. */
void seedance_part_cancel (Part *part);

/* Hands the block that is being filled to the disk, full or not; FALSE changes
 * the verdict. */
gboolean seedance_part_store (Part *part);

/* suffix.c */

/* Asks for the suffix, once and if that makes sense. */
void seedance_suffix_start (SeedanceDownload *download);

/* Gives it to readers when it is whole and the clip's own answer is there. */
void seedance_suffix_merge (SeedanceDownload *download);

/* FALSE: it is not on its way. Else the tail is looked at again when it is
 * there, or has taken too long. */
gboolean seedance_suffix_wait (SeedanceDownload *download);

/* Of what the main part brings itself no more is needed. */
void seedance_suffix_note_main (SeedanceDownload *download);

/* Ends and forgets it. */
void seedance_suffix_cancel (Suffix *suffix);

/* download-plan.c */

/* Looks at what is missing and asks for it; completes when that is nothing. */
void seedance_download_proceed (SeedanceDownload *download);

/* Ends it; takes over @error. The download may be gone after that. */
void seedance_download_finish (SeedanceDownload *download, GError *error);

/* Asks for the end, from the first byte behind @from on that is missing. */
void seedance_tail_start (SeedanceDownload *download, guint64 from);

/* When the media are seen to stand in front of the index, and what is behind
 * them is not on its way. */
void seedance_tail_start_if_due (SeedanceDownload *download);

/* Whether readers were given any of it. */
gboolean seedance_download_was_consumed (SeedanceDownload *download);

/* Forgets all that came. Nobody has seen any of it. */
void seedance_download_forget_bytes (SeedanceDownload *download);

/* What a run before has left is wrong in some way: it goes, and the clip is
 * fetched whole. That is no failure of this run, and happens once in it; FALSE
 * when it cannot be. */
gboolean seedance_download_drop_kept (SeedanceDownload *download);

/* What newly stored bytes mean for the whole, and an end of the suffix. */
void seedance_download_on_bytes (Part *part);
void seedance_download_on_suffix (SeedanceDownload *download);

/* download-judge.c */
void seedance_download_on_part_ended (
    Part *part, const SeedanceHttpAnswer *answer);

G_END_DECLS
