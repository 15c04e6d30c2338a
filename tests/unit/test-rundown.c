/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given lines of a rundown, those that are understood become items, each id
 * once, and the others say why. */

#include "rundown.h"

#include <gio/gio.h>
#include <string.h>

#define MS (G_GINT64_CONSTANT (1000000))

static SeedanceItem *
item_of (const gchar *line)
{
  g_autoptr (GError) error = NULL;
  SeedanceItem *item = seedance_item_from_json (line, "/day", &error);

  g_assert_no_error (error);

  return item;
}

static const gchar *
field_of (SeedanceItem *item, const gchar *name)
{
  return g_hash_table_lookup (item->fields, name);
}

static void
test_every_field (void)
{
  g_autoptr (SeedanceItem) item = item_of (
      "{\"id\":\"a-1\",\"prompt\":\"A "
      "\\\"boat\\\"\\n\\u8239\",\"image\":\"x.png\","
      "\"resolution\":\"480p\",\"aspect-ratio\":\"9:16\",\"duration\":5,"
      "\"seed\":9007199254740993,\"model\":\"m\",\"extra-params\":{\"a\":[1,"
      "true]},\"in\":0.5,\"out\":4.04,\"metadata\":{\"b\":null}}");

  g_assert_cmpstr (item->id, ==, "a-1");
  g_assert_cmpstr (item->instance, ==, "a-1");
  g_assert_cmpstr (field_of (item, "prompt"), ==, "A \"boat\"\n\xe8\x88\xb9");
  g_assert_cmpstr (field_of (item, "image"), ==, "/day/x.png");
  g_assert_cmpstr (field_of (item, "resolution"), ==, "480p");
  g_assert_cmpstr (field_of (item, "aspect-ratio"), ==, "9:16");
  g_assert_cmpstr (field_of (item, "duration"), ==, "5");
  g_assert_cmpstr (field_of (item, "seed"), ==, "9007199254740993");
  g_assert_cmpstr (field_of (item, "model"), ==, "m");
  g_assert_cmpstr (field_of (item, "extra-params"), ==, "{\"a\":[1,true]}");
  g_assert_cmpint (item->in, ==, 500 * MS);
  g_assert_cmpint (item->out, ==, 4040 * MS);
  g_assert_cmpstr (item->metadata, ==, "{\"b\":null}");
  g_assert_true (seedance_item_is_order (item));
  g_assert_false (item->replay);
}

/* A service would refuse or ignore a seed that became a text or another
 * number. */
static void
test_long_numbers (void)
{
  g_autoptr (SeedanceItem) item = item_of (
      "{\"id\":12345678901234567890,\"prompt\":\"x\",\"extra-params\":{"
      "\"seed\":9007199254740993,\"text\":\"9007199254740993\"},"
      "\"metadata\":{\"n\":[9007199254740993]}}");

  g_assert_cmpstr (item->id, ==, "12345678901234567890");
  g_assert_cmpstr (field_of (item, "extra-params"), ==,
      "{\"seed\":9007199254740993,\"text\":\"9007199254740993\"}");
  g_assert_cmpstr (item->metadata, ==, "{\"n\":[9007199254740993]}");
}

static void
test_media_and_switches (void)
{
  g_autoptr (SeedanceItem) item =
      item_of ("{\"id\":1,\"prompt\":\"x\",\"last-image\":\"z.png\","
               "\"reference_images\":[\"a b.png\",\"https://h/i?a=1,2\"],"
               "\"reference-videos\":[],\"generate-audio\":false,"
               "\"watermark\":true,\"camera-fixed\":null,\"duration\":-1}");

  g_assert_cmpstr (field_of (item, "last-image"), ==, "/day/z.png");
  g_assert_cmpstr (field_of (item, "reference-images"), ==,
      "[\"/day/a b.png\",\"https://h/i?a=1,2\"]");
  g_assert_null (field_of (item, "reference-videos"));
  g_assert_cmpstr (field_of (item, "generate-audio"), ==, "false");
  g_assert_cmpstr (field_of (item, "watermark"), ==, "true");
  g_assert_null (field_of (item, "camera-fixed"));
  g_assert_cmpstr (field_of (item, "duration"), ==, "-1");
}

