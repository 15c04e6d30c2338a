/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can go wrong with an order, in the client's own error domain.
 *
 * A SeedanceError is a GError that also carries what a program needs to act:
 * the reason in one word, the task id, the HTTP status, the service's own code,
 * its request id, and whether the same call may be tried again later without a
 * second bill. */
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

/* Why, in one word for programs. The words are documented in gstseedancesrc.c
 * and README.md; new ones may be added, none is ever renamed. */
typedef enum {
  SEEDANCE_REASON_FROM_CODE,      /* what the error's code stands for */
  SEEDANCE_REASON_SETTINGS,       /* a property, a file or the order's values */
  SEEDANCE_REASON_NOT_LINKED,     /* nothing would take the clip */
  SEEDANCE_REASON_NOT_AUTHORIZED, /* the key */
  SEEDANCE_REASON_QUOTA,          /* money, or a limit of the account */
  SEEDANCE_REASON_BUDGET,         /* the user's own limit */
  SEEDANCE_REASON_MACHINE,        /* another machine orders with the ledger */
  SEEDANCE_REASON_URI_SUBMIT,     /* a URI alone orders nothing */
  SEEDANCE_REASON_NOT_FOUND,      /* the task or the model is not known */
  SEEDANCE_REASON_LINK,           /* the clip's link expired, or is unusable */
  SEEDANCE_REASON_BUSY,           /* 429 after all retries */
  SEEDANCE_REASON_MODERATION,     /* prompt, image or clip were not allowed */
  SEEDANCE_REASON_FAILED,         /* the task failed */
  SEEDANCE_REASON_CANCELLED,      /* at the service */
  SEEDANCE_REASON_EXPIRED,        /* the task, before it was done */
  SEEDANCE_REASON_ATTEMPTS,       /* too many tasks of this order failed */
  SEEDANCE_REASON_MAYBE_BILLED,   /* a task may exist that nobody knows */
  SEEDANCE_REASON_NETWORK,        /* name, connection, TLS, or a broken one */
  SEEDANCE_REASON_DEADLINE,       /* generation-timeout passed */
  SEEDANCE_REASON_TOO_LARGE,      /* larger than max-size */
  SEEDANCE_REASON_NO_SPACE,       /* disk full */
  SEEDANCE_REASON_DAMAGED,        /* what came, or is kept, is no whole clip */
  SEEDANCE_REASON_INTERRUPTED,    /* never told to the user */
  SEEDANCE_N_REASONS,
} SeedanceReason;

/* The strings belong to the error. 0 and NULL mean "not known". */
typedef struct {
  gchar *task_id;
  guint http_status;
  gchar *service_code;
  gchar *request_id;
  gboolean retryable;
  SeedanceReason reason;
} SeedanceErrorDetails;

GQuark seedance_error_quark (void);

/* A new error with details; @details may be NULL and is copied. */
GError *seedance_error_new (SeedanceErrorCode code,
    const SeedanceErrorDetails *details, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

/* A word such as "moderation" for each reason; never NULL. */
const gchar *seedance_reason_to_string (SeedanceReason reason);

/* The reason of any error: what its details say, else what its code stands
 * for; never FROM_CODE. */
SeedanceReason seedance_error_get_reason (const GError *error);

/* @error, a SeedanceError, with that reason. */
GError *seedance_error_because (GError *error, SeedanceReason reason);

/* The details of @error, owned by it; NULL when it is of another domain. */
const SeedanceErrorDetails *seedance_error_get_details (const GError *error);

G_END_DECLS
