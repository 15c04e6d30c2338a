/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file says of itself, by programs that know nothing of this project. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* All keys of the whole file, by ffprobe, for test_probe_find(). g_free(). */
gchar *test_probe_keys (const gchar *path);

/* The value of one of them; NULL when there is no such key. g_free(). */
gchar *test_probe_find (const gchar *keys, const gchar *key);

/* Both. g_free(). */
gchar *test_probe_key (const gchar *path, const gchar *key);

/* All that gst-discoverer-1.0 prints of it. g_free(). */
gchar *test_probe_discover (const gchar *path);

/* How often the file holds these bytes. */
guint test_probe_count (const gchar *path, const gchar *text);

/* Whether the file has a C2PA manifest: the box for it, with the bytes of one. */
gboolean test_probe_has_manifest (const gchar *path);

/* Runs @words, a program and its arguments up to NULL, which must succeed. */
void test_probe_run (const gchar *const *words);

G_END_DECLS
