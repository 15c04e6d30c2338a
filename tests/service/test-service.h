/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client.h"

/* A folder where tests that do not care keep one rendered clip for all. */
extern const gchar *test_cache;

void add_api_tests (void);
void add_clip_tests (void);
void add_fault_tests (void);
void add_flash_tests (void);
void add_render_tests (void);
void add_turn_tests (void);
