/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The type of properties that say yes, no, or leave it to the service. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GType gst_seedance_switch_get_type (void);

/* A property of that type that takes every number. */
GParamSpec *gst_seedance_switch_param_new (const gchar *name, const gchar *nick,
    const gchar *blurb, GParamFlags flags);

G_END_DECLS
