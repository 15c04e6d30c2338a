/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rundown-desk.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Only ever reached by a failure. */
#define PATIENCE_SECONDS 60

static void
on_file (GPtrArray *items, GPtrArray *errors, gpointer user_data)
{
  Desk *desk = user_data;
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < items->len; i++) {
    const SeedanceItem *item = g_ptr_array_index (items, i);

    g_string_append_printf (ids, "%s%s", i > 0 ? " " : "", item->id);
  }
  for (guint i = 0; i < errors->len; i++)
    g_ptr_array_add (desk->errors, g_strdup (g_ptr_array_index (errors, i)));
  g_free (desk->ids);
  desk->ids = g_string_free (ids, FALSE);
  desk->fewest = MIN (desk->fewest, items->len);
  desk->calls++;
}

Desk *
desk_new (void)
{
  Desk *desk = g_new0 (Desk, 1);

  desk->folder = g_dir_make_tmp ("rundown-XXXXXX", NULL);
  desk->path = g_build_filename (desk->folder, "day.jsonl", NULL);
  desk->errors = g_ptr_array_new_with_free_func (g_free);
  desk->fewest = G_MAXUINT;

  return desk;
}

static gboolean
on_look (gpointer user_data)
{
  seedance_rundown_file_look (((Desk *) user_data)->file);

  return G_SOURCE_CONTINUE;
}

void
desk_open (Desk *desk)
{
  desk->file = seedance_rundown_file_new (desk->path, on_file, desk);
  desk->looks = g_timeout_add (220, on_look, desk);
  g_assert_cmpuint (desk->calls, ==, 1);
}

void
desk_remove_folder (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *below = g_build_filename (path, name, NULL);

    g_chmod (below, 0700);
    g_remove (below);
  }
  g_rmdir (path);
}

void
desk_free (Desk *desk)
{
  if (desk->looks)
    g_source_remove (desk->looks);
  seedance_rundown_file_free (desk->file);
  desk_remove_folder (desk->folder);
  g_ptr_array_unref (desk->errors);
  g_free (desk->ids);
  g_free (desk->path);
  g_free (desk->folder);
  g_free (desk);
}

static gboolean
on_patience (gpointer user_data)
{
  g_error ("This takes too long.");

  return G_SOURCE_REMOVE;
}

void
desk_wait_for_ids (Desk *desk, const gchar *ids)
{
  guint patience = g_timeout_add_seconds (PATIENCE_SECONDS, on_patience, NULL);

  while (g_strcmp0 (desk->ids, ids) != 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
}

void
desk_wait_for_errors (Desk *desk, guint n)
{
  guint patience = g_timeout_add_seconds (PATIENCE_SECONDS, on_patience, NULL);

  while (desk->errors->len < n)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
  g_assert_cmpuint (desk->errors->len, ==, n);
}

void
desk_assert_error_holds (Desk *desk, guint nth, const gchar *words)
{
  const gchar *text = g_ptr_array_index (desk->errors, nth);

  if (!strstr (text, words))
    g_error ("\"%s\" does not hold \"%s\"", text, words);
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

static gboolean
on_tick (gpointer user_data)
{
  (*(guint *) user_data)++;

  return G_SOURCE_CONTINUE;
}

void
desk_let_settle (void)
{
  guint ticks = 0, source = g_timeout_add (100, on_tick, &ticks);

  while (ticks < 16)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

void
desk_put (const gchar *path, gint flags, const gchar *text, gsize size)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | flags, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, size), ==, size);
  close (fd);
}

void
desk_rewrite (Desk *desk, const gchar *text)
{
  desk_put (desk->path, O_TRUNC, text, strlen (text));
}

void
desk_append (Desk *desk, const gchar *text)
{
  desk_put (desk->path, O_APPEND, text, strlen (text));
}

void
desk_replace (Desk *desk, const gchar *text)
{
  g_autofree gchar *other = g_strconcat (desk->path, ".tmp", NULL);

  desk_put (other, O_TRUNC, text, strlen (text));
  g_assert_cmpint (g_rename (other, desk->path), ==, 0);
}
