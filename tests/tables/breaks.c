/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes docs/breaks.md: the result for a clip whose transfer breaks in
 * different ways. */

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
      "Each row is a way in which the body of a clip can break. It runs\n"
      "twice through the whole element: pushed to a sink, and pulled by a\n"
      "reader that wants the head, the end and then the rest. The tests in\n"
      "`tests/tables` write these tables, and fail when the result differs.\n"
      "\n"
      "`whole` means that the element recovered: every byte is the service's\n"
      "own, for one order. Anything else is the error that ended the run.\n"
      "The stream must never end without an error after missing or wrong\n"
      "bytes.\n",
  .columns = columns,
};

/* Other elements that were measured with these breaks recover from 0 to 5 of
 * them. */
#define RECOVERED_MIN 10

static const struct {
  const gchar *what, *faults;
} breaks[] = {
  { "FIN at half, once", "clip@1:truncate=50%" },
  { "RST at half, once", "clip@1:cut-reset=50%" },
  { "FIN at half of each answer", "clip:truncate=50%\nend:truncate=50%" },
  { "FIN at half, then no ranges",
      "clip@1:truncate=50%\nclip@2-:no-range\nend:no-range" },
  /* The other object arrives only after the element has read a part of the
   * first one. If nothing was read yet, the element may correctly play the
   * other object. */
  { "FIN at half, then another object",
      "clip@1:truncate=50%\nclip@2-:other-object+delay=1000" },
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

/* Restrictions of links, wrong labels, and answers without content. Columns:
 * the name of the row, the settings of the service, its faults, the expected
 * end as in CellResult, and the highest allowed number of requests for the
 * clip. */
static const struct {
  const gchar *what, *settings, *faults;
  const gchar *end;
  guint requests;
} more[] = {
  { "links that work once, 400 kB/s", "{\"url_uses\":1}", "clip:rate=400000",
      "whole", 3 },
  { "links that work once, FIN at half three times", "{\"url_uses\":1}",
      "clip@1-3:truncate=50%", "whole", 11 },
  { "links that work twice, FIN at half", "{\"url_uses\":2}",
      "clip@1:truncate=50%", "whole", 5 },
  { "links that live 2 s, FIN again and again", "{\"url_lifetime\":2}",
      "clip@1-9:rate=100000+truncate=200000", "whole", 14 },
  { "one request at a time, 429 to others", "{\"busy_status\":429}",
      "clip:rate=400000", "whole", 5 },
  { "one request at a time, 403 to others", "{\"busy_status\":403}",
      "clip:rate=400000", "whole", 5 },
  { "a request ends those before it", "{\"newest_wins\":true}",
      "clip:rate=400000", "whole", 5 },
  { "another ETag each time, FIN at half", NULL,
      "clip:fresh-etag\nclip@1:truncate=50%\nend:fresh-etag", "whole", 4 },
  { "another date each time, no ETag, FIN at half", NULL,
      "clip:fresh-date+no-etag\nclip@1:truncate=50%\nend:fresh-date+no-etag",
      "whole", 5 },
  { "no ETag and no date, FIN at half", NULL,
      "clip:no-etag+no-date\nclip@1:truncate=50%\nend:no-etag+no-date", "whole",
      5 },
  { "ranges refused with 403, FIN at half", NULL,
      "clip:refuse-range=403\nclip@1:truncate=50%\nend:refuse-range=403",
      "whole", 6 },
  { "ranges refused with 501, FIN at half", NULL,
      "clip:refuse-range=501\nclip@1:truncate=50%\nend:refuse-range=501",
      "whole", 5 },
  { "ranges of 200 kB at most, FIN at half", NULL,
      "clip:short=200000\nclip@1:truncate=50%", "whole", 8 },
  { "gzip that nobody asked for, FIN at half", NULL,
      "clip:encode=gzip\nclip@1:truncate=50%\nend:encode=gzip", "whole", 5 },
  { "206 from byte 0 to every range", NULL,
      "clip@1:truncate=50%\nclip@2-:wrong-range+truncate=20%\n"
      "end:wrong-range",
      "RESOURCE/READ", 9 },
  { "FIN at half, then ranges without a byte", NULL,
      "clip@1:truncate=50%\nclip@2-:short=0\nend:short=0", "RESOURCE/READ", 9 },
  { "FIN at half, then 403 for ever", NULL,
      "clip@1:truncate=50%\nclip@2-:expired\nend:expired", "RESOURCE/NOT_FOUND",
      9 },
};

#define N_MORE G_N_ELEMENTS (more)

static void
check_more (guint nth, const CellResult *result)
{
  fail_unless (g_str_equal (result->end, more[nth].end), "%s: %s (%s)",
      more[nth].what, result->end, result->text ? result->text : "");
  fail_unless_equals_int64 (result->posts, 1);
  fail_unless (result->requests <= more[nth].requests, "%s: %d requests",
      more[nth].what, (gint) result->requests);
}

/* Each row reaches its expected end, in push and in pull mode, with one submit
 * and not too many requests for the clip. */
GST_START_TEST (what_works_is_never_given_up)
{
  Cell cells[2 * N_MORE];
  CellResult results[2 * N_MORE] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    cells[i] =
        (Cell){ more[i / 2].faults, "", i % 2 == 1, more[i / 2].settings };
  cells_run (cells, G_N_ELEMENTS (cells), results);
  for (guint i = 0; i < N_MORE; i++) {
    const CellResult *pushed = &results[2 * i], *pulled = pushed + 1;
    const gchar *text = pushed->text ? pushed->text : pulled->text;
    const gchar *row[] = { more[i].what, pushed->end, pulled->end,
      text ? text : "", NULL };

    table_add_row ("Links, labels, and answers that bring nothing", row);
    check_more (i, pushed);
    check_more (i, pulled);
  }
  cells_clear (results, G_N_ELEMENTS (results));
}
GST_END_TEST

/* No break ends the stream with wrong bytes or costs a second submit, and at
 * least RECOVERED_MIN of them are recovered. */
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
  tcase_add_test (test_case_new (suite, "more"), what_works_is_never_given_up);

  return suite;
}

TABLE_MAIN (breaks)
