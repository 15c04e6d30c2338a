/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstseedancereuse.h"

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

static gboolean
is_any_valid (GParamSpec *pspec, const GValue *value)
{
  return TRUE;
}

static gboolean
keep_any (GParamSpec *pspec, GValue *value)
{
  return FALSE;
}

static void
param_reuse_class_init (gpointer klass, gpointer data)
{
  GParamSpecClass *param_class = klass;

  param_class->value_is_valid = is_any_valid;
  param_class->value_validate = keep_any;
}

/* GObject meets a number that is none of the enum's with a warning on the
 * terminal and keeps the value from before, which is then ordered with. This
 * kind of property takes every number, so that the change of state can fail. */
static GType
param_reuse_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_type_register_static_simple (G_TYPE_PARAM_ENUM,
                   "GstSeedanceParamReuse", sizeof (GParamSpecClass),
                   param_reuse_class_init, sizeof (GParamSpecEnum), NULL, 0));

  return type;
}

GParamSpec *
gst_seedance_reuse_param_new (
    const gchar *name, const gchar *nick, const gchar *blurb, GParamFlags flags)
{
  GParamSpecEnum *pspec =
      g_param_spec_internal (param_reuse_get_type (), name, nick, blurb, flags);

  pspec->enum_class = g_type_class_ref (gst_seedance_reuse_get_type ());
  pspec->default_value = SEEDANCE_REUSE_PENDING;
  G_PARAM_SPEC (pspec)->value_type = gst_seedance_reuse_get_type ();

  return G_PARAM_SPEC (pspec);
}
