/* SPDX-License-Identifier: LGPL-2.1-or-later */
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

/* What all rooms share. Its members lock themselves, the settings are guarded
 * by the lock here. */
typedef struct {
  gchar *api_key;
  gboolean verbose;
  /* http://127.0.0.1:PORT */
  gchar *clip_origin;
  /* Signs the clips' URLs. */
  gchar *secret;
  /* Opens the control path. */
  gchar *control_secret;
  /* Names beside those of loopback that it may be asked by; NULL = none. */
  gchar **hosts;
  Counters *counters;
  Gate *gate;
  Faults *faults;
  Tasks *tasks;
  Studio *studio;
  Links *links;
  GMutex lock;
  Settings *settings;
  /* Every clip from now on; NULL = as the settings say. */
  Clip *clip;
  /* Those of prompts with a certain word in them: word to Clip. */
  GHashTable *clips_for;
  /* When the last requests came that the rate limit counts. */
  GQueue recent;
} Service;

/* Answers one request; may look at @met, the faults that it met. */
typedef Reply *(*AnswerFunc) (Service *service, Call *call, GPtrArray *met);

Service *service_new (const gchar *api_key, Settings *settings);
void service_free (Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Service, service_free)

/* A copy. */
Settings *service_get_settings (Service *service);
gboolean service_change_settings (
    Service *service, const cJSON *json, GError **error);
/* Takes @clip; NULL: as the settings say. */
void service_set_clip (Service *service, Clip *clip);
/* The same for prompts with @word in them. */
void service_set_clip_for (Service *service, const gchar *word, Clip *clip);
/* A reference to the clip that was given for @prompt, or NULL. The longest word
 * counts. */
Clip *service_get_clip (Service *service, const gchar *prompt);

/* serve.c: lets @answer answer, and befall the answer what was ordered for
 * @place. TRUE when the connection may be used again. */
gboolean serve (Service *service, Call *call, Place place, AnswerFunc answer);
/* Without any fault. */
gboolean serve_plainly (Service *service, Call *call, Reply *reply);

/* Both DoorFuncs. api.c: everything on the API's port; clips.c: everything on
 * the clips' port. */
gboolean api_handle (Call *call, gpointer service);
gboolean clips_handle (Call *call, gpointer service);

/* api.c: NULL when the request's key and rate are fine. The key stands behind
 * @scheme, such as "Bearer ". */
Reply *api_check_access (Service *service, Call *call);
Reply *api_check_access_by (
    Service *service, Call *call, const gchar *scheme);
/* Bills, and starts rendering. Takes @order. NULL and @refusal when the
 * prompt may not be. */
Task *api_accept (Service *service, Call *call, ServiceKind kind, Order *order,
    Reply **refusal);

/* Each in a file of its name: the services. NULL: no such path. */
AnswerFunc v1_route (Call *call, Place *place);
AnswerFunc ark_route (Call *call, Place *place);
AnswerFunc openai_route (Call *call, Place *place);
AnswerFunc fal_route (Call *call, Place *place);
AnswerFunc replicate_route (Call *call, Place *place);
AnswerFunc openrouter_route (Call *call, Place *place);

/* guard.c: NULL unless a web page asks, or somebody by a foreign name. */
Reply *guard_refuse (Service *service, Call *call);
gchar *guard_new_secret (void);
gboolean guard_is_secret (
    const gchar *secret, const gchar *guess, gsize length);

/* control.c: the tests' own path. */
Reply *control_answer (Service *service, Call *call);

/* clips.c: a URL that works from now on for the configured time, and for as
 * many requests. */
gchar *clips_sign (Service *service, const gchar *task_id);
/* The clip, or what @call wants of it. */
Reply *clips_answer (Call *call, Clip *clip, GPtrArray *met);

G_END_DECLS
