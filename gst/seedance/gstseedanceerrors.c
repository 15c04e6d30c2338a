/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches the bus for errors, because the state of a sink may hide them. If a
 * queue has taken in the EOS event before the sink returns an error, the queue
 * still sends EOS to the sink. Then only the error message shows that the sink
 * has failed. */

#include "gstseedanceerrors.h"

struct _GstSeedanceErrors {
  GstBus *bus; /* NULL if @top has none */
  gulong handler;
  GMutex lock;
  GPtrArray *posters; /* of GWeakRef; under the lock */
};

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* Returns references to the posters that still exist, and forgets the others:
 * if an application replaces a sink whenever it fails, the list must not grow.
 * Free the array without the lock. It may hold the last reference to an
 * element, and the element may post an error while it is destroyed. */
static GPtrArray *
ref_posters_locked (GstSeedanceErrors *self)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (gst_object_unref);

  for (guint i = self->posters->len; i > 0; i--) {
    gpointer poster = g_weak_ref_get (g_ptr_array_index (self->posters, i - 1));

    if (poster)
      g_ptr_array_add (found, poster);
    else
      g_ptr_array_remove_index_fast (self->posters, i - 1);
  }

  return found;
}

static void
add_poster_locked (GstSeedanceErrors *self, GstObject *element)
{
  GWeakRef *poster = g_new0 (GWeakRef, 1);

  g_weak_ref_init (poster, element);
  g_ptr_array_add (self->posters, poster);
}

/* Runs in the thread that posts the error. */
static void
on_error (GstBus *bus, GstMessage *message, gpointer user_data)
{
  GstSeedanceErrors *self = user_data;
  g_autoptr (GPtrArray) known = NULL;

  if (!GST_MESSAGE_SRC (message))
    return;
  g_mutex_lock (&self->lock);
  known = ref_posters_locked (self);
  if (!g_ptr_array_find (known, GST_MESSAGE_SRC (message), NULL))
    add_poster_locked (self, GST_MESSAGE_SRC (message));
  g_mutex_unlock (&self->lock);
}

static void
clear (gpointer data)
{
  GstSeedanceErrors *self = data;

  g_ptr_array_unref (self->posters);
  g_mutex_clear (&self->lock);
}

static void
release (gpointer data, GClosure *closure)
{
  g_atomic_rc_box_release_full (data, clear);
}

GstSeedanceErrors *
gst_seedance_errors_new (GstElement *top)
{
  GstSeedanceErrors *self = g_atomic_rc_box_new0 (GstSeedanceErrors);

  g_mutex_init (&self->lock);
  self->posters = g_ptr_array_new_with_free_func (weak_ref_free);
  self->bus = gst_element_get_bus (top);
  if (self->bus) {
    gst_bus_enable_sync_message_emission (self->bus);
    /* The handler may still run in another thread after it was disconnected, so
     * the closure holds a reference. */
    self->handler = g_signal_connect_data (self->bus, "sync-message::error",
        G_CALLBACK (on_error), g_atomic_rc_box_acquire (self), release, 0);
  }

  return self;
}

void
gst_seedance_errors_free (GstSeedanceErrors *self)
{
  if (self->bus) {
    g_signal_handler_disconnect (self->bus, self->handler);
    gst_bus_disable_sync_message_emission (self->bus);
    gst_object_unref (self->bus);
  }
  release (self, NULL);
}

gboolean
gst_seedance_errors_has (GstSeedanceErrors *self, GstElement *element)
{
  g_autoptr (GPtrArray) posters = NULL;
  gboolean found = FALSE;

  g_mutex_lock (&self->lock);
  posters = ref_posters_locked (self);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < posters->len && !found; i++) {
    GstObject *poster = g_ptr_array_index (posters, i);

    found = poster == GST_OBJECT (element) ||
            gst_object_has_as_ancestor (GST_OBJECT (element), poster);
  }

  return found;
}

gboolean
gst_seedance_errors_is_deaf (GstSeedanceErrors *self, GstElement *top)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (top);

  return bus && bus != self->bus;
}
