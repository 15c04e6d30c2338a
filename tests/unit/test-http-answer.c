/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the headers of an answer mean. */

#include "http-answer.h"

static void
take (SeedanceHttpAnswer *answer, const gchar *const *headers)
{
  seedance_http_answer_reset (answer);
  for (guint i = 0; headers[i]; i += 2)
    seedance_http_answer_take_header (answer, headers[i], headers[i + 1]);
  seedance_http_answer_complete (answer);
}

/* A date in Retry-After counts from the server's own clock, if the answer tells
 * it: the one of this machine may be wrong. */
static void
test_retry_after (void)
{
#define NOON "Mon, 30 Nov 2020 12:00:00 GMT"
#define LATER "Mon, 30 Nov 2020 12:00:07 GMT"
  static const struct {
    const gchar *headers[5];
    gint64 seconds;
  } answers[] = {
    { { "Retry-After", "7" }, 7 },
    { { "Date", NOON, "Retry-After", "7" }, 7 },
    { { "Date", NOON, "Retry-After", LATER }, 7 },
    { { "Retry-After", LATER, "Date", NOON }, 7 },
    { { "Date", LATER, "Retry-After", NOON }, 0 },
    /* This is past by the clock of this machine. */
    { { "Retry-After", LATER }, 0 },
    { { "Date", "soon", "Retry-After", LATER }, 0 },
    { { "Date", NOON, "Retry-After", "soon" }, -1 },
    { { "Date", NOON }, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    SeedanceHttpAnswer answer = { 0 };

    take (&answer, answers[i].headers);
    g_assert_cmpint (answer.retry_after, ==, answers[i].seconds);
    seedance_http_answer_clear (&answer);
  }
}

/* Object stores keep the name of an encoding of the upload, in which the body
 * is not. The length of an encoded body is not known. */
static void
test_content_encoding (void)
{
  static const struct {
    const gchar *encoding;
    gint64 length;
  } answers[] = {
    { "identity", 1000 },
    { "aws-chunked", 1000 },
    { "AWS-chunked, identity", 1000 },
    { "binary", 1000 },
    { "none", 1000 },
    { "gzip", -1 },
    { "aws-chunked, gzip", -1 },
    { "aws-chunked-2", -1 },
    { "nonesuch", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    const gchar *const headers[] = { "Content-Length", "1000",
      "Content-Encoding", answers[i].encoding, NULL };
    SeedanceHttpAnswer answer = { 0 };

    take (&answer, headers);
    g_assert_cmpint (answer.content_length, ==, answers[i].length);
    seedance_http_answer_clear (&answer);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-answer/retry-after", test_retry_after);
  g_test_add_func ("/http-answer/content-encoding", test_content_encoding);

  return g_test_run ();
}