static void
test_what_is_not_set (void)
{
  g_autoptr (SeedanceItem) item = item_of (
      "{\"id\":7,\"prompt\":\"x\",\"image\":null,\"model\":\"\","
      "\"extra-params\":{},\"aspect_ratio\":\"1:1\",\"duration\":\"5\"}");

  g_assert_cmpstr (item->id, ==, "7");
  g_assert_cmpuint (g_hash_table_size (item->fields), ==, 3);
  g_assert_cmpstr (field_of (item, "aspect-ratio"), ==, "1:1");
  g_assert_cmpstr (field_of (item, "duration"), ==, "5");
  g_assert_cmpint (item->in, ==, 0);
  g_assert_cmpint (item->out, ==, -1);
  g_assert_null (item->metadata);
}

static void
test_what_costs_nothing (void)
{
  static const struct {
    const gchar *uri, *expected;
  } uris[] = {
    { "jingle.mp4", "file:///day/jingle.mp4" },
    { "../news: 8 o'clock.mp4", "file:///news:%208%20o'clock.mp4" },
    { "/a/b c.mp4", "file:///a/b%20c.mp4" },
    { "https://h/x.mp4?y=1", "https://h/x.mp4?y=1" },
    { "file:///a.mp4", "file:///a.mp4" },
  };
  g_autoptr (SeedanceItem) task =
      item_of ("{\"id\":\"t\",\"task-id\":\"cgt-1\",\"prompt\":\"x\"}");

  g_assert_cmpstr (task->task_id, ==, "cgt-1");
  g_assert_null (task->fields);
  g_assert_null (task->instance);
  g_assert_false (seedance_item_is_order (task));
  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":\"u\",\"uri\":\"%s\"}", uris[i].uri);
    g_autoptr (SeedanceItem) item = item_of (line);

    g_assert_cmpstr (item->uri, ==, uris[i].expected);
    g_assert_null (item->fields);
    g_assert_false (seedance_item_is_order (item));
  }
}

typedef struct {
  const gchar *name, *line, *words;
} Bad;

#define ITEM(fields) "{\"id\":\"a\"," fields "}"

