/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request: made, checked, and written in the canonical form that its
 * fingerprint is calculated from. */
#include "request.h"

#include "body.h"
#include "error.h"

#include <string.h>

/* In seconds. Far above what any model makes: catches a value in a wrong
 * unit. */
#define MAX_DURATION 3600

/* The options that services read out of a prompt, by long and short names. */
static const gchar *const override_names[] = { "resolution", "rs", "ratio",
  "rt", "duration", "dur", "frames", "framespersecond", "fps", "seed",
  "watermark", "wm", "camerafixed", "cf", NULL };

SeedanceRequest *
seedance_request_new (void)
{
  SeedanceRequest *request = g_new0 (SeedanceRequest, 1);

  request->seed = -1;
  request->generate_audio = request->camera_fixed = -1;
  request->watermark = request->return_last_frame = -1;
  return request;
}

void
seedance_request_free (SeedanceRequest *request)
{
  if (!request)
    return;
  g_free (request->prompt);
  g_clear_pointer (&request->media, g_ptr_array_unref);
  g_free (request->resolution);
  g_free (request->aspect_ratio);
  g_free (request->model);
  g_free (request->instance);
  cJSON_Delete (request->extra);
  g_free (request);
}

static void
remove_media (GPtrArray *list, SeedanceRole role)
{
  for (guint i = list->len; i > 0; i--) {
    const SeedanceMedia *media = g_ptr_array_index (list, i - 1);

    if (media->role == role)
      g_ptr_array_remove_index (list, i - 1);
  }
}

void
seedance_request_add_media (SeedanceRequest *request, SeedanceRole role,
    const gchar *uri, const gchar *name)
{
  if ((!uri || !*uri) && !name)
    return;
  if (!request->media)
    request->media =
        g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_media_free);
  if (!seedance_role_is_list (role))
    remove_media (request->media, role);
  g_ptr_array_add (request->media, seedance_media_new (role, uri, name));
}

const SeedanceMedia *
seedance_request_find_media (const SeedanceRequest *request, SeedanceRole role)
{
  for (guint i = 0; request->media && i < request->media->len; i++) {
    const SeedanceMedia *media = g_ptr_array_index (request->media, i);

    if (media->role == role)
      return media;
  }

  return NULL;
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const gchar *format, ...)
{
  g_autofree gchar *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (
      error, seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
                 "%s Nothing was ordered and nothing is billed.", why));
  return FALSE;
}

