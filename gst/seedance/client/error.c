/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An extended GError (G_DEFINE_EXTENDED_ERROR) and the tables of its
 * reasons. */
#include "error.h"

typedef SeedanceErrorDetails SeedanceErrorPrivate;

static void
seedance_error_private_init (SeedanceErrorPrivate *priv)
{
  *priv = (SeedanceErrorPrivate){ 0 };
}

static void
seedance_error_private_copy (
    const SeedanceErrorPrivate *from, SeedanceErrorPrivate *to)
{
  *to = *from;
  to->task_id = g_strdup (from->task_id);
  to->service_code = g_strdup (from->service_code);
  to->request_id = g_strdup (from->request_id);
}

static void
seedance_error_private_clear (SeedanceErrorPrivate *priv)
{
  g_clear_pointer (&priv->task_id, g_free);
  g_clear_pointer (&priv->service_code, g_free);
  g_clear_pointer (&priv->request_id, g_free);
}

G_DEFINE_EXTENDED_ERROR (SeedanceError, seedance_error)

GError *
seedance_error_new (SeedanceErrorCode code, const SeedanceErrorDetails *details,
    const gchar *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (SEEDANCE_ERROR, code, format, args);
  va_end (args);

  if (details)
    seedance_error_private_copy (details, seedance_error_get_private (error));
  return error;
}

const SeedanceErrorDetails *
seedance_error_get_details (const GError *error)
{
  if (!error || error->domain != SEEDANCE_ERROR)
    return NULL;
  return seedance_error_get_private (error);
}

GError *
seedance_error_because (GError *error, SeedanceReason reason)
{
  SeedanceErrorPrivate *priv = seedance_error_get_private (error);

  g_return_val_if_fail (priv != NULL, error);
  priv->reason = reason;

  return error;
}

static SeedanceReason
reason_of_code (SeedanceErrorCode code)
{
  static const SeedanceReason reasons[] = {
    [SEEDANCE_ERROR_SETTINGS] = SEEDANCE_REASON_SETTINGS,
    [SEEDANCE_ERROR_NOT_AUTHORIZED] = SEEDANCE_REASON_NOT_AUTHORIZED,
    [SEEDANCE_ERROR_NOT_FOUND] = SEEDANCE_REASON_NOT_FOUND,
    [SEEDANCE_ERROR_BUSY] = SEEDANCE_REASON_BUSY,
    [SEEDANCE_ERROR_FAILED] = SEEDANCE_REASON_FAILED,
    [SEEDANCE_ERROR_OPEN_READ] = SEEDANCE_REASON_NETWORK,
    [SEEDANCE_ERROR_MAYBE_BILLED] = SEEDANCE_REASON_MAYBE_BILLED,
    [SEEDANCE_ERROR_READ] = SEEDANCE_REASON_NETWORK,
    [SEEDANCE_ERROR_NO_SPACE] = SEEDANCE_REASON_NO_SPACE,
    [SEEDANCE_ERROR_WRONG_TYPE] = SEEDANCE_REASON_DAMAGED,
    [SEEDANCE_ERROR_INTERRUPTED] = SEEDANCE_REASON_INTERRUPTED,
  };

  return code < G_N_ELEMENTS (reasons) ? reasons[code] : SEEDANCE_REASON_FAILED;
}

SeedanceReason
seedance_error_get_reason (const GError *error)
{
  const SeedanceErrorDetails *details = seedance_error_get_details (error);

  if (!details)
    return SEEDANCE_REASON_FAILED;
  if (details->reason != SEEDANCE_REASON_FROM_CODE)
    return details->reason;

  return reason_of_code ((SeedanceErrorCode) error->code);
}

const gchar *
seedance_reason_to_string (SeedanceReason reason)
{
  static const gchar *const words[SEEDANCE_N_REASONS] = {
    [SEEDANCE_REASON_FROM_CODE] = "failed",
    [SEEDANCE_REASON_SETTINGS] = "settings",
    [SEEDANCE_REASON_NOT_LINKED] = "not-linked",
    [SEEDANCE_REASON_NOT_AUTHORIZED] = "not-authorized",
    [SEEDANCE_REASON_QUOTA] = "quota",
    [SEEDANCE_REASON_BUDGET] = "budget",
    [SEEDANCE_REASON_MACHINE] = "machine",
    [SEEDANCE_REASON_URI_SUBMIT] = "uri-submit",
    [SEEDANCE_REASON_NOT_FOUND] = "not-found",
    [SEEDANCE_REASON_LINK] = "link",
    [SEEDANCE_REASON_BUSY] = "busy",
    [SEEDANCE_REASON_MODERATION] = "moderation",
    [SEEDANCE_REASON_FAILED] = "failed",
    [SEEDANCE_REASON_CANCELLED] = "cancelled",
    [SEEDANCE_REASON_EXPIRED] = "expired",
    [SEEDANCE_REASON_ATTEMPTS] = "attempts",
    [SEEDANCE_REASON_MAYBE_BILLED] = "maybe-billed",
    [SEEDANCE_REASON_NETWORK] = "network",
    [SEEDANCE_REASON_DEADLINE] = "deadline",
    [SEEDANCE_REASON_TOO_LARGE] = "too-large",
    [SEEDANCE_REASON_NO_SPACE] = "no-space",
    [SEEDANCE_REASON_DAMAGED] = "damaged",
    [SEEDANCE_REASON_INTERRUPTED] = "interrupted",
  };

  return words[reason < SEEDANCE_N_REASONS ? reason : 0];
}