static const Bad bad_lines[] = {
  { "empty", "", "not one JSON object" },
  { "half", "{\"id\":\"a\",\"prompt\":\"A bo", "not one JSON object" },
  { "list", "[]", "not one JSON object" },
  { "text", "\"a\"", "not one JSON object" },
  { "two", "{\"id\":\"a\",\"prompt\":\"x\"}{}", "not one JSON object" },
  { "trailing-comma", "{\"id\":\"a\",\"prompt\":\"x\",}",
      "not one JSON object" },
  { "not-utf8", "{\"id\":\"a\",\"prompt\":\"\xff\"}", "UTF-8" },
  { "no-id", "{\"prompt\":\"x\"}", "no \"id\"" },
  { "id-null", "{\"id\":null,\"prompt\":\"x\"}", "no \"id\"" },
  { "id-empty", "{\"id\":\"\",\"prompt\":\"x\"}", "\"id\" is empty" },
  { "id-fraction", "{\"id\":1.5,\"prompt\":\"x\"}", "\"id\" is a number" },
  { "id-object", "{\"id\":{},\"prompt\":\"x\"}", "\"id\" is an object" },
  { "id-true", "{\"id\":true,\"prompt\":\"x\"}", "\"id\" is true or false" },
  { "id-newline", "{\"id\":\"a\\nb\",\"prompt\":\"x\"}", "control" },
  { "id-escape", "{\"id\":\"\\u001b[2J\",\"prompt\":\"x\"}", "control" },
  { "id-nul", "{\"id\":\"a\\u0000b\",\"prompt\":\"x\"}", "control" },
  { "id-reversed", "{\"id\":\"\\u202egpj\",\"prompt\":\"x\"}", "invisible" },
  { "id-no-break", "{\"id\":\"a\\u00a0\",\"prompt\":\"x\"}", "blank" },
  { "id-blank", "{\"id\":\" a\",\"prompt\":\"x\"}", "blank" },
  { "nothing", "{\"id\":\"a\"}", "neither \"prompt\" nor" },
  { "misspelt", ITEM ("\"promt\":\"x\""), "no field \"promt\"" },
  { "case", ITEM ("\"Prompt\":\"x\""), "no field \"Prompt\"" },
  { "own-field", ITEM ("\"prompt\":\"x\",\"title\":\"y\""), "\"metadata\"" },
  { "twice", ITEM ("\"prompt\":\"x\",\"prompt\":\"y\""),
      "\"prompt\" stands there twice" },
  { "twice-id", ITEM ("\"id\":\"b\",\"prompt\":\"x\""), "twice" },
  { "twice-as-null", ITEM ("\"prompt\":\"x\",\"prompt\":null"), "twice" },
  { "twice-otherwise",
      ITEM ("\"prompt\":\"x\",\"task_id\":\"y\",\"task-id\":\"z\""), "twice" },
  { "twice-below",
      ITEM ("\"prompt\":\"x\",\"extra-params\":{\"a\":{\"b\":1,"
            "\"b\":2}}"),
      "\"extra-params\" stands there twice" },
  { "prompt-number", ITEM ("\"prompt\":5"), "\"prompt\" is a number" },
  { "prompt-blank", ITEM ("\"prompt\":\" \\n\""), "\"prompt\" is blank" },
  { "model-number", ITEM ("\"prompt\":\"x\",\"model\":2"), "a number" },
  { "model-newline", ITEM ("\"prompt\":\"x\",\"model\":\"a\\nb\""), "control" },
  { "list-text", ITEM ("\"prompt\":\"x\",\"reference-images\":\"a.png\""),
      "a list" },
  { "list-empty", ITEM ("\"prompt\":\"x\",\"reference-images\":[\"\"]"),
      "empty" },
  { "list-number", ITEM ("\"prompt\":\"x\",\"reference-audios\":[1]"),
      "a text in quotes" },
  { "switch-text", ITEM ("\"prompt\":\"x\",\"watermark\":\"false\""),
      "true or false" },
  { "duration-text", ITEM ("\"prompt\":\"x\",\"duration\":\"5s\""), "whole" },
  { "duration-fraction", ITEM ("\"prompt\":\"x\",\"duration\":5.5"), "whole" },
  { "duration-negative", ITEM ("\"prompt\":\"x\",\"duration\":-5"),
      "from -1 to 3600" },
  { "duration-ms", ITEM ("\"prompt\":\"x\",\"duration\":5000"),
      "from -1 to 3600" },
  { "duration-list", ITEM ("\"prompt\":\"x\",\"duration\":[5]"), "whole" },
  { "seed", ITEM ("\"prompt\":\"x\",\"seed\":-2"), "from -1" },
  { "seed-huge", ITEM ("\"prompt\":\"x\",\"seed\":99999999999999999999"),
      "whole" },
  { "extra-text", ITEM ("\"prompt\":\"x\",\"extra-params\":\"a=1\""),
      "an object" },
  { "in-text", ITEM ("\"prompt\":\"x\",\"in\":\"1\""), "number of seconds" },
  { "in-negative", ITEM ("\"prompt\":\"x\",\"in\":-1"), "0 to 86400" },
  { "out-huge", ITEM ("\"prompt\":\"x\",\"out\":1e300"), "0 to 86400" },
  { "out-before-in", ITEM ("\"prompt\":\"x\",\"in\":2,\"out\":2"), "behind" },
  { "out-zero", ITEM ("\"prompt\":\"x\",\"out\":0"), "behind" },
  { "uri-and-task", ITEM ("\"uri\":\"x\",\"task-id\":\"y\""), "both" },
  { "uri-and-prompt", ITEM ("\"uri\":\"x\",\"prompt\":\"y\""), "both" },
  { "uri-orders", ITEM ("\"uri\":\"Seedance:?prompt=x\""), "seedance:" },
  { "uri-newline", ITEM ("\"uri\":\"a\\nb\""), "control" },
  { "task-blank", ITEM ("\"task-id\":\"x \""), "blank" },
};

static void
test_bad (gconstpointer data)
{
  const Bad *bad = data;
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_item_from_json (bad->line, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, bad->words));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static gchar *
repeat (const gchar *text, guint n)
{
  GString *all = g_string_new (NULL);

  while (n-- > 0)
    g_string_append (all, text);

  return g_string_free (all, FALSE);
}

static void
assert_refused (gchar *line)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_item_from_json (line, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpuint (strlen (error->message), <, 400);
  g_free (line);
}

static void
test_too_much (void)
{
  g_autofree gchar *lists = repeat ("[", 100000);
  g_autofree gchar *id = repeat ("a", 201);
  g_autofree gchar *name = repeat ("b", 100000);
  g_autofree gchar *data = repeat ("c", 70000);
  g_autofree gchar *prompt = repeat ("d", 5 << 20);

  assert_refused (g_strdup_printf (
      "{\"id\":\"a\",\"prompt\":\"x\",\"metadata\":%s", lists));
  assert_refused (g_strdup_printf ("{\"id\":\"%s\",\"prompt\":\"x\"}", id));
  assert_refused (g_strdup_printf (
      "{\"id\":\"a\",\"%s\":\"\x1b\",\"prompt\":\"x\"}", name));
  assert_refused (g_strdup_printf (
      "{\"id\":\"a\",\"prompt\":\"x\",\"metadata\":\"%s\"}", data));
  assert_refused (g_strdup_printf ("{\"id\":\"a\",\"prompt\":\"%s\"}", prompt));
}

