/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses the faults that the service was told to make and picks those that
 * apply to a request. serve.c, wire.c and the APIs then act on them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All faults that are set, in the grammar of README.md:
 * PLACE[@WHEN]:ACTION[=ARG][+ACTION[=ARG]…]. Safe to call from any thread. */
typedef struct _Faults Faults;

typedef enum {
  PLACE_SUBMIT,
  PLACE_POLL,
  PLACE_CLIP,
  PLACE_END, /* a request for the last bytes of a clip */
  PLACE_RESULT, /* a request to the API for the finished clip or its link */
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
  /* The argument, percent-decoded. */
  gchar *text;
} Fault;

Faults *faults_new (void);
void faults_free (Faults *faults);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Faults, faults_free)

/* Replaces all faults by the lines of @specs and starts to count requests from
 * 1 again. If @specs has a mistake, returns FALSE, sets @error and changes
 * nothing. */
gboolean faults_set (Faults *faults, const gchar *specs, GError **error);

/* Counts one request at @place. Returns the faults that apply to it
 * (element-type Fault), possibly none. Free with g_ptr_array_unref(). */
GPtrArray *faults_meet (Faults *faults, Place place);

/* Returns the last fault of @kind in @met, or NULL. @met owns it. */
const Fault *faults_find (GPtrArray *met, FaultKind kind);

/* Returns the help text about faults for --help; free with g_free(). */
gchar *faults_describe (void);

G_END_DECLS
