/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A subclass of GParamSpecEnum that leaves out the check of the value. */

#include "gstseedanceenum.h"

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
param_enum_class_init (gpointer klass, gpointer data)
{
  GParamSpecClass *param_class = klass;

  param_class->value_is_valid = is_any_valid;
  param_class->value_validate = keep_any;
}

static GType
param_enum_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_type_register_static_simple (G_TYPE_PARAM_ENUM,
                   "GstSeedanceParamEnum", sizeof (GParamSpecClass),
                   param_enum_class_init, sizeof (GParamSpecEnum), NULL, 0));

  return type;
}

GParamSpec *
gst_seedance_enum_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GType type, gint fallback, GParamFlags flags)
{
  GParamSpecEnum *pspec =
      g_param_spec_internal (param_enum_get_type (), name, nick, blurb, flags);

  pspec->enum_class = g_type_class_ref (type);
  pspec->default_value = fallback;
  G_PARAM_SPEC (pspec)->value_type = type;

  return G_PARAM_SPEC (pspec);
}