/* The id of a prompt is its own: what stands around it does not change it. */
static void
test_prompts (void)
{
  static const gchar *const prompts[] = { "One", "Two", "One", NULL };
  static const gchar *const more[] = { "Zero", "One", "One", "Two", NULL };
  g_autoptr (GPtrArray) a = seedance_items_from_prompts (prompts);
  g_autoptr (GPtrArray) b = seedance_items_from_prompts (more);
  static const guint same[] = { 1, 3, 2 };

  g_assert_cmpuint (a->len, ==, 3);
  g_assert_cmpuint (b->len, ==, 4);
  for (guint i = 0; i < 3; i++) {
    SeedanceItem *left = g_ptr_array_index (a, i);
    SeedanceItem *right = g_ptr_array_index (b, same[i]);

    g_assert_cmpstr (left->id, ==, right->id);
    g_assert_cmpstr (left->instance, ==, right->instance);
    g_assert_cmpstr (field_of (left, "prompt"), ==, prompts[i]);
    g_assert_cmpstr (left->instance, ==, i == 2 ? "2" : NULL);
  }
}

/* Adds an item for each letter. */
static void
add (SeedanceRundown *rundown, const gchar *letters)
{
  for (; *letters; letters++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":\"%c\",\"prompt\":\"x\"}", *letters);
    g_autoptr (SeedanceItem) item = item_of (line);

    g_assert_true (seedance_rundown_enqueue (rundown, item, NULL));
  }
}

/* What a file of a line for each letter holds; in upper case it is changed. */
static GPtrArray *
lines_of (const gchar *letters)
{
  GPtrArray *items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);

  for (; *letters; letters++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":\"%c\",\"prompt\":\"%s\"}",
            g_ascii_tolower (*letters), g_ascii_isupper (*letters) ? "y" : "x");

    g_ptr_array_add (items, item_of (line));
  }

  return items;
}

static void
merge (SeedanceRundown *rundown, const gchar *letters)
{
  g_autoptr (GPtrArray) items = lines_of (letters);

  seedance_rundown_merge (rundown, items);
}

#define assert_list(rundown, letters) \
  G_STMT_START \
  { \
    g_autofree gchar *real = list (rundown); \
\
    g_assert_cmpstr (real, ==, letters); \
  } \
  G_STMT_END

static gchar *
list (SeedanceRundown *rundown)
{
  GString *letters = g_string_new (NULL);

  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++) {
    SeedanceItem *item = seedance_rundown_get (rundown, i);
    const gboolean changed =
        item->fields && g_str_equal (field_of (item, "prompt"), "y");

    g_string_append_c (
        letters, changed ? g_ascii_toupper (*item->id) : *item->id);
  }
  g_assert_null (
      seedance_rundown_get (rundown, seedance_rundown_get_length (rundown)));

  return g_string_free (letters, FALSE);
}

