/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of the property `reuse`. */

#include "gstseedancereuse.h"

#include "gstseedanceenum.h"
#include "order.h"

static const GEnumValue reuses[] = {
  { SEEDANCE_REUSE_NEVER, "Buy a new clip at every start", "never" },
  { SEEDANCE_REUSE_PENDING,
      "Take up a clip that was paid for and not yet "
      "played to its end, else buy",
      "pending" },
  { SEEDANCE_REUSE_ALWAYS,
      "Play a clip of the same request again, buy only "
      "when there is none",
      "always" },
  { 0, NULL, NULL },
};

GType
gst_seedance_reuse_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstSeedanceReuse", reuses));

  return type;
}

GParamSpec *
gst_seedance_reuse_param_new (
    const gchar *name, const gchar *nick, const gchar *blurb, GParamFlags flags)
{
  return gst_seedance_enum_param_new (name, nick, blurb,
      gst_seedance_reuse_get_type (), SEEDANCE_REUSE_PENDING, flags);
}
