/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of docs/money.md: faults of services and networks. */

#include "money.h"

#include <string.h>

#include "way.h"

typedef struct {
  MoneyRow row;
  const gchar *faults, *properties;
  /* properties of the second run; "@ID@" is replaced by the id of the last
   * task */
  const gchar *again;
} Fault;

/* A prefix of the properties: during the first run, nothing listens at the
 * service's address. */
#define NOWHERE "nowhere "

static TestWay *way; /* of the running test; NULL: not needed */

static const gchar *
play_again (const gchar *properties)
{
  g_autoptr (GString) text = g_string_new (properties ? properties : "");

  if (strstr (text->str, "@ID@")) {
    guint tasks = (guint) test_service_count (service, "tasks");
    g_autofree gchar *id = test_service_get_task (service, tasks - 1, "id");

    g_string_replace (text, "@ID@", id, 0);
  }
  test_service_fault (service, "");
  test_service_set (service, "{\"generation_time\":0}");

  return player_play (CLIP "%s", text->str);
}

static gboolean
leads_nowhere (const Fault *fault)
{
  return fault->properties && g_str_has_prefix (fault->properties, NOWHERE);
}

/* Puts a way before the service only for rows with NOWHERE, because the relay
 * does not pass on connection resets. */
static void
open_way (const Fault *fault)
{
  if (leads_nowhere (fault))
    way = test_way_new ();
}

static void
measure (const gchar *section, const Fault *fault)
{
  const gchar *properties = fault->properties ? fault->properties : "";
  gchar *first, *again = NULL;

  test_service_fault (service, fault->faults);
  if (leads_nowhere (fault)) {
    test_way_close (way, TEST_PEER_CLOSED);
    properties += strlen (NOWHERE);
  }
  first = money_stand (player_play (CLIP "%s", properties));
  if (leads_nowhere (fault))
    test_way_open (way);
  if (fault->row.again)
    again = money_stand (play_again (fault->again));
  money_row (section, &fault->row, first, again);
}

