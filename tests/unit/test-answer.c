/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an answer of this shape, the reader finds exactly this. */
#include "answer.h"
#include "error.h"

#include <string.h>

/* Bodies are written with ' for ". What is found is written on one line, each
 * part only when it is there. */
typedef struct {
  const gchar *name;
  const gchar *body;
  const gchar *found;
} Shape;

static const Shape shapes[] = {
  /* Ids */
  { "id/task_id", "{'task_id':'t-1'}", "id=t-1" },
  { "id/id", "{'id':'cgt-2026-abc'}", "id=cgt-2026-abc" },
  { "id/taskId", "{'taskId':'t'}", "id=t" },
  { "id/request_id-when-alone", "{'request_id':'r'}", "id=r" },
  { "id/job_id", "{'job_id':'j'}", "id=j" },
  { "id/under-data", "{'data':{'task_id':'d'}}", "id=d" },
  { "id/under-output", "{'output':{'id':'o'}}", "id=o" },
  { "id/under-result", "{'result':{'taskId':'r'}}", "id=r" },
  { "id/under-task", "{'task':{'job_id':'j'}}", "id=j" },
  { "id/task_id-before-id", "{'id':'a','task_id':'b'}", "id=b" },
  { "id/outer-before-inner", "{'data':{'task_id':'a'},'id':'b'}", "id=b" },
  { "id/task-before-number-of-request",
      "{'request_id':'r','output':{'task_id':'t'}}", "id=t" },
  { "id/integer", "{'id':42}", "id=42" },
  { "id/integer-without-exponent", "{'id':123456789012345}",
      "id=123456789012345" },
  { "id/integer-of-64-bits-exact", "{'data':{'id':1234567890123456789}}",
      "id=1234567890123456789" },
  { "id/fraction-is-none", "{'id':1.5}", "" },
  { "id/empty-is-none", "{'task_id':'','id':'x'}", "id=x" },
  { "id/null-is-none", "{'task_id':null,'id':'x'}", "id=x" },
  { "id/object-is-none", "{'task_id':{},'id':'x'}", "id=x" },
  { "id/boolean-is-none", "{'task_id':true}", "" },
  { "id/controls-are-none", "{'task_id':'a\\r\\nX: y','id':'x'}", "id=x" },
  { "id/escaped-nul-is-none", "{'task_id':'a\\u0000b','id':'x'}", "id=x" },
  { "id/names-are-case-sensitive", "{'Task_ID':'x'}", "" },

  /* Statuses */
  { "status/status", "{'status':'queued'}", "queued" },
  { "status/state", "{'state':'running'}", "running" },
  { "status/task_status", "{'task_status':'SUCCEEDED'}", "succeeded" },
  { "status/prefix", "{'task_status':'TASK_STATUS_SUCCEED'}", "succeeded" },
  { "status/spaces-and-dashes", "{'status':' In-Progress '}", "running" },
  { "status/new-word", "{'status':'dreaming'}", "unknown:dreaming" },
  { "status/number-is-none", "{'status':200,'state':'failed'}", "failed" },
  { "status/inner-wins", "{'status':'success','data':{'status':'processing'}}",
      "running" },
  { "status/inner-of-output",
      "{'status':'ok','output':{'task_status':'PENDING'}}", "queued" },
  { "status/inner-of-result", "{'status':'done','result':{'state':'expired'}}",
      "expired" },
  { "status/inner-of-task", "{'state':'success','task':{'status':'canceled'}}",
      "cancelled" },
  { "status/inner-new-word-wins",
      "{'status':'success','data':{'status':'zzz'}}", "unknown:zzz" },
  { "status/inner-without-one", "{'status':'running','data':{'x':1}}",
      "running" },
  { "status/inner-that-is-empty", "{'status':'running','data':{'status':''}}",
      "running" },
  { "status/inner-list-is-none", "{'status':'queued','data':['failed']}",
      "queued" },

  /* URLs, in the order of preference */
  { "url/content.video_url", "{'content':{'video_url':'https://h/a?b=c&d'}}",
      "url=https://h/a?b=c&d" },
  { "url/video_url", "{'video_url':'http://h/v'}", "url=http://h/v" },
  { "url/video.url", "{'video':{'url':'https://h/v'}}", "url=https://h/v" },
  { "url/video", "{'video':'https://h/v'}", "url=https://h/v" },
  { "url/output.video_url", "{'output':{'video_url':'https://h/v'}}",
      "url=https://h/v" },
  { "url/output.video", "{'output':{'video':'https://h/v'}}",
      "url=https://h/v" },
  { "url/output.url", "{'output':{'url':'https://h/v'}}", "url=https://h/v" },
  { "url/output", "{'output':'https://h/v'}", "url=https://h/v" },
  { "url/output[0]", "{'output':['https://h/v','https://h/w']}",
      "url=https://h/v" },
  { "url/outputs[0]", "{'outputs':['https://h/v']}", "url=https://h/v" },
  { "url/results[0]", "{'results':['https://h/v']}", "url=https://h/v" },
  { "url/result_url", "{'result_url':'https://h/v'}", "url=https://h/v" },
  { "url/result.video_url", "{'result':{'video_url':'https://h/v'}}",
      "url=https://h/v" },
  { "url/url", "{'url':'https://h/v'}", "url=https://h/v" },
  { "url/metadata.url", "{'metadata':{'url':'https://h/v'}}",
      "url=https://h/v" },
  { "url/videos[0].url", "{'videos':[{'url':'https://h/v'}]}",
      "url=https://h/v" },
  { "url/videos[0].video_url", "{'videos':[{'video_url':'https://h/v'}]}",
      "url=https://h/v" },
  { "url/urls[0]", "{'urls':['https://h/v']}", "url=https://h/v" },
  { "url/data.video_url", "{'data':{'video_url':'https://h/v'}}",
      "url=https://h/v" },
  { "url/data.output[0]", "{'data':{'output':['https://h/v']}}",
      "url=https://h/v" },
  { "url/data.videos[0].url", "{'data':{'videos':[{'url':'https://h/v'}]}}",
      "url=https://h/v" },
  { "url/first-place-wins",
      "{'url':'https://h/b','content':{'video_url':'https://h/a'}}",
      "url=https://h/a" },
  { "url/outer-before-data",
      "{'data':{'video_url':'https://h/b'},'urls':['https://h/a']}",
      "url=https://h/a" },
  { "url/no-guessing",
      "{'input':{'reference':'https://h/mine.mp4'},'image':'https://h/a.mp4'}",
      "" },
  { "url/second-of-a-list-is-none", "{'output':[null,'https://h/v']}", "" },
  { "url/scheme-in-capitals", "{'url':'HTTPS://H/v'}", "url=HTTPS://H/v" },
  { "url/escapes-stay", "{'url':'https:\\/\\/h\\/a%2Fb?x=%20\\u0026y'}",
      "url=https://h/a%2Fb?x=%20&y" },
  { "url/file-is-none", "{'url':'file:///etc/passwd'}", "" },
  { "url/ftp-is-skipped", "{'video_url':'ftp://h/v','url':'https://h/v'}",
      "url=https://h/v" },
  { "url/credentials-are-none", "{'url':'https://u:p@h/v'}", "" },
  { "url/user-is-none", "{'url':'https://u@h/v'}", "" },
  { "url/at-in-the-path-stays", "{'url':'https://h/a@b?c@d'}",
      "url=https://h/a@b?c@d" },
  { "url/backslash-in-the-host-is-none", "{'url':'https://h\\\\@e/v'}", "" },
  { "url/no-host-is-none", "{'url':'https:///v'}", "" },
  { "url/space-is-none", "{'url':'https://h/a b'}", "" },
  { "url/line-end-is-none", "{'url':'https://h/a\\nb'}", "" },
  { "url/escaped-nul-is-none", "{'url':'https://h/a\\u0000b'}", "" },

  /* Progress */
  { "progress/integer", "{'progress':42}", "progress=42" },
  { "progress/zero", "{'progress':0}", "progress=0" },
  { "progress/hundred", "{'progress':100}", "progress=100" },
  { "progress/percent", "{'progress':'50%'}", "progress=50" },
  { "progress/percent-spaced", "{'progress':' 50 % '}", "progress=50" },
  { "progress/text", "{'progress':'50'}", "progress=50" },
  { "progress/share", "{'progress':0.29}", "progress=29" },
  { "progress/share-as-text", "{'progress':'0.5'}", "progress=50" },
  { "progress/small-percent", "{'progress':'0.5%'}", "progress=0" },
  { "progress/percent-with-fraction", "{'progress':45.7}", "progress=45" },
  { "progress/one-is-one-percent", "{'progress':1,'status':'running'}",
      "running progress=1" },
  { "progress/one-when-done-is-all", "{'progress':1.0,'status':'done'}",
      "succeeded progress=100" },
  { "progress/under-data", "{'data':{'progress':7}}", "progress=7" },
  { "progress/too-much", "{'progress':101}", "" },
  { "progress/negative", "{'progress':-1}", "" },
  { "progress/infinite", "{'progress':1e999}", "" },
  { "progress/words", "{'progress':'half'}", "" },
  { "progress/nan", "{'progress':'nan%'}", "" },
  { "progress/words-after", "{'progress':'50% or so'}", "" },

  /* Seeds */
  { "seed/integer", "{'seed':4294967295}", "seed=4294967295" },
  { "seed/zero", "{'seed':0}", "seed=0" },
  { "seed/64-bits", "{'data':{'seed':9223372036854775807}}",
      "seed=9223372036854775807" },
  { "seed/not-told", "{'seed':-1}", "" },
  { "seed/nonsense", "{'seed':'abc'}", "" },

  /* Errors */
  { "error/object", "{'error':{'code':'Bad','message':'no'}}",
      "message=no code=Bad" },
  { "error/text", "{'error':'no'}", "message=no" },
  { "error/message", "{'message':'no'}", "message=no" },
  { "error/msg", "{'msg':'no'}", "message=no" },
  { "error/detail", "{'detail':'no'}", "message=no" },
  { "error/fail_reason", "{'fail_reason':'no'}", "message=no" },
  { "error/reason", "{'reason':'no'}", "message=no" },
  { "error/type", "{'error':{'type':'T'}}", "code=T" },
  { "error/null", "{'error':null,'status':'running'}", "running" },
  { "error/under-data", "{'data':{'error':{'message':'no'}}}", "message=no" },
  { "error/under-task", "{'task':{'fail_reason':'no'}}", "message=no" },
  { "error/under-output", "{'output':{'message':'no','code':'C'}}",
      "message=no code=C" },
  { "error/of-the-task-before-the-envelope",
      "{'code':0,'message':'success',"
      "'data':{'status':'failed','fail_reason':'nsfw'}}",
      "failed message=nsfw" },
  { "error/of-the-envelope-when-the-task-has-none",
      "{'message':'no','data':{'status':'failed'}}", "failed message=no" },
  { "error/on-one-line", "{'error':'a\\nb\\u001b[1mc\\u202ed'}",
      "message=a b [1mc d" },
  { "error/no-query-of-a-url", "{'error':'GET https://h/v?sig=SECRET failed'}",
      "message=GET https://h/v?… failed" },
  { "error/half-a-surrogate-does-not-spoil-it",
      "{'task_id':'t','error':'x\\ud83d'}", "id=t message=x\xef\xbf\xbd" },
  { "error/whole-surrogates-stay", "{'error':'\\ud83d\\ude00'}",
      "message=\xf0\x9f\x98\x80" },

  /* Envelopes that refuse */
  { "refused/success-false", "{'success':false,'message':'no'}",
      "message=no refused" },
  { "refused/code", "{'code':1001,'message':'no'}",
      "message=no code=1001 refused" },
  { "refused/negative-code", "{'code':-1}", "code=-1 refused" },
  { "refused/not-by-0", "{'code':0,'data':{'id':'x'}}", "id=x" },
  { "refused/not-by-200", "{'code':200,'data':{'id':'x'}}", "id=x" },
  { "refused/not-by-words", "{'code':'InvalidParameter'}",
      "code=InvalidParameter" },
  { "refused/not-by-success", "{'success':true,'id':'x'}", "id=x" },
  { "refused/not-by-an-inner-code", "{'data':{'code':7}}", "code=7" },
  { "refused/its-number-is-no-task", "{'code':7,'request_id':'r'}",
      "code=7 refused" },

  /* Whole answers of known services */
  { "whole/ark-done",
      "{'id':'cgt-1','model':'m','status':'succeeded','content':"
      "{'video_url':'https://h/v?X=1','last_frame_url':'https://h/l'},"
      "'seed':7,'resolution':'720p','usage':{'total_tokens':1}}",
      "id=cgt-1 succeeded url=https://h/v?X=1 seed=7" },
  { "whole/ark-failed",
      "{'id':'cgt-1','status':'failed','error':{'code':"
      "'OutputVideoSensitiveContentDetected','message':'no.'}}",
      "id=cgt-1 failed message=no. code=OutputVideoSensitiveContentDetected" },
  { "whole/empty", "{}", "" },
  { "whole/spaced", " \r\n\t{ } \n", "" },
  { "whole/byte-order-mark", "\xef\xbb\xbf{'id':'x'}", "id=x" },
};

