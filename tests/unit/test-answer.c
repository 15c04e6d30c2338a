/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an answer of this shape, the reader finds exactly this. */
#include "answer.h"

#include <string.h>

/* Bodies are written with ' for ". What is found is written on one line, each
 * part only when it is there. */
typedef struct {
  const gchar *name;
  const gchar *body;
  const gchar *found;
} Shape;

#define ADDRESS "https://api.example/v1/videos/t-1"
#define KEY "sk-7e57-k3y-0f-th3-l0c4l"

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
  { "id/inner-task_id-before-outer-id", "{'data':{'task_id':'a'},'id':'b'}",
      "id=a" },
  { "id/outer-before-inner", "{'data':{'id':'a'},'id':'b'}", "id=b" },
  { "id/zero-is-none", "{'id':0}", "" },
  { "id/negative-is-none", "{'id':-1}", "" },
  { "refused/not-by-a-timeout", "{'status':'timeout'}", "expired error" },
  { "refused/not-by-an-interruption", "{'status':'interrupted'}",
      "cancelled error" },
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

  { "id/jobId", "{'jobId':'j'}", "id=j" },
  { "id/generation_id", "{'generation_id':'g'}", "id=g" },
  { "id/prediction_id", "{'prediction_id':'p'}", "id=p" },
  { "id/requestId-when-alone", "{'requestId':'r'}", "id=r" },
  { "id/under-content", "{'content':{'task_id':'t'}}", "id=t" },
  { "id/under-task_result", "{'task_result':{'id':'t'}}", "id=t" },
  { "id/under-response", "{'response':{'id':'t'}}", "id=t" },
  { "id/under-creations", "{'creations':[{'id':'t'}]}", "id=t" },
  { "id/under-videos", "{'videos':[{'id':'t'}]}", "id=t" },
  { "id/in-a-list", "{'data':[{'task_id':'a'},{'task_id':'b'}]}", "id=a" },
  { "id/root-is-a-list", "[{'id':'x'}]", "id=x" },
  { "id/two-deep", "{'data':{'data':{'task_id':'t'}}}", "id=t" },
  { "id/three-deep", "{'data':{'output':{'task':{'id':'t'}}}}", "id=t" },
  { "id/four-deep-is-none", "{'data':{'data':{'data':{'data':{'id':'t'}}}}}",
      "" },
  { "id/bare", "{'code':1,'msg':'success','data':'TASK'}", "id=TASK" },
  { "id/bare-two-deep", "{'data':{'data':'TASK'}}", "id=TASK" },
  { "id/bare-in-a-list", "{'data':['TASK']}", "id=TASK" },
  { "id/bare-number", "{'code':0,'data':1234567890123456789}",
      "id=1234567890123456789" },
  { "id/bare-flag-is-none", "{'code':0,'data':1}", "" },
  { "id/bare-word-is-none", "{'result':'success','data':'submitted'}", "" },
  { "id/bare-link-is-none", "{'url':'x','data':'https://h/v'}", "" },
  { "id/bare-sentence-is-none", "{'data':'All is well'}", "" },
  { "id/bare-reason-is-none", "{'code':7,'msg':'no','data':'prompt'}",
      "message=no code=7" },
  { "id/bare-beside-new-code", "{'code':7,'data':'t-1'}", "id=t-1 code=7" },
  { "id/bare-before-number-of-request", "{'request_id':'r','data':'TASK'}",
      "id=TASK" },
  { "id/number-of-an-error-is-none", "{'error':'no','request_id':'r'}",
      "message=no error" },
  { "id/reversed-is-none", "{'task_id':'a\u202eb','id':'x'}", "id=x" },
  { "id/blank-is-none", "{'task_id':'  ','id':'x'}", "id=x" },

  /* Statuses */
  { "status/ready", "{'status':'ready'}", "succeeded" },
  { "status/nsfw", "{'status':'NSFW'}", "failed refused" },
  { "status/innermost",
      "{'status':'ok','data':{'status':'success','data':"
      "{'status':'running'}}}",
      "running" },
  { "status/number-beside-a-link",
      "{'code':0,'data':{'status':2,'video_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "status/number-without-a-link", "{'data':{'status':1,'video_url':''}}",
      "" },
  { "status/new-word-beside-a-link",
      "{'status':'dreaming','video_url':'https://h/v'}",
      "unknown:dreaming url=https://h/v" },
  { "status/done", "{'done':true,'response':{'url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "status/not-done", "{'done':false,'name':'x'}", "running" },
  { "status/done-with-an-error", "{'done':true,'error':{'message':'no'}}",
      "failed message=no refused" },
  { "status/status", "{'status':'queued'}", "queued" },
  { "status/state", "{'state':'running'}", "running" },
  { "status/task_status", "{'task_status':'SUCCEEDED'}", "succeeded" },
  { "status/prefix", "{'task_status':'TASK_STATUS_SUCCEED'}", "succeeded" },
  { "status/spaces-and-dashes", "{'status':' In-Progress '}", "running" },
  { "status/new-word", "{'status':'dreaming'}", "unknown:dreaming" },
  { "status/number-is-none", "{'status':200,'state':'failed'}",
      "failed refused" },
  { "status/inner-wins", "{'status':'success','data':{'status':'processing'}}",
      "running" },
  { "status/inner-of-output",
      "{'status':'ok','output':{'task_status':'PENDING'}}", "queued" },
  { "status/inner-of-result", "{'status':'done','result':{'state':'expired'}}",
      "expired error" },
  { "status/inner-of-task", "{'state':'success','task':{'status':'canceled'}}",
      "cancelled error" },
  { "status/inner-new-word-wins",
      "{'status':'success','data':{'status':'zzz'}}", "unknown:zzz" },
  { "status/inner-without-one", "{'status':'running','data':{'x':1}}",
      "running" },
  { "status/inner-failure-of-what-goes-on",
      "{'status':'running','result':{'status':'error'}}", "running" },
  { "status/inner-failure-of-what-waits",
      "{'state':'QUEUED','data':{'state':'failed'}}", "queued" },
  { "status/inner-number", "{'status':'success','data':{'status':1}}", "" },
  { "status/inner-number-and-link",
      "{'status':'ok','data':{'status':2,'url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "status/inner-number-of-a-failure",
      "{'status':'failed','data':{'status':3}}", "failed refused" },
  { "status/link-with-the-id",
      "{'id':'t1','state':2,'video_url':'https://h/v/t1'}",
      "id=t1 succeeded url=https://h/v/t1" },
  { "status/link-to-itself", "{'id':'t1','state':1,'url':'https://h/v/t1?x=1'}",
      "id=t1 url=https://h/v/t1?x=1" },
  { "status/inner-that-is-empty", "{'status':'running','data':{'status':''}}",
      "running" },
  { "status/inner-list-is-none", "{'status':'queued','data':['failed']}",
      "queued" },

  /* URLs, in the order of preference */
  { "url/content.video_url", "{'content':{'video_url':'https://h/a?b=c&d'}}",
      "succeeded url=https://h/a?b=c&d" },
  { "url/video_url", "{'video_url':'http://h/v'}", "succeeded url=http://h/v" },
  { "url/video.url", "{'video':{'url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/video", "{'video':'https://h/v'}", "succeeded url=https://h/v" },
  { "url/output.video_url", "{'output':{'video_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/output.video", "{'output':{'video':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/output.url", "{'output':{'url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/output", "{'output':'https://h/v'}", "succeeded url=https://h/v" },
  { "url/output[0]", "{'output':['https://h/v','https://h/w']}",
      "succeeded url=https://h/v" },
  { "url/outputs[0]", "{'outputs':['https://h/v']}",
      "succeeded url=https://h/v" },
  { "url/results[0]", "{'results':['https://h/v']}",
      "succeeded url=https://h/v" },
  { "url/result_url", "{'result_url':'https://h/v'}",
      "succeeded url=https://h/v" },
  { "url/result.video_url", "{'result':{'video_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/url", "{'url':'https://h/v'}", "succeeded url=https://h/v" },
  { "url/metadata.url", "{'metadata':{'url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/videos[0].url", "{'videos':[{'url':'https://h/v'}]}",
      "succeeded url=https://h/v" },
  { "url/videos[0].video_url", "{'videos':[{'video_url':'https://h/v'}]}",
      "succeeded url=https://h/v" },
  { "url/urls[0]", "{'urls':['https://h/v']}", "succeeded url=https://h/v" },
  { "url/data.video_url", "{'data':{'video_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/data.output[0]", "{'data':{'output':['https://h/v']}}",
      "succeeded url=https://h/v" },
  { "url/data.videos[0].url", "{'data':{'videos':[{'url':'https://h/v'}]}}",
      "succeeded url=https://h/v" },
  { "url/first-place-wins",
      "{'url':'https://h/b','content':{'video_url':'https://h/a'}}",
      "succeeded url=https://h/a" },
  { "url/outer-before-data",
      "{'data':{'video_url':'https://h/b'},'urls':['https://h/a']}",
      "succeeded url=https://h/a" },
  { "url/no-guessing",
      "{'input':{'reference':'https://h/mine.mp4'},'image':'https://h/a.mp4'}",
      "" },
  { "url/second-of-a-list-is-none", "{'output':[null,'https://h/v']}", "" },
  { "url/scheme-in-capitals", "{'url':'HTTPS://H/v'}",
      "succeeded url=HTTPS://H/v" },
  { "url/escapes-stay", "{'url':'https:\\/\\/h\\/a%2Fb?x=%20\\u0026y'}",
      "succeeded url=https://h/a%2Fb?x=%20&y" },
  { "url/file-is-none", "{'url':'file:///etc/passwd'}", "" },
  { "url/ftp-is-skipped", "{'video_url':'ftp://h/v','url':'https://h/v'}",
      "succeeded url=https://h/v" },
  { "url/credentials-are-none", "{'url':'https://u:p@h/v'}", "" },
  { "url/user-is-none", "{'url':'https://u@h/v'}", "" },
  { "url/at-in-the-path-stays", "{'url':'https://h/a@b?c@d'}",
      "succeeded url=https://h/a@b?c@d" },
  { "url/backslash-in-the-host-is-none", "{'url':'https://h\\\\@e/v'}", "" },
  { "url/no-host-is-none", "{'url':'https:///v'}", "" },
  { "url/space-within", "{'url':'https://h/a b.mp4?c=d e'}",
      "succeeded url=https://h/a%20b.mp4?c=d%20e" },
  { "url/blanks-around", "{'url':' \n https://h/v\t '}",
      "succeeded url=https://h/v" },
  { "url/space-in-the-host-is-none", "{'url':'https://h x/v'}", "" },
  { "url/reversed-is-none", "{'url':'https://h/\u202ev'}", "" },
  { "url/path", "{'video_url':'/clips/a%2Fb.mp4?s=1'}",
      "succeeded url=https://api.example/clips/a%2Fb.mp4?s=1" },
  { "url/path-keeps-its-dots", "{'video_url':'/a/../b.mp4'}",
      "succeeded url=https://api.example/a/../b.mp4" },
  { "url/other-host", "{'video_url':'//cdn.example/v.mp4'}",
      "succeeded url=https://cdn.example/v.mp4" },
  { "url/beside", "{'video_url':'./v.mp4'}",
      "succeeded url=https://api.example/v1/videos/v.mp4" },
  { "url/above", "{'video_url':'../clips/v.mp4'}",
      "succeeded url=https://api.example/v1/clips/v.mp4" },
  { "url/below", "{'video_url':'clips/v.mp4'}",
      "succeeded url=https://api.example/v1/videos/clips/v.mp4" },
  { "url/word-is-none", "{'video':'n/a','output':'pending'}", "" },
  { "url/other-scheme-is-none", "{'video_url':'ftp:/a/v.mp4'}", "" },
  { "url/relative-with-user-is-none", "{'video_url':'//u:p@h/v.mp4'}", "" },
  { "url/its-own-address-is-none",
      "{'url':'https://api.example/v1/videos/t-1'}", "" },
  { "url/content.result_url", "{'content':{'result_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/content.url", "{'content':{'url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/creations", "{'creations':[{'url':'https://h/v'}]}",
      "succeeded url=https://h/v" },
  { "url/result.sample", "{'result':{'sample':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/unsigned_urls", "{'unsigned_urls':['https://h/v']}",
      "succeeded url=https://h/v" },
  { "url/task_result.videos",
      "{'data':{'task_result':{'videos':"
      "[{'id':'x','url':'https://h/v'}]}}}",
      "id=x succeeded url=https://h/v" },
  { "url/response", "{'response':{'video_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/list-of-results", "{'result':[{'video_url':'https://h/v'}]}",
      "succeeded url=https://h/v" },
  { "url/three-deep", "{'data':{'data':{'data':{'url':'https://h/v'}}}}",
      "succeeded url=https://h/v" },
  { "url/four-deep-is-none",
      "{'data':{'data':{'data':{'data':{'url':'https://h/v'}}}}}", "" },
  { "url/of-the-clip-before-of-the-task",
      "{'url':'https://h/task','data':{'video_url':'https://h/v'}}",
      "succeeded url=https://h/v" },
  { "url/echo-is-none",
      "{'status':'running','content':[{'type':'video_url','video_url':"
      "{'url':'https://h/mine.mp4'},'role':'reference_video'}]}",
      "running" },
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
      "message=no code=Bad refused" },
  { "error/text", "{'error':'no'}", "message=no error" },
  { "error/message", "{'message':'no'}", "message=no" },
  { "error/msg", "{'msg':'no'}", "message=no" },
  { "error/detail", "{'detail':'no'}", "message=no" },
  { "error/fail_reason", "{'fail_reason':'no'}", "message=no" },
  { "error/reason", "{'reason':'no'}", "message=no" },
  { "error/type", "{'error':{'type':'T'}}", "code=T refused" },
  { "error/null", "{'error':null,'status':'running'}", "running" },
  { "error/under-data", "{'data':{'error':{'message':'no'}}}",
      "message=no refused" },
  { "error/under-task", "{'task':{'fail_reason':'no'}}", "message=no" },
  { "error/under-output", "{'output':{'message':'no','code':'C'}}",
      "message=no code=C" },
  { "error/of-the-task-before-the-envelope",
      "{'code':0,'message':'success',"
      "'data':{'status':'failed','fail_reason':'nsfw'}}",
      "failed message=nsfw refused" },
  { "error/of-the-envelope-when-the-task-has-none",
      "{'message':'no','data':{'status':'failed'}}",
      "failed message=no refused" },
  { "error/on-one-line", "{'error':'a\\nb\\u001b[1mc\\u202ed'}",
      "message=a b [1mc d error" },
  { "error/no-query-of-a-url", "{'error':'GET https://h/v?sig=SECRET failed'}",
      "message=GET https://h/v?… failed error" },
  { "error/half-a-surrogate-does-not-spoil-it",
      "{'task_id':'t','error':'x\\ud83d'}",
      "id=t message=x\xef\xbf\xbd error" },
  { "error/whole-surrogates-stay", "{'error':'\\ud83d\\ude00'}",
      "message=\xf0\x9f\x98\x80 error" },

  { "error/list-of-words", "{'detail':['no','never']}", "message=no; never" },
  { "error/of-a-validator",
      "{'detail':[{'loc':['body','duration'],'msg':'too long'},"
      "{'loc':['body','images',0],'msg':'too large'}]}",
      "message=duration: too long; images[0]: too large" },
  { "error/list", "{'errors':[{'message':'no'}]}", "message=no error" },
  { "error/object-in-object", "{'error':{'message':{'text':'no'}}}",
      "message=no refused" },
  { "error/failMsg", "{'failMsg':'no','failCode':'F'}",
      "message=no code=F error" },
  { "error/failure", "{'failure':'no','failureCode':'F'}",
      "message=no code=F error" },
  { "error/error_message", "{'error_message':'no','error_type':'E'}",
      "message=no code=E error" },
  { "error/task_status_msg",
      "{'code':0,'message':'SUCCEED','data':{'task_status':'failed',"
      "'task_status_msg':'worker crashed'}}",
      "failed message=worker crashed refused" },
  { "error/beside-the-state",
      "{'message':'SUCCEED','data':{'task':{'status':'failed'},"
      "'fail_reason':'no'}}",
      "failed message=no refused" },
  { "error/base_resp", "{'base_resp':{'status_code':1004,'status_msg':'no'}}",
      "message=no code=1004 error" },
  { "error/base_resp-of-success",
      "{'task_id':'t','base_resp':{'status_code':0,'status_msg':'success'}}",
      "id=t" },
  { "error/ResponseMetadata",
      "{'ResponseMetadata':{'Error':{'Code':'C','Message':'no'}}}",
      "message=no code=C error" },
  { "error/success-is-no-reason",
      "{'message':'success','data':{'status':'failed'}}", "failed refused" },
  { "error/ok-is-no-reason",
      "{'msg':'Request successful.','reason':'no',"
      "'status':'failed'}",
      "failed message=no refused" },
  { "error/no-success-is-one", "{'msg':'not successful'}",
      "message=not successful" },
  { "error/in-chinese",
      "{'msg':'\u64cd\u4f5c\u6210\u529f',"
      "'status':'failed'}",
      "failed refused" },
  { "error/zero-is-none", "{'error':0,'errors':[],'status':'running'}",
      "running" },
  { "error/key-is-hidden", "{'error':'bad key sk-7e57-k3y-0f-th3-l0c4l'}",
      "message=bad key *** error" },
  { "error/key-in-the-word", "{'status':'sk-7e57-k3y-0f-th3-l0c4l'}",
      "unknown:***" },
  { "error/user-of-a-url", "{'message':'at https://me:SECRET@h/'}",
      "message=at https://…@h/" },

  /* Cost */
  { "cost/tokens", "{'usage':{'total_tokens':108900}}", "tokens=108900" },
  { "cost/amount", "{'data':{'usage':{'cost':0.42}}}", "cost=0.42" },
  { "cost/amount-as-text", "{'usage':{'cost':'0.42 USD'}}", "cost=0.42 USD" },
  { "cost/cents", "{'estimated_cost_cents':42}", "cost=42 cents" },
  { "cost/credits", "{'credits_used':3}", "cost=3 credits" },
  { "cost/nonsense", "{'usage':{'cost':-1,'total_tokens':'many'}}", "" },

  /* Envelopes that refuse */
  { "refused/not-by-code-1", "{'code':1,'msg':'no'}", "message=no" },
  { "refused/not-by-code-10000", "{'code':10000}", "" },
  { "refused/not-beside-data", "{'code':7,'msg':'no','data':{'x':1}}",
      "message=no code=7" },
  { "refused/not-beside-words-of-success", "{'code':7,'msg':'OK'}",
      "code=7 error" },
  { "refused/by-404-beside-data", "{'code':404,'data':{'x':1}}",
      "code=404 refused" },
  { "refused/by-the-error-of-the-task", "{'data':{'error':{'code':'C'}}}",
      "code=C refused" },
  { "refused/not-by-an-error-of-success",
      "{'id':'t','error':{'code':0,'message':'success'}}", "id=t" },
  { "refused/not-by-empty-errors", "{'id':'t','error':{},'errors':[]}",
      "id=t" },
  { "refused/success-false", "{'success':false,'message':'no'}",
      "message=no refused" },
  { "refused/code", "{'code':1001,'message':'no'}",
      "message=no code=1001 refused" },
  { "refused/negative-code", "{'code':-1}", "code=-1 refused" },
  { "refused/not-by-0", "{'code':0,'data':{'id':'x'}}", "id=x" },
  { "refused/not-by-200", "{'code':200,'data':{'id':'x'}}", "id=x" },
  { "refused/not-by-words", "{'code':'InvalidParameter'}",
      "code=InvalidParameter error" },
  { "refused/not-by-success", "{'success':true,'id':'x'}", "id=x" },
  { "refused/not-by-an-inner-code", "{'data':{'code':7}}", "code=7" },
  { "refused/its-number-is-no-task", "{'code':7,'request_id':'r'}",
      "code=7 refused" },

  /* Whole answers of known services */
  { "whole/ark-done",
      "{'id':'cgt-1','model':'m','status':'succeeded','content':"
      "{'video_url':'https://h/v?X=1','last_frame_url':'https://h/l'},"
      "'seed':7,'resolution':'720p','usage':{'total_tokens':1}}",
      "id=cgt-1 succeeded url=https://h/v?X=1 tokens=1 last=https://h/l "
      "seed=7" },
  { "whole/ark-failed",
      "{'id':'cgt-1','status':'failed','error':{'code':"
      "'OutputVideoSensitiveContentDetected','message':'no.'}}",
      "id=cgt-1 failed message=no. code=OutputVideoSensitiveContentDetected "
      "refused" },
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
  if (answer->status_word || known)
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
  else if (answer->has_error)
    g_string_append (out, " error");
  if (answer->tokens != -1)
    g_string_append_printf (out, " tokens=%" G_GINT64_FORMAT, answer->tokens);
  if (answer->cost)
    g_string_append_printf (out, " cost=%s", answer->cost);
  if (answer->last_frame_url)
    g_string_append_printf (out, " last=%s", answer->last_frame_url);
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
  const SeedanceAnswerSource source = { ADDRESS, KEY };
  g_autoptr (SeedanceAnswer) answer =
      seedance_answer_parse (body, strlen (body), &source);
  g_autofree gchar *found = NULL;

  g_assert_true (answer->readable);
  found = describe (answer);
  g_assert_cmpstr (found, ==, shape->found);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_shapes ();

  return g_test_run ();
}
