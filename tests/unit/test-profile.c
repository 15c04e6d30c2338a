/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Provider profiles: the request that a valid one makes of an order, and the
 * error for an invalid one. */
#include "provider.h"

#include <string.h>

#define HEAD \
  "{\"profile\":1,\"name\":\"mine\",\"title\":\"Mine\"," \
  "\"base-url\":\"https://api.example\"," \
  "\"key\":\"Authorization: Bearer ${key}\",\"task\":{\"path\":" \
  "\"/t/${task-id}\"},"
#define PROFILE(body) HEAD "\"order\":{\"path\":\"/o\",\"body\":" body "}}"
#define RULES(rules) \
  HEAD "\"rules\":" rules ",\"order\":{\"path\":\"/o\",\"body\":{" \
       "\"p\":\"${prompt}\",\"d\":\"${duration}\",\"i\":\"${image}\"," \
       "\"r\":\"${resolution}\"}}}"

static SeedanceProvider *
parse (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  SeedanceProvider *provider =
      seedance_provider_parse (text, strlen (text), "mine.json", &error);

  g_assert_no_error (error);
  g_assert_nonnull (provider);

  return provider;
}

static SeedanceRequest *
make_request (void)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup ("a cat");

  return request;
}

static const struct {
  const gchar *name, *body;
  /* expected body with only a prompt; with all properties */
  const gchar *bare, *full;
} bodies[] = {
  { "own-types", "{\"p\":\"${prompt}\",\"d\":\"${duration}\"}",
      "{\"p\":\"a cat\"}", "{\"p\":\"a cat\",\"d\":5}" },
  { "number-as-string", "{\"p\":\"${prompt}\",\"d\":\"${duration:string}\"}",
      "{\"p\":\"a cat\"}", "{\"p\":\"a cat\",\"d\":\"5\"}" },
  { "inside-a-text", "{\"p\":\"<${prompt}> ${duration}s\",\"q\":\"${prompt}\"}",
      "{\"q\":\"a cat\"}", "{\"p\":\"<a cat> 5s\",\"q\":\"a cat\"}" },
  { "constants", "{\"n\":1.5,\"t\":true,\"z\":null,\"p\":\"${prompt}\"}",
      "{\"n\":1.5,\"t\":true,\"z\":null,\"p\":\"a cat\"}",
      "{\"n\":1.5,\"t\":true,\"z\":null,\"p\":\"a cat\"}" },
  { "long-constant", "{\"n\":9007199254740993,\"p\":\"${prompt}\"}",
      "{\"n\":9007199254740993,\"p\":\"a cat\"}",
      "{\"n\":9007199254740993,\"p\":\"a cat\"}" },
  { "empty-with-all-above",
      "{\"p\":\"${prompt}\",\"a\":{\"b\":[{\"c\":\"x\",\"d\":{\"e\":"
      "\"${image}\"}}]},\"k\":{}}",
      "{\"p\":\"a cat\",\"k\":{}}",
      "{\"p\":\"a cat\",\"a\":{\"b\":[{\"c\":\"x\",\"d\":{\"e\":"
      "\"https://h/i\"}}]},\"k\":{}}" },
  { "if",
      "{\"p\":\"${prompt}\",\"k\":{\"if\":\"image\",\"then\":\"i2v\","
      "\"else\":\"t2v\"},\"s\":{\"if\":[\"seed\",\"duration\"],"
      "\"then\":{\"d\":\"${duration}\"}}}",
      "{\"p\":\"a cat\",\"k\":\"t2v\"}",
      "{\"p\":\"a cat\",\"k\":\"i2v\",\"s\":{\"d\":5}}" },
  { "dollar",
      "{\"p\":\"${prompt}\",\"a\":\"$${prompt}\",\"b\":\"$ {x}\","
      "\"c\":\"$\"}",
      "{\"p\":\"a cat\",\"a\":\"${prompt}\",\"b\":\"$ {x}\",\"c\":\"$\"}",
      "{\"p\":\"a cat\",\"a\":\"${prompt}\",\"b\":\"$ {x}\",\"c\":\"$\"}" },
};

static void
assert_body (const SeedanceProvider *provider, const SeedanceRequest *request,
    const gchar *expected)
{
  g_autofree gchar *body = seedance_provider_submit_body (provider, request);

  g_assert_cmpstr (body, ==, expected);
}

