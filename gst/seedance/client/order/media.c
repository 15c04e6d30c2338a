/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media items, and what is known of their roles. */

#include "media.h"

static const struct {
  const gchar *name;
  gboolean is_list, is_picture;
} roles[SEEDANCE_N_ROLES] = {
  [SEEDANCE_ROLE_FIRST_FRAME] = { "image", FALSE, TRUE },
  [SEEDANCE_ROLE_LAST_FRAME] = { "last-image", FALSE, TRUE },
  [SEEDANCE_ROLE_REFERENCE_IMAGE] = { "reference-images", TRUE, TRUE },
  [SEEDANCE_ROLE_REFERENCE_VIDEO] = { "reference-videos", TRUE, FALSE },
  [SEEDANCE_ROLE_REFERENCE_AUDIO] = { "reference-audios", TRUE, FALSE },
};

SeedanceMedia *
seedance_media_new (SeedanceRole role, const gchar *uri, const gchar *name)
{
  SeedanceMedia *media = g_new0 (SeedanceMedia, 1);

  media->role = role;
  media->uri = g_strdup (uri ? uri : "");
  media->name = g_strdup (name);

  return media;
}

void
seedance_media_free (SeedanceMedia *media)
{
  g_free (media->uri);
  g_free (media->name);
  g_free (media);
}

const gchar *
seedance_role_get_name (SeedanceRole role)
{
  return roles[role].name;
}

gboolean
seedance_role_is_list (SeedanceRole role)
{
  return roles[role].is_list;
}

gboolean
seedance_role_is_picture (SeedanceRole role)
{
  return roles[role].is_picture;
}
