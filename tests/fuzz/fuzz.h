/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every target shares. A target asserts what must hold for any input, so
 * that more than crashes is found. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The target: called by libFuzzer, or by replay.c for each file of a corpus. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Cuts the first line off *@data, without its end; all of it when there is no
 * second one. Free with g_free(). */
gchar *fuzz_take_line (const uint8_t **data, size_t *size);

/* @data as a string. Free with g_free(). */
gchar *fuzz_take_text (const uint8_t *data, size_t size);

/* NULL, or UTF-8 without anything that ends a line or a string. */
void fuzz_assert_text (const gchar *text);

G_END_DECLS
