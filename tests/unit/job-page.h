/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generates docs/job.md from the transition table of a job. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the page as Markdown. The caller frees it with g_free(). */
gchar *job_page_write (void);

G_END_DECLS
