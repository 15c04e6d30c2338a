/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes as people write them. Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads a number of bytes with or without a unit, "1500000", "4GiB", "1.5 G":
 * K, M, G, T and KiB, MiB, GiB, TiB are powers of 1024; kB, MB, GB, TB of 1000;
 * letters may be of either case. FALSE, and *@size as it was, for all else, such
 * as nothing, a sign, a fraction of a byte, and what does not fit 64 bits. */
gboolean seedance_size_parse (const gchar *text, guint64 *size);

/* The same in words, for errors that say what to write instead. */
#define SEEDANCE_SIZE_HELP \
  "a number of bytes, or a number and a unit such as 500MB or 4GiB"

G_END_DECLS