static void
test_body (gconstpointer data)
{
  const guint nth = GPOINTER_TO_UINT (data);
  g_autofree gchar *text = g_strdup_printf (
      HEAD "\"order\":{\"path\":\"/o\",\"body\":%s}}", bodies[nth].body);
  g_autoptr (SeedanceProvider) provider = parse (text);
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_body (provider, request, bodies[nth].bare);
  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i", NULL);
  request->duration = 5;
  assert_body (provider, request, bodies[nth].full);
}

/* A placeholder in a prompt is part of the prompt's text. */
static void
test_values_are_not_read_as_templates (void)
{
  g_autoptr (SeedanceProvider) provider =
      parse (PROFILE ("{\"p\":\"${prompt}\",\"q\":\"x ${prompt}\"}"));
  g_autoptr (SeedanceRequest) request = make_request ();

  g_free (request->prompt);
  request->prompt = g_strdup ("${model} \"}${");
  assert_body (provider, request,
      "{\"p\":\"${model} \\\"}${\",\"q\":\"x ${model} \\\"}${\"}");
}

static void
test_a_model_in_a_path_stays_a_path (void)
{
  static const gchar *const models[][2] = { { "a/b-1", "/m/a/b-1/x" },
    { "../../k", "/m/%2E%2E/%2E%2E/k/x" },
    { "a?b#c d", "/m/a%3Fb%23c%20d/x" } };
  g_autoptr (SeedanceProvider) provider =
      parse (HEAD "\"order\":{\"path\":\"/m/${model}/x\",\"body\":{\"p\":"
                  "\"${prompt}\"}}}");

  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autoptr (SeedanceRequest) request = make_request ();
    g_autofree gchar *path = NULL;

    request->model = g_strdup (models[i][0]);
    path = seedance_provider_submit_path (provider, request);
    g_assert_cmpstr (path, ==, models[i][1]);
  }
}

static void
assert_judged (
    const gchar *profile, const SeedanceRequest *request, const gchar *words)
{
  g_autoptr (SeedanceProvider) provider = parse (profile);
  g_autoptr (GError) error = NULL;
  gboolean good = seedance_provider_validate (provider, request, &error);

  g_assert_cmpint (good, ==, words == NULL);
  if (!words) {
    g_assert_no_error (error);
    return;
  }
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, "nothing is billed"));
}

/* The rules of a profile refuse an order before it is sent, with a message that
 * says what to change. */
static void
test_rules_refuse_for_free (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  assert_judged (RULES ("[{\"value\":\"duration\",\"required\":true}]"),
      request, "needs duration");
  request->duration = 5;
  assert_judged (
      RULES ("[{\"value\":\"duration\",\"required\":true}]"), request, NULL);
  assert_judged (RULES ("[{\"value\":\"duration\",\"from\":6}]"), request,
      "of 6 or more, not 5");
  assert_judged (RULES ("[{\"value\":\"duration\",\"to\":4}]"), request,
      "of 4 or less, not 5");
  assert_judged (RULES ("[{\"value\":\"duration\",\"needs\":[\"image\"]}]"),
      request, "only together with image");
  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "data:image/png;base64,AA==", NULL);
  assert_judged (RULES ("[{\"value\":\"duration\",\"excludes\":[\"image\"]}]"),
      request, "together with image");
  assert_judged (RULES ("[{\"value\":\"image\",\"links-only\":true}]"), request,
      "takes no file");
  request->resolution = g_strdup ("8k");
  assert_judged (
      RULES ("[{\"value\":\"resolution\",\"one-of\":[\"1k\",\"2k\",\"3k\"],"
             "\"hint\":\"Ask them.\"}]"),
      request, "Set resolution to 1k, 2k or 3k. Ask them.");
  assert_judged (RULES ("[]"), request, NULL);
}

/* Without the refusal, the service would make and bill another clip than the
 * user asked for. */
static void
test_what_has_no_place_in_an_order_is_refused (void)
{
  g_autoptr (SeedanceRequest) request = make_request ();

  request->seed = 1;
  assert_judged (RULES ("[]"), request, "The provider mine has no seed");
}

/* Places that an order of a prompt and a duration does not have. */
static const gchar *const other_places[] = {
  "{\"p\":\"${prompt}\",\"x\":{\"if\":\"image\",\"then\":\"${duration}\"}}",
  "{\"p\":\"${prompt}\",\"x\":{\"if\":\"prompt\",\"then\":1,"
  "\"else\":{\"d\":[\"${duration}\"]}}}",
  "{\"p\":\"${prompt}\",\"x\":\"${duration} s, ${resolution}\"}",
  "{\"p\":\"${prompt}\",\"x\":[{\"for-each\":\"${reference-images}\","
  "\"d\":\"${duration}\"}]}",
};

