/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enum types, a subclass of GParamSpecEnum that leaves out the check of the
 * value, and lax GParamSpecs. */

#include "gstseedanceenum.h"

#include "order.h"

G_DEFINE_ENUM_TYPE (GstSeedanceReuse, gst_seedance_reuse,
    { SEEDANCE_REUSE_NEVER, "Buy a new clip at every start", "never" },
    { SEEDANCE_REUSE_PENDING,
        "Take up a clip that was paid for and not yet "
        "played to its end, else buy",
        "pending" },
    { SEEDANCE_REUSE_ALWAYS,
        "Play a clip of the same request again, buy only "
        "when there is none",
        "always" })

/* FALSE and TRUE have their usual values, so a gboolean can be assigned. */
G_DEFINE_ENUM_TYPE (GstSeedanceSwitch, gst_seedance_switch,
    { -1, "Left to the service (not sent)", "auto" }, { FALSE, "No", "false" },
    { TRUE, "Yes", "true" })

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

GParamSpec *
gst_seedance_list_param_new (
    const gchar *name, const gchar *nick, const gchar *blurb, GParamFlags flags)
{
  GParamSpec *item = g_param_spec_string ("item", "Item", "One of them", NULL,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  return gst_param_spec_array (
      name, nick, blurb, item, flags | G_PARAM_LAX_VALIDATION);
}

GParamSpec *
gst_seedance_boolean_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, gboolean fallback, GParamFlags flags)
{
  return g_param_spec_boolean (
      name, nick, blurb, fallback, flags | G_PARAM_LAX_VALIDATION);
}
