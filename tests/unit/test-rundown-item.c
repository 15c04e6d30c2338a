/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given a line of a rundown, it becomes an item with these fields, or an error
 * says why not. */

#include "rundown-kit.h"

#include <gio/gio.h>
#include <string.h>

#define MS (G_GINT64_CONSTANT (1000000))

static void
test_every_field (void)
{
  g_autoptr (SeedanceItem) item = rundown_item_of (
      "{\"id\":\"a-1\",\"prompt\":\"A "
      "\\\"boat\\\"\\n\\u8239\",\"image\":\"x.png\","
      "\"resolution\":\"480p\",\"aspect-ratio\":\"9:16\",\"duration\":5,"
      "\"seed\":9007199254740993,\"model\":\"m\",\"extra-params\":{\"a\":[1,"
      "true]},\"in\":0.5,\"out\":4.04,\"metadata\":{\"b\":null}}");

  g_assert_cmpstr (item->id, ==, "a-1");
  g_assert_cmpstr (item->instance, ==, "a-1");
  g_assert_cmpstr (
      rundown_field_of (item, "prompt"), ==, "A \"boat\"\n\xe8\x88\xb9");
  g_assert_cmpstr (rundown_field_of (item, "image"), ==, "/day/x.png");
  g_assert_cmpstr (rundown_field_of (item, "resolution"), ==, "480p");
  g_assert_cmpstr (rundown_field_of (item, "aspect-ratio"), ==, "9:16");
  g_assert_cmpstr (rundown_field_of (item, "duration"), ==, "5");
  g_assert_cmpstr (rundown_field_of (item, "seed"), ==, "9007199254740993");
  g_assert_cmpstr (rundown_field_of (item, "model"), ==, "m");
  g_assert_cmpstr (
      rundown_field_of (item, "extra-params"), ==, "{\"a\":[1,true]}");
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
  g_autoptr (SeedanceItem) item = rundown_item_of (
      "{\"id\":12345678901234567890,\"prompt\":\"x\",\"extra-params\":{"
      "\"seed\":9007199254740993,\"text\":\"9007199254740993\"},"
      "\"metadata\":{\"n\":[9007199254740993]}}");

  g_assert_cmpstr (item->id, ==, "12345678901234567890");
  g_assert_cmpstr (rundown_field_of (item, "extra-params"), ==,
      "{\"seed\":9007199254740993,\"text\":\"9007199254740993\"}");
  g_assert_cmpstr (item->metadata, ==, "{\"n\":[9007199254740993]}");
}

static void
test_media_and_switches (void)
{
  g_autoptr (SeedanceItem) item = rundown_item_of (
      "{\"id\":1,\"prompt\":\"x\",\"last-image\":\"z.png\","
      "\"reference_images\":[\"a b.png\",\"https://h/i?a=1,2\"],"
      "\"reference-videos\":[],\"generate-audio\":false,"
      "\"watermark\":true,\"camera-fixed\":null,\"duration\":-1}");

  g_assert_cmpstr (rundown_field_of (item, "last-image"), ==, "/day/z.png");
  g_assert_cmpstr (rundown_field_of (item, "reference-images"), ==,
      "[\"/day/a b.png\",\"https://h/i?a=1,2\"]");
  g_assert_null (rundown_field_of (item, "reference-videos"));
  g_assert_cmpstr (rundown_field_of (item, "generate-audio"), ==, "false");
  g_assert_cmpstr (rundown_field_of (item, "watermark"), ==, "true");
  g_assert_null (rundown_field_of (item, "camera-fixed"));
  g_assert_cmpstr (rundown_field_of (item, "duration"), ==, "-1");
}

static void
test_what_is_not_set (void)
{
  g_autoptr (SeedanceItem) item = rundown_item_of (
      "{\"id\":7,\"prompt\":\"x\",\"image\":null,\"model\":\"\","
      "\"extra-params\":{},\"aspect_ratio\":\"1:1\",\"duration\":\"5\"}");

  g_assert_cmpstr (item->id, ==, "7");
  g_assert_cmpuint (g_hash_table_size (item->fields), ==, 3);
  g_assert_cmpstr (rundown_field_of (item, "aspect-ratio"), ==, "1:1");
  g_assert_cmpstr (rundown_field_of (item, "duration"), ==, "5");
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
      rundown_item_of ("{\"id\":\"t\",\"task-id\":\"cgt-1\",\"prompt\":\"x\"}");

  g_assert_cmpstr (task->task_id, ==, "cgt-1");
  g_assert_null (task->fields);
  g_assert_null (task->instance);
  g_assert_false (seedance_item_is_order (task));
  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
    g_autofree gchar *line =
        g_strdup_printf ("{\"id\":\"u\",\"uri\":\"%s\"}", uris[i].uri);
    g_autoptr (SeedanceItem) item = rundown_item_of (line);

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
    g_assert_cmpstr (rundown_field_of (left, "prompt"), ==, prompts[i]);
    g_assert_cmpstr (left->instance, ==, i == 2 ? "2" : NULL);
  }
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
  ADD ("prompts", prompts);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_lines); i++) {
    g_autofree gchar *path =
        g_strconcat ("/rundown/bad/", bad_lines[i].name, NULL);

    g_test_add_data_func (path, &bad_lines[i], test_bad);
  }

  return g_test_run ();
}
