/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts from outside are shown without keys, signatures, and characters that
 * control a terminal. */
#include "text.h"

#include <string.h>
#include <sys/resource.h>

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

  /* Characters that control a terminal. */
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

  /* The API key. */
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

  /* The maximum length. */
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

/* The same key in other encodings, and what is shown of it. */
#define LONG_KEY "AKLTabcd/efgh+ijklmnop=="
#define OTHER_KEY "sk-ABCDEFGHIJKLMNOP1234"
#define NAMED_KEY "seedance_live_4f9c1b77"

static const struct {
  const gchar *name, *key, *raw, *cleaned;
} echoes[] = {
  { "entities", LONG_KEY, "Bad AKLTabcd&#x2F;efgh&#43;ijklmnop&equals;&#61 !",
      "Bad *** !" },
  { "entities-of-entities", LONG_KEY, "Bad AKLTabcd&amp;#x2f;efgh&amp;plus;ijk",
      "Bad ***" },
  { "percent", LONG_KEY, "Bad AKLTabcd%2Fefgh%2bijklmnop%3D%3D.", "Bad ***." },
  { "percent-twice", LONG_KEY, "Bad AKLTabcd%252Fefgh%252Bijklmnop",
      "Bad ***" },
  { "all-in-percent", OTHER_KEY, "Bad %73%6B%2D%41%42%43%44%45%46%47.",
      "Bad ***." },
  { "json", LONG_KEY, "Bad AKLTabcd\\/efgh\\u002bijklmnop\\u003d\\u003D.",
      "Bad ***." },
  { "json-in-json", LONG_KEY, "Bad AKLTabcd\\\\/efgh\\\\u002Bijklmnop",
      "Bad ***" },
  { "javascript", LONG_KEY, "Bad AKLTabcd\\x2fefgh\\x2bijklmnop", "Bad ***" },
  { "soft-hyphen", OTHER_KEY,
      "Bad sk-ABCD\xc2\xad"
      "EFGHIJKLMNOP1234.",
      "Bad ***." },
  { "zero-width-space", OTHER_KEY,
      "Bad sk-ABCDEFGHI\xe2\x80\x8b"
      "JKLMNOP1234.",
      "Bad ***." },
  { "invisible-everywhere", OTHER_KEY,
      "Bad A\xe2\x80\x8b"
      "B\xe2\x81\xa0"
      "C\xef\xbb\xbf"
      "D\xe2\x80\x8d"
      "E\xcd\x8f"
      "F\xef\xb8\x8f"
      "G\xff"
      "H.",
      "Bad ***." },
  { "invisible-entities", OTHER_KEY,
      "Bad sk-A&shy;B&#8203;C&#x200D;D%E2%80%8BE&zwnj;F.", "Bad ***." },
  { "broken-line", OTHER_KEY, "Bad sk-ABCDEFG\r\n\tHIJKLMNOP1234.",
      "Bad ***." },
  { "wide", OTHER_KEY,
      "Bad \xef\xbc\xa1\xef\xbc\xa2\xef\xbc\xa3\xef\xbc\xa4\xef\xbc\xa5"
      "\xef\xbc\xa6\xef\xbc\xa7\xef\xbc\xa8.",
      "Bad ***." },
  { "without-its-beginning", OTHER_KEY, "Bad ABCDEFGHIJKLMNOP1234.",
      "Bad ***." },
  { "its-end", OTHER_KEY, "Bad ...MNOP1234.", "Bad ...***." },
  { "its-middle", OTHER_KEY, "Bad ...EFGHIJKL...", "Bad ...***..." },
  { "seven-letters", OTHER_KEY, "Bad ...NOP1234.", "Bad ...NOP1234." },
  { "lower-case", OTHER_KEY, "Bad sk-abcdefghijklmnop1234.", "Bad ***." },
  { "base64", OTHER_KEY, "Bad c2stQUJDREVGR0hJSktMTU5PUDEyMzQ=.",
      "Bad ***Q=." },
  { "base64-of-a-header", OTHER_KEY, "Basic OnNrLUFCQ0RFRkdISUpLTE1OT1AxMjM0",
      "Basic On***" },
  { "base64-of-another", OTHER_KEY,
      "Basic bWU6c2stQUJDREVGR0hJSktMTU5PUDEyMzQ=", "Basic bWU6***Q=" },
  { "hex", OTHER_KEY, "Bad 736B2D4142434445464748494a4b.", "Bad ***." },
  { "short-key", "0123456789", "Bad 01234567%389.", "Bad ***." },
  { "part-of-a-short-key", "0123456789", "Bad 012345678.", "Bad 012345678." },
  { "key-with-an-escape", "ab%2Fcdef", "Bad ab%2Fcdef, ab/cdef.",
      "Bad ***, ***." },
  { "other-escapes", OTHER_KEY, "50% off &amp; more \\o/ %zz &#x; \\u12 &",
      "50% off &amp; more \\o/ %zz &#x; \\u12 &" },
  { "escape-at-the-end", OTHER_KEY, "a%2", "a%2" },
  { "behind-a-percent", "abcdefgh12", "Only 50%abcdefgh12.", "Only 50%***." },
  { "behind-a-percent-twice", "abcdefgh12", "At 50%2550%abcdefgh12",
      "At 50%2550%***" },
  { "behind-a-backslash", "abcdefgh12", "At C:\\uabcdefgh12.",
      "At C:\\u***." },
  { "our-name", NAMED_KEY,
      "SEEDANCE_API_KEY, SEEDANCE_LOG, seedance-tasks, gst-seedance, seedance",
      "SEEDANCE_API_KEY, SEEDANCE_LOG, seedance-tasks, gst-seedance, "
      "seedance" },
  { "our-name-in-its-key", NAMED_KEY, "Bad " NAMED_KEY ".", "Bad ***." },
  { "our-name-in-half-a-key", NAMED_KEY, "Bad seedance_live_4f…",
      "Bad ***…" },
  { "our-name-in-a-short-key", "seedance123", "seedance123 seedance",
      "*** seedance" },
  { "a-part-of-our-name", "dance", "seedance, dance", "seedance, ***" },
};

