/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a check of a profile is: what is wrong is told with the file, the place
 * in it, and what was expected there. Pure functions. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* Where a check is, and what it has found wrong. */
typedef struct {
  const gchar *file;
  GString *place; /* "order.body.content[1]" */
  GError *error;
} SeedanceProfileCheck;

/* Goes into the member @name of what is checked, or into item @nth of a list;
 * returns what leads back. */
gsize seedance_profile_enter (SeedanceProfileCheck *check, const gchar *name);
gsize seedance_profile_enter_item (SeedanceProfileCheck *check, guint nth);
void seedance_profile_leave (SeedanceProfileCheck *check, gsize back);

/* Notes that something else was expected here, and returns FALSE. */
gboolean seedance_profile_expected (
    SeedanceProfileCheck *check, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* What an object of a profile may hold; NULL behind the last one. */
typedef struct {
  const gchar *name;
  gboolean required;
  gboolean (*check) (SeedanceProfileCheck *check, const cJSON *node);
} SeedanceProfileMember;

/* Whether @node is an object of no other members, and each is good. */
gboolean seedance_profile_check_members (SeedanceProfileCheck *check,
    const cJSON *node, const SeedanceProfileMember *members);

/* Whether no object in @node has a name twice: such a member would count once,
 * and nobody knows which. */
gboolean seedance_profile_check_doubled (
    SeedanceProfileCheck *check, const cJSON *node);

G_END_DECLS
