/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* docs/breaks.md: what becomes of a clip whose transfer breaks. */

#include <string.h>

#include "cells.h"
#include "table.h"

static const gchar *const columns[] = { "How it breaks", "pushed", "pulled",
  "what the error says", NULL };

static const Table breaks_table = {
  .document = "breaks.md",
  .heading =
      "# When a transfer breaks\n"
      "\n"
      "Twelve ways to break the body of a clip, each through the whole\n"
      "element, to a sink that is pushed to and to a reader that pulls the\n"
      "head, the end and then the rest. This table is written by the tests\n"
      "(`tests/tables`), which fail when something else comes out.\n"
      "\n"
      "`whole` was recovered: every byte is the service's own, for one order.\n"
      "Anything else is the error that ended it. What is never allowed is an\n"
      "end of the stream behind other bytes.\n",
  .columns = columns,
};

/* The peers that this is measured against recover 0 to 5 of them. */
#define RECOVERED_MIN 10

static const struct {
  const gchar *what, *faults;
} breaks[] = {
  { "FIN at half, once", "clip@1:truncate=50%" },
  { "RST at half, once", "clip@1:cut-reset=50%" },
  { "FIN at half of each answer", "clip:truncate=50%\nend:truncate=50%" },
  { "FIN at half, then no ranges",
      "clip@1:truncate=50%\nclip@2-:no-range\nend:no-range" },
  { "FIN at half, then another object",
      "clip@1:truncate=50%\nclip@2-:other-object" },
  { "FIN at half, then a 206 from byte 0",
      "clip@1:truncate=50%\nclip@2:wrong-range" },
  { "chunked, and FIN at half", "clip@1:chunked+truncate=50%" },
  { "no length, and FIN at half", "clip@1:no-length+truncate=50%" },
  { "503 first", "clip@1:status=503" },
  { "403: the link has expired, once", "clip@1:expired" },
  { "200 with a page of HTML, once", "clip@1:html" },
  { "dropped before the headers, once", "clip@1:drop" },
};

#define N_BREAKS G_N_ELEMENTS (breaks)

GST_START_TEST (no_break_goes_unnoticed)
{
  Cell cells[2 * N_BREAKS];
  CellResult results[2 * N_BREAKS] = { 0 };
  guint recovered = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    cells[i] = (Cell){ breaks[i / 2].faults, "", i % 2 == 1 };
  cells_run (cells, G_N_ELEMENTS (cells), results);
  for (guint i = 0; i < N_BREAKS; i++) {
    const CellResult *pushed = &results[2 * i], *pulled = pushed + 1;
    const gchar *text = pushed->text ? pushed->text : pulled->text;
    const gchar *row[] = { breaks[i].what, pushed->end, pulled->end,
      text ? text : "", NULL };

    table_add_row ("The twelve", row);
    fail_if (g_str_equal (pushed->end, "WRONG"), "%s, pushed", row[0]);
    fail_if (g_str_equal (pulled->end, "WRONG"), "%s, pulled", row[0]);
    fail_unless_equals_int64 (pushed->posts, 1);
    fail_unless_equals_int64 (pulled->posts, 1);
    recovered += g_str_equal (pushed->end, "whole") &&
                 g_str_equal (pulled->end, "whole");
  }
  cells_clear (results, G_N_ELEMENTS (results));
  fail_unless (recovered >= RECOVERED_MIN);
}
GST_END_TEST

static Suite *
breaks_suite (void)
{
  Suite *suite = suite_create ("breaks");

  tcase_add_test (test_case_new (suite, "breaks"), no_break_goes_unnoticed);

  return suite;
}

TABLE_MAIN (breaks)
