/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads sizes such as "1.5 GiB" without floating point. */

#include "size.h"

#define DIGITS_MAX 18 /* of a fraction; so many fit 64 bits */

static const struct {
  const gchar *name;
  guint64 factor;
} units[] = {
#define POWER(base, n) \
  ((guint64) (base) * ((n) > 1 ? (base) : 1) * ((n) > 2 ? (base) : 1) * \
      ((n) > 3 ? (base) : 1))
  { "", 1 },
  { "b", 1 },
  { "k", POWER (1024, 1) },
  { "m", POWER (1024, 2) },
  { "g", POWER (1024, 3) },
  { "t", POWER (1024, 4) },
  { "kib", POWER (1024, 1) },
  { "mib", POWER (1024, 2) },
  { "gib", POWER (1024, 3) },
  { "tib", POWER (1024, 4) },
  { "kb", POWER (1000, 1) },
  { "mb", POWER (1000, 2) },
  { "gb", POWER (1000, 3) },
  { "tb", POWER (1000, 4) },
#undef POWER
};

static guint64
find_factor (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
    if (g_ascii_strcasecmp (name, units[i].name) == 0)
      return units[i].factor;
  }

  return 0;
}

/* Reads the digits at *@p into *@number, and ten to the power of their count
 * into *@scale. Returns FALSE if there are none, more than @max, or too many
 * for 64 bits. */
static gboolean
read_digits (const gchar **p, guint max, guint64 *number, guint64 *scale)
{
  const gchar *start = *p;

  *number = 0;
  *scale = 1;
  for (; g_ascii_isdigit (**p); (*p)++) {
    guint64 digit = (guint64) (**p - '0');

    if (*p - start >= max || !g_uint64_checked_mul (number, *number, 10) ||
        !g_uint64_checked_add (number, *number, digit))
      return FALSE;
    /* Overflows with many digits, but only fractions use it (DIGITS_MAX). */
    *scale *= 10;
  }

  return *p > start;
}

/* floor (@number / @scale * @factor), exact where a double would not be. */
static guint64
scale_fraction (guint64 number, guint64 scale, guint64 factor)
{
  return (guint64) ((unsigned __int128) number * factor / scale);
}

gboolean
seedance_size_parse (const gchar *text, guint64 *size)
{
  g_autofree gchar *copy = g_strstrip (g_strdup (text ? text : ""));
  const gchar *p = copy;
  guint64 whole, fraction = 0, scale = 1, factor;

  if (!read_digits (&p, G_MAXUINT, &whole, &scale))
    return FALSE;
  scale = 1;
  if (*p == '.') {
    p++;
    if (!read_digits (&p, DIGITS_MAX, &fraction, &scale))
      return FALSE;
  }
  while (g_ascii_isspace (*p))
    p++;
  factor = find_factor (p);
  if (factor == 0 || (fraction > 0 && factor == 1) ||
      !g_uint64_checked_mul (&whole, whole, factor) ||
      !g_uint64_checked_add (
          &whole, whole, scale_fraction (fraction, scale, factor)))
    return FALSE;
  *size = whole;

  return TRUE;
}
