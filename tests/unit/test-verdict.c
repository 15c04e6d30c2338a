/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Given an answer of the service, this is what it means for the order, and what
 * the user is told. */
#include "verdict-kit.h"

#include <string.h>

typedef struct {
  const gchar *name;
  guint status;
  const gchar *body; /* ' for "; NULL = cannot be read */
  SeedanceVerdict verdict;
  gint code;          /* -1 = no error */
  const gchar *words; /* in the text besides those of the body */
  const gchar *location;
} Judgement;

#define OK SEEDANCE_VERDICT_OK, -1, NULL
#define WAIT(code, words) SEEDANCE_VERDICT_WAIT, SEEDANCE_ERROR_##code, words
#define REFUSED(code, words) \
  SEEDANCE_VERDICT_REFUSED, SEEDANCE_ERROR_##code, words
#define AMBIGUOUS(words) \
  SEEDANCE_VERDICT_AMBIGUOUS, SEEDANCE_ERROR_MAYBE_BILLED, words
#define LOST(code, words) SEEDANCE_VERDICT_LOST, SEEDANCE_ERROR_##code, words
#define ENDED(code, words) SEEDANCE_VERDICT_ENDED, SEEDANCE_ERROR_##code, words
#define UNNAMED(code, words) \
  SEEDANCE_VERDICT_UNNAMED, SEEDANCE_ERROR_##code, words

