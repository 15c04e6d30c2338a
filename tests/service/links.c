/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uses of signed links, and the number of requests in progress at the clips'
 * port. */

#include "links.h"

struct _Links {
  GMutex lock;
  GHashTable *uses; /* signature to number of uses */
  guint numbers;
  guint entered, present;
};

Links *
links_new (void)
{
  Links *links = g_new0 (Links, 1);

  g_mutex_init (&links->lock);
  links->uses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return links;
}

void
links_free (Links *links)
{
  g_hash_table_unref (links->uses);
  g_mutex_clear (&links->lock);
  g_free (links);
}

guint
links_number (Links *links)
{
  guint number;

  g_mutex_lock (&links->lock);
  number = ++links->numbers;
  g_mutex_unlock (&links->lock);
  return number;
}

gboolean
links_use (Links *links, const gchar *signature, guint max)
{
  guint uses;

  g_mutex_lock (&links->lock);
  uses = GPOINTER_TO_UINT (g_hash_table_lookup (links->uses, signature)) + 1;
  g_hash_table_insert (
      links->uses, g_strdup (signature), GUINT_TO_POINTER (uses));
  g_mutex_unlock (&links->lock);
  return max == 0 || uses <= max;
}

guint
links_enter (Links *links)
{
  guint request;

  g_mutex_lock (&links->lock);
  links->present++;
  request = ++links->entered;
  g_mutex_unlock (&links->lock);
  return request;
}

void
links_leave (Links *links)
{
  g_mutex_lock (&links->lock);
  links->present--;
  g_mutex_unlock (&links->lock);
}

guint
links_count_present (Links *links)
{
  guint present;

  g_mutex_lock (&links->lock);
  present = links->present;
  g_mutex_unlock (&links->lock);
  return present;
}

gboolean
links_is_newest (Links *links, guint request)
{
  gboolean newest;

  g_mutex_lock (&links->lock);
  newest = links->entered == request;
  g_mutex_unlock (&links->lock);
  return newest;
}

void
links_reset (Links *links)
{
  g_mutex_lock (&links->lock);
  g_hash_table_remove_all (links->uses);
  g_mutex_unlock (&links->lock);
}
