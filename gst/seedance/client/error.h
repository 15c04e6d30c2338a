/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of the client. A SeedanceError is a GError with details for
 * programs: the reason in one word, the task id, the HTTP status, the error
 * code and request id of the service, and whether the same call may be repeated
 * later without a second bill. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SEEDANCE_ERROR (seedance_error_quark ())

typedef enum {
  SEEDANCE_ERROR_SETTINGS,       /* bad value, refused request, or budget */
  SEEDANCE_ERROR_NOT_AUTHORIZED, /* key, quota or balance */
  SEEDANCE_ERROR_NOT_FOUND,      /* task unknown, or its link has expired */
  SEEDANCE_ERROR_BUSY,           /* 429 after all retries */
  SEEDANCE_ERROR_FAILED,         /* refused, failed, cancelled or expired */
  SEEDANCE_ERROR_OPEN_READ,      /* name resolution, connection or TLS */
  SEEDANCE_ERROR_MAYBE_BILLED,   /* the answer to the POST was lost */
  SEEDANCE_ERROR_READ,           /* download broken for good, or deadline */
  SEEDANCE_ERROR_NO_SPACE,       /* disk full */
  SEEDANCE_ERROR_WRONG_TYPE,     /* what came is not an MP4 */
  SEEDANCE_ERROR_INTERRUPTED,    /* flushing; not an error for the user */
} SeedanceErrorCode;

/* The reason of an error, in one word for programs. The words are documented in
 * gstseedancesrc.c and README.md. New words may be added; none is renamed. */
typedef enum {
  SEEDANCE_REASON_FROM_CODE,      /* default: derived from the error's code */
  SEEDANCE_REASON_SETTINGS,       /* a property, a file or the order's values */
  SEEDANCE_REASON_NOT_LINKED,     /* no linked element would get the clip */
  SEEDANCE_REASON_NOT_AUTHORIZED, /* the key */
  SEEDANCE_REASON_QUOTA,          /* money, or a limit of the account */
  SEEDANCE_REASON_BUDGET,         /* the user's own limit */
  SEEDANCE_REASON_MACHINE,        /* another machine uses the same ledger */
  SEEDANCE_REASON_URI_SUBMIT,     /* a URI alone orders nothing */
  SEEDANCE_REASON_NOT_FOUND,      /* the service does not know task or model */
  SEEDANCE_REASON_LINK,           /* the clip's link expired, or is unusable */
  SEEDANCE_REASON_BUSY,           /* 429 after all retries */
  SEEDANCE_REASON_MODERATION,     /* prompt, image or clip were not allowed */
  SEEDANCE_REASON_FAILED,         /* the task failed */
  SEEDANCE_REASON_CANCELLED,      /* the task, at the service */
  SEEDANCE_REASON_EXPIRED,        /* the task, before it had finished */
  SEEDANCE_REASON_ATTEMPTS,       /* too many tasks of this order failed */
  SEEDANCE_REASON_MAYBE_BILLED,   /* a task whose id is unknown may exist */
  SEEDANCE_REASON_NETWORK,        /* name, TLS, connection failed or broken */
  SEEDANCE_REASON_DEADLINE,       /* generation-timeout passed */
  SEEDANCE_REASON_TOO_LARGE,      /* larger than max-size */
  SEEDANCE_REASON_NO_SPACE,       /* disk full */
  SEEDANCE_REASON_DAMAGED,        /* not a whole MP4: received or stored file */
  SEEDANCE_REASON_INTERRUPTED,    /* flushing; never shown to the user */
  SEEDANCE_N_REASONS,
} SeedanceReason;

/* The error owns the strings. 0 and NULL mean "not known". */
typedef struct {
  gchar *task_id;
  guint http_status;
  gchar *service_code;
  gchar *request_id;
  gboolean retryable;
  SeedanceReason reason;
} SeedanceErrorDetails;

GQuark seedance_error_quark (void);

/* Returns a new error. @details may be NULL and is copied. */
GError *seedance_error_new (SeedanceErrorCode code,
    const SeedanceErrorDetails *details, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Returns the word for @reason, such as "moderation"; never NULL. */
const gchar *seedance_reason_to_string (SeedanceReason reason);

/* Returns the reason of any GError: that of its details, else the one for its
 * code. FAILED for an error of another domain; never FROM_CODE. */
SeedanceReason seedance_error_get_reason (const GError *error);

/* Sets the reason of @error, which must be a SeedanceError, and returns
 * @error. */
GError *seedance_error_because (GError *error, SeedanceReason reason);

/* Returns the details, which @error owns; NULL if it is of another domain. */
const SeedanceErrorDetails *seedance_error_get_details (const GError *error);

G_END_DECLS