static gchar *
to_json (const gchar *body)
{
  return g_strdelimit (g_strdup (body), "'", '"');
}

static gchar *
describe (const SeedanceAnswer *answer)
{
  GString *out = g_string_new (NULL);
  gboolean known = answer->status != SEEDANCE_STATUS_UNKNOWN;

  if (answer->task_id)
    g_string_append_printf (out, " id=%s", answer->task_id);
  if (answer->status_word)
    g_string_append_printf (
        out, " %s", seedance_status_to_string (answer->status));
  if (answer->status_word && !known)
    g_string_append_printf (out, ":%s", answer->status_word);
  if (answer->video_url)
    g_string_append_printf (out, " url=%s", answer->video_url);
  if (answer->progress != -1)
    g_string_append_printf (out, " progress=%d", answer->progress);
  if (answer->error_message)
    g_string_append_printf (out, " message=%s", answer->error_message);
  if (answer->error_code)
    g_string_append_printf (out, " code=%s", answer->error_code);
  if (answer->refused)
    g_string_append (out, " refused");
  if (answer->seed != -1)
    g_string_append_printf (out, " seed=%" G_GINT64_FORMAT, answer->seed);
  if (out->len > 0)
    g_string_erase (out, 0, 1);
  return g_string_free (out, FALSE);
}

