/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a test program measures, as a table: printed when it ends, and compared
 * with a document in docs/, which the same code writes. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

typedef struct {
  const gchar *document; /* file in TABLE_DOCS, such as "money.md"; or NULL */
  const gchar *heading;  /* Markdown in front of the tables */
  const gchar *const *columns; /* NULL-terminated */
} Table;

/* Adds a row; any test may, also in a process of its own. One cell for each
 * column, the rest NULL; a row under another @section than the last one starts
 * a new table. What a cell holds must be the same in every run. */
void table_add_row (const gchar *section, const gchar *const *cells);

/* Runs @suite, prints what it measured and compares it with the document, which
 * must be the same. Not when GST_CHECKS chose among the tests, or a sanitizer
 * is in the plugin: programs without one cannot load it, and their rows are
 * left out. With TABLE_UPDATE in the environment the document is written
 * instead. For main(): the exit status. */
int table_run_suite (const Table *table, Suite *suite, const gchar *file);

/* The whole program, given name_table and name_suite(). */
#define TABLE_MAIN(name) \
  int main (int argc, char **argv) \
  { \
    gst_check_init (&argc, &argv); \
    return table_run_suite (&name##_table, name##_suite (), __FILE__); \
  }

G_END_DECLS
