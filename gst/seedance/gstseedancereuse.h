/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enum of the property `reuse`, and a kind of property that takes numbers
 * outside of it, so that the element can refuse them itself. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GType gst_seedance_reuse_get_type (void);

GParamSpec *gst_seedance_reuse_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GParamFlags flags);

G_END_DECLS
