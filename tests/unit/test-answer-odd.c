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
  { "code/beside-the-profile's-id",
      "{'code':1000,'msg':'No','order':{'id':'j'}}",
      "id=j message=No code=1000 error", "{'id':['order.id']}" },
  { "code/beside-the-profile's-request", "{'code':1000,'request_id':'r'}",
      "id=r code=1000 error", "fal" },
  { "code/404-beside-task_id", "{'code':404,'msg':'No','task_id':'t'}",
      "id=t message=No code=404 refused" },

  /* Names in other spellings, and other places */
  { "place/TaskId", "{'Response':{'TaskId':'t','RequestId':'r'}}", "id=t" },
  { "place/taskID", "{'taskID':'t'}", "id=t" },
  { "place/generationId", "{'generationId':'g'}", "id=g" },
  { "place/job-id", "{'job-id':'j'}", "id=j" },
  { "place/JOB-ID-of-two-words", "{'JOB ID':'j'}", "" },
  { "place/list-of-one-id", "{'task_id':['t']}", "id=t" },
  { "place/exact-name-first", "{'TASKID':'a','task_id':'b'}", "id=b" },
  { "place/taskIds", "{'data':{'taskIds':['t','u']}}", "id=t" },
  { "place/tasks", "{'tasks':[{'task_id':'t'}]}", "id=t" },
  { "place/job", "{'code':1000,'message':'Task submitted','job':{'id':'j-1'}}",
      "id=j-1 message=Task submitted code=1000" },
  { "place/job-alone", "{'job':'j-1'}", "id=j-1" },
  { "place/video", "{'video':{'id':'v','status':'processing'}}",
      "id=v running" },
  { "place/generation", "{'generation':{'id':'g','state':'queued'}}",
      "id=g queued" },
  { "place/video_id", "{'data':{'video_id':'v'}}", "id=v" },
  { "place/uuid", "{'uuid':'u'}", "id=u" },
  { "place/uuid-of-the-envelope", "{'uuid':'u','data':{'id':'t'}}", "id=t" },
  { "place/payload-is-an-echo",
      "{'id':'t','payload':{'status':'done','video_url':'https://h/mine'}}",
      "id=t" },
  { "place/videoUrl", "{'Status':'SUCCESS','videoUrl':'https://h/v'}",
      "succeeded url=https://h/v" },
  { "place/assets", "{'state':'completed','assets':{'video':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "place/resultUrls", "{'data':{'resultUrls':['https://h/v']}}",
      "succeeded url=https://h/v" },
  { "place/video-as-text", "{'video':'https://h/v'}",
      "succeeded url=https://h/v" },
  { "place/job-of-a-link", "{'job':{'status':'done','url':'https://h/v'}}",
      "succeeded url=https://h/v" },

  /* What stands in the place of an id */
  { "id/blanks-around", "{'task_id':' t-1\\n'}", "id=t-1" },
  { "id/null", "{'task_id':'null','id':'t'}", "id=t" },
  { "id/None", "{'task_id':'None'}", "" },
  { "id/undefined", "{'id':'undefined'}", "" },
  { "id/zero-in-quotes", "{'task_id':'0'}", "" },
  { "id/negative-in-quotes", "{'task_id':'-1'}", "" },
  { "id/longer-than-64-bits", "{'id':12345678901234567890123}",
      "id=12345678901234567890123" },

  /* Numbers for a status */
  { "number/in-quotes",
      "{'task_id':'t','status':'2','video_url':'https://h/v'}",
      "id=t succeeded url=https://h/v" },
  { "number/in-quotes-without-a-link", "{'task_id':'t','status':'1'}", "id=t" },
  { "number/in-quotes-before-a-word", "{'status':'200','state':'running'}",
      "running" },
  { "number/inside", "{'id':'v','status':'completed','data':{'status':'200'}}",
      "id=v succeeded" },
  { "number/inside-beside-the-id",
      "{'id':'req','status':'success','data':{'task_id':'t','status':'1'}}",
      "id=t" },
  { "number/inside-of-an-envelope",
      "{'status':'success','data':{'status':'1'}}", "" },
  { "number/of-the-profile", "{'id':'t','status':2}", "id=t succeeded",
      "{'words':{'succeeded':['2'],'running':['1']}}" },
  { "number/of-the-profile-in-quotes", "{'id':'t','status':'1'}",
      "id=t running", "{'words':{'succeeded':['2'],'running':['1']}}" },

/* Statuses inside of a task that is done */
#define DONE "{'id':'t','status':'completed','video_url':'https://h/v',"
#define WHOLE "id=t succeeded url=https://h/v"
  { "part/failed", DONE "'tasks':[{'status':'failed'}]}", WHOLE },
  { "part/goes-on", DONE "'job':{'status':'pending'}}", WHOLE },
  { "part/number", DONE "'generation':{'status':1}}", WHOLE },
  { "part/task-without-a-link",
      "{'id':'t','status':'success','task':{'status':'running'}}",
      "id=t running" },
  { "part/envelope-without-an-id",
      "{'status':'success','url':'https://h/v','data':{'status':'running'}}",
      "running url=https://h/v" },

  /* Errors that are none */
  { "error/null", "{'video_url':'https://h/v','error':'null'}",
      "succeeded url=https://h/v" },
  { "error/none", "{'video_url':'https://h/v','error':'None'}",
      "succeeded url=https://h/v" },
  { "error/success", "{'task_id':'t','error':'success','errors':'none'}",
      "id=t" },
  { "error/false", "{'request_id':'r','error':'false'}", "id=r" },
  { "error/zero", "{'request_id':'r','error':'0'}", "id=r" },
  { "error/blank", "{'request_id':'r','error':' '}", "id=r" },
  { "error/true", "{'request_id':'r','error':true}", "error" },
  { "error/none-at-fal", "{'status':'COMPLETED','error':'none'}", "succeeded",
      "fal" },
  { "error/at-fal", "{'status':'COMPLETED','error':'No sea'}",
      "failed message=No sea refused", "fal" },

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
  { "json/in-data", "{'code':0,'data':'{\\'task_id\\':\\'t-1\\'}'}", "id=t-1" },
  { "json/in-a-list", "{'data':['{\\'task_id\\':\\'t-1\\'}']}", "id=t-1" },
  { "json/two-deep", "{'data':'{\\'output\\':\\'{\\\\\\'id\\\\\\':7}\\'}'}",
      "id=7" },
  { "json/in-place-of-the-answer", " '{\\'task_id\\':\\'t-1\\'}' ", "id=t-1" },
  { "json/of-a-link",
      "{'data':{'state':'success','resultJson':"
      "'{\\'resultUrls\\':[\\'https://h/v\\']}'}}",
      "succeeded url=https://h/v" },
  { "json/in-an-error-is-a-text", "{'error':'{\\'code\\':1}','task_id':'t'}",
      "id=t message={\"code\":1} error" },
  { "bare/list-of-json", "{'data':'[1]'}", "" },
  { "bare/nothing", "{'output':'n/a','video':'clip-7.mp4'}", "" },
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
