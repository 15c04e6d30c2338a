/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an answer that cannot be read, that is too large or that is damaged,
 * the reader says so or reads what is there; and what the words for a status
 * mean. */
#include "answer.h"

#include <string.h>

static gchar *
to_json (const gchar *body)
{
  return g_strdelimit (g_strdup (body), "'", '"');
}

/* What is not a JSON object at all */

static void
assert_unreadable (const gchar *body, gsize size)
{
  g_autoptr (SeedanceAnswer) answer = seedance_answer_parse (body, size, NULL);

  g_assert_false (answer->readable);
  g_assert_null (answer->task_id);
  g_assert_null (answer->video_url);
  g_assert_false (answer->refused);
}

static void
test_unreadable (gconstpointer data)
{
  g_autofree gchar *body = to_json (data);

  assert_unreadable (body, strlen (body));
}

static void
test_no_body_is_unreadable (void)
{
  assert_unreadable (NULL, 0);
}

static void
test_bytes_after_a_nul_are_unreadable (void)
{
  assert_unreadable ("{}\0{}", 5);
  assert_unreadable ("{\"a\":\"\0\"}", 9);
  assert_unreadable ("{}\0", 3);
  assert_unreadable ("\"{}\"\0", 5);
}

/* {"a":{"a":…}} with @depth objects around each other. */
static gchar *
nest (guint depth)
{
  GString *out = g_string_new (NULL);

  for (guint i = 1; i < depth; i++)
    g_string_append (out, "{\"a\":");
  g_string_append (out, "{}");
  for (guint i = 1; i < depth; i++)
    g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static void
test_nesting_ends_at_64 (void)
{
  g_autofree gchar *deep = nest (64);
  g_autofree gchar *deeper = nest (65);
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (deep, strlen (deep), NULL);

  g_assert_true (answer->readable);
  assert_unreadable (deeper, strlen (deeper));
}

static void
test_brackets_in_strings_are_no_nesting (void)
{
  g_autofree gchar *brackets = g_strnfill (1000, '[');
  g_autofree gchar *body =
      g_strdup_printf ("{\"x\":\"\\\"%s\",\"id\":\"t\"}", brackets);
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), NULL);

  g_assert_true (answer->readable);
  g_assert_cmpstr (answer->task_id, ==, "t");
}

static void
test_a_million_brackets_do_no_harm (void)
{
  g_autofree gchar *body = g_strnfill (1000000, '[');

  assert_unreadable (body, strlen (body));
}

/* Between @start and @end stand so many of @filling that there are @size
 * bytes. */
static void
assert_size_ends (
    gsize size, const gchar *start, gchar filling, const gchar *end)
{
  g_autofree gchar *body = g_strnfill (size + 1, filling);
  g_autoptr (SeedanceAnswer) answer = NULL;

  memcpy (body, start, strlen (start));
  memcpy (body + size - strlen (end), end, strlen (end));
  answer = seedance_answer_parse (body, size, NULL);
  g_assert_true (answer->readable);
  body[size - strlen (end)] = filling;
  memcpy (body + size + 1 - strlen (end), end, strlen (end));
  assert_unreadable (body, size + 1);
}

/* The three letters in strings do not count. */
static void
test_size_ends_at_4_mib (void)
{
  assert_size_ends (4 * 1024 * 1024 + 3, "{\"id\":\"t\"", ' ', "}");
}

static void
test_size_with_strings_ends_at_64_mib (void)
{
  assert_size_ends (64 * 1024 * 1024, "{\"id\":\"t\",\"image\":\"", 'x', "\"}");
}

/* Returns an answer with a list of @n strings, each with a quote in it. */
static GString *
make_strings (gsize n)
{
  GString *body = g_string_new ("{\"id\":\"t\",\"x\":[0");

  for (gsize i = 0; i < n; i++)
    g_string_append (body, ",\"\\\"\"");
  g_string_append (body, "]}");

  return body;
}

/* Many short strings cost as much memory as other values do. */
static void
test_strings_are_counted (void)
{
  const gsize most = (4 * 1024 * 1024 - 14) / 3;
  GString *few = make_strings (most), *many = make_strings (most + 1);
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (few->str, few->len, NULL);

  g_assert_true (answer->readable);
  assert_unreadable (many->str, many->len);
  g_string_free (few, TRUE);
  g_string_free (many, TRUE);
}

