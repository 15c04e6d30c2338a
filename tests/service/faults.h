/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The faults that the service was told to make, by the grammar of README.md:
 * PLACE[@WHEN]:ACTION[=ARG][+ACTION[=ARG]…]. Safe to call from any thread. */
typedef struct _Faults Faults;

typedef enum {
  PLACE_SUBMIT,
  PLACE_POLL,
  PLACE_CLIP,
  PLACE_END, /* the last bytes of a clip */
  PLACE_RESULT, /* of the API, when a task is done: its clip, or the link */
  N_PLACES
} Place;

typedef enum {
  FAULT_ACCEPT_DROP,
  FAULT_ACCEPT_HANG,
  FAULT_ACCEPT_RESET,
  FAULT_ACCEPT_STATUS,
  FAULT_BODY,
  FAULT_CHUNKED,
  FAULT_CODE,
  FAULT_CONTENT_TYPE,
  FAULT_CUT_RESET,
  FAULT_DELAY,
  FAULT_DRIP,
  FAULT_DROP,
  FAULT_ELSEWHERE,
  FAULT_EMPTY,
  FAULT_ENCODE,
  FAULT_ENDLESS,
  FAULT_ENDLESS_HEADERS,
  FAULT_ETAG,
  FAULT_EXPIRED,
  FAULT_FRESH_DATE,
  FAULT_FRESH_ETAG,
  FAULT_GARBAGE,
  FAULT_GZIP_BOMB,
  FAULT_HANG,
  FAULT_HEADER,
  FAULT_HOLD,
  FAULT_HOLD_AT,
  FAULT_HTML,
  FAULT_HUGE_HEADER,
  FAULT_IGNORE_IF_RANGE,
  FAULT_JSON,
  FAULT_LENGTH_TOO,
  FAULT_MESSAGE,
  FAULT_NO_DATE,
  FAULT_NO_ETAG,
  FAULT_NO_LENGTH,
  FAULT_NO_RANGE,
  FAULT_NO_URL,
  FAULT_OTHER_OBJECT,
  FAULT_RATE,
  FAULT_REDIRECT,
  FAULT_REDIRECT_SELF,
  FAULT_REFUSAL,
  FAULT_REFUSE_RANGE,
  FAULT_RESET,
  FAULT_RETRY_AFTER,
  FAULT_SHORT,
  FAULT_STALL,
  FAULT_STATUS,
  FAULT_TRAILER,
  FAULT_TRUNCATE,
  FAULT_UNKNOWN_TASK,
  FAULT_URL,
  FAULT_WORD,
  FAULT_WRONG_RANGE,
} FaultKind;

/* One ACTION[=ARG]. */
typedef struct {
  FaultKind kind;
  gint64 number;
  gboolean percent;
  /* Already decoded. */
  gchar *text;
} Fault;

Faults *faults_new (void);
void faults_free (Faults *faults);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Faults, faults_free)

/* Replaces every fault by the lines of @specs and counts requests from 1
 * again. On a mistake nothing changes. */
gboolean faults_set (Faults *faults, const gchar *specs, GError **error);

/* Counts one request at @place; the faults that it meets, (element-type
 * Fault), possibly none. */
GPtrArray *faults_meet (Faults *faults, Place place);

/* The last of that kind, or NULL. */
const Fault *faults_find (GPtrArray *met, FaultKind kind);

/* A text for --help. */
gchar *faults_describe (void);

G_END_DECLS
