/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the paths of a task from the templates of the profile, and reads a
 * task id back out of an address. */
#include "address.h"

#include <string.h>

#include "json.h"
#include "template.h"
#include "text.h"
#include "url.h"

#define ID "${task-id}"
#define PATH "${task-path}"
#define MAX_ID 512

static gchar *
expand (
    const SeedanceProvider *provider, const gchar *place, const gchar *task_id)
{
  cJSON *values = cJSON_CreateObject ();
  gchar *path;

  cJSON_AddStringToObject (values, "task-id", task_id);
  cJSON_AddStringToObject (values, "task-path", task_id);
  path = seedance_template_expand_path (
      seedance_json_get (provider->profile, place), values);
  cJSON_Delete (values);

  return path;
}

gchar *
seedance_provider_status_path (
    const SeedanceProvider *provider, const gchar *task_id)
{
  return expand (provider, "task.path", task_id);
}

gchar *
seedance_provider_tasks_path (const SeedanceProvider *provider)
{
  const gchar *path = seedance_provider_get_text (provider, "task.path");
  const gchar *id = strstr (path, ID);

  return id ? g_strndup (path, (gsize) (id - path)) : NULL;
}

const gchar *
seedance_provider_cancel_method (const SeedanceProvider *provider)
{
  return seedance_provider_get_text (provider, "cancel.method");
}

gchar *
seedance_provider_cancel_path (
    const SeedanceProvider *provider, const gchar *task_id)
{
  return expand (provider, "cancel.path", task_id);
}

/* Removes the path of @base_url from the front of @path. A proxy may serve the
 * API under another prefix: then @path stays as it is. */
static const gchar *
skip_base (const gchar *path, const gchar *base_url)
{
  g_autofree gchar *base = seedance_url_get_path (base_url);
  gsize n = strlen (base);

  while (n > 0 && base[n - 1] == '/')
    base[--n] = '\0';

  return g_str_has_prefix (path, base) && path[n] == '/' ? path + n : path;
}

static gboolean
is_sound_id (const gchar *id)
{
  g_auto (GStrv) segments = g_strsplit (id, "/", -1);

  for (guint i = 0; segments[i]; i++) {
    if (!*segments[i] || g_str_equal (segments[i], ".") ||
        g_str_equal (segments[i], ".."))
      return FALSE;
  }

  return *id && strlen (id) <= MAX_ID && seedance_text_is_plain (id);
}

/* Returns the part of @path that stands where @template, without its query, has
 * ${task-path}, unescaped; NULL if @path does not fit or that part is no sound
 * id. */
static gchar *
match (const gchar *template, const gchar *path)
{
  const gchar *hole = strstr (template, PATH);
  const gsize before = (gsize) (hole - template);
  g_autofree gchar *after =
      g_strndup (hole + strlen (PATH), strcspn (hole + strlen (PATH), "?"));
  g_autofree gchar *part = NULL;
  gchar *id;

  if (strlen (path) <= before + strlen (after) ||
      strncmp (path, template, before) != 0 || !g_str_has_suffix (path, after))
    return NULL;
  part = g_strndup (path + before, strlen (path) - before - strlen (after));
  id = g_uri_unescape_string (part, "/");
  if (id && !is_sound_id (id))
    g_clear_pointer (&id, g_free);

  return id;
}

gboolean
seedance_provider_take_address (const SeedanceProvider *provider,
    const gchar *base_url, SeedanceAnswer *answer)
{
  const gchar *template = seedance_provider_get_text (provider, "task.path");
  g_autofree gchar *path = NULL;
  gchar *id;

  if (!strstr (template, PATH))
    return TRUE;
  if (!answer->task_address || answer->refused)
    return FALSE;
  path = seedance_url_get_path (answer->task_address);
  id = match (template, skip_base (path, base_url));
  if (!id)
    return FALSE;
  g_free (answer->task_id);
  answer->task_id = id;

  return TRUE;
}

static gboolean
clip_holds (const SeedanceProvider *provider, const gchar *what)
{
  return g_strcmp0 (
             seedance_provider_get_text (provider, "clip.holds"), what) == 0;
}

static gchar *
make_clip_address (const SeedanceProvider *provider, const gchar *base_url,
    const gchar *task_id)
{
  g_autofree gchar *path = expand (provider, "clip.path", task_id);

  return g_strconcat (base_url, path, NULL);
}

gchar *
seedance_provider_clip_url (const SeedanceProvider *provider,
    const gchar *base_url, const gchar *task_id, const SeedanceAnswer *answer)
{
  if (answer->video_url)
    return g_strdup (answer->video_url);
  if (answer->status != SEEDANCE_STATUS_SUCCEEDED ||
      !clip_holds (provider, "video"))
    return NULL;

  return make_clip_address (provider, base_url, task_id);
}

/* Returns TRUE if a request with the key may go to @url. A ".." in the path
 * could lead it out of the API. */
static gboolean
may_be_asked (const gchar *url, const gchar *base_url)
{
  g_autofree gchar *path = seedance_url_get_path (url);

  return seedance_url_same_origin (url, base_url) && !strstr (path, "/..");
}

gchar *
seedance_provider_clip_question (const SeedanceProvider *provider,
    const gchar *base_url, const gchar *task_id, const SeedanceAnswer *answer)
{
  if (answer->status != SEEDANCE_STATUS_SUCCEEDED ||
      !clip_holds (provider, "link"))
    return NULL;
  if (answer->clip_address && may_be_asked (answer->clip_address, base_url))
    return g_strdup (answer->clip_address);

  return make_clip_address (provider, base_url, task_id);
}

gboolean
seedance_provider_tells_failure (const SeedanceProvider *provider, guint status)
{
  const cJSON *known = seedance_json_get (provider->profile, "clip.failed-by");
  const cJSON *item;

  cJSON_ArrayForEach (item, known)
  {
    if (item->valuedouble == status)
      return TRUE;
  }

  return FALSE;
}
