/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The local service: one process of seedance-local for each test, and its
 * counters. Every call blocks until the service has answered; a call that the
 * service refuses fails the test. */
#pragma once

#include <gst/check/gstcheck.h>

G_BEGIN_DECLS

/* Long and unique, so that tests can search output for it. */
#define TEST_KEY "sk-7e57-k3y-0f-th3-l0c4l-s3rv1c3"

typedef struct _TestService TestService;

TestService *test_service_start (void);
void test_service_stop (TestService *service);

/* Return the base URLs of the two providers "seeddance", the default one, and
 * "ark". The service owns all URLs. */
const gchar *test_service_get_api (TestService *service);
const gchar *test_service_get_ark (TestService *service);
/* Returns the base URL of any provider. */
const gchar *test_service_get_base (
    TestService *service, const gchar *provider);
/* Returns the base URL of the clips. */
const gchar *test_service_get_clips (TestService *service);

/* Returns the value of @counter, one of the service's statistics. */
gint64 test_service_count (TestService *service, const gchar *counter);

/* Waits until @counter is at least @at_least. */
void test_service_wait (
    TestService *service, const gchar *counter, guint at_least);

/* Returns the number of answers, those to all orders and polls among them. The
 * service counts an answer a moment after the client has got it. */
gint64 test_service_count_answers (TestService *service);

/* Replaces all faults; @faults has one on each line. Also restarts at 1 the
 * count of requests that the faults refer to. */
void test_service_fault (TestService *service, const gchar *faults);
void test_service_set (TestService *service, const gchar *settings);
/* Makes the service deliver this clip for every task from now on. @size 0: it
 * renders clips again. */
void test_service_set_clip (
    TestService *service, gconstpointer data, gsize size);
/* Continue requests that a fault holds: all of them, or the one held first. */
void test_service_release (TestService *service);
void test_service_release_one (TestService *service);
/* Puts the service into its initial state: no counts, no tasks, no faults. */
void test_service_reset (TestService *service);

/* Returns the field "id", "endpoint", "body" or "status" of the @nth accepted
 * task, from 0 on. The caller frees it with g_free(). */
gchar *test_service_get_task (
    TestService *service, guint nth, const gchar *field);

/* Returns the bytes of the @nth task's clip. The request is not counted. The
 * caller unrefs the result. */
GBytes *test_service_get_clip (TestService *service, guint nth);

/* Asks the service for the task @id, as the plugin would, and returns the link
 * to its clip. The caller frees it with g_free(). */
gchar *test_service_get_clip_url (TestService *service, const gchar *id);

/* Used instead of the gst-check macros, whose variable names would shadow those
 * of the caller. */
#define assert_count(service, counter, expected) \
  G_STMT_START { \
    gint64 wanted_count = (expected); \
    gint64 real_count = test_service_count (service, counter); \
\
    fail_unless (real_count == wanted_count, \
        "'%s' is %" G_GINT64_FORMAT " and not %" G_GINT64_FORMAT, (counter), \
        real_count, wanted_count); \
  } G_STMT_END

/* Submits received, each of which may be billed; and tasks accepted, each of
 * which is billed. */
#define assert_posts(service, expected) \
  assert_count (service, "posts", expected)
#define assert_tasks(service, expected) \
  assert_count (service, "tasks", expected)

G_END_DECLS
