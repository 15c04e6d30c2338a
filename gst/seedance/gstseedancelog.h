/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's log becomes GStreamer's: GST_DEBUG=seedance*:4 shows requests and
 * decisions, 5 what they are made of, 6 what services answer. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* After the category of debug messages was made. */
void gst_seedance_log_install (void);

G_END_DECLS
