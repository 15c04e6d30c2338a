/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an answer that no documentation shows, the reader takes what is in it,
 * and never takes an unknown code for a refusal if there may be a task. */
#include "answer-kit.h"

static const AnswerShape shapes[] = {
  /* Codes that nobody knows */
  { "code/beside-something",
      "{'code':1000,'message':'No','payload':{'id':'p'}}",
      "message=No code=1000 error" },
  { "code/beside-a-text", "{'code':1000,'message':'No','uuid':'u'}",
      "message=No code=1000 error" },
  { "code/beside-success", "{'code':1000,'message':'No','success':true}",
      "message=No code=1000 error" },
  { "code/submitted", "{'code':1000,'message':'Task submitted'}",
      "message=Task submitted code=1000 error" },
  { "code/accepted", "{'code':1000,'msg':'Request accepted.'}",
      "message=Request accepted. code=1000 error" },
  { "code/created", "{'code':1000,'msg':'Task created','data':null}",
      "message=Task created code=1000 error" },
  { "code/submitted-in-chinese",
      "{'code':1000,'msg':'\u4efb\u52a1\u5df2\u63d0\u4ea4'}",
      "message=\u4efb\u52a1\u5df2\u63d0\u4ea4 code=1000 error" },
  { "code/not-accepted", "{'code':1000,'msg':'Request not accepted'}",
      "message=Request not accepted code=1000 refused" },
  { "code/nothing-created", "{'code':1000,'msg':'No task created'}",
      "message=No task created code=1000 refused" },
  { "code/alone",
      "{'code':1000,'message':'No','requestId':'r','timestamp':1,'traceId':'t',"
      "'data':null,'success':false,'detail':'x','error_code':7}",
      "message=No code=1000 refused" },
  { "code/beside-task_id", "{'code':1000,'msg':'No','task_id':'t'}",
      "id=t message=No code=1000 error" },
  { "code/beside-the-profile's-id", "{'code':1000,'msg':'No','job':{'id':'j'}}",
      "id=j message=No code=1000 error", "{'id':['job.id']}" },
  { "code/beside-the-profile's-request", "{'code':1000,'request_id':'r'}",
      "id=r code=1000 error", "fal" },
  { "code/404-beside-task_id", "{'code':404,'msg':'No','task_id':'t'}",
      "id=t message=No code=404 refused" },

  /* Texts that stand alone in a container */
  { "bare/kind-of-task", "{'request_id':'r-1','task':'text-to-video'}",
      "id=r-1" },
  { "bare/word-alone", "{'task':'TASK'}", "id=TASK" },
  { "bare/sentence-without-blanks",
      "{'code':0,'requestId':'r-1','result':"
      "'\u4efb\u52a1\u5df2\u63d0\u4ea4'}",
      "id=r-1" },
  { "bare/sentence-with-a-number", "{'requestId':'r','data':'\uff11\u4e2a1'}",
      "id=r" },
  { "bare/json-that-is-cut", "{'request_id':'r','data':'{\\'task_id\\':1'}",
      "id=r" },
  { "bare/list-of-json", "{'data':'[1]'}", "" },
  { "bare/flag-in-quotes", "{'code':0,'data':'1'}", "" },
  { "bare/number-in-quotes", "{'code':0,'data':'12345'}", "id=12345" },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CONFIG_HOME", "/nonexistent", TRUE);
  answer_add_shapes ("/answer/odd/", shapes, G_N_ELEMENTS (shapes));

  return g_test_run ();
}
