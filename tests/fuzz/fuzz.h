/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all fuzz targets share. A target not only waits for crashes: it also
 * asserts what must hold for any input. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The target itself, called by libFuzzer, or by replay.c for each file of a
 * corpus. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Takes the first line off *@data and returns it without its line end; without
 * a line end it takes everything. Free with g_free(). */
gchar *fuzz_take_line (const uint8_t **data, size_t *size);

/* Returns @data as a NUL-terminated string. Free with g_free(). */
gchar *fuzz_take_text (const uint8_t *data, size_t size);

/* Asserts that @text is NULL, or UTF-8 without control characters. */
void fuzz_assert_text (const gchar *text);

G_END_DECLS
