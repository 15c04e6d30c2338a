/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order: everything that one run needs to know, such as the request, the
 * service, the key and the timeouts. The caller fills it in and prepares it
 * once. From then on it is only read, but for own_record, which
 * seedance_clip_open() sets, and base_peer, which the network thread
 * updates. */
#pragma once

#include "budget.h"
#include "http.h"
#include "provider.h"

G_BEGIN_DECLS

/* Whether an earlier task of the same request is used again. */
typedef enum {
  SEEDANCE_REUSE_NEVER,   /* order anew in any case */
  SEEDANCE_REUSE_PENDING, /* use it until its clip was played */
  SEEDANCE_REUSE_ALWAYS,  /* use it even if its clip was played */
} SeedanceReuse;

typedef struct {
  gatomicrefcount refs;

  SeedanceRequest *request;   /* media: what the user named, until prepared */
  gchar *provider_name;       /* NULL = SEEDANCE_PROVIDER, or seeddance */
  SeedanceProvider *provider; /* by prepare, from its name */
  gchar *base_url;            /* NULL = SEEDANCE_BASE_URL, or the provider's */
  gchar *key;                 /* NULL = from key_file, or SEEDANCE_API_KEY */
  gchar *key_file;
  gchar *proxy;      /* NULL = as the environment says; empty = none */
  gchar *ca_file;    /* authorities to trust; NULL = the system's */
  gchar *task_id;    /* attach to this task; NULL = order */
  gchar *state_dir;  /* NULL = SEEDANCE_STATE_DIR, or XDG's */
  gchar *own_record; /* ledger row of the last run, which may be replayed */
  gchar *own_fingerprint; /* of the last run */
  SeedanceReuse reuse;
  gint attempts;            /* so many tasks may end without a clip */
  gchar *budget;            /* such as 20/day; NULL = no limit */
  guint poll_interval;      /* ms */
  guint generation_timeout; /* s; 0 = none */
  gint retries;             /* -1 = for ever */
  guint64 max_size;         /* bytes */
  guint64 state_max_size;   /* by prepare: bytes of clips to keep */
  gboolean allow_insecure, allow_local_links;
  SeedanceHttpSettings http;

  SeedanceBudget limits;   /* by prepare: of budget and SEEDANCE_BUDGET */
  gchar *fingerprint;      /* by prepare: of the request; NULL without one */
  gchar *key_hash;         /* by prepare; NULL without a key */
  GError *key_error;       /* by prepare: why there is no key */
  gsize image_size;        /* by prepare: bytes of images sent inline */
  SeedanceReach base_peer; /* nearest that answered; network thread only */
} SeedanceOrder;

/* A new order with the default values of the properties. */
SeedanceOrder *seedance_order_new (void);
SeedanceOrder *seedance_order_ref (SeedanceOrder *order);
void seedance_order_unref (SeedanceOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceOrder, seedance_order_unref)

/* Finds the key, the base URL and the state folder, reads the images and the
 * authorities, and checks everything that can be checked for free. A missing or
 * bad key is no error if the clip is stored already; then key_error tells what
 * is wrong. An own_record of another fingerprint is dropped. May block on
 * files, never on the network. Error: SEEDANCE_ERROR_SETTINGS. */
gboolean seedance_order_prepare (SeedanceOrder *order, GError **error);

/* Prepares only what a question to the service needs (question.h): no prompt
 * and no state folder. A missing key is no error; then key_error tells why
 * there is none. */
gboolean seedance_order_prepare_question (SeedanceOrder *order, GError **error);

/* The identity by which jobs are shared: the fingerprint, or the task that the
 * user has named. g_free(). */
gchar *seedance_order_identity (const SeedanceOrder *order);

/* The kind of the clip, 64 hex digits: clips of the same kind should take
 * equally long (pacing.h). g_free(). */
gchar *seedance_order_kind (const SeedanceOrder *order);

/* Notes from which address the service has answered. Network thread only. */
void seedance_order_meet (
    SeedanceOrder *order, const SeedanceHttpAnswer *answer);

/* The nearest place that a link or a redirect of the service may lead to, see
 * SeedanceReach. Network thread only. */
SeedanceReach seedance_order_nearest (const SeedanceOrder *order);

/* The URL of @path below the base URL. g_free(). */
gchar *seedance_order_url (const SeedanceOrder *order, const gchar *path);

/* The URL that the order is POSTed to. g_free(). */
gchar *seedance_order_submit_url (const SeedanceOrder *order);

G_END_DECLS
