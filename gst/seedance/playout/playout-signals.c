/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of seedanceplayout: its action signals. */

#include "playout-signals.h"

static void
add_signal (GObjectClass *klass, const gchar *name, GCallback handler,
    GType returned, guint texts)
{
  g_signal_new_class_handler (name, G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, handler, NULL, NULL, NULL, returned,
      texts, G_TYPE_STRING, G_TYPE_STRING);
}

static void
add_signals_of_new_items (GObjectClass *klass, const PlayoutSignals *handlers)
{
  /**
   * GstSeedancePlayout::enqueue:
   * @playout: the element
   * @item: an item, as JSON
   *
   * Puts an item at the end of the rundown.
   *
   * The element is running in PAUSED and PLAYING. An item that is enqueued or
   * inserted while it is not running is part of every later run, behind the
   * items of properties and before those of the file. While it is not running,
   * #GstSeedancePlayout::insert, #GstSeedancePlayout::move and
   * #GstSeedancePlayout::remove know these items only. If one of them has the
   * id of an item of the properties, a warning says so when the run begins, and
   * it is left out.
   *
   * Returns: %FALSE, with a warning on the bus, when the item cannot be used,
   *   its id is taken, or the stream is at its end. In NULL the bus of a
   *   pipeline takes no messages.
   *
   * Since: 0.2
   */
  add_signal (klass, "enqueue", handlers->enqueue, G_TYPE_BOOLEAN, 1);
  /**
   * GstSeedancePlayout::insert:
   * @playout: the element
   * @item: an item, as JSON
   * @before: the id of another item, or %NULL for the end
   *
   * Puts an item before another one, or at the end without @before.
   *
   * Returns: %FALSE, with a warning on the bus, when the item cannot be used,
   *   its id is taken, there is no item @before, or the stream is at its end
   *
   * Since: 0.2
   */
  add_signal (klass, "insert", handlers->insert, G_TYPE_BOOLEAN, 2);
}

static void
add_signals_of_items (GObjectClass *klass, const PlayoutSignals *handlers)
{
  /**
   * GstSeedancePlayout::move:
   * @playout: the element
   * @id: the id of an item
   * @before: the id of another item, or %NULL for the end
   *
   * Moves an item of the rundown. A move during a run changes that run only.
   *
   * Returns: %FALSE, with a warning on the bus, when there is no such item
   *
   * Since: 0.2
   */
  add_signal (klass, "move", handlers->move, G_TYPE_BOOLEAN, 2);
  /**
   * GstSeedancePlayout::remove:
   * @playout: the element
   * @id: the id of an item
   *
   * Takes an item out of the rundown. If it was ordered already, its task goes
   * on and is billed. If it is on air, it ends, and so do its repeats. It is
   * not part of later runs either, unless a property or the file has it; with
   * the same #GstSeedancePlayout:as-run not even then, if it was begun.
   *
   * Returns: %FALSE, with a warning on the bus, when there is no such item
   *
   * Since: 0.2
   */
  add_signal (klass, "remove", handlers->remove, G_TYPE_BOOLEAN, 1);
}

static void
add_signals_of_all (GObjectClass *klass, const PlayoutSignals *handlers)
{
  /**
   * GstSeedancePlayout::skip:
   * @playout: the element
   *
   * Ends what is on air, and does not repeat it. If nothing is on air, removes
   * the item that is waited for.
   *
   * Returns: %FALSE when there is neither
   *
   * Since: 0.2
   */
  add_signal (klass, "skip", handlers->skip, G_TYPE_BOOLEAN, 0);
  /**
   * GstSeedancePlayout::clear:
   * @playout: the element
   *
   * Removes every item but the one on air, and all repeats. If failures had
   * stopped the orders, they may go on.
   *
   * Since: 0.2
   */
  add_signal (klass, "clear", handlers->clear, G_TYPE_NONE, 0);
}

void
playout_signals_install (GObjectClass *klass, const PlayoutSignals *handlers)
{
  add_signals_of_new_items (klass, handlers);
  add_signals_of_items (klass, handlers);
  add_signals_of_all (klass, handlers);
}
