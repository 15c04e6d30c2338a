/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One seedance-local of a test's own, and what it counted. Every call blocks
 * until the service has answered; a service that does not answer as it should
 * fails the test. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* Long and unlike anything else, so that it can be looked for. */
#define TEST_KEY "sk-7e57-k3y-0f-th3-l0c4l-s3rv1c3"

typedef struct _TestService TestService;

TestService *test_service_start (void);
void test_service_stop (TestService *service);

/* Base URLs of the two providers; @api is the default one's. */
const gchar *test_service_get_api (TestService *service);
const gchar *test_service_get_ark (TestService *service);
/* The same of any provider, by its name. */
const gchar *test_service_get_base (
    TestService *service, const gchar *provider);
/* Where its clips are. */
const gchar *test_service_get_clips (TestService *service);

gint64 test_service_count (TestService *service, const gchar *counter);

/* Until @counter is at least @at_least. */
void test_service_wait (
    TestService *service, const gchar *counter, guint at_least);

/* Replaces all faults, one a line, and counts requests from 1 again. */
void test_service_fault (TestService *service, const gchar *faults);
void test_service_set (TestService *service, const gchar *settings);
/* Every clip is this one from now on; @size 0: they are rendered again. */
void test_service_set_clip (
    TestService *service, gconstpointer data, gsize size);
/* Lets go on what faults hold: all, or what was held first. */
void test_service_release (TestService *service);
void test_service_release_one (TestService *service);
/* As if just started: no counts, no tasks, no faults. */
void test_service_reset (TestService *service);

/* "id", "endpoint", "body" or "status" of the @nth task that was accepted,
 * from 0 on. g_free(). */
gchar *test_service_get_task (
    TestService *service, guint nth, const gchar *field);

/* The bytes of the @nth task's clip, past all that is counted. */
GBytes *test_service_get_clip (TestService *service, guint nth);

/* The link that the service gives to the clip of the task @id. g_free(). */
gchar *test_service_get_clip_url (TestService *service, const gchar *id);

/* The macros of gst-check have variables whose names hide the caller's. */
#define assert_count(service, counter, expected) \
  G_STMT_START { \
    gint64 wanted_count = (expected); \
    gint64 real_count = test_service_count (service, counter); \
\
    fail_unless (real_count == wanted_count, \
        "'%s' is %" G_GINT64_FORMAT " and not %" G_GINT64_FORMAT, (counter), \
        real_count, wanted_count); \
  } G_STMT_END

/* What may be billed, and what is. */
#define assert_posts(service, expected) \
  assert_count (service, "posts", expected)
#define assert_tasks(service, expected) \
  assert_count (service, "tasks", expected)

G_END_DECLS
