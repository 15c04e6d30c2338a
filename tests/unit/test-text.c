/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a text from outside, what is shown of it holds no key, no signature,
 * and nothing that a terminal obeys. */
#include "text.h"

#include <string.h>

#define KEY "sk-7e57-k3y-0f-th3-l0c4l"

typedef struct {
  const gchar *name;
  guint max;
  const gchar *raw, *cleaned;
} Text;

static const Text texts[] = {
  { "plain", 99, "All is well.", "All is well." },
  { "empty", 99, "", "" },
  { "blanks", 99, "  a \t\r\n b  ", "a b" },
  { "accents", 99, "d\xc3\xa9j\xc3\xa0", "d\xc3\xa9j\xc3\xa0" },
  { "not-utf8", 99,
      "a\xff"
      "b",
      "a\xef\xbf\xbd"
      "b" },

  /* What a terminal obeys. */
  { "escape", 99, "a\x1b[31mb", "a [31mb" },
  { "c1", 99,
      "a\xc2\x9b"
      "31mb",
      "a 31mb" },
  { "backspace", 99, "a\b\b\bb", "a b" },
  { "reversed", 99,
      "a\xe2\x80\xae"
      "b",
      "a b" },
  { "isolates", 99,
      "a\xe2\x81\xa6"
      "b\xe2\x81\xa9",
      "a b" },
  { "mark", 99,
      "a\xe2\x80\x8f"
      "b",
      "a b" },
  { "line-separator", 99,
      "a\xe2\x80\xa8"
      "b",
      "a b" },
  { "byte-order-mark", 99,
      "\xef\xbb\xbf"
      "a",
      "a" },
  { "joined-picture", 99, "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
      "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80" },

  /* The key. */
  { "key", 99, "Bad key " KEY ".", "Bad key ***." },
  { "key-twice", 99, KEY KEY, "******" },
  { "key-across-the-cut", 20, "Wrong API key: " KEY, "Wrong API key: ***" },
  { "key-behind-the-cut", 5, "Wrong API key: " KEY, "Wrong…" },
  { "key-cut-by-the-sender", 99, "Bad key sk-7e57-k3y-0f...",
      "Bad key ***..." },
  { "first-letters-of-the-key", 99, "Keys begin with sk-7e",
      "Keys begin with sk-7e" },
  { "half-of-the-key-at-the-end", 99, "Bad key sk-7e57-k3y", "Bad key ***" },
  { "key-in-a-path", 99, "GET https://h/" KEY "/x", "GET https://h/***/x" },

  /* URLs. */
  { "query", 99, "GET https://h/v?sig=SECRET failed",
      "GET https://h/v?… failed" },
  { "query-across-the-cut", 16, "https://h/v?sig=SECRET", "https://h/v?…" },
  { "query-without-host", 99, "GET /v?sig=SECRET: no", "GET /v?… no" },
  { "fragment", 99, "'https://h/v#SECRET'", "'https://h/v#…'" },
  { "question", 99, "Is it a/b? No.", "Is it a/b? No." },
  { "user", 99, "proxy http://me:SECRET@host:80/x",
      "proxy http://…@host:80/x" },
  { "user-escaped", 99, "\"http:\\/\\/me:SECRET@host\\/x?SECRET\"",
      "\"http://…@host\\/x?…\"" },
  { "user-with-at", 99, "http://me:SEC@RET@host", "http://…@host" },
  { "user-across-the-cut", 12, "http://me:SECRET@host", "http://…@hos…" },
  { "mail", 99, "Ask help@h.example", "Ask help@h.example" },

  /* The cut. */
  { "as-long-as-may-be", 5, "12345", "12345" },
  { "longer", 5, "123456", "12345…" },
  { "blank-at-the-cut", 5, "12345 ", "12345" },
  { "cut-between-characters", 2, "\xc3\xa9\xc3\xa9\xc3\xa9",
      "\xc3\xa9\xc3\xa9…" },
};

static void
test_clean (gconstpointer data)
{
  const Text *text = data;
  g_autofree gchar *cleaned =
      seedance_text_clean (text->raw, -1, text->max, KEY);

  g_assert_cmpstr (cleaned, ==, text->cleaned);
}

/* Wherever the text is cut, no part of the key longer than this is left. */
static void
test_no_cut_shows_the_key (void)
{
  g_autofree gchar *before = g_strnfill (40, 'x');
  g_autofree gchar *raw = g_strconcat (before, KEY, " and more", NULL);

  for (guint max = 0; max < 80; max++) {
    g_autofree gchar *cleaned = seedance_text_clean (raw, -1, max, KEY);

    g_assert_null (strstr (cleaned, "sk-7e57"));
  }
}

