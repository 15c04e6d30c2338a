/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The default service, api.seeddanceapi.com. */
#include "provider-private.h"

#include <string.h>

#define MAX_DURATION 10

/* What the service's documentation names. */
static const gchar *const aspect_ratios[] = { "16:9", "9:16", "4:3", "3:4",
  "21:9", "1:1", NULL };

static gboolean
check_aspect_ratio (const gchar *ratio, GError **error)
{
  if (!ratio || !*ratio || g_strv_contains (aspect_ratios, ratio))
    return TRUE;
  g_propagate_error (error,
      seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
          "The provider seeddance does not know the aspect-ratio \"%s\". "
          "Nothing was ordered and nothing is billed. Set aspect-ratio to "
          "16:9, 9:16, 4:3, 3:4, 21:9 or 1:1.",
          ratio));
  return FALSE;
}

static gboolean
seeddance_validate (const SeedanceRequest *request, GError **error)
{
  static const gchar *const resolutions[] = { "480p", "720p", "1080p", NULL };
  const gchar *resolution = request->resolution;

  if (resolution && *resolution && !g_strv_contains (resolutions, resolution)) {
    g_propagate_error (error,
        seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
            "The provider seeddance does not make clips in %s. Nothing was "
            "ordered and nothing is billed. Set resolution to 480p, 720p or "
            "1080p, or use a provider and a model that can.",
            resolution));
    return FALSE;
  }
  if (request->duration > MAX_DURATION) {
    g_propagate_error (error,
        seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
            "The provider seeddance makes clips of up to %d seconds, not %d. "
            "Nothing was ordered and nothing is billed. Set duration to %d or "
            "less.",
            MAX_DURATION, request->duration, MAX_DURATION));
    return FALSE;
  }
  return check_aspect_ratio (request->aspect_ratio, error);
}

static const gchar *
seeddance_submit_path (const SeedanceRequest *request)
{
  if ((request->image && *request->image) ||
      seedance_request_extra_text (request, "image_url"))
    return "/v1/videos/image-to-video";
  return "/v1/videos/text-to-video";
}

static gchar *
seeddance_submit_body (const SeedanceRequest *request)
{
  cJSON *body = cJSON_CreateObject ();

  seedance_body_add_text (body, "model", request->model);
  seedance_body_add_text (body, "prompt", request->prompt);
  seedance_body_add_text (body, "image_url", request->image);
  seedance_body_add_text (body, "resolution", request->resolution);
  seedance_body_add_text (body, "aspect_ratio", request->aspect_ratio);
  seedance_body_add_integer (body, "duration", request->duration, 1);
  seedance_body_add_integer (body, "seed", request->seed, 0);
  seedance_body_merge_extra (body, request);
  return seedance_body_print (body);
}

static gchar *
seeddance_status_path (const gchar *task_id)
{
  return seedance_path_of_task ("/v1/videos/", task_id);
}

const SeedanceProvider seedance_provider_seeddance = {
  .name = "seeddance",
  .default_base_url = "https://api.seeddanceapi.com",
  .validate = seeddance_validate,
  .submit_path = seeddance_submit_path,
  .submit_body = seeddance_submit_body,
  .status_path = seeddance_status_path,
};
