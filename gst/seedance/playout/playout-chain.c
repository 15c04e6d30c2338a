/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* chain=last-frame: each item continues the one before it. Its order has the
 * last frame of that one's clip as its image, so it waits until that clip is
 * whole.
 *
 * The image has a name, such as "last frame of task X", because the picture
 * itself cannot be compared: the service's link to it expires, and decoding it
 * twice may not give the same bytes. Orders of `prompts` are the same if the
 * names are. An item of a rundown is the same order whatever it continues:
 * after a restart the item before it may be gone, and a clip that was bought
 * must be found all the same. */

#include "playout-private.h"

#include "playout-frame.h"
#include "rundown-private.h"

static gchar *
make_name (const SeedanceItem *of)
{
  g_autofree gchar *at =
      of->out >= 0 ? g_strdup_printf (" at %" G_GINT64_FORMAT, of->out)
                   : g_strdup ("");

  return of->uri ? g_strdup_printf ("last frame of file %s%s", of->uri, at)
                 : g_strdup_printf ("last frame of task %s%s", of->task_id, at);
}

static PlayoutEntry *
find_entry_locked (PlayoutCore *core, const gchar *id)
{
  PlayoutEntry *entry = core->air.entry;

  if (entry && entry->kind == PLAYOUT_ENTRY_ITEM &&
      g_str_equal (playout_clip_get_item (entry->clip)->id, id))
    return entry;

  return playout_core_find_locked (core, id);
}

/* For how long after a clip was begun the service's link to its last frame is
 * used. The service does not say when the link expires, and an order with an
 * expired link would be refused and its item lost. Later the frame is decoded
 * from the clip. */
#define LINK_LIFE (3600 * (gint64) GST_SECOND)

static gboolean
is_fresh (const PlayoutEntry *entry)
{
  return g_get_monotonic_time () * 1000 - entry->begun < LINK_LIFE;
}

/* Finds the item *@of (transfer full) that the item at @index continues, NULL
 * if there is none, and the link *@url (transfer full) to its last frame, NULL
 * if there is no fresh one. Returns FALSE while that item's clip is not whole.
 * Failed items have left the rundown, so index - 1 is the last item that did
 * not fail. */
static gboolean
find_before_locked (
    PlayoutCore *core, guint index, SeedanceItem **of, gchar **url)
{
  const PlayoutEntry *entry;

  if (index == 0) {
    *of = core->chained.last ? seedance_item_ref (core->chained.last) : NULL;
    return TRUE;
  }
  entry = find_entry_locked (
      core, seedance_rundown_get (core->rundown, index - 1)->id);
  if (!entry || !entry->was_ready || !entry->is_whole)
    return FALSE;
  *of = playout_chain_make_readable (
      playout_clip_get_item (entry->clip), entry->task_id);
  *url = is_fresh (entry) ? g_strdup (entry->last_frame_url) : NULL;

  return TRUE;
}

/* An item with an image of its own continues nothing. */
static gboolean
is_chained_locked (PlayoutCore *core, const SeedanceItem *item)
{
  return core->settings.chain == PLAYOUT_CHAIN_LAST_FRAME &&
         !(item->fields && g_hash_table_contains (item->fields, "image"));
}

/* Takes the last frame of @of if the worker has looked for it; the image is
 * NULL if that failed. Otherwise asks the worker for it and returns FALSE. */
static gboolean
take_frame_locked (PlayoutCore *core, SeedanceItem *of, PlayoutImage *image)
{
  PlayoutChained *chained = &core->chained;
  g_autofree gchar *name = make_name (of);

  if (g_strcmp0 (chained->frame.name, name) == 0 && chained->looked) {
    image->image = g_strdup (chained->frame.image);
    image->name = g_steal_pointer (&name);
    return TRUE;
  }
  if (!chained->looks && !chained->of)
    chained->of = seedance_item_ref (of);

  return FALSE;
}

gboolean
playout_chain_ask_locked (PlayoutCore *core, guint index, PlayoutImage *image)
{
  const SeedanceItem *item = seedance_rundown_get (core->rundown, index);
  g_autoptr (SeedanceItem) of = NULL;
  g_autofree gchar *url = NULL;

  playout_image_clear (image);
  if (!is_chained_locked (core, item))
    return TRUE;
  if (!find_before_locked (core, index, &of, &url))
    return FALSE;
  if (!of)
    return TRUE;
  /* The service's link shows the last frame of the whole clip. If the item ends
   * earlier (`out`), its last frame has to be decoded. */
  if (!url || of->out >= 0)
    return take_frame_locked (core, of, image);
  image->image = g_steal_pointer (&url);
  image->name = make_name (of);

  return TRUE;
}

