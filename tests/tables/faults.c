/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes docs/faults.md: the result of each fault in each place, which is the
 * submit, the poll, or the transfer of the clip. */

#include <string.h>
#include <sys/resource.h>

#include "cells.h"
#include "names.h"
#include "table.h"

static const gchar *const columns[] = { "Fault", "once", "POSTs", "billed",
  "always", "POSTs", "billed", "what the error says", NULL };

static const Table faults_table = {
  .document = "faults.md",
  .heading =
      "# What goes wrong, and what comes of it\n"
      "\n"
      "Each fault hits the order, the questions about the task, or the\n"
      "download of the clip, either the first time or always. The tests in\n"
      "`tests/tables` write these tables: they run each cell against the\n"
      "local service, and fail when the result differs.\n"
      "\n"
      "- **once**, **always**: the result, if the fault comes once or\n"
      "  always. `whole` means that the clip arrived, byte for byte as the\n"
      "  service made it; anything else is the error's domain and code.\n"
      "- **POSTs**, **billed**: the orders that reached the service, and the\n"
      "  tasks that it accepted.\n"
      "- **what the error says**: its first words.\n"
      "\n"
      "All rows run with `retries=1`, and with `generation-timeout=4` if a\n"
      "fault of the questions never passes. If the network itself fails, the\n"
      "questions are about a task that was ordered before.\n",
  .columns = columns,
};

/* The places that a fault can strike: the submit, the poll, and the transfer of
 * the clip. */
enum { S = 1, P = 2, C = 4, ALL = S | P | C };

typedef struct {
  const gchar *what;
  const gchar *action; /* "@PORT@" is the port that serves the place */
  guint places;
  const gchar *properties;
} Fault;

/* In KiB; eight cells run at a time in this process. */
#define MEMORY_MAX (200 * 1024)

#define JSON(text) "body={" text "}"
#define REFUSAL(text) "refusal={" text "}"