static void
assert_refuses_id (SeedanceRundown *rundown, const gchar *id)
{
  g_autofree gchar *line =
      g_strdup_printf ("{\"id\":\"%s\",\"prompt\":\"x\"}", id);
  g_autoptr (SeedanceItem) item = item_of (line);
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_rundown_enqueue (rundown, item, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
}

static void
test_an_id_is_taken_once (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  add (rundown, "abcd");
  assert_refuses_id (rundown, "a");
  seedance_rundown_set_begun (rundown, "a", TRUE);
  seedance_rundown_finish (rundown, "a", "task", TRUE);
  seedance_rundown_finish (rundown, "b", NULL, FALSE);
  assert_refuses_id (rundown, "a");
  assert_refuses_id (rundown, "b");
  /* An order may be on its way. */
  seedance_rundown_set_begun (rundown, "c", TRUE);
  g_assert_true (seedance_rundown_remove (rundown, "c", NULL));
  assert_refuses_id (rundown, "c");
  g_assert_true (seedance_rundown_remove (rundown, "d", NULL));
  add (rundown, "d");
  assert_list (rundown, "d");
  seedance_rundown_free (rundown);
}

static void
test_insert_and_move (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedanceItem) item = item_of ("{\"id\":\"x\",\"uri\":\"y\"}");
  g_autoptr (GError) error = NULL;

  add (rundown, "abc");
  g_assert_false (seedance_rundown_insert (rundown, item, "z", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (seedance_rundown_insert (rundown, item, "b", NULL));
  assert_list (rundown, "axbc");
  g_assert_true (seedance_rundown_move (rundown, "a", "c", NULL));
  assert_list (rundown, "xbac");
  g_assert_true (seedance_rundown_move (rundown, "c", "x", NULL));
  assert_list (rundown, "cxba");
  g_assert_true (seedance_rundown_move (rundown, "c", NULL, NULL));
  assert_list (rundown, "xbac");
  g_assert_true (seedance_rundown_move (rundown, "b", "b", NULL));
  g_assert_true (seedance_rundown_move (rundown, "b", "a", NULL));
  assert_list (rundown, "xbac");
  g_assert_false (seedance_rundown_move (rundown, "b", "z", NULL));
  g_assert_false (seedance_rundown_move (rundown, "z", "b", NULL));
  g_assert_false (seedance_rundown_remove (rundown, "z", NULL));
  assert_list (rundown, "xbac");
  seedance_rundown_free (rundown);
}

static void
test_an_item_is_begun_until_that_is_taken_back (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  add (rundown, "ab");
  seedance_rundown_set_begun (rundown, "a", TRUE);
  g_assert_true (seedance_rundown_is_begun (rundown, "a"));
  seedance_rundown_set_begun (rundown, "a", FALSE);
  g_assert_false (seedance_rundown_is_begun (rundown, "a"));
  g_assert_false (seedance_rundown_is_begun (rundown, "z"));
  g_assert_null (seedance_rundown_find (rundown, "z"));
  seedance_rundown_free (rundown);
}

static void
test_lines_come_and_go (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abc");
  assert_list (rundown, "abc");
  merge (rundown, "abcd");
  assert_list (rundown, "abcd");
  merge (rundown, "axbcdyz");
  assert_list (rundown, "axbcdyz");
  merge (rundown, "wabz");
  assert_list (rundown, "wabz");
  merge (rundown, "waBz");
  assert_list (rundown, "waBz");
  merge (rundown, "zBaw");
  assert_list (rundown, "zBaw");
  merge (rundown, "");
  assert_list (rundown, "");
  merge (rundown, "abc");
  assert_list (rundown, "abc");
  seedance_rundown_free (rundown);
}

static void
test_what_was_begun_stays (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abcd");
  seedance_rundown_finish (rundown, "a", NULL, FALSE);
  seedance_rundown_set_begun (rundown, "b", TRUE);
  seedance_rundown_set_begun (rundown, "c", TRUE);
  merge (rundown, "xAyBzCD");
  /* Never before what is on air or on its way to it. */
  assert_list (rundown, "bcxyzD");
  merge (rundown, "");
  assert_list (rundown, "bc");
  seedance_rundown_finish (rundown, "b", NULL, FALSE);
  seedance_rundown_finish (rundown, "c", NULL, FALSE);
  merge (rundown, "abcd");
  assert_list (rundown, "d");
  seedance_rundown_free (rundown);
}

/* An attempt failed and will be made again: what was asked for stays what it
 * was, and who takes the line away takes the item away for good. */
static void
test_what_was_ever_begun_is_never_another_order (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abc");
  seedance_rundown_set_begun (rundown, "a", TRUE);
  seedance_rundown_set_begun (rundown, "a", FALSE);
  seedance_rundown_set_begun (rundown, "b", TRUE);
  seedance_rundown_set_begun (rundown, "b", FALSE);
  merge (rundown, "ABC");
  assert_list (rundown, "abC");
  merge (rundown, "BC");
  assert_list (rundown, "bC");
  merge (rundown, "ABC");
  assert_list (rundown, "bC");
  g_assert_true (seedance_rundown_remove (rundown, "b", NULL));
  merge (rundown, "C");
  merge (rundown, "ABC");
  assert_list (rundown, "C");
  assert_refuses_id (rundown, "a");
  assert_refuses_id (rundown, "b");
  seedance_rundown_free (rundown);
}

static void
test_what_did_not_come_by_the_file_is_left_alone (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  add (rundown, "pq");
  merge (rundown, "ab");
  assert_list (rundown, "pqab");
  add (rundown, "r");
  merge (rundown, "abc");
  assert_list (rundown, "pqabcr");
  merge (rundown, "Pabc");
  assert_list (rundown, "pqabcr");
  merge (rundown, "");
  assert_list (rundown, "pqr");
  seedance_rundown_free (rundown);
}

static void
test_what_was_moved_by_hand_stays_there (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abcd");
  seedance_rundown_move (rundown, "d", "a", NULL);
  merge (rundown, "abcde");
  assert_list (rundown, "deabc");
  merge (rundown, "bacde");
  assert_list (rundown, "bacde");
  seedance_rundown_free (rundown);
}

static void
remove_all (SeedanceRundown *rundown)
{
  while (seedance_rundown_get_length (rundown) > 0)
    seedance_rundown_remove (
        rundown, seedance_rundown_get (rundown, 0)->id, NULL);
}

/* A line that was removed by hand does not come back when another one is
 * appended, only when it was taken out of the file and put in again. */
static void
test_what_was_removed_by_hand_stays_away (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abc");
  g_assert_true (seedance_rundown_remove (rundown, "b", NULL));
  merge (rundown, "abcd");
  assert_list (rundown, "acd");
  remove_all (rundown);
  merge (rundown, "abcde");
  assert_list (rundown, "e");
  merge (rundown, "ae");
  merge (rundown, "abe");
  assert_list (rundown, "be");
  seedance_rundown_free (rundown);
}

static void
test_an_id_given_twice_counts_once (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "aAba");
  assert_list (rundown, "ab");
  merge (rundown, "bBab");
  assert_list (rundown, "ba");
  seedance_rundown_free (rundown);
}

typedef struct {
  SeedanceRundown *rundown;
  GHashTable *begun; /* letter -> the item that was begun by it */
  guint step;
} Chance;

static gchar
pick_letter (void)
{
  return (gchar) ('a' + g_test_rand_int_range (0, 26));
}

static void
merge_any (Chance *chance)
{
  g_autoptr (GString) file = g_string_new (NULL);

  for (gint n = g_test_rand_int_range (0, 30); n > 0; n--)
    g_string_append_c (file, pick_letter ());
  merge (chance->rundown, file->str);
}

static SeedanceItem *
find_not_begun (SeedanceRundown *rundown)
{
  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++) {
    SeedanceItem *item = seedance_rundown_get (rundown, i);

    if (!seedance_rundown_is_begun (rundown, item->id))
      return item;
  }

  return NULL;
}

