/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that need no name server: this library stands in front of the C
 * library's getaddrinfo(), which libcurl calls on a thread of its own and
 * cannot interrupt. All but these names are looked up as ever. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* Whoever asks for this name waits until the test releases it, as when no name
 * server answers. */
#define TEST_NAME_SILENT "silent.seedance.test"

/* Nobody has this one. */
#define TEST_NAME_UNKNOWN "unknown.seedance.test"

/* This machine, by a name that does not show it. */
const gchar *test_names_get_public (void);

/* Until @at_least lookups were ever held. */
void test_names_wait (guint at_least);

/* Ends all lookups that are held: there is no such name. */
void test_names_release (void);

G_END_DECLS
