/* SPDX-License-Identifier: LGPL-2.1-or-later */
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