static void
begin_next (Chance *chance)
{
  SeedanceItem *next = find_not_begun (chance->rundown);

  if (!next || g_test_rand_int_range (0, 4) != 0)
    return;
  /* The same item again after a failed attempt, or a new one. */
  g_assert_true (
      g_hash_table_lookup (chance->begun, GINT_TO_POINTER (*next->id)) ==
          next ||
      g_hash_table_insert (chance->begun, GINT_TO_POINTER (*next->id), next));
  seedance_rundown_set_begun (chance->rundown, next->id, TRUE);
}

static void
end_any (Chance *chance, const gchar *id)
{
  if (!seedance_rundown_is_begun (chance->rundown, id))
    return;
  if (chance->step % 3 == 0)
    seedance_rundown_set_begun (chance->rundown, id, FALSE);
  else
    seedance_rundown_finish (chance->rundown, id, "t", chance->step % 2);
}

static void
insert_any (Chance *chance, const gchar *id, const gchar *before)
{
  g_autoptr (GPtrArray) items = lines_of (id);

  seedance_rundown_insert (
      chance->rundown, g_ptr_array_index (items, 0), before, NULL);
}

static void
do_anything (Chance *chance)
{
  const gchar id[] = { pick_letter (), '\0' };
  const gchar other[] = { pick_letter (), '\0' };

  switch (g_test_rand_int_range (0, 8)) {
    case 0:
      merge_any (chance);
      break;
    case 1:
      begin_next (chance);
      break;
    case 2:
      end_any (chance, id);
      break;
    case 3:
      seedance_rundown_remove (chance->rundown, id, NULL);
      break;
    case 4:
      if (chance->step % 16 == 0)
        remove_all (chance->rundown);
      break;
    case 5:
      insert_any (chance, id, other);
      break;
    default:
      seedance_rundown_move (chance->rundown, id, other, NULL);
  }
}

/* Whatever happens in whatever order, an id that was begun is never in the list
 * again, and none is in it twice. */
