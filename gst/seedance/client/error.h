/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can go wrong with an order, in the client's own error domain.
 *
 * A SeedanceError is a GError that also carries what a program needs to act:
 * the task id, the HTTP status, the service's own code, its request id, and
 * whether the same call may be tried again later without a second bill. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_ERROR (seedance_error_quark ())

typedef enum {
  SEEDANCE_ERROR_SETTINGS,       /* a value is missing or bad; nothing sent */
  SEEDANCE_ERROR_NOT_AUTHORIZED, /* key, quota or balance */
  SEEDANCE_ERROR_NOT_FOUND,      /* task unknown, or its link has expired */
  SEEDANCE_ERROR_BUSY,           /* 429 after all retries */
  SEEDANCE_ERROR_FAILED,         /* refused, failed, cancelled or expired */
  SEEDANCE_ERROR_OPEN_READ,      /* name, connect or TLS */
  SEEDANCE_ERROR_MAYBE_BILLED,   /* the answer to the POST was lost */
  SEEDANCE_ERROR_READ,           /* download broken for good, or deadline */
  SEEDANCE_ERROR_NO_SPACE,       /* disk full */
  SEEDANCE_ERROR_WRONG_TYPE,     /* what came is not an MP4 */
  SEEDANCE_ERROR_INTERRUPTED,    /* flushing; not an error for the user */
} SeedanceErrorCode;

/* The strings belong to the error. 0 and NULL mean "not known". */
typedef struct {
  gchar *task_id;
  guint http_status;
  gchar *service_code;
  gchar *request_id;
  gboolean retryable;
} SeedanceErrorDetails;

GQuark seedance_error_quark (void);

/* A new error with details; @details may be NULL and is copied. */
GError *seedance_error_new (SeedanceErrorCode code,
    const SeedanceErrorDetails *details, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The details of @error, owned by it; NULL when it is of another domain. */
const SeedanceErrorDetails *seedance_error_get_details (const GError *error);

G_END_DECLS
