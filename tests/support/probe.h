/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a media file says about itself, read by programs that are independent of
 * this project. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* Returns all metadata keys of the file as ffprobe prints them, for
 * test_probe_find(). The caller frees it with g_free(). */
gchar *test_probe_keys (const gchar *path);

/* Returns the value of @key in @keys, or NULL if there is none. The caller
 * frees it with g_free(). */
gchar *test_probe_find (const gchar *keys, const gchar *key);

/* Does both. The caller frees the result with g_free(). */
gchar *test_probe_key (const gchar *path, const gchar *key);

/* Returns everything that gst-discoverer-1.0 prints about the file. The caller
 * frees it with g_free(). */
gchar *test_probe_discover (const gchar *path);

/* Returns how often the file contains @text. */
guint test_probe_count (const gchar *path, const gchar *text);

/* Returns TRUE if the file has a box with the UUID of C2PA manifests. */
gboolean test_probe_has_manifest (const gchar *path);

/* Runs a program and fails the test unless it exits with 0. @words: the program
 * and its arguments, ended by NULL. */
void test_probe_run (const gchar *const *words);

G_END_DECLS