static const Fault faults[] = {
  { "301 to itself", "redirect-self+status=301", ALL },
  { "302 to itself", "redirect-self+status=302", ALL },
  { "303 to itself", "redirect-self+status=303", ALL },
  { "307 to itself", "redirect-self+status=307", ALL },
  { "308 to itself", "redirect-self+status=308", ALL },
  { "302 without an address", "status=302", ALL },
  { "302 to the same path on another origin",
      "redirect=http://localhost:@PORT@@SELF@", ALL },
  { "302 to the clips' origin", "redirect=http://@CLIPS@/", S | P },
  { "302 to the API's origin", "redirect=http://@API@/", C },
  { "302 to a file", "redirect=file:///etc/passwd", ALL },
  { "302 to plain http elsewhere", "redirect=http://192.0.2.1/", ALL },
  { "302 with a user and a password", "redirect=http://a:b@127.0.0.1/", ALL },
  { "400", "status=400", ALL },
  { "401", "status=401", ALL },
  { "402", "status=402", ALL },
  { "403", "status=403", ALL },
  { "404", "status=404", ALL },
  { "404 that speaks of the model", "status=404+code=ModelNotOpen", S },
  { "405", "status=405", ALL },
  { "408", "status=408", ALL },
  { "409", "status=409", ALL },
  { "410", "status=410", ALL },
  { "413", "status=413", ALL },
  { "416", "status=416", C },
  { "422", "status=422", ALL },
  { "425", "status=425", ALL },
  { "429", "status=429", ALL },
  { "429 with Retry-After in seconds", "status=429+retry-after=1", ALL },
  { "429 with Retry-After as a date", "status=429+retry-after=@SOON@", ALL },
  { "429 that speaks of quota", "status=429+code=QuotaExceeded", ALL },
  { "500", "status=500", ALL },
  { "502", "status=502", ALL },
  { "503", "status=503", ALL },
  { "503 with Retry-After", "status=503+retry-after=1", ALL },
  { "504", "status=504", ALL },
  { "500 after the task was accepted", "accept-status=500", S },
  { "200 that is a 401 inside", REFUSAL ("\"code\":401,\"message\":\"no\""),
      S | P },
  { "200 that says success: false",
      REFUSAL ("\"success\":false,\"message\":\"no\""), S | P },
  { "202", "status=202", ALL },
  { "204 without a body", "status=204+empty", S },

  { "late", "delay=300", ALL },
  { "headers byte by byte", "drip=1", ALL },
  { "a slow body", "rate=2000", S | P },
  { "a slow body", "rate=1000000", C },
  { "hangs", "hang", ALL, "timeout=1" },
  { "hangs after the task was accepted", "accept-hang", S, "timeout=1" },
  { "the body stalls", "stall=50%", S | P, "timeout=1" },
  { "the body stalls before its first byte", "stall=0", C, "timeout=1" },
  { "dropped before the headers", "drop", ALL },
  { "dropped after the task was accepted", "accept-drop", S },
  { "reset before the headers", "reset", ALL },
  { "reset after the task was accepted", "accept-reset", S },
  { "cut in half", "truncate=50%", ALL },
  { "reset in half", "cut-reset=50%", ALL },
  { "chunked", "chunked", ALL },
  { "chunked and cut", "chunked+truncate=50%", ALL },
  { "no length", "no-length", ALL },
  { "no length and cut", "no-length+truncate=50%", ALL },

  { "an empty answer", "empty", ALL },
  { "random bytes", "garbage", ALL },
  { "a page of HTML", "html", ALL },
  { "JSON in place of the clip", "json", C },
  { "JSON of great depth", "body=@DEEP@", S | P },
  { "JSON of wrong types",
      JSON ("\"task_id\":{\"a\":1},\"status\":[7],\"video_url\":{\"a\":[]}"),
      S | P },
  { "JSON of nothing", JSON (""), S | P },
  { "an id with a path", JSON ("\"task_id\":\"../../admin\""), S },
  { "an id with a NUL", JSON ("\"task_id\":\"a\\u0000b\""), S },
  { "an id with CR LF", JSON ("\"task_id\":\"a\\r\\nX-Evil: 1\""), S },
  { "the wrong Content-Type", "content-type=text/html", ALL },
  { "a header of 1 MB", "huge-header", ALL },
  { "headers without end", "endless-headers", ALL },
  { "a body without end", "endless", ALL, "max-size=2000000" },
  { "a gzip bomb", "gzip-bomb", ALL },
  { "larger than max-size", "no-etag", C, "max-size=1000" },

  { "an unknown word", "word=warming_up", P },
  { "done without a link", "no-url", P },
  { "failed", "word=failed", P },
  { "cancelled", "word=cancelled", P },
  { "expired", "word=expired", P },
  { "a link to a file", "url=file:///etc/passwd", P },
  { "a link by ftp", "url=ftp://127.0.0.1/clip.mp4", P },
  { "a link with a user and a password", "url=http://a:b@@CLIPS@/clip.mp4", P },
  { "a link with CR LF", "url=http://@CLIPS@/%250D%250A%0D%0AX-Evil:%201", P },
  { "a link to plain http elsewhere", "url=http://192.0.2.1/clip.mp4", P },
};

/* Something that makes the service unreachable. */
typedef struct {
  const gchar *what;
  const gchar *base;
  const gchar *properties;
  guint places;
} Obstacle;

#define STRICT "ssl-ca-file=@CA@ "
#define BY_PROXY "proxy=http://"