static void
test_a_place_that_this_order_does_not_have_is_none (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (other_places); i++) {
    g_autofree gchar *text = g_strdup_printf (
        HEAD "\"order\":{\"path\":\"/o\",\"body\":%s}}", other_places[i]);
    g_autoptr (SeedanceRequest) request = make_request ();

    request->duration = 5;
    assert_judged (text, request, "The provider mine has no duration");
    request->duration = 0;
    assert_judged (text, request, NULL);
  }
}

/* Only the table that the order is made with must have a row for it. */
static void
test_a_table_that_is_not_used_refuses_nothing (void)
{
  static const gchar text[] = PROFILE (
      "{\"p\":\"${prompt}\",\"i\":\"${image}\",\"s\":{\"if\":\"image\","
      "\"then\":{\"by\":[\"resolution\"],\"is\":{\"1k\":1}},"
      "\"else\":{\"by\":[\"resolution\"],\"is\":{\"2k\":2}}}}");
  g_autoptr (SeedanceRequest) request = make_request ();

  request->resolution = g_strdup ("2k");
  assert_judged (text, request, NULL);
  seedance_request_add_media (
      request, SEEDANCE_ROLE_FIRST_FRAME, "https://h/i", NULL);
  assert_judged (text, request, "the combination \"2k\"");
}

/* A status that also tells of the question. */
#define FAILED_BY(status) \
  { \
    "clip-failed-by-" status, \
        "{\"clip\":{\"path\":\"/${task-id}\",\"holds\":\"link\"," \
        "\"failed-by\":[422," status "]}}", \
        "at \"clip.failed-by\"", "of the question" \
  }

