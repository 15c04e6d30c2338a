/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service and what its files share: settings, counters, tasks, faults. An
 * API's file offers a route function, which picks the AnswerFunc for a request;
 * serve() runs it and applies the faults. */
#pragma once

#include "counters.h"
#include "door.h"
#include "faults.h"
#include "gate.h"
#include "links.h"
#include "reply.h"
#include "settings.h"
#include "studio.h"
#include "tasks.h"

G_BEGIN_DECLS

/* The state of the service. Most members lock themselves; `lock` guards the
 * members below it. */
typedef struct {
  gchar *api_key;
  gboolean verbose;
  /* http://127.0.0.1:PORT */
  gchar *clip_origin;
  /* The key that signs the clips' URLs. */
  gchar *secret;
  /* The part of the control path that nobody can guess. */
  gchar *control_secret;
  /* Host names that clients may use beside those of loopback; NULL: none. */
  gchar **hosts;
  Counters *counters;
  Gate *gate;
  Faults *faults;
  Tasks *tasks;
  Studio *studio;
  Links *links;
  GMutex lock;
  Settings *settings;
  /* Served as every clip from now on; NULL: as the settings say. */
  Clip *clip;
  /* Maps a word to the Clip of prompts that contain it. */
  GHashTable *clips_for;
  /* Times of the requests that the rate limit counts, monotonic µs. */
  GQueue recent;
} Service;

/* Answers one request. @met are the faults that apply to it. Returns a new
 * Reply. */
typedef Reply *(*AnswerFunc) (Service *service, Call *call, GPtrArray *met);

/* Takes @settings. The caller sets verbose, hosts, studio and clip_origin. */
Service *service_new (const gchar *api_key, Settings *settings);
void service_free (Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Service, service_free)

/* Returns a copy; free with settings_free(). */
Settings *service_get_settings (Service *service);
/* Changes the settings that @json names. If one is wrong, returns FALSE, sets
 * @error and changes none. */
gboolean service_change_settings (
    Service *service, const cJSON *json, GError **error);
/* Serves @clip for every order from now on; takes it. NULL: as the settings
 * say. */
void service_set_clip (Service *service, Clip *clip);
/* The same for prompts that contain @word. NULL removes the word's clip. */
void service_set_clip_for (Service *service, const gchar *word, Clip *clip);
/* Returns the clip that a test has given for @prompt, or NULL. Of several words
 * in the prompt the longest counts. Free with clip_unref(). */
Clip *service_get_clip (Service *service, const gchar *prompt);

/* In serve.c: calls @answer, applies the faults that are set for @place, and
 * sends the result. Returns TRUE if the connection may be used again. */
gboolean serve (Service *service, Call *call, Place place, AnswerFunc answer);
/* Sends @reply without any fault; takes it. */
gboolean serve_plainly (Service *service, Call *call, Reply *reply);

/* The two DoorFuncs. api.c answers everything at the API's port, clips.c
 * everything at the clips' port. */
gboolean api_handle (Call *call, gpointer service);
gboolean clips_handle (Call *call, gpointer service);

/* In api.c: checks the key, the rate and the size of the body. Returns NULL if
 * all are fine, otherwise the refusal. @scheme precedes the key in the header,
 * such as "Bearer ". */
Reply *api_check_access (Service *service, Call *call);
Reply *api_check_access_by (
    Service *service, Call *call, const gchar *scheme);
/* Accepts @order (takes it): adds a billed task and starts to render its clip.
 * Returns the earlier task instead if the setting idempotency is on and the
 * request repeats one. Returns NULL and sets @refusal if the prompt contains
 * the refuse word, or the Idempotency-Key was used with another body. */
Task *api_accept (Service *service, Call *call, ServiceKind kind, Order *order,
    Reply **refusal);

/* The APIs, each in the file of its name. Returns the function that answers
 * @call and sets @place; NULL if the path is not of this API. */
AnswerFunc v1_route (Call *call, Place *place);
AnswerFunc ark_route (Call *call, Place *place);
AnswerFunc openai_route (Call *call, Place *place);
AnswerFunc fal_route (Call *call, Place *place);
AnswerFunc replicate_route (Call *call, Place *place);
AnswerFunc openrouter_route (Call *call, Place *place);

/* In guard.c: returns a refusal if a web page sends the request or if the Host
 * header names a foreign host, otherwise NULL. */
Reply *guard_refuse (Service *service, Call *call);
/* Returns 32 random hex digits; free with g_free(). */
gchar *guard_new_secret (void);
/* Returns TRUE if the @length bytes at @guess are @secret. */
gboolean guard_is_secret (
    const gchar *secret, const gchar *guess, gsize length);

/* In control.c: answers the control path, which tests use. */
Reply *control_answer (Service *service, Call *call);

/* In clips.c: returns a signed URL of the task's clip. It works for the time
 * and the number of requests that the settings allow. Free with g_free(). */
gchar *clips_sign (Service *service, const gchar *task_id);
/* Returns the clip, or the byte range of it that @call asks for. */
Reply *clips_answer (Call *call, Clip *clip, GPtrArray *met);

G_END_DECLS
