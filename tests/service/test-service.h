/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of tests of seedance-local itself; test-service.c runs them
 * all. */
#pragma once

#include "client.h"

/* A cache folder for rendered clips. Tests that can use the same clip share it,
 * so that the clip is rendered only once. */
extern const gchar *test_cache;

void add_api_tests (void);
void add_clip_tests (void);
void add_fault_tests (void);
void add_flash_tests (void);
void add_render_tests (void);
void add_turn_tests (void);
