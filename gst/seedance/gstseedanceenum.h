/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Properties of enums that take every number. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* GObject meets a number that is none of the enum's with a warning on the
 * terminal and keeps the value from before, which is then ordered with. This
 * kind of property takes every number, so that the change of state can fail. */
GParamSpec *gst_seedance_enum_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GType type, gint fallback, GParamFlags flags);

G_END_DECLS