/* More would keep the network thread busy for seconds. */
static void
test_members_end_at_1000 (void)
{
  for (guint n = 999; n <= 1000; n++) {
    GString *body = g_string_new ("{\"x\":0");
    g_autoptr (SeedanceAnswer) answer = NULL;

    for (guint i = 1; i < n; i++)
      g_string_append (body, ",\"x\":0");
    g_string_append (body, ",\"data\":\"{\\\"task_id\\\":\\\"t\\\"}\"}");
    answer = seedance_answer_parse (body->str, body->len, NULL);
    g_assert_true (answer->readable);
    g_assert_cmpstr (answer->task_id, ==, n < 1000 ? "t" : NULL);
    g_string_free (body, TRUE);
  }
}

/* Returns an object with @n containers, @depth deep. */
static gchar *
make_places (guint n, guint depth)
{
  static const gchar *const names[] = { "data", "output", "result", "task",
    "content" };
  GString *body = g_string_new ("{\"x\":0");

  for (guint i = 0; depth > 0 && i < n; i++) {
    g_autofree gchar *inner = make_places (n, depth - 1);

    g_string_append_printf (body, ",\"%s\":%s", names[i], inner);
  }
  g_string_append_c (body, '}');

  return g_string_free (body, FALSE);
}

/* The innermost object has the id. Before it, there are 1 + 4 + 16 + 63 others,
 * or 1 + 5 + 25 + 124. */
static void
test_places_end_at_100 (void)
{
  for (guint n = 4; n <= 5; n++) {
    g_autofree gchar *places = make_places (n, 3);
    g_autofree gchar *body = g_strdup_printf ("%.*s,\"id\":\"t\"}}}}",
        (gint) (strlen (places) - strlen ("}}}}")), places);
    g_autoptr (SeedanceAnswer) answer =
        seedance_answer_parse (body, strlen (body), NULL);

    g_assert_true (answer->readable);
    g_assert_cmpstr (answer->task_id, ==, n == 4 ? "t" : NULL);
  }
}

static SeedanceAnswer *
parse_member (const gchar *name, const gchar *value)
{
  g_autofree gchar *body = g_strdup_printf ("{\"%s\":\"%s\"}", name, value);

  return seedance_answer_parse (body, strlen (body), NULL);
}

static void
test_ids_end_at_512_bytes (void)
{
  g_autofree gchar *longest = g_strnfill (512, 'x');
  g_autofree gchar *longer = g_strnfill (513, 'x');
  g_autoptr (SeedanceAnswer) good = parse_member ("task_id", longest);
  g_autoptr (SeedanceAnswer) bad = parse_member ("task_id", longer);

  g_assert_cmpstr (good->task_id, ==, longest);
  g_assert_null (bad->task_id);
}

static void
test_ids_are_utf8 (void)
{
  g_autoptr (SeedanceAnswer) answer = parse_member ("task_id", "a\xff");

  g_assert_true (answer->readable);
  g_assert_null (answer->task_id);
}

static void
test_long_texts_are_cut (void)
{
  g_autofree gchar *words = g_strnfill (100000, 'x');
  g_autoptr (SeedanceAnswer) answer = parse_member ("message", words);

  g_assert_cmpint (g_utf8_strlen (answer->error_message, -1), ==, 1001);
  g_assert_true (g_str_has_suffix (answer->error_message, "x…"));
}

static void
test_texts_become_utf8 (void)
{
  g_autoptr (SeedanceAnswer) answer = parse_member ("message", "a\xff"
                                                               "b");

  g_assert_true (g_utf8_validate (answer->error_message, -1, NULL));
}

static void
test_every_cut_answer_is_survived (void)
{
  const gchar body[] =
      "{\"task_id\":\"t\\u0000\\ud83d\\ude00\",\"n\":-12345678901234567890,"
      "\"a\":[1.5e3,true,null],\"progress\":\"5%\"}";

  for (gsize size = 0; size < sizeof body - 1; size++) {
    g_autofree gchar *cut = g_memdup2 (body, MAX (size, 1));

    assert_unreadable (cut, size);
  }
}

static void
test_any_bytes_are_survived (void)
{
  static const gchar alphabet[] = "{}[]\",:\\u0d8e-+.019 tfn\xff";

  for (guint i = 0; i < 20000; i++) {
    gchar body[48] = "{\"id\":";
    gsize size = g_test_rand_int_range (6, sizeof body);

    for (gsize k = 6; k < size; k++)
      body[k] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
    seedance_answer_free (seedance_answer_parse (body, size, NULL));
  }
}

/* Words */

