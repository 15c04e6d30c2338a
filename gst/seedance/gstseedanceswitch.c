/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enum GstSeedanceSwitch (auto, false, true) and properties of that
 * type. */

#include "gstseedanceswitch.h"

#include "gstseedanceenum.h"

/* FALSE and TRUE have their usual values, so a gboolean can be assigned. */
static const GEnumValue values[] = {
  { -1, "Left to the service (not sent)", "auto" },
  { FALSE, "No", "false" },
  { TRUE, "Yes", "true" },
  { 0, NULL, NULL },
};

GType
gst_seedance_switch_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstSeedanceSwitch", values));

  return type;
}

GParamSpec *
gst_seedance_switch_param_new (
    const gchar *name, const gchar *nick, const gchar *blurb, GParamFlags flags)
{
  return gst_seedance_enum_param_new (
      name, nick, blurb, gst_seedance_switch_get_type (), -1, flags);
}
