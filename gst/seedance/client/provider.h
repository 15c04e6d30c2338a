/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How one service speaks: a request becomes a path and a body, an HTTP answer
 * becomes a result. Pure functions, no I/O; one table per provider. */
#pragma once

#include "answer.h"
#include "error.h"
#include "request.h"

G_BEGIN_DECLS

typedef struct {
  const gchar *name;
  const gchar *default_base_url;

  /* Beyond seedance_request_validate(): what this service is known to refuse,
   * so that it costs no call. Error: SEEDANCE_ERROR_SETTINGS. */
  gboolean (*validate) (const SeedanceRequest *request, GError **error);

  /* The path below the base URL that @request is POSTed to. Static string. */
  const gchar *(*submit_path) (const SeedanceRequest *request);

  /* The body: compact JSON with only what was set. Free with g_free(). */
  gchar *(*submit_body) (const SeedanceRequest *request);

  /* The path that tells about @task_id, escaped. Free with g_free(). */
  gchar *(*status_path) (const gchar *task_id);
} SeedanceProvider;

extern const SeedanceProvider seedance_provider_seeddance;
extern const SeedanceProvider seedance_provider_ark;

/* The provider of that name, NULL when there is none. */
const SeedanceProvider *seedance_provider_find (const gchar *name);

/* The names of all providers, "a, b". Free with g_free(). */
gchar *seedance_provider_list (void);

/* How an HTTP answer of the service is to be taken. */
typedef enum {
  SEEDANCE_VERDICT_OK,        /* 2xx, and the envelope does not refuse */
  SEEDANCE_VERDICT_WAIT,      /* speed: 429 of that kind; repeat later */
  SEEDANCE_VERDICT_REFUSED,   /* surely not accepted; final */
  SEEDANCE_VERDICT_AMBIGUOUS, /* 5xx and their like: maybe accepted */
} SeedanceVerdict;

/* Judges the answer to a submit: @status is the HTTP status, @answer what
 * could be read of the body or NULL, @request_id may be NULL. Fills @error for
 * all but OK. A 429 whose code speaks of money (QuotaExceeded,
 * SetLimitExceeded, balance, …) is REFUSED with NOT_AUTHORIZED; a 429 of speed
 * is WAIT with BUSY; 401, 403, 402 are NOT_AUTHORIZED; 404 is NOT_FOUND when
 * its code says that a model is unknown, else SETTINGS (wrong base-url);
 * moderation is FAILED; 3xx and other 4xx are SETTINGS; 303, 408 and 5xx, and a
 * 2xx that cannot be read or has no task id, are AMBIGUOUS with MAYBE_BILLED.
 * Every text ends in what to do next, and quotes the service word for word. */
SeedanceVerdict seedance_judge_submit (guint status,
    const SeedanceAnswer *answer, const gchar *request_id, GError **error);

/* Judges the answer to a poll the same way: WAIT for passing faults (408, 409,
 * 425, 429, 5xx, a 2xx that cannot be read), REFUSED for 401, 403 and other
 * 4xx (404: NOT_FOUND; the caller counts three in a row) and for a task that
 * ended without a clip (FAILED, with the service's own words). */
SeedanceVerdict seedance_judge_poll (guint status,
    const SeedanceAnswer *answer, const gchar *task_id,
    const gchar *request_id, GError **error);

G_END_DECLS