static void
assert_words (SeedanceStatus status, const gchar *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  for (gchar **word = list; *word; word++) {
    g_autofree gchar *loud = g_ascii_strup (*word, -1);

    g_assert_cmpint (seedance_status_from_word (*word), ==, status);
    g_assert_cmpint (seedance_status_from_word (loud), ==, status);
  }
}

static void
test_every_known_word_has_its_meaning (void)
{
  assert_words (SEEDANCE_STATUS_QUEUED,
      "queued queueing queuing in_queue pending waiting submitted created "
      "scheduled starting initializing preparing staged throttled accepted "
      "received not_start not_started in-queue not-started "
      "task_status_submitted");
  assert_words (SEEDANCE_STATUS_RUNNING,
      "running processing in_progress inprogress generating started working "
      "rendering executing in-progress task_status_processing");
  assert_words (SEEDANCE_STATUS_SUCCEEDED,
      "succeeded succeed success successful completed complete done finished "
      "task_status_succeed");
  assert_words (SEEDANCE_STATUS_FAILED,
      "failed fail failure error errored rejected moderated blocked");
  assert_words (SEEDANCE_STATUS_CANCELLED,
      "cancelled canceled canceling aborted interrupted terminated revoked "
      "deleted");
  assert_words (SEEDANCE_STATUS_EXPIRED, "expired timeout timed_out timed-out");
}

static void
test_other_words_mean_still_going (void)
{
  assert_words (SEEDANCE_STATUS_UNKNOWN, "ok unknown succeede xfailed task_");
  g_assert_cmpint (
      seedance_status_from_word (NULL), ==, SEEDANCE_STATUS_UNKNOWN);
  g_assert_cmpint (seedance_status_from_word (""), ==, SEEDANCE_STATUS_UNKNOWN);
}

static void
test_four_statuses_are_final (void)
{
  static const gchar *const names[] = { "unknown", "queued", "running",
    "succeeded", "failed", "cancelled", "expired" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_cmpstr (seedance_status_to_string (i), ==, names[i]);
    g_assert_cmpint (seedance_status_is_final (i), ==, i >= 3);
  }
}

static void
add_unreadable (void)
{
  static const gchar *const bodies[][2] = {
    { "empty-list", "[]" },
    { "list-of-strings", "['x']" },
    { "string", "'x'" },
    { "number", "42" },
    { "null", "null" },
    { "html", "<html><body>502 Bad Gateway</body></html>" },
    { "spaces", "   " },
    { "text-of-half", "'{'" },
    { "text-of-text", "'\\'{}\\''" },
    { "half", "{'id':'x'" },
    { "half-string", "{'id':'x" },
    { "half-escape", "{'id':'\\" },
    { "bad-escape", "{'id':'\\u12'}" },
    { "two-answers", "{'id':'x'}{'id':'y'}" },
    { "words-after", "{'id':'x'} trailing" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autofree gchar *path =
        g_strconcat ("/answer/unreadable/", bodies[i][0], NULL);

    g_test_add_data_func (path, bodies[i][1], test_unreadable);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_unreadable ();
#define ADD(path, name) g_test_add_func ("/answer/" path, test_##name)
  ADD ("unreadable/no-body", no_body_is_unreadable);
  ADD ("unreadable/nul", bytes_after_a_nul_are_unreadable);
  ADD ("limit/nesting", nesting_ends_at_64);
  ADD ("limit/brackets-in-strings", brackets_in_strings_are_no_nesting);
  ADD ("limit/a-million-brackets", a_million_brackets_do_no_harm);
  ADD ("limit/size", size_ends_at_4_mib);
  ADD ("limit/size-with-strings", size_with_strings_ends_at_64_mib);
  ADD ("limit/strings", strings_are_counted);
  ADD ("limit/members", members_end_at_1000);
  ADD ("limit/places", places_end_at_100);
  ADD ("limit/ids", ids_end_at_512_bytes);
  ADD ("hostile/id-not-utf8", ids_are_utf8);
  ADD ("limit/texts", long_texts_are_cut);
  ADD ("hostile/text-not-utf8", texts_become_utf8);
  ADD ("hostile/cut-anywhere", every_cut_answer_is_survived);
  ADD ("hostile/any-bytes", any_bytes_are_survived);
  ADD ("word/known", every_known_word_has_its_meaning);
  ADD ("word/other", other_words_mean_still_going);
  ADD ("word/final", four_statuses_are_final);
  return g_test_run ();
}
