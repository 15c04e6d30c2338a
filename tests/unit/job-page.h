/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* docs/job.md, as the table of a job says it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* g_free(). */
gchar *job_page_write (void);

G_END_DECLS
