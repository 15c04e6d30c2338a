/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The details of the client's errors survive copies and prefixes, and every
 * error has a reason. */
#include "error.h"

static GError *
make_error (void)
{
  g_autofree gchar *task_id = g_strdup ("t-1");
  g_autofree gchar *code = g_strdup ("Busy");
  g_autofree gchar *request_id = g_strdup ("r-1");
  const SeedanceErrorDetails details = { task_id, 429, code, request_id, TRUE,
    SEEDANCE_REASON_QUOTA };

  return seedance_error_new (SEEDANCE_ERROR_BUSY, &details, "%d %s", 5, "%s");
}

static void
assert_details (const GError *error)
{
  const SeedanceErrorDetails *details = seedance_error_get_details (error);

  g_assert_nonnull (details);
  g_assert_cmpstr (details->task_id, ==, "t-1");
  g_assert_cmpuint (details->http_status, ==, 429);
  g_assert_cmpstr (details->service_code, ==, "Busy");
  g_assert_cmpstr (details->request_id, ==, "r-1");
  g_assert_true (details->retryable);
  g_assert_cmpint (
      seedance_error_get_reason (error), ==, SEEDANCE_REASON_QUOTA);
}

static void
test_details_are_copied (void)
{
  g_autoptr (GError) error = make_error ();

  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, "5 %s");
  assert_details (error);
}

static void
test_details_survive_copy_and_prefix (void)
{
  GError *error = make_error ();
  g_autoptr (GError) copy = g_error_copy (error);

  g_error_free (error);
  g_prefix_error (&copy, "here: ");
  g_assert_cmpstr (copy->message, ==, "here: 5 %s");
  assert_details (copy);
}

static void
test_no_details_are_all_unknown (void)
{
  g_autoptr (GError) error =
      seedance_error_new (SEEDANCE_ERROR_READ, NULL, "x");
  const SeedanceErrorDetails *details = seedance_error_get_details (error);

  g_assert_nonnull (details);
  g_assert_null (details->task_id);
  g_assert_cmpuint (details->http_status, ==, 0);
  g_assert_null (details->service_code);
  g_assert_null (details->request_id);
  g_assert_false (details->retryable);
}

static void
test_errors_of_others_have_no_details (void)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_IO, "x");

  g_assert_null (seedance_error_get_details (error));
  g_assert_null (seedance_error_get_details (NULL));
}

static void
test_every_error_has_a_reason (void)
{
  static const gchar *const words[] = { "settings", "not-authorized",
    "not-found", "busy", "failed", "network", "maybe-billed", "network",
    "no-space", "damaged", "interrupted" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autoptr (GError) error = seedance_error_new (i, NULL, "x");
    g_autoptr (GError) literal = g_error_new_literal (SEEDANCE_ERROR, i, "x");

    g_assert_cmpstr (
        seedance_reason_to_string (seedance_error_get_reason (error)), ==,
        words[i]);
    g_assert_cmpint (seedance_error_get_reason (error), ==,
        seedance_error_get_reason (literal));
  }
  for (guint i = 0; i < SEEDANCE_N_REASONS; i++)
    g_assert_nonnull (seedance_reason_to_string (i));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/details-are-copied", test_details_are_copied);
  g_test_add_func ("/error/details-survive-copy-and-prefix",
      test_details_survive_copy_and_prefix);
  g_test_add_func (
      "/error/no-details-are-all-unknown", test_no_details_are_all_unknown);
  g_test_add_func ("/error/errors-of-others-have-no-details",
      test_errors_of_others_have_no_details);
  g_test_add_func (
      "/error/every-error-has-a-reason", test_every_error_has_a_reason);
  return g_test_run ();
}