static void
test_no_order_of_events_takes_an_id_twice (void)
{
  g_autoptr (GHashTable) begun = g_hash_table_new (NULL, NULL);
  Chance chance = { .rundown = seedance_rundown_new (), .begun = begun };

  for (; chance.step < 20000; chance.step++) {
    g_autofree gchar *letters = NULL;

    do_anything (&chance);
    letters = list (chance.rundown);
    for (gchar *l = letters; *l; l++)
      g_assert_null (strchr (l + 1, *l));
    if (g_hash_table_size (begun) == 26) {
      seedance_rundown_free (chance.rundown);
      chance.rundown = seedance_rundown_new ();
      g_hash_table_remove_all (begun);
    }
  }
  seedance_rundown_free (chance.rundown);
}

static void
assert_replay (SeedanceRundown *rundown, const gchar *id, const gchar *task_id)
{
  g_autoptr (SeedanceItem) replay = seedance_rundown_replay (rundown);

  g_assert_cmpstr (replay->id, ==, id);
  g_assert_cmpstr (replay->task_id, ==, task_id);
  g_assert_true (replay->replay);
  g_assert_false (seedance_item_is_order (replay));
}

static void
play (SeedanceRundown *rundown, const gchar *id, const gchar *task_id)
{
  seedance_rundown_set_begun (rundown, id, TRUE);
  seedance_rundown_finish (rundown, id, task_id, TRUE);
}

static void
test_replays_take_turns (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  g_assert_null (seedance_rundown_replay (rundown));
  add (rundown, "abcdef");
  play (rundown, "a", "task-a");
  assert_replay (rundown, "a", "task-a");
  assert_replay (rundown, "a", "task-a");
  play (rundown, "b", "task-b");
  assert_replay (rundown, "a", "task-a");
  assert_replay (rundown, "b", "task-b");
  /* Failed, or nobody knows its task: nothing that could be had for free. */
  seedance_rundown_finish (rundown, "c", "task-c", FALSE);
  seedance_rundown_finish (rundown, "d", NULL, TRUE);
  assert_replay (rundown, "a", "task-a");
  /* The same clip as b, and just shown. */
  play (rundown, "e", "task-b");
  assert_replay (rundown, "a", "task-a");
  assert_replay (rundown, "e", "task-b");
  assert_replay (rundown, "a", "task-a");
  seedance_rundown_free (rundown);
}

static void
test_files_are_replayed_with_their_points (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (SeedanceItem) item = item_of (
      "{\"id\":\"j\",\"uri\":\"/j.mp4\",\"in\":1,\"out\":2,\"metadata\":[1]}");
  g_autoptr (SeedanceItem) replay = NULL;

  seedance_rundown_enqueue (rundown, item, NULL);
  play (rundown, "j", NULL);
  replay = seedance_rundown_replay (rundown);
  g_assert_cmpstr (replay->uri, ==, "file:///j.mp4");
  g_assert_null (replay->task_id);
  g_assert_cmpint (replay->in, ==, 1000 * MS);
  g_assert_cmpint (replay->out, ==, 2000 * MS);
  g_assert_cmpstr (replay->metadata, ==, "[1]");
  seedance_rundown_free (rundown);
}

static void
test_replays_are_bounded (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  for (guint i = 0; i < 1500; i++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":%u,\"task-id\":\"t-%u\"}", i, i);
    g_autoptr (SeedanceItem) item = item_of (line);

    seedance_rundown_enqueue (rundown, item, NULL);
    play (rundown, item->id, NULL);
  }
  assert_replay (rundown, "500", "t-500");
  seedance_rundown_free (rundown);
}

/* Of a letter for each item, newest first: those that were on air, and those
 * that were passed over. */
static SeedancePast *
past_of (const gchar *played, const gchar *passed_over)
{
  SeedancePast *past = seedance_past_new ();

  for (; *played; played++) {
    g_autofree gchar *id = g_strndup (played, 1);
    g_autofree gchar *task_id = g_strconcat ("task-", id, NULL);

    g_ptr_array_add (past->played, g_strdup (id));
    g_hash_table_add (past->done, g_strdup (id));
    seedance_past_keep (past, id, task_id, NULL, -1);
  }
  for (; *passed_over; passed_over++)
    g_hash_table_add (past->done, g_strndup (passed_over, 1));

  return past;
}

static void
start_behind (SeedanceRundown *rundown, const gchar *played,
    const gchar *passed_over, const gchar *last)
{
  g_autoptr (SeedancePast) past = past_of (played, passed_over);

  g_assert_cmpstr (seedance_rundown_start_behind (rundown, past), ==, last);
}

