/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* First all cells are made. Then the columns get room in the order of their
 * importance, and the prompt and the ID get what is left over. */
#include "tasks-table.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tasks-print.h"

#define WIDTH 80
#define WIDTH_MIN 40
#define WIDTH_MAX 1000
#define GUTTER 2
#define ID_SHORT 12
#define PROMPT_MIN 16

guint
tasks_table_width (void)
{
  const gchar *columns = g_getenv ("COLUMNS");
  struct winsize size;
  guint64 width;

  if (columns && g_ascii_string_to_unsigned (
                     columns, 10, WIDTH_MIN, WIDTH_MAX, &width, NULL))
    return (guint) width;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return CLAMP (size.ws_col, WIDTH_MIN, WIDTH_MAX);

  return WIDTH;
}

enum {
  ID,
  STATE,
  AGE,
  CLIP,
  COST,
  PROMPT,
  INSTANCE,
  SIZE,
  PROVIDER,
  CLIP_FILE,
  N_COLUMNS
};

/* The most columns of the terminal that a cell takes; 0 = no limit. Records may
 * hold anything, so their texts have a limit; the prompt gets the room that is
 * left over. */
static const struct {
  const gchar *title;
  guint max;
} columns[N_COLUMNS] = {
  [ID] = { "ID", 48 },
  [STATE] = { "STATE", 12 },
  [AGE] = { "AGE", 8 },
  [CLIP] = { "CLIP", 10 },
  [COST] = { "COST", 13 },
  [PROMPT] = { "PROMPT", 0 },
  [INSTANCE] = { "INSTANCE", 24 },
  [SIZE] = { "SIZE", 10 },
  [PROVIDER] = { "PROVIDER", 12 },
  [CLIP_FILE] = { "FILE", 40 },
};

/* The order in which columns get room. */
static const guint importance[] = { ID, STATE, PROMPT, INSTANCE, AGE, CLIP,
  COST, SIZE, PROVIDER, CLIP_FILE };

typedef gchar *Row[N_COLUMNS];

static gchar *
print_age (gint64 created)
{
  gint64 seconds = g_get_real_time () / G_USEC_PER_SEC - created;

  if (created < 0)
    return g_strdup ("-");
  if (seconds < 120)
    return g_strdup_printf ("%d s", (gint) MAX (seconds, 0));
  if (seconds < 120 * 60)
    return g_strdup_printf ("%d min", (gint) (seconds / 60));
  if (seconds < 48 * 3600)
    return g_strdup_printf ("%d h", (gint) (seconds / 3600));

  return g_strdup_printf ("%" G_GINT64_FORMAT " d", seconds / 86400);
}

/* Returns what was ordered, such as "720p 5 s". */
static gchar *
print_clip (const SeedanceRecord *record)
{
  g_autofree gchar *seconds =
      record->duration < 0
          ? NULL
          : g_strdup_printf ("%" G_GINT64_FORMAT " s", record->duration);
  const gchar *size = record->resolution;

  if (!size && !seconds)
    return g_strdup ("-");

  return g_strdup_printf ("%s%s%s", size ? size : "",
      size && seconds ? " " : "", seconds ? seconds : "");
}

static gchar *
print_size (const SeedanceLedgerEntry *entry)
{
  return entry->has_clip
             ? g_strdup_printf ("%.1f MB", (gdouble) entry->clip_size / 1e6)
             : g_strdup ("-");
}

static void
set_cell (Row row, guint column, const gchar *text)
{
  row[column] = tasks_clean (text && *text ? text : "-", columns[column].max);
}