static void
test_a_key_is_hidden_however_it_is_written (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (echoes); i++) {
    g_autofree gchar *cleaned =
        seedance_text_clean (echoes[i].raw, -1, 99, echoes[i].key);

    g_test_message ("%s", echoes[i].name);
    g_assert_cmpstr (cleaned, ==, echoes[i].cleaned);
  }
}

/* Random texts as text and as key must not crash the function. */
static void
test_any_text_may_hold_or_be_a_key (void)
{
  static const gchar bits[] = "%&#x;\\u2fFamp41\xc2\xad\xe2\x80\x8b\xff ";

  for (guint round = 0; round < 2000; round++) {
    gchar text[40] = "", key[24] = "";
    g_autofree gchar *cleaned = NULL;

    for (guint i = 0; i + 1 < sizeof text; i++)
      text[i] = bits[g_test_rand_int_range (0, sizeof bits - 1)];
    for (guint i = 0; i + 1 < sizeof key; i++)
      key[i] = bits[g_test_rand_int_range (0, sizeof bits - 1)];
    cleaned = seedance_text_clean (text, -1, 99, key);
    g_assert_true (g_utf8_validate (cleaned, -1, NULL));
  }
}

/* Wherever the text is cut, fewer than 7 characters of the key are left. */
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

/* The sender may have cut the key anywhere. */
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

/* The function reads only a part of a long text. Wherever that part ends, it
 * shows no part of the key. */
static void
test_no_end_of_what_is_read_shows_the_key (void)
{
  static const gchar key[] = "0123456789";

  for (gsize before = 60 * 1024 - 12; before < 64 * 1024 + 12;
       before += before == 60 * 1024 + 12 ? 4 * 1024 - 24 : 1) {
    g_autofree gchar *blanks = g_strnfill (before, ' ');
    g_autofree gchar *rest = g_strnfill (8 * 1024, 'x');
    g_autofree gchar *raw = g_strconcat ("a", blanks, key, rest, NULL);
    g_autofree gchar *cleaned = seedance_text_clean (raw, -1, 40, key);

    g_assert_null (strstr (cleaned, "01234"));
    g_assert_true (g_str_has_prefix (cleaned, "a"));
  }
}

static glong
get_peak_kib (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);

  return usage.ru_maxrss;
}

static void
test_a_huge_text_takes_little_memory (void)
{
  const gsize size = 4 * 1024 * 1024;
  g_autofree gchar *raw = g_strnfill (size, 'x');
  const glong before = get_peak_kib ();
  g_autofree gchar *quote =
      seedance_text_quote_body (raw, size, 200, OTHER_KEY);

  g_assert_true (g_str_has_prefix (quote, "xxx"));
  g_assert_cmpint (get_peak_kib () - before, <, 64 * 1024);
}

/* A short key could be a common word, so it is not hidden. */
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

/* Only the given number of bytes is read. */
static void
test_a_size_ends_it (void)
{
  g_autofree gchar *cleaned = seedance_text_clean ("abcdef", 3, 99, NULL);

  g_assert_cmpstr (cleaned, ==, "abc");
}

static void
assert_quote (const gchar *body, const gchar *quote)
{
  g_autofree gchar *found =
      seedance_text_quote_body (body, strlen (body), 200, KEY);

  g_assert_cmpstr (found, ==, quote);
}

/* An error page in HTML or XML is quoted by its visible text. */
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
  ADD ("no-end-shows-the-key", no_end_of_what_is_read_shows_the_key);
  ADD ("huge", a_huge_text_takes_little_memory);
  ADD ("parts-of-the-key", no_part_of_the_key_from_8_letters_on_is_shown);
  ADD ("written-otherwise", a_key_is_hidden_however_it_is_written);
  ADD ("any", any_text_may_hold_or_be_a_key);
  ADD ("a-word-is-no-key", a_word_is_no_key);
  ADD ("nothing", nothing_is_hidden_in_nothing);
  ADD ("size", a_size_ends_it);
  ADD ("body/words", a_page_is_quoted_by_its_words);
  ADD ("body/binary", no_quote_of_what_is_binary);
  ADD ("plain", only_plain_text_is_plain);
  return g_test_run ();
}
