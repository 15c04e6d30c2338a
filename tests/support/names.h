/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host names that need no name server. This library replaces the C library's
 * getaddrinfo(), which libcurl calls on a thread of its own and cannot
 * interrupt. All other names are looked up as usual. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* A lookup of this name blocks until test_names_release(), as if no name server
 * answered. */
#define TEST_NAME_SILENT "silent.seedance.test"

/* A lookup of this name fails at once. */
#define TEST_NAME_UNKNOWN "unknown.seedance.test"

/* Returns a name that resolves to 127.0.0.1 but does not look like this
 * machine. It is static. */
const gchar *test_names_get_public (void);

/* Waits until @at_least lookups have blocked, counted from the process's
 * start. */
void test_names_wait (guint at_least);

/* Ends all blocked lookups with "no such name". */
void test_names_release (void);

G_END_DECLS