static const struct {
  const gchar *name, *text, *place, *expected;
} bad[] = {
  { "empty", "", "as a whole", "JSON" },
  { "no-json", "{\n\"profile\":1,\n]", "as a whole", "line 3" },
  { "list", "[]", "as a whole", "an object" },
  { "no-members", "{}", "as a whole", "\"profile\"" },
  { "version", "{\"profile\":2}", "at \"profile\"", "1, the version" },
  { "unknown", "{\"profile\":1,\"orders\":{}}", "at \"orders\"", "order" },
  { "name", "{\"profile\":1,\"name\":\"../x\"}", "at \"name\"", "letters" },
  { "base", "{\"base-url\":\"ftp://h\"}", "at \"base-url\"", "http" },
  { "base-with-key", "{\"base-url\":\"https://u:p@h\"}", "at \"base-url\"",
      "http" },
  { "key-without", "{\"key\":\"Authorization: Bearer\"}", "at \"key\"",
      "${key}" },
  { "key-in-host", "{\"key\":\"Host: ${key}\"}", "at \"key\"", "header" },
  { "key-and-header", "{\"key\":\"A: b\\r\\nC: ${key}\"}", "at \"key\"",
      "header" },
  { "key-twice", "{\"key\":\"A: ${key}${key}\"}", "at \"key\"", "header" },
  { "doubled", "{\"order\":{\"path\":\"/a\",\"path\":\"/b\"}}",
      "at \"order.path\"", "only once" },
  { "unknown-value",
      PROFILE ("{\"p\":\"${prompt}\",\"x\":[1,{\"y\":"
               "\"${promt}\"}]}"),
      "at \"order.body.x[1].y\"", "there is no \"${promt}\"" },
  { "key-in-body", PROFILE ("{\"p\":\"${prompt}\",\"k\":\"${key}\"}"),
      "at \"order.body.k\"", "there is no \"${key}\"" },
  { "no-prompt", PROFILE ("{\"p\":1}"), "at \"order.body\"", "${prompt}" },
  { "open", PROFILE ("{\"p\":\"${prompt}\",\"q\":\"${model\"}"),
      "at \"order.body.q\"", "\"}\" behind" },
  { "body-list", PROFILE ("[\"${prompt}\"]"), "at \"order.body\"", "object" },
  { "if-alone", PROFILE ("{\"p\":\"${prompt}\",\"x\":{\"if\":\"image\"}}"),
      "at \"order.body.x\"", "\"then\"" },
  { "if-number", PROFILE ("{\"p\":\"${prompt}\",\"x\":{\"if\":1,\"then\":2}}"),
      "at \"order.body.x.if\"", "name of a value" },
  { "if-and-more",
      PROFILE ("{\"p\":\"${prompt}\",\"x\":{\"if\":\"image\","
               "\"then\":2,\"to\":3}}"),
      "at \"order.body.x\"", "not \"to\"" },
  { "each-of-one",
      PROFILE ("{\"p\":\"${prompt}\",\"x\":[{\"for-each\":"
               "\"${image}\"}]}"),
      "at \"order.body.x[0].for-each\"", "a list" },
  { "each-in-object",
      PROFILE ("{\"p\":\"${prompt}\",\"x\":{\"for-each\":"
               "\"${extra-params.l}\"}}"),
      "at \"order.body.x\"", "item of a list" },
  { "each-in-each",
      PROFILE ("{\"p\":\"${prompt}\",\"x\":[{\"for-each\":"
               "\"${extra-params.l}\",\"y\":[{\"for-each\":"
               "\"${extra-params.l}\"}]}]}"),
      "at \"order.body.x[0].y[0]\"", "inside of another" },
  { "item-outside", PROFILE ("{\"p\":\"${prompt}\",\"x\":\"${item}\"}"),
      "at \"order.body.x\"", "there is no \"${item}\"" },
  { "path-relative", HEAD "\"order\":{\"path\":\"o\"}}", "at \"order.path\"",
      "begins with" },
  { "path-to-host", HEAD "\"order\":{\"path\":\"@evil.example/\"}}",
      "at \"order.path\"", "begins with" },
  { "path-up", HEAD "\"order\":{\"path\":\"/a/../b\"}}", "at \"order.path\"",
      "\"..\"" },
  { "path-prompt", HEAD "\"order\":{\"path\":\"/${prompt}\"}}",
      "at \"order.path\"", "model" },
  { "task-without-id", "{\"task\":{\"path\":\"/t\"}}", "at \"task.path\"",
      "${task-id}" },
  { "answer-place", "{\"answer\":{\"id\":[\"a\",\"a..b\"]}}",
      "at \"answer.id\"", "places" },
  { "answer-index", "{\"answer\":{\"video\":[\"a[x]\"]}}",
      "at \"answer.video\"", "places" },
  { "answer-status", "{\"answer\":{\"words\":{\"done\":[\"x\"]}}}",
      "at \"answer.words.done\"", "succeeded" },
  { "answer-word", "{\"answer\":{\"words\":{\"failed\":[1]}}}",
      "at \"answer.words.failed\"", "words in quotes" },
  { "header-of-http",
      HEAD "\"order\":{\"path\":\"/o\",\"headers\":{\"Host\":\"x\"}}}",
      "at \"order.headers.Host\"", "header" },
  { "header-with-line",
      HEAD "\"order\":{\"path\":\"/o\",\"headers\":{\"A\":\"x\\ny\"}}}",
      "at \"order.headers.A\"", "header" },
  { "headers-list", HEAD "\"order\":{\"path\":\"/o\",\"headers\":[\"A\"]}}",
      "at \"order.headers\"", "object" },
  { "header-of-the-key",
      HEAD "\"order\":{\"path\":\"/o\",\"headers\":{\"authorization\":"
           "\"x\"},\"body\":{\"p\":\"${prompt}\"}}}",
      "as a whole", "key's name" },
  { "form-word", HEAD "\"order\":{\"path\":\"/o\",\"form\":\"yes\"}}",
      "at \"order.form\"", "true" },
  { "idempotency-line",
      HEAD "\"order\":{\"path\":\"/o\",\"idempotency\":\"A: b\"}}",
      "at \"order.idempotency\"", "name of the header" },
  { "idempotency-of-the-key",
      HEAD "\"order\":{\"path\":\"/o\",\"idempotency\":\"AUTHORIZATION\","
           "\"body\":{\"p\":\"${prompt}\"}}}",
      "as a whole", "no header twice" },
  { "extra-in-nothing",
      HEAD "\"order\":{\"path\":\"/o\",\"extra-in\":\"input\",\"body\":"
           "{\"p\":\"${prompt}\"}}}",
      "at \"order\"", "object \"input\"" },
  { "table-of-a-number",
      PROFILE ("{\"p\":\"${prompt}\",\"s\":{\"by\":[\"duration\"],\"is\":{}}}"),
      "at \"order.body.s.by\"", "names among" },
  { "table-alone",
      PROFILE ("{\"p\":\"${prompt}\",\"s\":{\"by\":[\"resolution\"]}}"),
      "at \"order.body.s\"", "\"is\" alone" },
  { "table-of-lists",
      PROFILE ("{\"p\":\"${prompt}\",\"s\":{\"by\":[\"resolution\"],\"is\":"
               "{\"a\":[]}}}"),
      "at \"order.body.s.is\"", "texts or numbers" },
  { "clip-holds", "{\"clip\":{\"path\":\"/${task-id}\",\"holds\":\"x\"}}",
      "at \"clip.holds\"", "\"video\"" },
  { "clip-elsewhere", "{\"clip\":{\"path\":\"https://h/${task-id}\"}}",
      "at \"clip.path\"", "begins with" },
  FAILED_BY ("401"),
  FAILED_BY ("424"),
  FAILED_BY ("460"),
  FAILED_BY ("499"),
  { "task-path-without-address",
      "{\"profile\":1,\"name\":\"m\",\"title\":\"M\",\"base-url\":"
      "\"https://h\",\"key\":\"A: ${key}\",\"task\":{\"path\":"
      "\"/${task-path}\"},\"order\":{\"path\":\"/o\",\"body\":{\"p\":"
      "\"${prompt}\"}}}",
      "as a whole", "task-address" },
  { "models-elsewhere", "{\"models\":{\"path\":\"https://h/m\"}}",
      "at \"models.path\"", "begins with" },
  { "models-of-a-value", "{\"models\":{\"path\":\"/${model}\"}}",
      "at \"models.path\"", "without" },
  { "models-by-condition",
      "{\"models\":{\"path\":{\"if\":\"image\",\"then\":\"/a\"}}}",
      "at \"models.path\"", "in quotes" },
  { "models-number", "{\"models\":{\"known\":[1]}}", "at \"models.known\"",
      "text" },
  { "price-of-both",
      "{\"prices\":[{\"model\":\"m\",\"resolution\":\"480p\",\"pixels\":1,"
      "\"usd-per-million-tokens\":1,\"usd-per-second\":1}]}",
      "at \"prices[0]\"", "either" },
  { "rule-unknown", "{\"rules\":[{\"value\":\"image\",\"max\":1}]}",
      "at \"rules[0].max\"", "at-most" },
  { "rule-value", "{\"rules\":[{\"value\":\"picture\"}]}",
      "at \"rules[0].value\"", "name of a value" },
  { "rule-type", "{\"rules\":[{\"value\":\"image\",\"from\":\"1\"}]}",
      "at \"rules[0].from\"", "whole number" },
};