static const Obstacle obstacles[] = {
  { "the name is not known", "https://" TEST_NAME_UNKNOWN, "", ALL },
  { "the name is not answered", "https://" TEST_NAME_SILENT, "timeout=1", ALL },
  { "connection refused", "http://@CLOSED@", "", ALL },
  { "SYN dropped", "http://@FULL@", "timeout=1", ALL },
  { "TLS handshake hangs", "https://@SILENT@", "timeout=1", ALL },
  { "no TLS at all", "https://@API@", "timeout=1", ALL },
  { "a certificate that nobody vouches for", "https://@TLS@", "", ALL },
  { "a certificate of another host", "https://@TLS-OTHER@",
      "ssl-ca-file=@CA-OTHER@", ALL },
  { "proxy: connection refused", "https://@API@", BY_PROXY "@CLOSED@", S | P },
  { "proxy: the name is not known", "https://@API@",
      BY_PROXY TEST_NAME_UNKNOWN ":80", S | P },
  { "proxy: hangs before the tunnel stands", "https://@API@",
      BY_PROXY "@SILENT@ timeout=1", S | P },
  { "proxy: 407 to the tunnel", "https://@API@", BY_PROXY "@REFUSING@", S | P },
  { "proxy: set for plain http, not asked", "http://@API@",
      BY_PROXY "@REFUSING@", S | P },
};

typedef struct {
  const gchar *what;
  gint once, always; /* indexes into Matrix.cells; -1: no such cell */
} Row;

typedef struct {
  guint place;
  GArray *rows, *cells;
} Matrix;

static const gchar *
name_place (guint place)
{
  return place == S ? "submit" : place == P ? "poll" : "clip";
}

static gint
add_cell (Matrix *matrix, const gchar *faults, const gchar *properties)
{
  Cell cell = { faults, properties };

  g_array_append_val (matrix->cells, cell);

  return (gint) matrix->cells->len - 1;
}

static gchar *
with_port (const gchar *action, guint place)
{
  GString *text = g_string_new (action);

  g_string_replace (
      text, "@PORT@", place == C ? "@CLIPS-PORT@" : "@API-PORT@", 0);

  return g_string_free (text, FALSE);
}

static void
add_fault (Matrix *matrix, const Fault *fault)
{
  guint place = matrix->place;
  const gchar *name = name_place (place);
  const gchar *more = fault->properties ? fault->properties : "";
  g_autofree gchar *action = with_port (fault->action, place);
  Row row = { fault->what };

  if (!(fault->places & place))
    return;
  row.once = add_cell (matrix, g_strdup_printf ("%s@1:%s", name, action),
      g_strdup_printf ("retries=1 %s", more));
  /* A server that always fails also fails the request for the end of the
   * clip. */
  row.always = add_cell (matrix,
      place == C ? g_strdup_printf ("clip:%s\nend:%s", action, action)
                 : g_strdup_printf ("%s:%s", name, action),
      g_strdup_printf (
          "retries=1 %s %s", place == P ? "generation-timeout=4" : "", more));
  g_array_append_val (matrix->rows, row);
}

static void
add_obstacle (Matrix *matrix, const Obstacle *obstacle)
{
  guint place = matrix->place;
  const gchar *base = obstacle->base;
  g_autofree gchar *faults = NULL, *properties = NULL;
  Row row = { obstacle->what, .once = -1 };

  if (!(obstacle->places & place))
    return;
  if (place == C)
    faults = g_strdup_printf ("poll:url=%s/clip.mp4", base);
  else
    properties = g_strdup_printf ("base-url=%s %s", base,
        place == P ? "task-id=task-1 generation-timeout=4" : "");
  row.always = add_cell (matrix, g_strdup (faults ? faults : ""),
      g_strdup_printf ("retries=1 %s %s", properties ? properties : "",
          obstacle->properties));
  g_array_append_val (matrix->rows, row);
}

/* Returns the count as text; above 9 always "many", as the table must be the
 * same in every run. */
static const gchar *
tell_count (const CellResult *result, gint64 count)
{
  static const gchar *const counts[] = { "0", "1", "2", "3", "4", "5", "6", "7",
    "8", "9" };

  if (!result)
    return "–";

  return count < (gint64) G_N_ELEMENTS (counts) ? counts[count] : "many";
}

static void
tell_cell (const gchar **cells, const CellResult *result)
{
  cells[0] = result ? result->end : "–";
  cells[1] = tell_count (result, result ? result->posts : 0);
  cells[2] = tell_count (result, result ? result->tasks : 0);
}

