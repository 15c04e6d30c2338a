/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who waits inside a reader, and whether that was interrupted. Whoever enters
 * takes a ticket, the number of interrupts so far: a later interrupt ends its
 * wait even when the reader is not flushing any more. No lock. */

#include "reader-private.h"

guint
seedance_reader_enter (SeedanceReader *reader)
{
  guint ticket = (guint) g_atomic_int_get (&reader->interrupts);

  g_atomic_int_set (&reader->ticket, (gint) ticket);
  g_atomic_int_inc (&reader->inside);

  return ticket;
}

void
seedance_reader_leave (SeedanceReader *reader)
{
  g_atomic_int_add (&reader->inside, -1);
}

gboolean
seedance_reader_is_interrupted (SeedanceReader *reader, guint ticket)
{
  return g_atomic_int_get (&reader->flushing) ||
         (guint) g_atomic_int_get (&reader->interrupts) != ticket;
}

/* Somebody waits, and was not told to stop waiting. */
gboolean
seedance_reader_is_waited_for (SeedanceReader *reader)
{
  return g_atomic_int_get (&reader->inside) > 0 &&
         !seedance_reader_is_interrupted (
             reader, (guint) g_atomic_int_get (&reader->ticket));
}
