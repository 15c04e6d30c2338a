/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that one run needs to know: what is asked, of whom, with which
 * key, and how patiently. Filled in by the caller, prepared once, then only
 * read. No GStreamer, no threads. */
#pragma once

#include "budget.h"
#include "http.h"
#include "provider.h"

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_REUSE_NEVER,
  SEEDANCE_REUSE_PENDING,
  SEEDANCE_REUSE_ALWAYS,
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
  gchar *own_record; /* of the clip's last run: replay it */
  SeedanceReuse reuse;
  gint attempts;            /* tasks that may end without a clip */
  gchar *budget;            /* orders in a time; NULL = no limit */
  guint poll_interval;      /* ms */
  guint generation_timeout; /* s; 0 = none */
  gint retries;             /* -1 = for ever */
  guint64 max_size;         /* bytes */
  guint64 state_max_size;   /* by prepare: bytes of clips to keep */
  gboolean allow_insecure, allow_local_links;
  SeedanceHttpSettings http;

  SeedanceBudget limits;   /* by prepare: of budget and SEEDANCE_BUDGET */
  gchar *fingerprint;      /* by prepare; NULL without a request */
  gchar *key_hash;         /* by prepare; NULL without a key */
  GError *key_error;       /* by prepare: why there is no key */
  gsize image_size;        /* by prepare: bytes of images sent inline */
  SeedanceReach base_peer; /* where the service was met; network thread */
} SeedanceOrder;

/* An order with the defaults of the properties. */
SeedanceOrder *seedance_order_new (void);
SeedanceOrder *seedance_order_ref (SeedanceOrder *order);
void seedance_order_unref (SeedanceOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeedanceOrder, seedance_order_unref)

/* Finds key, base URL and folder, reads the image and the authorities, and
 * checks everything that can fail for free. A key is needed only where the
 * service is to be asked: when the clip is stored, what is wrong with the key
 * becomes key_error. May block on files, never on the network. Errors:
 * SETTINGS. */
gboolean seedance_order_prepare (SeedanceOrder *order, GError **error);

/* The same for a question that no order or task is part of: no prompt, no folder,
 * and a key only if there is one; without, key_error says why. */
gboolean seedance_order_prepare_question (SeedanceOrder *order, GError **error);

/* What jobs are shared by: what is asked, or the task that is named. g_free(). */
gchar *seedance_order_identity (const SeedanceOrder *order);

/* What clips are alike in how long they take: 64 hex digits. g_free(). */
gchar *seedance_order_kind (const SeedanceOrder *order);

/* Notes by whom the service answered. Network thread. */
void seedance_order_meet (
    SeedanceOrder *order, const SeedanceHttpAnswer *answer);

/* The nearest that a link or a redirect of the service may lead to. Network
 * thread. */
SeedanceReach seedance_order_nearest (const SeedanceOrder *order);

/* The absolute URL of @path below the base. Free with g_free(). */
gchar *seedance_order_url (const SeedanceOrder *order, const gchar *path);

/* Where the order is POSTed to. Free with g_free(). */
gchar *seedance_order_submit_url (const SeedanceOrder *order);

G_END_DECLS