void
playout_chain_begun_locked (
    PlayoutCore *core, const SeedanceItem *item, const PlayoutImage *image)
{
  if (image->image)
    g_hash_table_add (core->chained.begun, g_strdup (item->id));
}

gboolean
playout_chain_continues_locked (PlayoutCore *core, const SeedanceItem *item)
{
  return g_hash_table_contains (core->chained.begun, item->id);
}

/* A search for a frame: what its thread needs. */
typedef struct {
  PlayoutCore *core;
  GstElement *element, *source;
  gint64 out, timeout;
} Look;

static gboolean
is_stopped (gpointer user_data)
{
  PlayoutCore *core = user_data;
  gboolean stopped;

  g_mutex_lock (&core->lock);
  stopped = core->stopped;
  g_mutex_unlock (&core->lock);

  return stopped;
}

static void
warn (const Look *look, const GError *problem)
{
  g_autoptr (GError) error = g_error_new (GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE,
      "The last frame of a clip cannot be had (%s). The next item is ordered "
      "without it, and does not continue that clip.",
      problem->message);

  if (!is_stopped (look->core))
    gst_element_post_message (look->element,
        gst_message_new_warning (GST_OBJECT (look->element), error, NULL));
}

static void
end_look (PlayoutCore *core, gchar *image)
{
  g_mutex_lock (&core->lock);
  core->chained.frame.image = image;
  core->chained.looks = FALSE;
  core->chained.looked = TRUE;
  g_mutex_unlock (&core->lock);
  playout_core_kick (core);
}

static void
finish_look (Look *look, gchar *image, const GError *error)
{
  if (!image)
    warn (look, error);
  end_look (look->core, image);
  playout_core_unref (look->core);
  gst_object_unref (look->element);
  g_free (look);
  playout_clip_count_lives (-1);
}

/* Runs on a thread of its own: decoding a clip takes a while, and may hang. */
static gpointer
look_for_frame (gpointer data)
{
  Look *look = data;
  g_autoptr (GError) error = NULL;
  gchar *image = playout_frame_get_last (
      look->source, look->out, look->timeout, is_stopped, look->core, &error);

  finish_look (look, image, error);

  return NULL;
}

static SeedanceItem *
begin_look_locked (PlayoutCore *core)
{
  PlayoutChained *chained = &core->chained;

  if (!chained->of || core->stopped)
    return NULL;
  playout_image_clear (&chained->frame);
  chained->frame.name = make_name (chained->of);
  chained->looks = TRUE;
  chained->looked = FALSE;

  return g_steal_pointer (&chained->of);
}

static void
begin_look (PlayoutCore *core, const SeedanceItem *of, GstElement *source)
{
  Look *look = g_new0 (Look, 1);
  g_autoptr (GError) error = NULL;
  GThread *thread;

  look->core = playout_core_ref (core);
  look->element = gst_object_ref (core->element);
  look->source = source;
  look->out = of->out;
  g_mutex_lock (&core->lock);
  look->timeout = core->settings.prepare_timeout * (gint64) GST_SECOND;
  g_mutex_unlock (&core->lock);
  playout_clip_count_lives (1);
  thread = g_thread_try_new ("seedance-frame", look_for_frame, look, &error);
  if (thread) {
    g_thread_unref (thread);
  } else {
    gst_object_unref (gst_object_ref_sink (source));
    finish_look (look, NULL, error);
  }
}

void
playout_chain_work (PlayoutCore *core)
{
  g_autoptr (SeedanceItem) of = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *source;

  g_mutex_lock (&core->lock);
  of = begin_look_locked (core);
  g_mutex_unlock (&core->lock);
  if (!of)
    return;
  source = core->make_source (core->element, of, of->task_id, NULL, &error);
  if (source) {
    begin_look (core, of, source);
  } else {
    const Look look = { .core = core, .element = core->element };

    warn (&look, error);
    end_look (core, NULL);
  }
}