static void
test_shape (gconstpointer data)
{
  const Shape *shape = data;
  g_autofree gchar *body = to_json (shape->body);
  g_autoptr (GError) error = NULL;
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), &error);
  g_autofree gchar *found = NULL;

  g_assert_no_error (error);
  found = describe (answer);
  g_assert_cmpstr (found, ==, shape->found);
}

/* What is not a JSON object at all */

static void
assert_unreadable (const gchar *body, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (seedance_answer_parse (body, size, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_READ);
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

  g_assert_nonnull (answer);
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

  g_assert_nonnull (answer);
  g_assert_cmpstr (answer->task_id, ==, "t");
}

static void
test_a_million_brackets_do_no_harm (void)
{
  g_autofree gchar *body = g_strnfill (1000000, '[');

  assert_unreadable (body, strlen (body));
}

static gchar *
make_body (gsize size)
{
  gchar *body = g_strnfill (size, ' ');

  memcpy (body, "{\"id\":\"t\"}", 10);
  return body;
}

static void
test_size_ends_at_4_mib (void)
{
  const gsize limit = 4 * 1024 * 1024;
  g_autofree gchar *body = make_body (limit + 1);
  g_autoptr (SeedanceAnswer) answer = seedance_answer_parse (body, limit, NULL);

  g_assert_nonnull (answer);
  assert_unreadable (body, limit + 1);
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

  g_assert_nonnull (answer);
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
add_shapes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autofree gchar *path =
        g_strconcat ("/answer/shape/", shapes[i].name, NULL);

    g_test_add_data_func (path, &shapes[i], test_shape);
  }
}

