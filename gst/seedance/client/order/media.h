/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes with a prompt: frames, and references that a model looks or listens
 * to, each with its role. Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_ROLE_FIRST_FRAME,
  SEEDANCE_ROLE_LAST_FRAME,
  SEEDANCE_ROLE_REFERENCE_IMAGE,
  SEEDANCE_ROLE_REFERENCE_VIDEO,
  SEEDANCE_ROLE_REFERENCE_AUDIO,
  SEEDANCE_N_ROLES,
} SeedanceRole;

typedef struct {
  SeedanceRole role;
  gchar *uri; /* http(s) URL or data: URI as sent; what the user named, before;
               * "" while only the name is known */
  /* Stands for it where requests are compared, because the same picture may
   * come under another link, or in other bytes, the next time; never sent;
   * NULL = the URI itself. */
  gchar *name;
} SeedanceMedia;

SeedanceMedia *seedance_media_new (
    SeedanceRole role, const gchar *uri, const gchar *name);
SeedanceMedia *seedance_media_copy (const SeedanceMedia *media);
void seedance_media_free (SeedanceMedia *media);

/* "image", "last-image", "reference-images", …: the property it is set by.
 * Whether there may be several. Whether it is a picture, and not video or
 * sound. */
const gchar *seedance_role_get_name (SeedanceRole role);
gboolean seedance_role_is_list (SeedanceRole role);
gboolean seedance_role_is_picture (SeedanceRole role);

G_END_DECLS
