/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads sizes in bytes as people write them, such as "4GiB". Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads a number of bytes with or without a unit: "1500000", "4GiB", "1.5 G".
 * K, M, G, T and KiB, MiB, GiB, TiB are powers of 1024; kB, MB, GB, TB are
 * powers of 1000. Upper and lower case mean the same. Returns FALSE and leaves
 * *@size alone for anything else, such as an empty text, a sign, "1.5" without
 * a unit, or what does not fit 64 bits. @text may be NULL. */
gboolean seedance_size_parse (const gchar *text, guint64 *size);

/* The syntax in words, for errors that say what to write instead. */
#define SEEDANCE_SIZE_HELP \
  "a number of bytes, or a number and a unit such as 500MB or 4GiB"

G_END_DECLS