static void
test_a_restart_goes_on_behind_the_last (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abcde");
  start_behind (rundown, "", "", NULL);
  assert_list (rundown, "abcde");
  /* z was enqueued in the run before. */
  start_behind (rundown, "zca", "b", "c");
  assert_list (rundown, "de");
  assert_refuses_id (rundown, "b");
  merge (rundown, "aBcdef");
  assert_list (rundown, "def");
  assert_replay (rundown, "a", "task-a");
  assert_replay (rundown, "c", "task-c");
  assert_replay (rundown, "a", "task-a");
  seedance_rundown_free (rundown);
}

/* Orders are made ahead of the air, and end in any order. */
static void
test_a_restart_plays_what_stands_before_a_failure (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "abcdef");
  start_behind (rundown, "b", "ef", "b");
  assert_list (rundown, "cd");
  seedance_rundown_free (rundown);
  rundown = seedance_rundown_new ();
  merge (rundown, "abcdef");
  start_behind (rundown, "", "ca", NULL);
  assert_list (rundown, "bdef");
  seedance_rundown_free (rundown);
}

/* Its line was not in the file yet when the run began. */
static void
test_a_restart_takes_no_late_line_of_what_was_played (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();

  merge (rundown, "ab");
  start_behind (rundown, "cba", "", "b");
  merge (rundown, "abcd");
  assert_list (rundown, "d");
  seedance_rundown_free (rundown);
}

/* The output waits for the lock that is held meanwhile. */
static void
test_long_lists_are_looked_through_at_once (void)
{
  SeedanceRundown *rundown = seedance_rundown_new ();
  g_autoptr (GPtrArray) items =
      g_ptr_array_new_with_free_func ((GDestroyNotify) seedance_item_unref);
  gdouble merged, looked;

  for (guint i = 0; i < 20000; i++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":%u,\"prompt\":\"x\"}", i);

    g_ptr_array_add (items, item_of (line));
  }
  g_test_timer_start ();
  for (guint i = 0; i < 3; i++)
    seedance_rundown_merge (rundown, items);
  merged = g_test_timer_elapsed () / 3;
  g_test_timer_start ();
  for (guint i = 0; i < seedance_rundown_get_length (rundown); i++)
    g_assert_false (seedance_rundown_is_begun (
        rundown, seedance_rundown_get (rundown, i)->id));
  looked = g_test_timer_elapsed ();
  g_test_message ("20,000 lines: merged in %.3f s, looked through in %.4f s",
      merged, looked);
  g_assert_cmpuint (seedance_rundown_get_length (rundown), ==, 20000);
  /* One by one, a look at each would take as long as hundreds of merges. */
  g_assert_cmpfloat (looked, <, 30 * merged);
  seedance_rundown_free (rundown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/rundown/" path, test_##name)
  ADD ("line/every-field", every_field);
  ADD ("line/long-numbers", long_numbers);
  ADD ("line/media", media_and_switches);
  ADD ("line/not-set", what_is_not_set);
  ADD ("line/free", what_costs_nothing);
  ADD ("line/too-much", too_much);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_lines); i++) {
    g_autofree gchar *path =
        g_strconcat ("/rundown/bad/", bad_lines[i].name, NULL);

    g_test_add_data_func (path, &bad_lines[i], test_bad);
  }
  ADD ("prompts", prompts);
  ADD ("list/id-once", an_id_is_taken_once);
  ADD ("list/insert-and-move", insert_and_move);
  ADD ("list/begun", an_item_is_begun_until_that_is_taken_back);
  ADD ("merge/come-and-go", lines_come_and_go);
  ADD ("merge/begun", what_was_begun_stays);
  ADD ("merge/ever-begun", what_was_ever_begun_is_never_another_order);
  ADD ("merge/enqueued", what_did_not_come_by_the_file_is_left_alone);
  ADD ("merge/moved", what_was_moved_by_hand_stays_there);
  ADD ("merge/removed", what_was_removed_by_hand_stays_away);
  ADD ("merge/twice", an_id_given_twice_counts_once);
  ADD ("merge/random", no_order_of_events_takes_an_id_twice);
  ADD ("merge/many", long_lists_are_looked_through_at_once);
  ADD ("replay/turns", replays_take_turns);
  ADD ("replay/points", files_are_replayed_with_their_points);
  ADD ("replay/bounded", replays_are_bounded);
  ADD ("restart/behind", a_restart_goes_on_behind_the_last);
  ADD ("restart/failures", a_restart_plays_what_stands_before_a_failure);
  ADD ("restart/late", a_restart_takes_no_late_line_of_what_was_played);

  return g_test_run ();
}
