/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws unique names from the random numbers of the kernel. */

#include "unique.h"

#include <sys/random.h>
#include <unistd.h>

#define HALVES 2

/* GLib's generator is only the fallback: a forked process inherits its state
 * and would draw the same numbers. */
gchar *
seedance_unique (void)
{
  guint64 bits[HALVES];

  if (getrandom (bits, sizeof bits, 0) != (ssize_t) sizeof bits) {
    bits[0] = (guint64) g_get_real_time () ^ (guint64) getpid () << 40;
    bits[1] = (guint64) g_random_int () << 32 | g_random_int ();
  }

  return g_strdup_printf (
      "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", bits[0], bits[1]);
}