static void
assert_bad (
    const gchar *text, gsize size, const gchar *place, const gchar *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_provider_parse (text, size, "my file.json", &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, "\"my file.json\""));
  g_assert_nonnull (strstr (error->message, place));
  g_assert_nonnull (strstr (error->message, expected));
  g_assert_nonnull (strstr (error->message, "Nothing was sent"));
}

static void
test_bad (gconstpointer data)
{
  const guint nth = GPOINTER_TO_UINT (data);

  assert_bad (
      bad[nth].text, strlen (bad[nth].text), bad[nth].place, bad[nth].expected);
}

static void
test_hostile_profiles_are_refused (void)
{
  static const gchar nul[] = "{\"profile\":1,\0}";
  g_autofree gchar *deep = g_strnfill (100000, '[');
  g_autoptr (GString) nested = g_string_new (HEAD "\"order\":{\"body\":");

  assert_bad (nul, sizeof nul - 1, "as a whole", "without a NUL");
  assert_bad ("{\"a\":\"\xff\"}", 9, "as a whole", "UTF-8");
  assert_bad (deep, 100000, "as a whole", "nested");
  for (guint i = 0; i < 80; i++)
    g_string_append (nested, "{\"if\":\"image\",\"then\":");
  assert_bad (nested->str, nested->len, "as a whole", "nested");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, name) g_test_add_func ("/profile/" path, test_##name)
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autofree gchar *path =
        g_strconcat ("/profile/body/", bodies[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_body);
  }
  ADD ("body/values-are-data", values_are_not_read_as_templates);
  ADD ("path/model", a_model_in_a_path_stays_a_path);
  ADD ("rules/refuse", rules_refuse_for_free);
  ADD ("rules/no-place", what_has_no_place_in_an_order_is_refused);
  ADD ("rules/other-place", a_place_that_this_order_does_not_have_is_none);
  ADD ("rules/other-table", a_table_that_is_not_used_refuses_nothing);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strconcat ("/profile/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad);
  }
  ADD ("bad/hostile", hostile_profiles_are_refused);
  return g_test_run ();
}
