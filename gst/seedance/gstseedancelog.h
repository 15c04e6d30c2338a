/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends the log lines of the client library to GStreamer's log.
 * GST_DEBUG=seedance*:4 shows requests and decisions, level 5 adds their
 * details, and level 6 adds the answers of services. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Call this after the debug category of seedancesrc was initialized. */
void gst_seedance_log_install (void);

G_END_DECLS
