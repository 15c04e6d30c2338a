/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enum GstSeedanceSwitch: yes, no, or left to the service (-1, not
 * sent). */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GType gst_seedance_switch_get_type (void);

/* Makes the GParamSpec of a property of that type. It accepts every number; see
 * gst_seedance_enum_param_new(). */
GParamSpec *gst_seedance_switch_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GParamFlags flags);

G_END_DECLS