static void
tell_row (const gchar *section, const Row *row, const CellResult *results)
{
  const CellResult *once = row->once < 0 ? NULL : &results[row->once];
  const CellResult *always = &results[row->always];
  const gchar *cells[G_N_ELEMENTS (columns)] = { row->what };

  tell_cell (cells + 1, once);
  tell_cell (cells + 4, always);
  cells[7] = always->text ? always->text : once && once->text ? once->text : "";
  table_add_row (section, cells);
  fail_if (once && g_str_equal (once->end, "WRONG"), "%s, once", row->what);
  fail_if (g_str_equal (always->end, "WRONG"), "%s, always", row->what);
  /* No fault may ever lead to a second task. */
  fail_if (once && once->tasks > 1, "%s, once", row->what);
  fail_if (always->tasks > 1, "%s, always", row->what);
}

/* Asserts that the element does not keep endless answers, or answers that
 * decompress to 256 MB, in memory. */
static void
assert_memory (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  fail_unless (g_getenv ("SEEDANCE_SANITIZED") || usage.ru_maxrss < MEMORY_MAX,
      "%ld KiB", usage.ru_maxrss);
}

static void
clear_cell (gpointer cell)
{
  g_free ((gchar *) ((Cell *) cell)->faults);
  g_free ((gchar *) ((Cell *) cell)->properties);
}

static const struct {
  const gchar *title;
  guint place;
} sections[] = {
  { "The order", S },
  { "The questions for the task", P },
  { "The clip", C },
};

GST_START_TEST (each_fault_comes_to_what_the_table_says)
{
  Matrix matrix = { sections[__i__].place,
    g_array_new (FALSE, FALSE, sizeof (Row)),
    g_array_new (FALSE, FALSE, sizeof (Cell)) };
  g_autofree CellResult *results = NULL;

  g_array_set_clear_func (matrix.cells, clear_cell);
  for (guint i = 0; i < G_N_ELEMENTS (obstacles); i++)
    add_obstacle (&matrix, &obstacles[i]);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    add_fault (&matrix, &faults[i]);
  results = g_new0 (CellResult, matrix.cells->len);
  cells_run ((const Cell *) matrix.cells->data, matrix.cells->len, results);
  test_names_release ();
  assert_memory ();
  for (guint i = 0; i < matrix.rows->len; i++)
    tell_row (
        sections[__i__].title, &g_array_index (matrix.rows, Row, i), results);
  cells_clear (results, matrix.cells->len);
  g_array_unref (matrix.cells);
  g_array_unref (matrix.rows);
}
GST_END_TEST

/* Proves that TLS works with a trusted certificate. Without this, the TLS
 * errors of the other rows would prove little. */
GST_START_TEST (tls_works_where_it_is_trusted)
{
  static const Cell cells[] = {
    { "", "base-url=https://@TLS@ ssl-ca-file=@CA@ retries=0" },
    { "", "base-url=https://@TLS@ ssl-strict=false retries=0" },
    { "", "base-url=https://@TLS-OTHER@ ssl-strict=false retries=0" },
  };
  CellResult results[G_N_ELEMENTS (cells)] = { 0 };

  cells_run (cells, G_N_ELEMENTS (cells), results);
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++) {
    fail_unless_equals_string (results[i].end, "whole");
    fail_unless_equals_int64 (results[i].posts, 1);
  }
  cells_clear (results, G_N_ELEMENTS (cells));
}
GST_END_TEST

static Suite *
faults_suite (void)
{
  Suite *suite = suite_create ("faults");
  TCase *matrix = test_case_new (suite, "matrix");
  TCase *tls = test_case_new (suite, "tls");

  tcase_add_loop_test (matrix, each_fault_comes_to_what_the_table_says, 0,
      G_N_ELEMENTS (sections));
  tcase_add_test (tls, tls_works_where_it_is_trusted);

  return suite;
}

TABLE_MAIN (faults)