static void
fill (Row row, const SeedanceLedgerEntry *entry)
{
  const SeedanceRecord *record = entry->record;
  g_autofree gchar *age = print_age (record ? record->created : -1);
  g_autofree gchar *clip = record ? print_clip (record) : NULL;
  g_autofree gchar *size = print_size (entry);
  g_autofree gchar *file =
      entry->has_clip ? g_strconcat (record->name, ".mp4", NULL) : NULL;

  set_cell (row, ID, tasks_handle (entry));
  set_cell (row, STATE, tasks_state (entry));
  set_cell (row, AGE, age);
  set_cell (row, CLIP, clip);
  set_cell (row, COST, record ? record->cost : NULL);
  set_cell (row, PROMPT, record ? record->prompt : NULL);
  set_cell (row, INSTANCE, record ? record->instance : NULL);
  set_cell (row, SIZE, size);
  set_cell (row, PROVIDER, record ? record->provider : NULL);
  set_cell (row, CLIP_FILE, file);
}

typedef struct {
  guint widths[N_COLUMNS]; /* 0 = left out */
} Layout;

static guint
widest (Row *rows, guint n_rows, guint column)
{
  guint width = tasks_width_of (columns[column].title);

  for (guint i = 0; i < n_rows; i++)
    width = MAX (width, tasks_width_of (rows[i][column]));

  return width;
}

/* Returns the room that a column gets at first. For the ID that is enough to
 * tell most clips apart. */
static guint
wanted_at_first (guint column, guint most)
{
  switch (column) {
    case ID:
      return MIN (most, ID_SHORT);
    case PROMPT:
      return MIN (most, PROMPT_MIN);
    default:
      return most;
  }
}

/* Returns TRUE if an entry has an instance. Most ledgers have none, and then
 * the table has no such column. */
static gboolean
has_instances (const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);

    if (entry->record && entry->record->instance)
      return TRUE;
  }

  return FALSE;
}

/* Returns @width, wider by as much as the column can use of *@left. */
static guint
grow (guint width, guint most, guint *left)
{
  guint more = width > 0 ? MIN (most - width, *left) : 0;

  *left -= more;

  return width + more;
}

static Layout
make_layout (const guint *most, guint width)
{
  Layout layout = { { 0 } };
  guint left = width + GUTTER;

  for (guint i = 0; i < G_N_ELEMENTS (importance); i++) {
    guint column = importance[i];
    guint wanted = wanted_at_first (column, most[column]);

    if (most[column] == 0)
      continue;
    if (wanted + GUTTER > left)
      break;
    layout.widths[column] = wanted;
    left -= wanted + GUTTER;
  }
  layout.widths[PROMPT] = grow (layout.widths[PROMPT], most[PROMPT], &left);
  layout.widths[ID] = grow (layout.widths[ID], most[ID], &left);

  return layout;
}

static void
print_row (const gchar *const *row, const Layout *layout)
{
  GString *line = g_string_new (NULL);
  guint gap = 0;

  for (guint i = 0; i < N_COLUMNS; i++) {
    guint width = layout->widths[i];
    g_autofree gchar *cell = width > 0 ? tasks_clean (row[i], width) : NULL;

    if (!cell)
      continue;
    /* Blanks are written before the next cell, so that no line ends in
     * blanks. */
    for (; gap > 0; gap--)
      g_string_append_c (line, ' ');
    g_string_append (line, cell);
    gap = width + GUTTER - MIN (tasks_width_of (cell), width);
  }
  g_print ("%s\n", line->str);
  g_string_free (line, TRUE);
}

void
tasks_table_print (const GPtrArray *entries, guint width)
{
  g_autofree Row *rows = g_new0 (Row, entries->len);
  const gchar *titles[N_COLUMNS];
  guint most[N_COLUMNS];
  Layout layout;

  for (guint i = 0; i < entries->len; i++)
    fill (rows[i], g_ptr_array_index (entries, i));
  for (guint i = 0; i < N_COLUMNS; i++) {
    titles[i] = columns[i].title;
    most[i] = widest (rows, entries->len, i);
  }
  if (!has_instances (entries))
    most[INSTANCE] = 0;
  layout = make_layout (most, width);
  print_row (titles, &layout);
  for (guint i = 0; i < entries->len; i++) {
    print_row ((const gchar *const *) rows[i], &layout);
    for (guint k = 0; k < N_COLUMNS; k++)
      g_free (rows[i][k]);
  }
}
