/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes with units: which texts are accepted and which are refused. */

#include "size.h"

static const struct {
  const gchar *text;
  guint64 size;
} sizes[] = {
  { "0", 0 },
  { "0G", 0 },
  { "1500000", 1500000 },
  { "18446744073709551615", G_MAXUINT64 },
  { "7B", 7 },
  { "2K", 2048 },
  { "2k", 2048 },
  { "2KiB", 2048 },
  { "2kB", 2000 },
  { "2KB", 2000 },
  { "3M", 3145728 },
  { "3MiB", 3145728 },
  { "3MB", 3000000 },
  { "4G", G_GUINT64_CONSTANT (4294967296) },
  { "4GiB", G_GUINT64_CONSTANT (4294967296) },
  { "4 GiB", G_GUINT64_CONSTANT (4294967296) },
  { " 4gib\n", G_GUINT64_CONSTANT (4294967296) },
  { "4GB", G_GUINT64_CONSTANT (4000000000) },
  { "1T", G_GUINT64_CONSTANT (1099511627776) },
  { "1TiB", G_GUINT64_CONSTANT (1099511627776) },
  { "1TB", G_GUINT64_CONSTANT (1000000000000) },
  { "16777215T", G_GUINT64_CONSTANT (16777215) << 40 },
  { "1.5GiB", G_GUINT64_CONSTANT (1610612736) },
  { "0.5k", 512 },
  { "1.0", 1 },
  { "2.50MB", 2500000 },
  { "1.999999999999999999T", G_GUINT64_CONSTANT (2199023255551) },
};

static const gchar *const nonsense[] = { NULL, "", " ", "G", "GiB", "-1",
  "-4GiB", "+4", "four", "4 four", "4GiBs", "4Gi", "4GG", "4 G B", "0x10",
  "1e9", "1,5G", "1.5", "1.5B", ".5G", "5.G", "1.2.3G", "4GiB 4GiB", "4;rm",
  "18446744073709551616", "16777216T", "99999999999999999999G", "inf", "nan",
  "1.9999999999999999999T", "\xd9\xa4G", "4\xc2\xa0G", "unlimited" };

static void
test_units (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint64 size = 77;

    g_test_message ("%s", sizes[i].text);
    g_assert_true (seedance_size_parse (sizes[i].text, &size));
    g_assert_cmpuint (size, ==, sizes[i].size);
  }
}

static void
test_nonsense (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (nonsense); i++) {
    guint64 size = 77;

    g_test_message ("%s", nonsense[i] ? nonsense[i] : "(none)");
    g_assert_false (seedance_size_parse (nonsense[i], &size));
    g_assert_cmpuint (size, ==, 77);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/size/units", test_units);
  g_test_add_func ("/size/nonsense", test_nonsense);

  return g_test_run ();
}
