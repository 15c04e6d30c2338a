/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The enum type of the property `reuse` (SeedanceReuse). The GParamSpec accepts
 * every number, so that the element itself can refuse a wrong one
 * (gstseedanceenum.h). */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GType gst_seedance_reuse_get_type (void);

/* Returns a floating GParamSpec with the default "pending". */
GParamSpec *gst_seedance_reuse_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GParamFlags flags);

G_END_DECLS
