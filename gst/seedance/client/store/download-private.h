/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a download share, from the top down: download.c starts and
 * frees it, download-judge.c decides what follows when a request has ended,
 * download-plan.c asks for what is missing, part.c takes in what arrives,
 * suffix.c fetches the last bytes ahead, and download-facts.c knows the clip.
 *
 * A part is one range request and what comes of it. The main part runs from the
 * first missing byte on; the tail part from the end of the media data to the
 * end of the file. The suffix is a request for the last 24 KiB, sent with the
 * first main part. A label is an ETag or a Last-Modified date. "Kept" bytes are
 * those that an earlier run of the program left in the part file. */
#pragma once

#include "download.h"
#include "mp4.h"

G_BEGIN_DECLS

typedef enum {
  PART_RUNNING,
  PART_REACHED,   /* all bytes that follow are already there */
  PART_CHANGED,   /* bytes differ from the stored ones: another clip */
  PART_NO_RANGES, /* not the requested range of this clip */
  PART_NOT_MP4,
  PART_FATAL, /* see @error */
} PartVerdict;

typedef struct _Part Part;

/* What part.c reports to the files above it. */
typedef struct {
  void (*bytes) (Part *part); /* new bytes were stored */
  /* @answer is NULL if part.c ended it, with a verdict other than RUNNING */
  void (*ended) (Part *part, const SeedanceHttpAnswer *answer);
} PartHandler;

struct _Part {
  SeedanceDownload *download;
  const PartHandler *handler;
  SeedanceTransfer *transfer; /* NULL = not in flight */
  gchar *url;
  guint hops;
  guint64 start; /* first byte of the request */
  guint64 gap;   /* first missing byte */
  guint64 pos;
  gboolean relabelled;  /* has another ETag or date than the known one */
  gboolean early;       /* the answer began before @start */
  guint64 stored;       /* number of new bytes */
  SeedanceBlock *block; /* being filled; or NULL */
  guint show_timer;
  gsize waited; /* bytes in the block when the timer was set */
  PartVerdict verdict;
  GError *error; /* for PART_FATAL */
};

/* The last bytes of the clip, requested before its size is known. */
typedef struct {
  SeedanceTransfer *transfer; /* NULL = not in flight */
  SeedanceBlock *block; /* all of it, not shown; NULL = no usable answer yet */
  gchar *etag, *last_modified;
  guint patience;                               /* timer */
  void (*settled) (SeedanceDownload *download); /* the suffix request is over */
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
  gboolean kept;     /* bytes of an earlier run are still there */
  gboolean doubtful; /* no label confirms that the kept bytes fit */
  gboolean drifting; /* labels change, the bytes do not */
  gboolean restarted, tail_tried, suffix_tried;
  gboolean alone;     /* no shared connections: one of them broke */
  gboolean beside;    /* tail or suffix sent since the main part */
  guint64 beside_pos; /* main.pos when the last of those ended */
  gboolean single;    /* no tail, no suffix: the server minds them */
  guint failures;     /* in a row, without a new byte */
  guint refusals;     /* refused links in a row, without a new byte */
  guint64 closed_at;  /* where an answer without a length ended */
  guint64 best;       /* the highest number of bytes so far */
  guint tenth;        /* progress last reported, in tenths */
  guint timer;
  SeedanceMp4 mp4;
  SeedanceMp4State walk; /* result of the last walk */
  Part main, tail;
  Suffix suffix;
};

/* download-facts.c */

/* Builds a request for bytes of the clip at @url, with the key if that is the
 * service's own address, and counts it. */
SeedanceHttpRequest seedance_download_request (
    SeedanceDownload *download, const gchar *url);

/* Returns where to begin a request whose first missing byte is @gap. That is a
 * little earlier, so that the answer can be compared with stored bytes. */
guint64 seedance_part_seam (const SeedanceDownload *download, guint64 gap);

/* Walks the boxes as far as they are there and updates @state for readers. */
SeedanceMp4State seedance_download_walk_locked (
    SeedanceMp4 *mp4, SeedanceSpool *spool, SeedanceDownloadState *state);

/* The hook of the spool (SeedanceSpoolHook). */
void seedance_download_on_stored_locked (gpointer download);

void seedance_download_set_size (SeedanceDownload *download, gint64 size);

/* Returns the first missing byte from @from on. */
guint64 seedance_download_gap (SeedanceDownload *download, guint64 from);

/* Returns TRUE if bytes are stored beyond the end of a clip of @size bytes. */
gboolean seedance_download_holds_more (
    SeedanceDownload *download, guint64 size);

/* is_refusal(): the service refused the link. is_too_much(): it had too many
 * requests. */
gboolean seedance_download_is_refusal (guint status);
gboolean seedance_download_is_too_much (guint status);

/* To be called when a tail or a suffix has ended. If the server refused it, no
 * more of them are sent. */
void seedance_download_note_beside (
    SeedanceDownload *download, const SeedanceHttpAnswer *answer);

/* part.c */

/* Sends the part's request. When handler->ended is called, the verdict says
 * what came of it. */
void seedance_part_start (Part *part);

/* Ends the part without a call of its handler. What readers have seen stays. */
void seedance_part_cancel (Part *part);

/* Stores the block that is being filled, full or not. Returns FALSE and sets
 * the verdict on failure. */
gboolean seedance_part_store (Part *part);

/* suffix.c */

/* Sends the suffix request, unless one was sent already or it is of no use. */
void seedance_suffix_start (SeedanceDownload *download);

/* Stores the suffix if it has arrived and the main part's answer shows that it
 * is of the same clip. */
void seedance_suffix_merge (SeedanceDownload *download);

/* Returns TRUE while the suffix is in flight, which makes a tail needless for
 * now. settled() is called when it has arrived, failed or taken too long. */
gboolean seedance_suffix_wait (SeedanceDownload *download);

/* Cancels the suffix when the main part has come into its range. */
void seedance_suffix_note_main (SeedanceDownload *download);

/* Cancels the suffix and frees what has arrived. */
void seedance_suffix_cancel (Suffix *suffix);

/* download-plan.c */

/* Requests what is missing, or completes the download if nothing is. */
void seedance_download_proceed (SeedanceDownload *download);

/* Ends the download and takes @error. The download may be freed in this
 * call. */
void seedance_download_finish (SeedanceDownload *download, GError *error);

/* Requests the end of the clip, from the first missing byte from @from on. */
void seedance_tail_start (SeedanceDownload *download, guint64 from);

/* Starts the tail if the index is known to stand behind the media data and no
 * request for it is in flight. */
void seedance_tail_start_if_due (SeedanceDownload *download);

/* Returns TRUE if a reader has got bytes. */
gboolean seedance_download_was_consumed (SeedanceDownload *download);

/* Forgets all bytes. Returns FALSE, and keeps them, if a reader has got any. */
gboolean seedance_download_forget_bytes (SeedanceDownload *download);

/* Drops the kept bytes, which turned out to be wrong, and fetches the clip from
 * the start. This does not count as a failure and happens once at most. Returns
 * FALSE if there are no kept bytes or a reader has got bytes. */
gboolean seedance_download_drop_kept (SeedanceDownload *download);

/* Handlers for new bytes of a part and for the end of the suffix request. */
void seedance_download_on_bytes (Part *part);
void seedance_download_on_suffix (SeedanceDownload *download);

/* download-judge.c */
void seedance_download_on_part_ended (
    Part *part, const SeedanceHttpAnswer *answer);

G_END_DECLS
