/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The results of a test program as a table: printed at its end, and compared
 * with a document in docs/ that the same code writes. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

typedef struct {
  /* file in TABLE_DOCS, for example "money.md"; or NULL */
  const gchar *document;
  const gchar *heading;  /* Markdown text before the tables */
  const gchar *const *columns; /* NULL-terminated */
} Table;

/* Adds a row with one cell for each column; @cells ends with NULL. Any test may
 * call it, also in a forked process. A row under another @section than the row
 * before starts a new table. The cells must be the same in every run. */
void table_add_row (const gchar *section, const gchar *const *cells);

/* Runs @suite, prints the table and fails if it differs from the document. With
 * TABLE_UPDATE in the environment, the function writes the document instead. It
 * does neither if GST_CHECKS selected tests, or under a sanitizer, where rows
 * of programs that cannot load the plugin are missing. Returns the exit status
 * for main(). */
int table_run_suite (const Table *table, Suite *suite, const gchar *file);

/* Defines main() for a program with a NAME_table and a NAME_suite(). */
#define TABLE_MAIN(name) \
  int main (int argc, char **argv) \
  { \
    gst_check_init (&argc, &argv); \
    return table_run_suite (&name##_table, name##_suite (), __FILE__); \
  }

G_END_DECLS