static void
add_unreadable (void)
{
  static const gchar *const bodies[][2] = {
    { "list", "[{'id':'x'}]" },
    { "string", "'x'" },
    { "number", "42" },
    { "null", "null" },
    { "html", "<html><body>502 Bad Gateway</body></html>" },
    { "spaces", "   " },
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
  add_shapes ();
  add_unreadable ();
#define ADD(path, name) g_test_add_func ("/answer/" path, test_##name)
  ADD ("unreadable/no-body", no_body_is_unreadable);
  ADD ("unreadable/nul", bytes_after_a_nul_are_unreadable);
  ADD ("limit/nesting", nesting_ends_at_64);
  ADD ("limit/brackets-in-strings", brackets_in_strings_are_no_nesting);
  ADD ("limit/a-million-brackets", a_million_brackets_do_no_harm);
  ADD ("limit/size", size_ends_at_4_mib);
  ADD ("limit/ids", ids_end_at_512_bytes);
  ADD ("limit/texts", long_texts_are_cut);
  ADD ("hostile/id-not-utf8", ids_are_utf8);
  ADD ("hostile/text-not-utf8", texts_become_utf8);
  ADD ("hostile/cut-anywhere", every_cut_answer_is_survived);
  ADD ("hostile/any-bytes", any_bytes_are_survived);
  ADD ("word/known", every_known_word_has_its_meaning);
  ADD ("word/other", other_words_mean_still_going);
  ADD ("word/final", four_statuses_are_final);
  return g_test_run ();
}