static const Fault submits[] = {
  { { "nothing goes wrong", "1 1 whole", "2 2 whole" }, "" },
  /* The request surely did not reach the service. */
  { { "the name does not resolve", "0 0 nothing ordered", "1 1 whole" }, "",
      "retries=0 timeout=5 base-url=https://nobody.invalid" },
  { { "nobody listens there", "0 0 nothing ordered", "1 1 whole" }, "",
      NOWHERE "retries=0" },
  { { "nobody listens there, also not when tried again", "0 0 nothing ordered",
        "1 1 whole" },
      "", NOWHERE "retries=1" },
  /* The service refuses for now. */
  { { "429 once, with Retry-After in seconds", "2 1 whole" },
      "submit@1:status=429+retry-after=1" },
  { { "429 once, with Retry-After as a date", "2 1 whole" },
      "submit@1:status=429+retry-after=Thu,%2001%20Jan%201970%2000:00:00%"
      "20GMT" },
  { { "429 twice, without Retry-After", "3 1 whole" },
      "submit@1-2:status=429+code=ServerOverloaded" },
  { { "429 as often as it is tried", "2 0 nothing ordered", "3 1 whole" },
      "submit:status=429", "retries=1" },
  { { "429 that speaks of money", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=429+code=QuotaExceeded" },
  /* The service refuses. */
  { { "400: a value is refused", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=400+code=InvalidParameter" },
  { { "400: moderation refuses the prompt", "1 0 nothing ordered",
        "2 0 nothing ordered" },
      "", "prompt=forbidden", "prompt=forbidden" },
  { { "401: the key is refused", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=401" },
  { { "402: the balance is used up", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=402" },
  { { "403", "1 0 nothing ordered", "2 1 whole" }, "submit:status=403" },
  { { "404: no such model", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=404+code=ModelNotOpen" },
  { { "307, to somewhere else", "1 0 nothing ordered", "2 1 whole" },
      "submit:redirect=/elsewhere+status=307" },
  { { "302, to the same path on another host", "1 0 nothing ordered",
        "2 1 whole" },
      "submit:redirect=http://127.0.0.1:1@SELF@" },
  { { "422 that names the field", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=422+body={\"detail\":[{\"loc\":[\"body\",\"duration\"],"
      "\"msg\":\"No\"}]}" },
  { { "400, and half of its body", "1 0 nothing ordered", "2 1 whole" },
      "submit:status=400+truncate=50%" },
  { { "200, success: false", "1 0 nothing ordered", "2 1 whole" },
      "submit:refusal={\"success\":false,\"message\":\"No\"}" },
  { { "200, an error object", "1 0 nothing ordered", "2 1 whole" },
      "submit:refusal={\"error\":{\"message\":\"No\"}}" },
  { { "200, a code that nobody knows, no data", "1 0 nothing ordered",
        "2 1 whole" },
      "submit:refusal={\"code\":1001,\"message\":\"No\"}" },
  { { "billed, but the answer says that it was refused (200, code 400)",
        "1 1 nothing ordered", "2 2 whole" },
      "submit:body={\"code\":400,\"message\":\"No\"}" },
  /* Unusual answers that accept the order. */
  { { "202 in place of 200", "1 1 whole" }, "submit:status=202" },
  { { "the id alone, as data, with code 1", "1 1 whole" },
      "submit:body={\"code\":1,\"msg\":\"success\",\"data\":\"@ID@\"}" },
  { { "a list of tasks, with code 200", "1 1 whole" },
      "submit:body={\"code\":200,\"data\":[{\"status\":\"submitted\","
      "\"task_id\":\"@ID@\"}]}" },
  { { "the id three containers deep", "1 1 whole" },
      "submit:body={\"data\":{\"output\":{\"task\":{\"id\":\"@ID@\"}}}}" },
  { { "201 without a body, but with a Location", "1 1 whole" },
      "submit:status=201+body=+header=Location: /v1/videos/@ID@" },
  { { "an answer in gzip that nobody asked for", "1 1 whole" },
      "submit:encode=gzip" },
  { { "a Content-Length beside chunks, and an odd trailer", "1 1 whole" },
      "submit:length-too+trailer=HTTP/1.1: 500 Oops" },
  { { "an answer that comes late", "1 1 whole" }, "submit:delay=300" },
  { { "an answer whose headers drip", "1 1 whole" }, "submit:drip=1" },
  { { "a chunked answer", "1 1 whole" }, "submit:chunked" },
  { { "an answer up to the end of the connection", "1 1 whole" },
      "submit:no-length" },
  { { "an answer in chunks, without the last one", "1 1 whole" },
      "submit:chunked+truncate=100%" },
  { { "an answer and then a reset", "1 1 whole" },
      "submit:chunked+cut-reset=100%" },
  { { "an answer that goes on with spaces for ever", "1 1 whole" },
      "submit:endless" },
  { { "303, to somewhere else", "1 0 may be billed", "1 0 may be billed" },
      "submit:redirect=/elsewhere+status=303" },
  { { "302, to the task that was made", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:accept-status=302+header=Location: /v1/videos/@ID@" },
  { { "409", "1 0 may be billed", "1 0 may be billed" }, "submit:status=409" },
  { { "425", "1 0 may be billed", "1 0 may be billed" }, "submit:status=425" },
  /* The service may have accepted the order. */
  { { "accepted, then success and no id", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:body={\"code\":1,\"msg\":\"success\"}" },
  { { "accepted, a code that nobody knows, with data", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:body={\"code\":777,\"data\":{\"eta\":30}}" },
  { { "accepted, then the connection ends", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:accept-drop" },
  { { "accepted, then the connection is reset", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:accept-reset" },
  { { "accepted, then silence", "1 1 may be billed", "1 1 may be billed" },
      "submit:accept-hang", "timeout=1" },
  { { "accepted, then 500", "1 1 may be billed", "1 1 may be billed" },
      "submit:accept-status=500" },
  { { "accepted, then 504", "1 1 may be billed", "1 1 may be billed" },
      "submit:accept-status=504" },
  { { "accepted, a part of the answer comes", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:truncate=5" },
  { { "accepted, the answer is no JSON", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:garbage" },
  { { "accepted, the answer is a page", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:html" },
  { { "accepted, the answer is empty", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:empty" },
  { { "accepted, the answer names no task", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:body={}" },
  { { "accepted, the answer is a gzip bomb", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:gzip-bomb" },
  { { "accepted, a header of 1 MB", "1 1 may be billed", "1 1 may be billed" },
      "submit:huge-header" },
  { { "accepted, the id is ../../etc/passwd", "1 1 paid, kept",
        "1 1 paid, kept" },
      "submit:body={\"task_id\":\"../../etc/passwd\"}" },
  { { "accepted, the id holds a line break", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:body={\"task_id\":\"a\\r\\nX-B: c\"}" },
  { { "not accepted, but the connection ends", "1 0 may be billed",
        "1 0 may be billed" },
      "submit:drop" },
  { { "not accepted, but the connection is reset", "1 0 may be billed",
        "1 0 may be billed" },
      "submit:reset" },
  { { "not accepted, but silence", "1 0 may be billed", "1 0 may be billed" },
      "submit:hang", "timeout=1" },
  { { "500", "1 0 may be billed", "1 0 may be billed" }, "submit:status=500" },
  { { "503 with Retry-After", "1 0 may be billed", "1 0 may be billed" },
      "submit:status=503+retry-after=1" },
  /* Ways to go on after a lost answer. */
  { { "a lost answer; again with task-id", "1 1 may be billed", "1 1 whole" },
      "submit:accept-drop", NULL, "task-id=@ID@" },
  { { "a lost answer; again with reuse=never", "1 1 may be billed",
        "2 2 whole" },
      "submit:accept-drop", NULL, "reuse=never" },
  { { "a lost answer; again with reuse=always", "1 1 may be billed",
        "1 1 may be billed" },
      "submit:accept-drop", NULL, "reuse=always" },
};

GST_START_TEST (the_order_goes_wrong)
{
  open_way (&submits[__i__]);
  measure ("The order", &submits[__i__]);
  g_clear_pointer (&way, test_way_free);
}
GST_END_TEST

#define REPLACED "A new order after the clip was played"

static const Fault replaced[] = {
  { { "played; then no network; then reuse=always", "1 1 nothing ordered",
        "1 1 whole" },
      "", NOWHERE "retries=0", "reuse=always" },
  { { "played; then 401; then reuse=always", "2 1 nothing ordered",
        "2 1 whole" },
      "submit:status=401", NULL, "reuse=always" },
  { { "played; then 429 as often as it is tried; then reuse=always",
        "3 1 nothing ordered", "3 1 whole" },
      "submit:status=429", "retries=1", "reuse=always" },
  { { "played; then 429 once; then reuse=always", "3 2 whole", "3 2 whole" },
      "submit@1:status=429+retry-after=1", NULL, "reuse=always" },
  { { "played; then 401; then the first clip by task-id", "2 1 nothing ordered",
        "2 1 whole" },
      "submit:status=401", NULL, "task-id=@ID@" },
  { { "played; then 401; then the same", "2 1 nothing ordered", "3 2 whole" },
      "submit:status=401" },
  { { "played; then a lost answer; then the same", "2 2 may be billed",
        "2 2 may be billed" },
      "submit:accept-drop" },
  { { "played; then a lost answer; then reuse=always", "2 2 may be billed",
        "2 2 whole" },
      "submit:accept-drop", NULL, "reuse=always" },
  { { "played; then a lost answer; then task-id", "2 2 may be billed",
        "2 2 whole" },
      "submit:accept-drop", NULL, "task-id=@ID@" },
};

GST_START_TEST (an_order_replaces_a_clip)
{
  open_way (&replaced[__i__]);
  fail_unless_equals_string (player_play (CLIP), "whole");
  measure (REPLACED, &replaced[__i__]);
  g_clear_pointer (&way, test_way_free);
}
GST_END_TEST

/* Once the user has named the id of its task, an order is not in doubt any
 * more: the same order runs normally. */
GST_START_TEST (an_id_answers_for_the_new_order)
{
  static const MoneyRow row = { "played; then a lost answer and task-id; then "
                                "the same",
    "2 2 whole", "3 3 whole" };
  gchar *first;

  player_play (CLIP);
  test_service_fault (service, "submit:accept-drop");
  player_play (CLIP);
  first = money_stand (play_again ("task-id=@ID@"));
  money_row (REPLACED, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

/* The id of the clip that was played before cannot resolve a later order in
 * doubt of the same clip, because that task belongs to the earlier order. */
GST_START_TEST (an_old_id_answers_for_nothing)
{
  static const MoneyRow row = { "played; then a lost answer and the first "
                                "clip's task-id; then the same",
    "2 2 whole", "2 2 may be billed" };
  g_autofree gchar *id = NULL;
  gchar *first;

  player_play (CLIP);
  id = test_service_get_task (service, 0, "id");
  test_service_fault (service, "submit:accept-drop");
  player_play (CLIP);
  test_service_fault (service, "");
  first = money_stand (player_play (CLIP "task-id=%s", id));
  money_row (REPLACED, &row, first, money_stand (player_play (CLIP)));
}
GST_END_TEST

static const Fault polls[] = {
  { { "408, 409 and 425", "1 1 whole" },
      "poll@1:status=408\npoll@2:status=409\npoll@3:status=425" },
  { { "429 with Retry-After", "1 1 whole" },
      "poll@1:status=429+retry-after=1" },
  { { "500, 502 and 503", "1 1 whole" },
      "poll@1:status=500\npoll@2:status=502\npoll@3:status=503" },
  { { "the connection ends, then is reset", "1 1 whole" },
      "poll@1:drop\npoll@2:reset" },
  { { "no answer", "1 1 whole" }, "poll@1:hang", "timeout=1" },
  { { "a page, random bytes, nothing", "1 1 whole" },
      "poll@1:html\npoll@2:garbage\npoll@3:empty" },
  { { "half an answer", "1 1 whole" }, "poll@1:truncate=50%" },
  { { "a word that nobody knows", "1 1 whole" },
      "poll@1:word=warming_up\npoll@2:word=simmering" },
  { { "done, but no link yet", "1 1 whole" }, "poll@1-2:no-url" },
  { { "404 twice", "1 1 whole" }, "poll@1-2:unknown-task" },
  { { "a redirect to itself", "1 1 whole" }, "poll@1:redirect-self" },
  { { "a gzip bomb", "1 1 whole" }, "poll@1:gzip-bomb" },
  { { "done, but never a link", "1 1 paid, kept", "1 1 whole" },
      "poll:no-url" },
  { { "a link to a local file", "1 1 paid, kept", "1 1 whole" },
      "poll:url=file:///etc/passwd" },
  { { "404 three times", "1 1 no clip", "1 1 whole" }, "poll:unknown-task" },
  { { "an error without a state, twice", "1 1 whole" },
      "poll@1-2:body={\"error\":{\"code\":\"task_not_exist\"}}" },
  { { "an error without a state, three times", "1 1 no clip", "1 1 whole" },
      "poll:body={\"error\":{\"code\":\"task_not_exist\"}}" },
  { { "202 and 204 without a body", "1 1 whole" },
      "poll@1:status=202+body=\npoll@2:status=204+body=" },
  { { "401", "1 1 paid, kept", "1 1 whole" }, "poll:status=401" },
  { { "403", "1 1 paid, kept", "1 1 whole" }, "poll:status=403" },
  { { "the task fails; the service bills or not", "1 1 no clip",
        "2 2 no clip" },
      "", "prompt=doomed", "prompt=doomed" },
  { { "the task was cancelled", "1 1 no clip", "2 2 whole" },
      "poll:word=cancelled" },
  { { "the task has expired", "1 1 no clip", "2 2 whole" },
      "poll:word=expired" },
};

GST_START_TEST (waiting_goes_wrong)
{
  measure ("Waiting", &polls[__i__]);
}
GST_END_TEST

GST_START_TEST (a_deadline_passes)
{
  static const Fault fault = { { "generation-timeout passes", "1 1 paid, kept",
                                   "1 1 whole" },
    "", "generation-timeout=1" };

  test_service_set (service, "{\"generation_time\":1000}");
  measure ("Waiting", &fault);
}
GST_END_TEST

static const Fault clips[] = {
  { { "cut in the middle", "1 1 whole" }, "clip@1:truncate=50%" },
  { { "reset in the middle", "1 1 whole" }, "clip@1:cut-reset=50%" },
  { { "cut three times", "1 1 whole" },
      "clip@1:truncate=10\nclip@2:truncate=100000\nclip@3:truncate=200000" },
  { { "chunked, and cut", "1 1 whole" }, "clip@1:truncate=50%+chunked" },
  { { "without a length, and cut", "1 1 whole" },
      "clip@1:truncate=99%+no-length" },
  { { "stands still in the middle", "1 1 whole" }, "clip@1:stall=50%",
      "timeout=1" },
  { { "cut, and the server knows no ranges", "1 1 whole" },
      "clip:no-range\nclip@1:no-range+truncate=50%" },
  { { "cut, and a wrong range follows", "1 1 whole" },
      "clip@1:truncate=50%\nclip@2:wrong-range" },
  { { "cut at once, and another clip follows", "1 1 whole" },
      "clip@1:truncate=4\nclip@2:other-object" },
  { { "a page, JSON, random bytes, once", "1 1 whole" },
      "clip@1:html\nclip@2:json\nclip@3:garbage" },
  { { "nothing, once", "1 1 whole" }, "clip@1:empty" },
  { { "500 and 503", "1 1 whole" }, "clip@1:status=500\nclip@2:status=503" },
  { { "the link has expired, a new one is there", "1 1 whole" },
      "clip@1:expired" },
  { { "404 once", "1 1 whole" }, "clip@1:status=404" },
  { { "410 once", "1 1 whole" }, "clip@1:status=410" },
  { { "the link has expired for good", "1 1 paid, kept", "1 1 whole" },
      "clip:expired" },
  { { "cut, and never goes on", "1 1 paid, kept", "1 1 whole" },
      "clip@1:truncate=50%\nclip@2-:drop", "retries=1" },
  { { "a page again and again", "1 1 paid, kept", "1 1 whole" }, "clip:html",
      "retries=0" },
  { { "random bytes again and again", "1 1 paid, kept", "1 1 whole" },
      "clip:garbage", "retries=0" },
  { { "an endless body", "1 1 paid, kept", "1 1 whole" }, "clip:endless",
      "retries=0 max-size=3000000" },
  { { "larger than max-size", "1 1 paid, kept", "1 1 whole" }, "",
      "max-size=1000" },
};

GST_START_TEST (the_clip_goes_wrong)
{
  measure ("The clip", &clips[__i__]);
}
GST_END_TEST

void
money_add_faults (Suite *suite)
{
  TCase *tcase = test_case_new (suite, "faults");

  tcase_add_loop_test (tcase, the_order_goes_wrong, 0, G_N_ELEMENTS (submits));
  tcase_add_loop_test (
      tcase, an_order_replaces_a_clip, 0, G_N_ELEMENTS (replaced));
  tcase_add_test (tcase, an_id_answers_for_the_new_order);
  tcase_add_test (tcase, an_old_id_answers_for_nothing);
  tcase_add_loop_test (tcase, waiting_goes_wrong, 0, G_N_ELEMENTS (polls));
  tcase_add_test (tcase, a_deadline_passes);
  tcase_add_loop_test (tcase, the_clip_goes_wrong, 0, G_N_ELEMENTS (clips));
}
