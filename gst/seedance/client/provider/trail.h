/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trail of a profile check: which place of the profile is being checked, so
 * that an error can name the file, the place and what was expected there. Also
 * checks the members of objects. Pure functions. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>

G_BEGIN_DECLS

/* State of a check. The first mistake is kept. */
typedef struct {
  const gchar *file;
  GString *place; /* "order.body.content[1]" */
  GError *error;
} SeedanceProfileCheck;

/* Enter the member @name, or item @nth of a list. They return what
 * seedance_profile_leave() needs to go back. */
gsize seedance_profile_enter (SeedanceProfileCheck *check, const gchar *name);
gsize seedance_profile_enter_item (SeedanceProfileCheck *check, guint nth);
void seedance_profile_leave (SeedanceProfileCheck *check, gsize back);

/* Sets the error that the text of @format was expected at this place. Returns
 * FALSE. */
gboolean seedance_profile_expected (
    SeedanceProfileCheck *check, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* A member that an object of a profile may have. Lists of them end with a NULL
 * name. An object's own @members are checked first, then @check is called; each
 * may be NULL. */
typedef struct _SeedanceProfileMember SeedanceProfileMember;
struct _SeedanceProfileMember {
  const gchar *name;
  gboolean required;
  gboolean (*check) (SeedanceProfileCheck *check, const cJSON *node);
  const SeedanceProfileMember *members;
};

/* Returns TRUE if @node is an object that has all required members, no unknown
 * ones, and each passes its check. */
gboolean seedance_profile_check_members (SeedanceProfileCheck *check,
    const cJSON *node, const SeedanceProfileMember *members);

/* Returns TRUE if no object in @node has two members of one name. Readers of
 * JSON do not agree on which of them counts. */
gboolean seedance_profile_check_doubled (
    SeedanceProfileCheck *check, const cJSON *node);

G_END_DECLS
