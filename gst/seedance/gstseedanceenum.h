/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enum types of properties, and GParamSpecs that do not let GObject drop a
 * value. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* SeedanceReuse, the values of the property `reuse`. */
GType gst_seedance_reuse_get_type (void);

/* GstSeedanceSwitch: yes, no, or left to the service (-1, not sent). */
GType gst_seedance_switch_get_type (void);

/* Returns a floating GParamSpec of the enum @type with the default @fallback.
 * For a number that is not in the enum, GObject would print a warning and keep
 * the old value, and the clip would be ordered with that. This GParamSpec
 * accepts every number, so that the element can refuse a wrong one when it
 * changes its state. */
GParamSpec *gst_seedance_enum_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GType type, gint fallback, GParamFlags flags);

/* Returns a floating GParamSpec of a list of strings. In a list of numbers it
 * replaces each item by an unset string, which the element has to refuse when
 * it changes its state. Otherwise GObject would print a warning and keep the
 * old list, and the clip would be ordered with that. */
GParamSpec *gst_seedance_list_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GParamFlags flags);

/* Returns a floating GParamSpec of a boolean. Any number but 0 counts as TRUE.
 * Otherwise GObject would print a warning for a number such as 4, and keep the
 * old value. */
GParamSpec *gst_seedance_boolean_param_new (const gchar *name,
    const gchar *nick, const gchar *blurb, gboolean fallback,
    GParamFlags flags);

G_END_DECLS
