/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the GParamSpec of a property from its row in the table. */

#include "gstseedanceenum.h"
#include "gstseedanceproperties.h"

GType
gst_seedance_property_get_value_type (const GstSeedanceProperty *property)
{
  switch (property->kind) {
    case GST_SEEDANCE_KIND_STRING:
      return G_TYPE_STRING;
    case GST_SEEDANCE_KIND_INT:
      return G_TYPE_INT;
    case GST_SEEDANCE_KIND_INT64:
      return G_TYPE_INT64;
    case GST_SEEDANCE_KIND_UINT:
      return G_TYPE_UINT;
    case GST_SEEDANCE_KIND_UINT64:
      return G_TYPE_UINT64;
    case GST_SEEDANCE_KIND_BOOLEAN:
      return G_TYPE_BOOLEAN;
    case GST_SEEDANCE_KIND_REUSE:
      return gst_seedance_reuse_get_type ();
    case GST_SEEDANCE_KIND_STRUCTURE:
      return GST_TYPE_STRUCTURE;
    case GST_SEEDANCE_KIND_STRINGS:
      return GST_TYPE_ARRAY;
    case GST_SEEDANCE_KIND_SWITCH:
      return gst_seedance_switch_get_type ();
  }
  g_assert_not_reached ();
}

static gboolean
is_number (const GstSeedanceProperty *property)
{
  return property->kind == GST_SEEDANCE_KIND_INT ||
         property->kind == GST_SEEDANCE_KIND_INT64 ||
         property->kind == GST_SEEDANCE_KIND_UINT ||
         property->kind == GST_SEEDANCE_KIND_UINT64;
}

gboolean
gst_seedance_property_has_range (const GstSeedanceProperty *property)
{
  return is_number (property) || property->kind == GST_SEEDANCE_KIND_REUSE ||
         property->kind == GST_SEEDANCE_KIND_SWITCH;
}

const gchar *
gst_seedance_blurb_with_range (const gchar *blurb, gint64 least, gint64 most)
{
  g_autofree gchar *whole = NULL;

  if (most < G_MAXINT)
    whole =
        g_strdup_printf ("%s. From %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
            blurb, least, most);
  else
    whole = g_strdup_printf ("%s. At least %" G_GINT64_FORMAT, blurb, least);

  return g_intern_string (whole);
}

GParamSpec *
gst_seedance_property_make_pspec (const GstSeedanceProperty *property)
{
  const gchar *name = property->name, *nick = property->nick;
  const gchar *blurb = is_number (property)
                           ? gst_seedance_blurb_with_range (property->blurb,
                                 property->least, property->most)
                           : property->blurb;
  gint64 fallback = property->fallback;

  switch (property->kind) {
    case GST_SEEDANCE_KIND_STRING:
      return g_param_spec_string (
          name, nick, blurb, property->text, property->flags);
    case GST_SEEDANCE_KIND_INT:
      return g_param_spec_int (name, nick, blurb, G_MININT, G_MAXINT,
          (gint) fallback, property->flags);
    case GST_SEEDANCE_KIND_INT64:
      return g_param_spec_int64 (
          name, nick, blurb, G_MININT64, G_MAXINT64, fallback, property->flags);
    case GST_SEEDANCE_KIND_UINT:
      return g_param_spec_uint (
          name, nick, blurb, 0, G_MAXUINT, (guint) fallback, property->flags);
    case GST_SEEDANCE_KIND_UINT64:
      return g_param_spec_uint64 (name, nick, blurb, 0, G_MAXUINT64,
          (guint64) fallback, property->flags);
    case GST_SEEDANCE_KIND_BOOLEAN:
      return gst_seedance_boolean_param_new (
          name, nick, blurb, (gboolean) fallback, property->flags);
    case GST_SEEDANCE_KIND_REUSE:
    case GST_SEEDANCE_KIND_SWITCH:
      return gst_seedance_enum_param_new (name, nick, blurb,
          gst_seedance_property_get_value_type (property), (gint) fallback,
          property->flags);
    case GST_SEEDANCE_KIND_STRUCTURE:
      return g_param_spec_boxed (
          name, nick, blurb, GST_TYPE_STRUCTURE, property->flags);
    case GST_SEEDANCE_KIND_STRINGS:
      return gst_seedance_list_param_new (name, nick, blurb, property->flags);
  }
  g_assert_not_reached ();
}