static const Judgement submits[] = {
  { "200", 200, "{'task_id':'t'}", OK },
  { "201", 201, "{'id':'t','status':'queued'}", OK },
  { "202", 202, "{'data':{'task_id':'t'},'code':0,'success':true}", OK },
  { "200-with-words", 200, "{'task_id':'t','message':'ok'}", OK },

  { "200-unreadable", 200, NULL, AMBIGUOUS ("cannot be read") },
  { "204-empty", 204, NULL, AMBIGUOUS ("cannot be read") },
  { "200-without-id", 200, "{'status':'queued'}", AMBIGUOUS ("names no task") },
  { "200-error-without-id", 200, WORDS ("Own words."),
      REFUSED (SETTINGS, "refused the order") },
  { "200-error-text-without-id", 200, "{'error':'Own words.'}",
      AMBIGUOUS ("names no task") },
  { "200-empty-error", 200, "{'error':{'code':0,'message':''},'task_id':'t'}",
      OK },
  { "200-null-error", 200, "{'error':null,'task_id':'t'}", OK },
  { "200-failure-word", 200, "{'status':'error','message':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-failed-at-once-with-error", 200,
      "{'status':'failed','id':'t','error':{'message':'Own words.'}}", OK },
  { "200-failed-at-once", 200, "{'status':'failed','task_id':'t'}", OK },
  { "200-page", 200, "<p>Own words.</p>", AMBIGUOUS ("cannot be read") },
  { "200-code-1-bare-id", 200, "{'code':1,'msg':'success','data':'TASK'}", OK },
  { "200-list", 200,
      "{'code':200,'data':[{'status':'submitted','task_id':'TASK'}]}", OK },
  { "200-code-1-no-data", 200, "{'code':1,'msg':'Own words.'}",
      AMBIGUOUS ("names no task") },
  { "200-new-code-with-data", 200, "{'code':7,'data':{'x':1}}",
      AMBIGUOUS ("names no task") },
  { "200-new-code-of-success", 200, "{'code':7,'msg':'success'}",
      AMBIGUOUS ("names no task") },
  { "200-new-code-with-id", 200, "{'code':7,'data':{'task_id':'t'}}", OK },
  { "200-new-code-empty-data", 200, "{'code':7,'msg':'No.','data':{}}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-new-code-null-data", 200, "{'code':7,'msg':'No.','data':null}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code-as-text", 200, "{'code':'400','msg':'No.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code-in-words", 200, "{'code':'InvalidParameter'}",
      AMBIGUOUS ("names no task") },
  { "200-number-as-status", 200, "{'status':400,'message':'No.'}",
      AMBIGUOUS ("names no task") },
  { "200-success-false", 200, "{'success':false,'message':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code", 200, "{'code':1001,'message':'Own words.','request_id':'r'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code-401", 200, "{'code':401,'message':'Own words.'}",
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "200-code-429", 200, "{'code':429,'message':'Own words.'}",
      WAIT (BUSY, "Try again later") },
  { "200-code-500", 200, "{'code':500,'message':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code-409", 200, "{'code':409,'message':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-code-504", 200, "{'code':504,'message':'Own words.'}",
      AMBIGUOUS ("failed over the order") },
  { "200-code-408", 200, "{'code':408,'message':'Own words.'}",
      AMBIGUOUS ("failed over the order") },
  { "200-timed-out", 200, "{'status':'failed','message':'Upstream timed out'}",
      AMBIGUOUS ("failed over the order") },
  { "200-timeout-by-code", 200, "{'error':{'code':'gateway_timeout'}}",
      AMBIGUOUS ("failed over the order") },
  { "200-code-400-timed-out", 200,
      "{'code':400,'message':'Upstream timed out'}",
      AMBIGUOUS ("failed over the order") },
  { "200-code-500-timed-out", 200,
      "{'code':500,'message':'Image to video timed out'}",
      AMBIGUOUS ("failed over the order") },
  { "200-session-timed-out", 200,
      "{'code':401,'message':'Session timed out, log in again'}",
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "200-payment-timed-out", 200, "{'code':402,'message':'payment timed out'}",
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "200-image-timed-out", 200,
      "{'code':422,'msg':'Image fetch timed out. Check the link'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-invalid-timeout", 200,
      "{'error':{'code':'InvalidTimeout','message':'timeout must be 1-600'}}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-timeout-too-long", 200,
      "{'success':false,'message':'The request timeout must be below 600'}",
      REFUSED (SETTINGS, "refused the order") },
  { "200-speed-in-a-timeout", 200,
      "{'code':429,'message':'Rate limited: request timeout window'}",
      WAIT (BUSY, "Try again later") },
  { "200-code-600", 200, "{'code':600,'data':'x-1'}", OK },
  { "200-no-credit", 200, "{'code':1002,'message':'Insufficient credits'}",
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "200-refused-but-a-task", 200, "{'success':false,'task_id':'t'}",
      AMBIGUOUS ("The task is t.") },

  { "400", 400, ERROR ("InvalidParameter"),
      REFUSED (SETTINGS, "InvalidParameter") },
  { "400-missing", 400, ERROR ("MissingParameter"),
      REFUSED (SETTINGS, "MissingParameter") },
  { "400-unreadable", 400, NULL, REFUSED (SETTINGS, "refused the order") },
  { "400-moderation-of-text", 400, ERROR ("InputTextSensitiveContentDetected"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "400-moderation-of-image", 400,
      ERROR ("InputImageSensitiveContentDetected.PrivacyInformation"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "400-moderation-in-words", 400, WORDS ("Blocked by content policy"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "422-flagged", 422,
      "{'detail':'It contained material flagged by a content checker.'}",
      REFUSED (FAILED, "Change the prompt or the image") },
  { "403-flagged", 403, WORDS ("Input was flagged"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "400-safety", 400, WORDS ("Rejected by our safety system"),
      REFUSED (FAILED, "Change the prompt or the image") },
  { "403-flagged-account", 403, WORDS ("Your account has been flagged"),
      REFUSED (NOT_AUTHORIZED, "does not allow this key") },
  { "400-case-sensitive-words", 400, WORDS ("resolution is case sensitive"),
      REFUSED (SETTINGS, "refused the order") },
  { "400-no-balance", 400, WORDS ("Insufficient balance"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "401", 401, ERROR ("AuthenticationError"),
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "401-unreadable", 401, NULL, REFUSED (NOT_AUTHORIZED, "base-url") },
  { "402", 402, NULL, REFUSED (NOT_AUTHORIZED, "Top up") },
  { "403", 403, ERROR ("AccessDenied"),
      REFUSED (NOT_AUTHORIZED, "does not allow this key") },
  { "403-overdue", 403, ERROR ("AccountOverdueError"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "404-model-not-open", 404, ERROR ("ModelNotOpen"),
      REFUSED (NOT_FOUND, "Set model") },
  { "404-not-found", 404, ERROR ("ResourceNotFound"),
      REFUSED (SETTINGS, "no such service") },
  { "404-words-without-a-model", 404, WORDS ("No such endpoint"),
      REFUSED (SETTINGS, "no such service") },
  { "404-no-such-endpoint", 404, ERROR ("InvalidEndpointOrModel.NotFound"),
      REFUSED (NOT_FOUND, "Set model") },
  { "404-page", 404, NULL, REFUSED (SETTINGS, "base-url") },
  { "404-words", 404, WORDS ("Not Found"), REFUSED (SETTINGS, "base-url") },
  { "405", 405, NULL, REFUSED (SETTINGS, "base-url") },
  { "408", 408, NULL, AMBIGUOUS ("gave up") },
  { "409", 409, NULL, AMBIGUOUS ("conflicts") },
  { "413", 413, NULL, REFUSED (SETTINGS, "refused the order") },
  { "422", 422, "{'detail':'Own words.'}",
      REFUSED (SETTINGS, "refused the order") },
  { "422-fields", 422,
      "{'detail':[{'loc':['body','duration'],'msg':'Own words.'}]}",
      REFUSED (SETTINGS, "duration: Own words.") },
  { "425", 425, NULL, AMBIGUOUS ("too early") },
  { "424", 424, NULL, AMBIGUOUS ("failed over the order") },
  { "460", 460, NULL, AMBIGUOUS ("gave up") },
  { "499", 499, NULL, AMBIGUOUS ("gave up") },
  { "429", 429, NULL, WAIT (BUSY, "retries") },
  { "429-with-a-task", 429, "{'id':'t','status':'queued'}",
      AMBIGUOUS ("names a task") },
  { "500-with-a-task", 500, "{'data':{'task_id':'t','task_status':'running'}}",
      AMBIGUOUS ("names a task") },
  { "429-in-words", 429,
      "{'request_id':'r','status':'rate_limited','message':'Own words.'}",
      WAIT (BUSY, "retries") },
  { "429-with-a-word-for-tasks", 429,
      "{'request_id':'r','status':'throttled','message':'Own words.'}",
      WAIT (BUSY, "retries") },
  { "403-with-a-word-for-tasks", 403,
      "{'requestId':'r','status':'pending','message':'Own words.'}",
      REFUSED (NOT_AUTHORIZED, "does not allow this key") },
  { "429-with-data", 429, "{'data':'r-1','status':'queued'}",
      WAIT (BUSY, "retries") },
  { "429-with-a-task-in-data", 429,
      "{'request_id':'r','data':{'task_id':'t','status':'queued'}}",
      AMBIGUOUS ("The task is t.") },
  { "401-in-words", 401, "{'request_id':'r','status':'unauthorized'}",
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "429-with-a-request", 429,
      "{'request_id':'t','error':{'message':'Own words.'}}",
      WAIT (BUSY, "retries") },
  { "400-with-a-failed-task", 400, "{'id':'t','status':'failed'}",
      REFUSED (SETTINGS, "refused the order") },
  { "429-speed", 429, ERROR ("RateLimitExceeded.EndpointRPMExceeded"),
      WAIT (BUSY, "retries") },
  { "429-model-speed", 429, ERROR ("ModelAccountRpmRateLimitExceeded"),
      WAIT (BUSY, "retries") },
  { "429-overloaded", 429, ERROR ("ServerOverloaded"), WAIT (BUSY, "retries") },
  { "429-speed-in-words", 429,
      WORDS ("Rate limit reached. Quota exceeded per minute"),
      WAIT (BUSY, "retries") },
  { "429-code-before-words", 429,
      "{'error':{'code':'RateLimitExceeded','message':'Quota exceeded'}}",
      WAIT (BUSY, "retries") },
  { "429-money-code-before-words", 429,
      "{'error':{'code':'QuotaExceeded','message':'too many requests'}}",
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-quota", 429, ERROR ("QuotaExceeded"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-limit-that-was-set", 429, ERROR ("SetLimitExceeded"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-quota-in-words", 429, WORDS ("You exceeded your current quota"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-balance-in-words", 429, WORDS ("Account balance is too low"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-capacity", 429, ERROR ("InsufficientCapacity"),
      WAIT (BUSY, "retries") },
  { "429-resources", 429, ERROR ("insufficient_resources"),
      WAIT (BUSY, "retries") },
  { "429-speed-is-a-quota", 429, ERROR ("Throttling.RateQuota"),
      WAIT (BUSY, "retries") },
  { "429-tasks-at-once", 429, ERROR ("ConcurrencyQuotaExceeded"),
      WAIT (BUSY, "retries") },
  { "429-tasks-at-once-in-words", 429,
      WORDS ("Quota exceeded: 3 concurrent tasks"), WAIT (BUSY, "retries") },
  { "429-load-balancer", 429, ERROR ("LoadBalancerBusy"),
      WAIT (BUSY, "retries") },
  { "429-stop-uploading", 429, WORDS ("Please stop uploading so fast"),
      WAIT (BUSY, "retries") },
  { "429-funds", 429, ERROR ("insufficient_funds"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "403-funds-as-one-word", 403, ERROR ("InsufficientFunds"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "403-permissions", 403, ERROR ("InsufficientPermissions"),
      REFUSED (NOT_AUTHORIZED, "does not allow this key") },
  { "403-exhausted", 403,
      WORDS ("Exhausted balance. Top up your balance at the console"),
      REFUSED (NOT_AUTHORIZED, "Top up the account") },
  { "403-balance-in-chinese", 403, WORDS ("余额不足"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "429-quota-in-chinese", 429, WORDS ("用户额度不足, 剩余额度: ¥0"),
      REFUSED (NOT_AUTHORIZED, "Top up") },
  { "451", 451, NULL, REFUSED (SETTINGS, "refused the order") },

  { "300", 300, NULL, AMBIGUOUS ("something else") },
  { "301-nowhere", 301, NULL, AMBIGUOUS ("something else") },
  { "301-to-https", 301, NULL, REFUSED (SETTINGS, "Set base-url to"),
      "https://api.example:8443/v1/videos/text-to-video" },
  { "302-to-another-host", 302, NULL,
      REFUSED (SETTINGS, "Set base-url to https://new.example"),
      "https://new.example/v1/videos/text-to-video" },
  { "302-to-itself", 302, NULL, AMBIGUOUS ("something else"),
      "/v1/videos/text-to-video" },
  { "302-to-another-path", 302, NULL, AMBIGUOUS ("something else"),
      "https://new.example/v1/videos/TASK" },
  { "301-to-another-path", 301, NULL, AMBIGUOUS ("something else"),
      "/v1/videos/TASK" },
  { "303", 303, NULL, AMBIGUOUS ("something else") },
  { "303-to-another-host", 303, NULL, AMBIGUOUS ("something else"),
      "https://new.example/v1/videos/text-to-video" },
  { "304", 304, NULL, AMBIGUOUS ("something else") },
  { "307", 307, NULL, REFUSED (SETTINGS, "base-url") },
  { "308-to-another-path", 308, NULL, REFUSED (SETTINGS, "base-url"),
      "/v2/orders" },
  { "500", 500, ERROR ("InternalServiceError"), AMBIGUOUS ("console") },
  { "502-page", 502, NULL, AMBIGUOUS ("reuse=never") },
  { "503", 503, ERROR ("ServerOverloaded"), AMBIGUOUS ("task-id") },
  { "504", 504, NULL, AMBIGUOUS ("console") },
  { "599", 599, NULL, AMBIGUOUS ("console") },
  { "100", 100, NULL, AMBIGUOUS ("console") },
  { "0", 0, NULL, AMBIGUOUS ("console") },
  { "999", 999, NULL, AMBIGUOUS ("console") },
};

static const Judgement polls[] = {
  { "queued", 200, "{'status':'queued'}", OK },
  { "running", 200, "{'status':'running'}", OK },
  { "new-word", 200, "{'status':'dreaming'}", OK },
  { "no-word", 200, "{}", OK },
  { "done", 200, "{'status':'succeeded','url':'https://h/v'}", OK },
  { "done-without-url", 200, "{'status':'succeeded'}", OK },

  { "failed", 200, "{'status':'failed','error':{'message':'Own words.'}}",
      UNNAMED (FAILED, "failed") },
  { "failed-for-no-reason", 200, "{'status':'failed'}",
      UNNAMED (FAILED, "gave no reason") },
  { "failed-by-moderation", 200,
      "{'status':'failed','error':{'message':'Own words.',"
      "'code':'OutputVideoSensitiveContentDetected'}}",
      UNNAMED (FAILED, "Change the prompt or the image") },
  { "moderated", 200, "{'status':'moderated'}",
      UNNAMED (FAILED, "Change the prompt or the image") },
  { "cancelled", 200, "{'status':'cancelled'}",
      UNNAMED (FAILED, "was cancelled") },
  { "expired", 200, "{'status':'expired'}", UNNAMED (FAILED, "expired") },
  { "failed-in-a-refusal", 200,
      "{'code':500,'data':{'status':'failed','fail_reason':'Own words.'}}",
      UNNAMED (FAILED, "failed") },
  { "failed-with-id", 200, "{'id':'t-9','status':'failed'}",
      ENDED (FAILED, "failed") },
  { "failed-with-inner-id", 200,
      "{'code':500,'data':{'task_id':'t-9','task_status':'failed'}}",
      ENDED (FAILED, "failed") },
  { "failed-with-id-and-code", 200,
      "{'id':'t-9','status':'error','code':500,'message':'Own words.'}",
      ENDED (FAILED, "failed") },
  { "error-429-with-id", 200,
      "{'task_id':'t-9','status':'error','code':429,'message':'Own words.'}",
      WAIT (BUSY, "too often") },
  { "error-429-with-data", 200, "{'code':429,'data':{'status':'error'}}",
      WAIT (BUSY, "too often") },
  { "error-403-with-id", 200, "{'id':'t-9','status':'error','code':'403'}",
      REFUSED (NOT_AUTHORIZED, "key") },
  { "failed-403-with-id", 200,
      "{'code':0,'data':{'task_id':'t-9','status':'failed',"
      "'error':{'code':403,'message':'Own words.'}}}",
      UNNAMED (FAILED, "failed") },
  { "failed-429-with-id", 200,
      "{'id':'t-9','status':'failed','error':{'code':'429'}}",
      UNNAMED (FAILED, "failed") },
  { "failed-401-for-the-key-with-id", 200,
      "{'id':'t-9','status':'failed',"
      "'error':{'code':401,'message':'Invalid API key'}}",
      REFUSED (NOT_AUTHORIZED, "key") },
  { "failed-402-for-money-with-id", 200,
      "{'id':'t-9','status':'failed',"
      "'error':{'code':402,'message':'insufficient credits'}}",
      REFUSED (NOT_AUTHORIZED, "key") },
  { "failed-429-for-speed-with-id", 200,
      "{'id':'t-9','status':'failed',"
      "'error':{'code':429,'message':'Too many requests'}}",
      WAIT (BUSY, "too often") },
  { "failed-408-with-id", 200,
      "{'id':'t-9','status':'failed','error':{'code':408}}",
      WAIT (READ, "cannot tell") },
  { "failed-425-with-id", 200,
      "{'id':'t-9','status':'failed','error':{'code':425}}",
      WAIT (READ, "cannot tell") },
  { "failed-403-by-moderation-with-id", 200,
      "{'id':'t-9','status':'failed',"
      "'error':{'code':403,'message':'Content policy'}}",
      UNNAMED (FAILED, "Change the prompt or the image") },
  { "moderated-403-with-id", 200,
      "{'id':'t-9','status':'moderated','code':403}",
      UNNAMED (FAILED, "Change the prompt or the image") },
  { "failed-403-with-another-id", 200,
      "{'id':'t-8','status':'failed','code':403}",
      REFUSED (NOT_AUTHORIZED, "key") },
  { "failed-with-another-id", 200, "{'id':'t-8','status':'failed'}",
      UNNAMED (FAILED, "failed") },
  { "error-429", 200, "{'status':'error','code':429,'message':'Own words.'}",
      WAIT (BUSY, "too often") },
  { "fail-503", 200, "{'status':'fail','code':'503','message':'Own words.'}",
      WAIT (READ, "failed to tell") },
  { "failed-504-in-error", 200, "{'status':'failed','error':{'code':504}}",
      WAIT (READ, "failed to tell") },
  { "error-401", 200, "{'status':'error','code':401}",
      REFUSED (NOT_AUTHORIZED, "key") },
  { "error-404", 200, "{'status':'error','code':404}",
      LOST (NOT_FOUND, "know it") },
  { "error-task-not-found", 200,
      "{'status':'error','message':'Task not found'}",
      LOST (NOT_FOUND, "know it") },
  { "error-task-not-found-with-id", 200,
      "{'id':'t-9','status':'error','message':'Task not found'}",
      LOST (NOT_FOUND, "know it") },
  { "failed-for-a-task-upstream-with-id", 200,
      "{'id':'t-9','status':'failed','error':'upstream: task not found'}",
      ENDED (FAILED, "upstream") },
  { "failed-for-its-image-with-id", 200,
      "{'id':'t-9','status':'failed','message':'Task failed: no image found'}",
      ENDED (FAILED, "image") },
  { "failed-for-speed", 200,
      "{'status':'failed','message':'Rate limit exceeded'}",
      WAIT (BUSY, "too often") },
  { "failed-for-speed-by-code", 200,
      "{'status':'failed','code':'RateLimitExceeded'}",
      WAIT (BUSY, "too often") },
  { "failed-for-speed-with-id", 200,
      "{'id':'t-9','status':'failed','error':{'code':'RateLimitExceeded'}}",
      ENDED (FAILED, "failed") },
  { "failed-for-the-key", 200,
      "{'status':'failed','message':'Invalid API key'}",
      LOST (FAILED, "answers with an error") },
  { "expired-token", 200, "{'status':'expired','message':'Token expired'}",
      LOST (FAILED, "answers with an error") },
  { "failed-for-an-image-not-found", 200,
      "{'status':'failed','message':'The image was not found'}",
      UNNAMED (FAILED, "image") },
  { "failed-400", 200, "{'status':'failed','code':400}",
      UNNAMED (FAILED, "failed") },
  { "error-in-words", 200, "{'status':'error','message':'Own words.'}",
      WAIT (READ, "with an error") },
  { "error-in-words-with-data", 200, "{'data':{'status':'Failure'}}",
      UNNAMED (FAILED, "failed") },
  { "rejected-by-moderation", 200,
      "{'status':'rejected','message':'content moderation'}",
      UNNAMED (FAILED, "Change the prompt or the image") },
  { "rejected-with-data", 200,
      "{'code':0,'data':{'status':'rejected','reason':'Own words.'}}",
      UNNAMED (FAILED, "failed") },
  { "aborted-with-data", 200, "{'data':{'status':'aborted'}}",
      UNNAMED (FAILED, "was cancelled") },
  { "rejected-with-request-id", 200,
      "{'request_id':'t-9','status':'rejected','error':'NSFW'}",
      UNNAMED (FAILED, "NSFW") },
  { "rejected-with-uuid", 200,
      "{'uuid':'t-9','status':'rejected','error':'NSFW'}",
      UNNAMED (FAILED, "NSFW") },
  { "rejected-with-request-id-beside-uuid", 200,
      "{'uuid':'r-1','request_id':'t-9','status':'rejected'}",
      UNNAMED (FAILED, "failed") },
  { "rejected-with-another-request-id", 200,
      "{'requestId':'r-1','status':'rejected','error':'Own words.'}",
      WAIT (READ, "with an error") },
  { "errored", 200, "{'status':'errored'}", WAIT (READ, "with an error") },
  { "fail", 200, "{'status':'fail'}", WAIT (READ, "with an error") },
  { "timeout", 200, "{'success':false,'status':'timeout'}",
      WAIT (READ, "with an error") },
  { "timed-out", 200, "{'status':'Timed Out'}", WAIT (READ, "with an error") },
  { "blocked", 200, "{'status':'blocked'}", WAIT (READ, "with an error") },
  { "rejected", 200, "{'status':'rejected'}", WAIT (READ, "with an error") },
  { "aborted", 200, "{'status':'aborted'}", WAIT (READ, "with an error") },
  { "interrupted", 200, "{'status':'interrupted'}",
      WAIT (READ, "with an error") },
  { "terminated", 200, "{'status':'terminated'}",
      WAIT (READ, "with an error") },
  { "timeout-with-id", 200, "{'id':'t-9','status':'timeout'}",
      ENDED (FAILED, "expired") },
  { "blocked-with-id", 200, "{'data':{'task_id':'t-9','status':'blocked'}}",
      ENDED (FAILED, "failed") },
  { "running-with-a-failed-part", 200,
      "{'status':'running','result':{'status':'error'}}", OK },

  { "200-unreadable", 200, NULL, WAIT (READ, "cannot be read") },
  { "200-page", 200, "<p>Own words.</p>", WAIT (READ, "cannot be read") },
  { "202-empty", 202, NULL, OK },
  { "204-empty", 204, NULL, OK },
  { "202-page", 202, "<p>Own words.</p>", WAIT (READ, "cannot be read") },
  { "200-refused", 200, "{'code':1001,'message':'Own words.'}",
      LOST (FAILED, "answers with an error") },
  { "200-error-object", 200, ERROR ("task_not_exist"),
      LOST (NOT_FOUND, "does not know it") },
  { "200-error-of-speed", 200, ERROR ("RateLimitExceeded"),
      WAIT (BUSY, "too often") },
  { "200-error-text", 200, "{'error':'Own words.'}",
      LOST (FAILED, "answers with an error") },
  { "200-error-list", 200, "{'errors':[{'message':'Own words.'}]}",
      LOST (FAILED, "answers with an error") },
  { "200-code-in-words", 200, "{'code':'task_not_exist','message':'No.'}",
      LOST (NOT_FOUND, "does not know it") },
  { "200-success-false", 200, "{'success':false,'message':'Own words.'}",
      LOST (FAILED, "answers with an error") },
  { "200-error-and-state", 200, "{'error':{'message':'x'},'status':'running'}",
      OK },
  { "200-new-code-and-state", 200, "{'code':7,'data':{'status':'running'}}",
      OK },
  { "200-words-alone", 200, "{'message':'Please wait.'}", OK },
  { "200-done-and-error", 200, "{'done':true,'error':{'message':'Own words.'}}",
      UNNAMED (FAILED, "failed") },
  { "200-nsfw", 200, "{'status':'nsfw'}",
      UNNAMED (FAILED, "Change the prompt or the image") },
  { "200-code-401", 200, "{'code':401}", REFUSED (NOT_AUTHORIZED, "key") },
  { "200-code-404", 200, "{'code':404}", LOST (NOT_FOUND, "know it") },
  { "200-code-429", 200, "{'code':429}", WAIT (BUSY, "too often") },
  { "200-code-503", 200, "{'code':503}", WAIT (READ, "failed to tell") },

  { "301", 301, NULL, REFUSED (SETTINGS, "base-url") },
  { "400", 400, ERROR ("InvalidParameter"), REFUSED (SETTINGS, "task-id") },
  { "401", 401, ERROR ("AuthenticationError"),
      REFUSED (NOT_AUTHORIZED, "SEEDANCE_API_KEY") },
  { "402", 402, NULL, REFUSED (NOT_AUTHORIZED, "task-id") },
  { "403", 403, NULL, REFUSED (NOT_AUTHORIZED, "task-id") },
  { "404", 404, ERROR ("ResourceNotFound"), LOST (NOT_FOUND, "task-id") },
  { "405", 405, NULL, REFUSED (SETTINGS, "base-url") },
  { "410", 410, NULL, REFUSED (NOT_FOUND, "reuse=never") },
  { "408", 408, NULL, WAIT (READ, "task-id") },
  { "409", 409, NULL, WAIT (READ, "task-id") },
  { "424", 424, NULL, WAIT (READ, "task-id") },
  { "425", 425, NULL, WAIT (READ, "task-id") },
  { "460", 460, NULL, WAIT (READ, "task-id") },
  { "499", 499, NULL, WAIT (READ, "task-id") },
  { "429", 429, ERROR ("RateLimitExceeded"), WAIT (BUSY, "poll-interval") },
  { "429-quota", 429, ERROR ("QuotaExceeded"), WAIT (BUSY, "poll-interval") },
  { "500", 500, NULL, WAIT (READ, "task-id") },
  { "502-failed", 502, "{'status':'failed'}", WAIT (READ, "task-id") },
  { "503", 503, NULL, WAIT (READ, "task-id") },
  { "0", 0, NULL, WAIT (READ, "task-id") },
};

/* What every error of a verdict says and carries. */
static void
assert_judged (const Judgement *judgement, const SeedanceAnswer *answer,
    SeedanceVerdict verdict, const GError *error)
{
  g_autofree gchar *status = g_strdup_printf ("HTTP %u", judgement->status);
  const SeedanceErrorDetails *details;

  g_assert_cmpint (verdict, ==, judgement->verdict);
  if (judgement->code == -1) {
    g_assert_no_error (error);
    return;
  }
  g_assert_error (error, SEEDANCE_ERROR, judgement->code);
  verdict_assert_text_has (error, judgement->words);
  verdict_assert_text_has (error, status);
  verdict_assert_text_has (error, "req-7");
  verdict_assert_text_has (error, answer->error_message);
  verdict_assert_text_has (error, answer->error_code);

  details = seedance_error_get_details (error);
  g_assert_cmpuint (details->http_status, ==, judgement->status);
  g_assert_cmpstr (details->request_id, ==, "req-7");
  g_assert_cmpstr (details->service_code, ==, answer->error_code);
  g_assert_cmpint (details->retryable, ==, verdict == SEEDANCE_VERDICT_WAIT);
}

static void
test_submit (gconstpointer data)
{
  const Judgement *judgement = data;
  g_autoptr (SeedanceAnswer) answer = verdict_read_body (judgement->body);
  g_autoptr (GError) error = NULL;
  SeedanceReply reply = verdict_make_submit (judgement->status, answer);
  SeedanceVerdict verdict;

  reply.location = judgement->location;
  verdict = seedance_judge_submit (&reply, &error);

  assert_judged (judgement, answer, verdict, error);
  if (verdict == SEEDANCE_VERDICT_AMBIGUOUS)
    verdict_assert_text_has (error, "A task may exist and may be billed.");
  else if (verdict != SEEDANCE_VERDICT_OK)
    verdict_assert_text_has (
        error, "Nothing was ordered and nothing is billed.");
}

static void
test_poll (gconstpointer data)
{
  const Judgement *judgement = data;
  g_autoptr (SeedanceAnswer) answer = verdict_read_body (judgement->body);
  g_autoptr (GError) error = NULL;
  SeedanceReply reply = verdict_make_poll (judgement->status, answer);
  SeedanceVerdict verdict;

  reply.empty = judgement->body == NULL;
  verdict = seedance_judge_poll (&reply, &error);

  assert_judged (judgement, answer, verdict, error);
  if (!error)
    return;
  verdict_assert_text_has (error, "Task t-9");
  g_assert_cmpstr (seedance_error_get_details (error)->task_id, ==, "t-9");
}

static void
add_judgements (const gchar *folder, const Judgement *judgements, gsize n,
    GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree gchar *path =
        g_strconcat ("/verdict/", folder, "/", judgements[i].name, NULL);

    g_test_add_data_func (path, &judgements[i], test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_judgements ("submit", submits, G_N_ELEMENTS (submits), test_submit);
  add_judgements ("poll", polls, G_N_ELEMENTS (polls), test_poll);

  return g_test_run ();
}
