/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hook of the client's log (log.h), which maps its levels to
 * GStreamer's. */

#include "gstseedancelog.h"

#include "log.h"

GST_DEBUG_CATEGORY_EXTERN (gst_seedance_src_debug);

static const GstDebugLevel levels[] = {
  [SEEDANCE_LOG_INFO] = GST_LEVEL_INFO,
  [SEEDANCE_LOG_DETAIL] = GST_LEVEL_DEBUG,
  [SEEDANCE_LOG_BODY] = GST_LEVEL_LOG,
};

static gboolean
wants (SeedanceLogLevel level)
{
#ifndef GST_DISABLE_GST_DEBUG
  return levels[level] <= _gst_debug_min &&
         levels[level] <=
             gst_debug_category_get_threshold (gst_seedance_src_debug);
#else
  return FALSE;
#endif
}

static void
write_line (SeedanceLogLevel level, const gchar *file, const gchar *function,
    gint line, const gchar *text)
{
  gst_debug_log (gst_seedance_src_debug, levels[level], file, function, line,
      NULL, "%s", text);
}

void
gst_seedance_log_install (void)
{
  static const SeedanceLogHook hook = { wants, write_line };

  seedance_log_set_hook (&hook);
}