static gboolean
is_blank (const gchar *text)
{
  for (; *text; text = g_utf8_next_char (text)) {
    if (!g_unichar_isspace (g_utf8_get_char (text)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_prompt (const gchar *prompt, GError **error)
{
  if (!prompt || !*prompt)
    return refuse (error, "There is no prompt: set prompt to what the clip "
                          "should show.");
  if (!g_utf8_validate (prompt, -1, NULL))
    return refuse (error, "The prompt is not valid UTF-8.");
  if (is_blank (prompt))
    return refuse (error, "The prompt is blank: set prompt to what the clip "
                          "should show.");
  return TRUE;
}

static gboolean
check_media (const SeedanceMedia *media, GError **error)
{
  static const gchar *const schemes[] = { "http://", "https://", "data:" };
  const gchar *property = seedance_role_get_name (media->role);

  if (!*media->uri)
    return TRUE;
  if (!g_utf8_validate (media->uri, -1, NULL))
    return refuse (error, "The value of %s is not valid UTF-8.", property);
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++) {
    gsize n = strlen (schemes[i]);

    if (g_ascii_strncasecmp (media->uri, schemes[i], n) == 0 &&
        media->uri[n] != '\0')
      return TRUE;
  }

  return refuse (error,
      "The value of %s is not an http, https or data: URI. Only pictures are "
      "sent from files.",
      property);
}

static gboolean
check_all_media (const SeedanceRequest *request, GError **error)
{
  for (guint i = 0; request->media && i < request->media->len; i++) {
    if (!check_media (g_ptr_array_index (request->media, i), error))
      return FALSE;
  }

  return TRUE;
}

static gboolean
check_text (const gchar *name, const gchar *value, GError **error)
{
  if (!value || g_utf8_validate (value, -1, NULL))
    return TRUE;
  return refuse (error, "The value of %s is not valid UTF-8.", name);
}

static gboolean
check_extra (const cJSON *extra, GError **error)
{
  gchar *text;
  gboolean valid;

  if (!extra)
    return TRUE;
  if (!cJSON_IsObject (extra))
    return refuse (error, "The extra parameters are not a JSON object.");
  if (!extra->child)
    return refuse (error,
        "extra-params has no fields: a name comes first, as in "
        "extra-params=\"params,watermark=false\".");
  text = cJSON_PrintUnformatted (extra);
  valid = text && g_utf8_validate (text, -1, NULL);
  cJSON_free (text);
  return valid || refuse (error, "The extra parameters are not valid UTF-8.");
}

gboolean
seedance_request_validate (const SeedanceRequest *request, GError **error)
{
  if (request->duration < -1 || request->duration > MAX_DURATION)
    return refuse (error,
        "A duration of %d seconds cannot be ordered: set duration to 1 or "
        "more, to 0 to leave it to the service, or to -1 for the model's "
        "choice.",
        request->duration);
  if (request->seed < -1)
    return refuse (error,
        "A seed of %" G_GINT64_FORMAT " cannot be ordered: set seed to 0 or "
        "more, or to -1 to leave it to the service.",
        request->seed);
  return check_prompt (request->prompt, error) &&
         check_all_media (request, error) &&
         check_text ("resolution", request->resolution, error) &&
         check_text ("aspect-ratio", request->aspect_ratio, error) &&
         check_text ("model", request->model, error) &&
         check_text ("instance", request->instance, error) &&
         check_extra (request->extra, error);
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  const cJSON *const *left = a, *const *right = b;

  return strcmp ((*left)->string, (*right)->string);
}

static cJSON *
sorted_copy (const cJSON *node)
{
  g_autoptr (GPtrArray) children = NULL;
  const cJSON *child;
  cJSON *copy;

  if (!cJSON_IsObject (node) && !cJSON_IsArray (node))
    return cJSON_Duplicate (node, TRUE);

  children = g_ptr_array_new ();
  for (child = node->child; child; child = child->next)
    g_ptr_array_add (children, (gpointer) child);
  if (cJSON_IsObject (node))
    g_ptr_array_sort (children, compare_keys);

  copy = cJSON_IsObject (node) ? cJSON_CreateObject () : cJSON_CreateArray ();
  for (guint i = 0; i < children->len; i++) {
    child = g_ptr_array_index (children, i);
    if (cJSON_IsObject (node))
      cJSON_AddItemToObject (copy, child->string, sorted_copy (child));
    else
      cJSON_AddItemToArray (copy, sorted_copy (child));
  }
  return copy;
}

static gchar *
print_media (const SeedanceMedia *media)
{
  g_autofree gchar *digest = NULL;

  if (g_ascii_strncasecmp (media->uri, "data:", 5) != 0)
    return g_strdup (media->uri);
  digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, media->uri, -1);

  return g_strconcat ("sha256:", digest, NULL);
}

static void
add_media (cJSON *object, const gchar *key, const SeedanceRequest *request,
    SeedanceRole role)
{
  const SeedanceMedia *media = seedance_request_find_media (request, role);
  g_autofree gchar *named = g_strconcat (key, "_name", NULL), *value = NULL;

  if (!media || (media->name && request->instance))
    return;
  if (!media->name)
    value = print_media (media);
  seedance_body_add_text (
      object, media->name ? named : key, media->name ? media->name : value);
}

static void
add_list (cJSON *object, const gchar *key, const SeedanceRequest *request,
    SeedanceRole role)
{
  cJSON *list = NULL;

  for (guint i = 0; request->media && i < request->media->len; i++) {
    const SeedanceMedia *media = g_ptr_array_index (request->media, i);
    g_autofree gchar *value = NULL;

    if (media->role != role)
      continue;
    if (!list)
      list = cJSON_AddArrayToObject (object, key);
    value = media->name ? g_strdup (media->name) : print_media (media);
    cJSON_AddItemToArray (list, cJSON_CreateString (value));
  }
}

gchar *
seedance_request_canonical (const SeedanceRequest *request)
{
  cJSON *object = cJSON_CreateObject ();

  /* In the order of the keys. Fields that are not set are left out, so that a
   * field that is added to the code changes no fingerprint of earlier
   * orders. */
  seedance_body_add_text (object, "aspect_ratio", request->aspect_ratio);
  seedance_body_add_switch (object, "camera_fixed", request->camera_fixed);
  seedance_body_add_duration (object, "duration", request->duration);
  if (request->extra && request->extra->child)
    cJSON_AddItemToObject (object, "extra", sorted_copy (request->extra));
  seedance_body_add_switch (object, "generate_audio", request->generate_audio);
  add_media (object, "image", request, SEEDANCE_ROLE_FIRST_FRAME);
  seedance_body_add_text (object, "instance", request->instance);
  add_media (object, "last_image", request, SEEDANCE_ROLE_LAST_FRAME);
  seedance_body_add_text (object, "model", request->model);
  seedance_body_add_text (object, "prompt", request->prompt);
  add_list (object, "reference_audios", request, SEEDANCE_ROLE_REFERENCE_AUDIO);
  add_list (object, "reference_images", request, SEEDANCE_ROLE_REFERENCE_IMAGE);
  add_list (object, "reference_videos", request, SEEDANCE_ROLE_REFERENCE_VIDEO);
  seedance_body_add_text (object, "resolution", request->resolution);
  seedance_body_add_switch (
      object, "return_last_frame", request->return_last_frame);
  seedance_body_add_integer (object, "seed", request->seed, 0);
  seedance_body_add_switch (object, "watermark", request->watermark);

  return seedance_body_print (object);
}

/* Adds the part with its terminating NUL, so that two different lists of parts
 * never give the same bytes. */
static void
add_part (GChecksum *sum, const gchar *part, gsize size)
{
  if (part)
    g_checksum_update (sum, (const guchar *) part, size);
  g_checksum_update (sum, (const guchar *) "", 1);
}

gchar *
seedance_request_fingerprint (const SeedanceRequest *request,
    const gchar *provider, const gchar *base_url)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *canonical = seedance_request_canonical (request);
  gsize base_size = base_url ? strlen (base_url) : 0;

  while (base_size > 0 && base_url[base_size - 1] == '/')
    base_size--;

  add_part (sum, canonical, strlen (canonical));
  add_part (sum, provider, provider ? strlen (provider) : 0);
  add_part (sum, base_url, base_size);
  /* An empty part: the fingerprints in existing ledgers were made with it. */
  add_part (sum, NULL, 0);

  return g_strdup (g_checksum_get_string (sum));
}

/* Returns the length of the option at @p with its dashes; 0 if it is none. */
static gsize
match_override (const gchar *p)
{
  gsize n;

  if (!g_str_has_prefix (p, "--"))
    return 0;
  for (n = 2; g_ascii_isalpha (p[n]) || p[n] == '_'; n++)
    continue;
  if (p[n] != '\0' && p[n] != '=' && p[n] != ':' &&
      !g_unichar_isspace (g_utf8_get_char (p + n)))
    return 0;

  for (const gchar *const *name = override_names; *name; name++) {
    if (strlen (*name) == n - 2 &&
        g_ascii_strncasecmp (p + 2, *name, n - 2) == 0)
      return n;
  }
  return 0;
}

gchar *
seedance_request_find_override (const SeedanceRequest *request)
{
  const gchar *p = request->prompt;
  gboolean at_start = TRUE;

  if (!p || !g_utf8_validate (p, -1, NULL))
    return NULL;
  for (; *p; p = g_utf8_next_char (p)) {
    gsize n = at_start ? match_override (p) : 0;

    if (n)
      return g_strndup (p, n);
    at_start = g_unichar_isspace (g_utf8_get_char (p));
  }
  return NULL;
}
