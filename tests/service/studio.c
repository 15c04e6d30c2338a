/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renders clips in a pool of threads and caches the files by scene_key(). */

#include "studio.h"

#include <glib/gstdio.h>

#include "render.h"

#define MAX_RENDERS 2
#define GIVE_UP_INTERVAL (50 * G_TIME_SPAN_MILLISECOND)

/* The state is atomic. The members below it are written before the state leaves
 * CLIP_PENDING, and never afterwards. */
struct _Clip {
  gchar *path;
  Scene *scene;
  gint state;
  gint64 done;
  GBytes *bytes;
  gchar *etag;
  GDateTime *date;
};

struct _Studio {
  gchar *folder;
  gboolean private_folder;
  Counters *counters;
  GCancellable *quit;
  GThreadPool *pool;
  GMutex lock;
  GCond done;
  /* Maps a file's path to its Clip. */
  GHashTable *clips;
};

static Clip *
clip_new (const gchar *path, const Scene *scene)
{
  Clip *clip = g_atomic_rc_box_new0 (Clip);

  clip->path = g_strdup (path);
  if (scene != NULL)
    clip->scene = scene_copy (scene);
  return clip;
}

static void
clip_clear (Clip *clip)
{
  g_free (clip->path);
  g_clear_pointer (&clip->scene, scene_free);
  g_clear_pointer (&clip->bytes, g_bytes_unref);
  g_clear_pointer (&clip->date, g_date_time_unref);
  g_free (clip->etag);
}

Clip *
clip_ref (Clip *clip)
{
  return g_atomic_rc_box_acquire (clip);
}

void
clip_unref (Clip *clip)
{
  g_atomic_rc_box_release_full (clip, (GDestroyNotify) clip_clear);
}

ClipState
clip_get_state (Clip *clip)
{
  return g_atomic_int_get (&clip->state);
}

gint64
clip_get_done_time (Clip *clip)
{
  return clip->done;
}

static void
clip_set_state (Clip *clip, ClipState state)
{
  clip->done = g_get_monotonic_time ();
  g_atomic_int_set (&clip->state, state);
}

GBytes *
clip_get_bytes (Clip *clip)
{
  return clip->bytes;
}

const gchar *
clip_get_etag (Clip *clip)
{
  return clip->etag;
}

GDateTime *
clip_get_date (Clip *clip)
{
  return clip->date;
}

/* Returns the file's date in whole seconds, the precision of HTTP dates. */
static GDateTime *
date_of_file (const gchar *path)
{
  GStatBuf status;

  if (g_stat (path, &status) != 0)
    return NULL;
  return g_date_time_new_from_unix_utc (status.st_mtime);
}

/* Takes @bytes and @date; @date NULL: now. */
static void
clip_set_bytes (Clip *clip, GBytes *bytes, GDateTime *date)
{
  g_autofree gchar *checksum =
      g_compute_checksum_for_bytes (G_CHECKSUM_MD5, bytes);

  clip->bytes = bytes;
  clip->date = date ? date : g_date_time_new_now_utc ();
  clip->etag = g_strdup_printf ("\"%s\"", checksum);
}

Clip *
clip_new_from_bytes (GBytes *bytes)
{
  Clip *clip = clip_new (NULL, NULL);

  clip_set_bytes (clip, g_bytes_ref (bytes), NULL);
  clip_set_state (clip, CLIP_READY);
  return clip;
}

static gboolean
clip_load (Clip *clip, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (clip->path, FALSE, error);

  if (file == NULL)
    return FALSE;
  clip_set_bytes (
      clip, g_mapped_file_get_bytes (file), date_of_file (clip->path));
  return TRUE;
}

static void
studio_finish (Studio *studio, Clip *clip, gboolean good)
{
  g_mutex_lock (&studio->lock);
  clip_set_state (clip, good ? CLIP_READY : CLIP_FAILED);
  /* Forget a failed clip, so that the next order tries to render it again. */
  if (!good)
    g_hash_table_remove (studio->clips, clip->path);
  g_cond_broadcast (&studio->done);
  g_mutex_unlock (&studio->lock);
}

static void
render (gpointer data, gpointer user_data)
{
  g_autoptr (Clip) clip = data;
  Studio *studio = user_data;
  g_autoptr (GError) error = NULL;
  gboolean good = g_file_test (clip->path, G_FILE_TEST_EXISTS);

  if (!good) {
    good = render_scene (clip->scene, clip->path, studio->quit, &error);
    counters_bump (studio->counters, COUNTER_RENDERS, 1);
  }
  good = good && clip_load (clip, &error);
  if (!good && !g_cancellable_is_cancelled (studio->quit))
    g_printerr ("seedance-local: rendering failed: %s\n", error->message);
  studio_finish (studio, clip, good);
}

Studio *
studio_new (const gchar *folder, Counters *counters, GError **error)
{
  g_autofree gchar *path = g_strdup (folder);
  Studio *studio;

  if (path == NULL)
    path = g_dir_make_tmp ("seedance-local-XXXXXX", error);
  if (path == NULL)
    return NULL;
  if (g_mkdir_with_parents (path, 0700) != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot make %s", path);
    return NULL;
  }
  studio = g_new0 (Studio, 1);
  studio->private_folder = folder == NULL;
  studio->folder = g_steal_pointer (&path);
  studio->counters = counters;
  studio->quit = g_cancellable_new ();
  studio->pool = g_thread_pool_new (render, studio, MAX_RENDERS, FALSE, NULL);
  studio->clips = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) clip_unref);
  g_mutex_init (&studio->lock);
  g_cond_init (&studio->done);
  return studio;
}

static void
remove_folder (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (folder);
}

void
studio_free (Studio *studio)
{
  g_cancellable_cancel (studio->quit);
  g_thread_pool_free (studio->pool, FALSE, TRUE);
  g_hash_table_unref (studio->clips);
  if (studio->private_folder)
    remove_folder (studio->folder);
  g_cond_clear (&studio->done);
  g_mutex_clear (&studio->lock);
  g_object_unref (studio->quit);
  g_free (studio->folder);
  g_free (studio);
}

Clip *
studio_render (Studio *studio, const Scene *scene)
{
  g_autofree gchar *key = scene_key (scene);
  g_autofree gchar *name = g_strconcat (key, ".mp4", NULL);
  g_autofree gchar *path = g_build_filename (studio->folder, name, NULL);
  Clip *clip;

  g_mutex_lock (&studio->lock);
  clip = g_hash_table_lookup (studio->clips, path);
  if (clip == NULL) {
    clip = clip_new (path, scene);
    g_hash_table_insert (studio->clips, clip->path, clip);
    g_thread_pool_push (studio->pool, clip_ref (clip), NULL);
  }
  clip_ref (clip);
  g_mutex_unlock (&studio->lock);
  return clip;
}

Clip *
studio_open (Studio *studio, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  Clip *clip = clip_new (path, NULL);
  gboolean good = clip_load (clip, &error);

  if (!good)
    g_printerr ("seedance-local: %s\n", error->message);
  clip_set_state (clip, good ? CLIP_READY : CLIP_FAILED);
  return clip;
}

ClipState
studio_wait (Studio *studio, Clip *clip, GiveUpFunc give_up, gpointer user_data)
{
  g_mutex_lock (&studio->lock);
  while (clip_get_state (clip) == CLIP_PENDING && !give_up (user_data)) {
    g_cond_wait_until (&studio->done, &studio->lock,
        g_get_monotonic_time () + GIVE_UP_INTERVAL);
  }
  g_mutex_unlock (&studio->lock);
  return clip_get_state (clip);
}
