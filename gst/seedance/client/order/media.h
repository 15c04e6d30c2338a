/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media that go with a prompt: the first and the last frame, and references
 * that the model looks at or listens to. The role of a media item tells
 * which of these it is. Pure functions. */
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
  /* The http(s) URL or data: URI that is sent. Until the order is prepared it
   * is what the user named. "" while only the name is known. */
  gchar *uri;
  /* Identifies the item where requests are compared, because the same picture
   * may come under another link or in other bytes the next time. Never sent.
   * NULL = the URI identifies it. */
  gchar *name;
} SeedanceMedia;

SeedanceMedia *seedance_media_new (
    SeedanceRole role, const gchar *uri, const gchar *name);
void seedance_media_free (SeedanceMedia *media);

/* The property that sets media of @role, such as "last-image". Static
 * string. */
const gchar *seedance_role_get_name (SeedanceRole role);

/* Whether an order may have several media of @role. */
gboolean seedance_role_is_list (SeedanceRole role);

/* Whether media of @role are pictures, and not video or sound. */
gboolean seedance_role_is_picture (SeedanceRole role);

G_END_DECLS