/* The sender may have cut it anywhere. */
static void
test_no_part_of_the_key_from_8_letters_on_is_shown (void)
{
  for (gsize n = 8; n <= strlen (KEY); n++) {
    g_autofree gchar *part = g_strndup (KEY, n);
    g_autofree gchar *raw = g_strdup_printf ("Bad key '%s", part);
    g_autofree gchar *cleaned = seedance_text_clean (raw, -1, 1000, KEY);

    g_assert_cmpstr (cleaned, ==, "Bad key '***");
  }
}

static void
test_a_word_is_no_key (void)
{
  g_autofree gchar *short_key = seedance_text_clean ("a cat", -1, 99, "cat");
  g_autofree gchar *no_key = seedance_text_clean ("a cat", -1, 99, NULL);
  g_autofree gchar *empty = seedance_text_clean ("a cat", -1, 99, "");

  g_assert_cmpstr (short_key, ==, "a cat");
  g_assert_cmpstr (no_key, ==, "a cat");
  g_assert_cmpstr (empty, ==, "a cat");
}

static void
test_nothing_is_hidden_in_nothing (void)
{
  g_autofree gchar *hidden = seedance_text_hide ("key " KEY, KEY);

  g_assert_null (seedance_text_hide (NULL, KEY));
  g_assert_cmpstr (hidden, ==, "key ***");
}

static void
test_a_size_ends_it (void)
{
  g_autofree gchar *cleaned = seedance_text_clean ("abcdef", 3, 99, NULL);

  g_assert_cmpstr (cleaned, ==, "abc");
}

/* --- bodies ------------------------------------------------------------- */

static void
assert_quote (const gchar *body, const gchar *quote)
{
  g_autofree gchar *found =
      seedance_text_quote_body (body, strlen (body), 200, KEY);

  g_assert_cmpstr (found, ==, quote);
}

static void
test_a_page_is_quoted_by_its_words (void)
{
  assert_quote ("<!DOCTYPE html>\n<html><head><title>502</title>\n"
                "<style>p { color: red }</style></head>\n<body>\n"
                "<SCRIPT>var a = '<p>';</SCRIPT><h1>Bad Gateway</h1></body>",
      "502 Bad Gateway");
  assert_quote ("upstream connect error", "upstream connect error");
  assert_quote (
      "<?xml version=\"1.0\"?><Error><Code>Busy</Code></Error>", "Busy");
  assert_quote ("1 < 2, 3 > 2", "1 < 2, 3 > 2");
  assert_quote ("1 <", "1 <");
  assert_quote ("Busy <style", "Busy");
  assert_quote ("<b", NULL);
  assert_quote ("<script", NULL);
  assert_quote ("", NULL);
  assert_quote (" \n ", NULL);
  assert_quote ("<p>Bad key " KEY, "Bad key ***");
}

static void
test_no_quote_of_what_is_binary (void)
{
  guint8 bytes[256];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (255 - i);
  g_assert_null (
      seedance_text_quote_body ((gchar *) bytes, sizeof bytes, 200, NULL));
  g_assert_null (seedance_text_quote_body ((gchar *) bytes, 255, 200, NULL));
}

/* --- what is sent ------------------------------------------------------- */

static void
test_only_plain_text_is_plain (void)
{
  static const gchar *const plain[] = { "", "abc", "a b", "d\xc3\xa9j\xc3\xa0",
    "\xe8\x88\xb9" };
  static const gchar *const odd[] = { "a\nb", "a\x1b[1m", "a\x7f", "a\xc2\x85",
    "a\xe2\x80\xae", "a\xe2\x80\x8b", "\xef\xbb\xbf", "a\xff",
    "a\xf3\xa0\x81\x81", "a\xc2\xad" };

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    g_assert_true (seedance_text_is_plain (plain[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    g_assert_false (seedance_text_is_plain (odd[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree gchar *path = g_strconcat ("/text/clean/", texts[i].name, NULL);

    g_test_add_data_func (path, &texts[i], test_clean);
  }
#define ADD(path, name) g_test_add_func ("/text/" path, test_##name)
  ADD ("no-cut-shows-the-key", no_cut_shows_the_key);
  ADD ("parts-of-the-key", no_part_of_the_key_from_8_letters_on_is_shown);
  ADD ("a-word-is-no-key", a_word_is_no_key);
  ADD ("nothing", nothing_is_hidden_in_nothing);
  ADD ("size", a_size_ends_it);
  ADD ("body/words", a_page_is_quoted_by_its_words);
  ADD ("body/binary", no_quote_of_what_is_binary);
  ADD ("plain", only_plain_text_is_plain);
  return g_test_run ();
}
