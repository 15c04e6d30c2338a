/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects rows in a temporary file, prints them as Markdown, and compares them
 * with the document. */

#include "table.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CELL_END "\x1f"

/* Tests run in processes of their own, so they append their rows to this
 * file. */
static gchar *rows_path;

static gchar *
clean_cell (const gchar *cell)
{
  gchar *text = g_strdup (cell ? cell : "");

  return g_strdelimit (text, "\n|" CELL_END, ' ');
}

void
table_add_row (const gchar *section, const gchar *const *cells)
{
  g_autoptr (GString) line = g_string_new (section);
  gint fd = g_open (rows_path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);

  for (guint i = 0; cells[i]; i++) {
    g_autofree gchar *cell = clean_cell (cells[i]);

    g_string_append_printf (line, CELL_END "%s", cell);
  }
  g_string_append_c (line, '\n');
  fail_unless (
      fd >= 0 && write (fd, line->str, line->len) == (gssize) line->len);
  close (fd);
}

/* Returns the rows, each as a string vector: the section and then the cells.
 * The caller frees the array with g_ptr_array_unref(). */
static GPtrArray *
read_rows (void)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (rows_path, &text, NULL, NULL);
  lines = g_strsplit (text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (lines[i][0])
      g_ptr_array_add (rows, g_strsplit (lines[i], CELL_END, -1));
  }

  return rows;
}

static void
measure_row (const gchar *const *cells, glong *widths)
{
  for (guint i = 0; cells[i]; i++)
    widths[i] = MAX (widths[i], g_utf8_strlen (cells[i], -1));
}

static void
append_row (
    GString *text, const Table *table, gchar **cells, const glong *widths)
{
  guint n_cells = g_strv_length (cells);

  for (guint i = 0; table->columns[i]; i++) {
    const gchar *cell = i < n_cells ? cells[i] : "";
    glong pad = widths[i] - g_utf8_strlen (cell, -1);

    g_string_append_printf (text, "| %s%*s ", cell, (int) pad, "");
  }
  g_string_append (text, "|\n");
}

static void
append_head (GString *text, const Table *table, const gchar *section,
    const glong *widths)
{
  g_string_append_printf (text, "\n## %s\n\n", section);
  append_row (text, table, (gchar **) table->columns, widths);
  for (guint i = 0; table->columns[i]; i++) {
    g_string_append (text, "|");
    for (glong dash = 0; dash < widths[i] + 2; dash++)
      g_string_append_c (text, '-');
  }
  g_string_append (text, "|\n");
}

static gchar *
format_document (const Table *table, const GPtrArray *rows)
{
  GString *text = g_string_new (table->heading);
  g_autofree glong *widths =
      g_new0 (glong, g_strv_length ((gchar **) table->columns) + 1);
  const gchar *section = NULL;

  measure_row (table->columns, widths);
  for (guint i = 0; i < rows->len; i++) {
    gchar **row = g_ptr_array_index (rows, i);

    measure_row ((const gchar *const *) row + 1, widths);
  }
  for (guint i = 0; i < rows->len; i++) {
    gchar **row = g_ptr_array_index (rows, i);

    if (g_strcmp0 (section, row[0]) != 0)
      append_head (text, table, row[0], widths);
    section = row[0];
    append_row (text, table, row + 1, widths);
  }

  return g_string_free (text, FALSE);
}

/* Prints the lines of @text that are missing in @other, each after @sign.
 * Returns TRUE if there are any. */
static gboolean
print_missing (const gchar *sign, gchar **text, gchar **other)
{
  gboolean any = FALSE;

  for (guint i = 0; text[i]; i++) {
    if (!g_strv_contains ((const gchar *const *) other, text[i])) {
      g_printerr ("%s %s\n", sign, text[i]);
      any = TRUE;
    }
  }

  return any;
}

static gboolean
is_document (const gchar *path, const gchar *measured)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL, its_lines = NULL;
  gboolean any;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  if (g_str_equal (text, measured))
    return TRUE;
  g_printerr ("%s is not what was measured (-: it says, +: measured).\n"
              "Run this with TABLE_UPDATE=1 to write it anew.\n",
      path);
  lines = g_strsplit (text, "\n", -1);
  its_lines = g_strsplit (measured, "\n", -1);
  any = print_missing ("-", lines, its_lines);
  any |= print_missing ("+", its_lines, lines);
  if (!any)
    g_printerr ("The rows are the same, in another order.\n");

  return FALSE;
}

static gboolean
settle_document (const Table *table, const gchar *measured)
{
  const gchar *folder = g_getenv ("TABLE_DOCS");
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;

  if (!table->document || !folder || g_getenv ("GST_CHECKS") ||
      g_getenv ("SEEDANCE_SANITIZED"))
    return TRUE;
  path = g_build_filename (folder, table->document, NULL);
  if (!g_getenv ("TABLE_UPDATE"))
    return is_document (path, measured);
  if (g_file_set_contents (path, measured, -1, &error))
    return TRUE;
  g_printerr ("%s\n", error->message);

  return FALSE;
}

int
table_run_suite (const Table *table, Suite *suite, const gchar *file)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree gchar *measured = NULL;
  gint fd = g_file_open_tmp ("seedance-table-XXXXXX", &rows_path, NULL);
  int failed;

  g_assert (fd >= 0);
  close (fd);
  failed = gst_check_run_suite (
      suite, table->document ? table->document : "table", file);
  rows = read_rows ();
  g_remove (rows_path);
  g_clear_pointer (&rows_path, g_free);
  measured = format_document (table, rows);
  g_print ("\n%s\n", measured);
  if (failed == 0 && !settle_document (table, measured))
    failed = 1;

  return failed == 0 ? 0 : 1;
}
