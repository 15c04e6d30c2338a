/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the jobs of this process. Elements whose orders are for the same
 * clip share a job, so that it is paid for and downloaded once.
 *
 * Order of locks: the registry's, then a job's. */

#include "clip-private.h"

#include "unique.h"

static struct {
  GMutex lock;
  GHashTable *jobs; /* key -> job, without a reference */
} registry;

/* Whether all bytes are there, but the clip is not yet checked and stored. */
static gboolean
is_completing_locked (SeedanceJob *job)
{
  return job->state.phase == SEEDANCE_PHASE_DOWNLOADING &&
         seedance_job_is_all_there_locked (job);
}

/* Whether the ledger would lead @order to what @job brings. The clip of the
 * owner's last run comes before all others, so a job that was made for another
 * one is shared only when it is known to bring that clip. */
static gboolean
is_same_question_locked (SeedanceJob *job, const SeedanceOrder *order)
{
  const gchar *own = order->own_record;

  return g_strcmp0 (own, job->order->own_record) == 0 ||
         (job->name && (!own || g_str_equal (own, job->name)));
}

/* Whether the owner of @order may share @job. A job that has failed, or whose
 * clip was played, is over for new orders, although the network thread may not
 * have removed it from the table yet. */
static gboolean
is_shared_locked (SeedanceJob *job, const SeedanceOrder *order)
{
  if (job->state.phase == SEEDANCE_PHASE_FAILED ||
      !is_same_question_locked (job, order))
    return FALSE;

  /* A clip that was played is shared only with an owner that may replay it.
   * While the job completes, the ledger still has the task as running, unless
   * the clip was played before: a new job would only fetch the same clip
   * again. */
  return !job->played || (is_completing_locked (job) && !job->replayed) ||
         order->task_id || order->reuse != SEEDANCE_REUSE_PENDING ||
         g_strcmp0 (order->own_record, job->name) == 0;
}

static gboolean
job_take_reader (SeedanceJob *job, SeedanceOrder *order, SeedanceClip *clip)
{
  gboolean shared;

  g_mutex_lock (&job->lock);
  shared = is_shared_locked (job, order);
  if (shared && job->readers->len == 0) {
    g_clear_pointer (&job->rejoined, seedance_order_unref);
    job->rejoined = seedance_order_ref (order);
  }
  if (shared)
    g_ptr_array_add (job->readers, clip);
  g_mutex_unlock (&job->lock);

  return shared;
}

/* Elements that share a job share its connections, so the settings that decide
 * which connections are trusted are part of the key. So is what decides whether
 * a job orders or replays: an element that may not spend money (@may_spend)
 * gets an error where another one orders, and with reuse=always a clip that was
 * played will do. */
static gchar *
make_key (const SeedanceOrder *order, const gchar *name, gboolean may_spend)
{
  const SeedanceHttpSettings *http = &order->http;
  g_autofree gchar *trust =
      http->authorities
          ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, http->authorities)
          : NULL;
  const gboolean again =
      order->reuse == SEEDANCE_REUSE_ALWAYS && !order->task_id;

  return g_strdup_printf ("%s %s %s %d %d %d %d %d %s\n%s %s", order->state_dir,
      name, order->key_hash ? order->key_hash : "-", may_spend, again,
      order->allow_insecure, order->allow_local_links, http->ssl_strict,
      trust ? trust : "", http->proxy ? http->proxy->url : "-",
      http->proxy && http->proxy->user ? http->proxy->user : "");
}

static SeedanceJob *
registry_join (const gchar *key, SeedanceOrder *order, SeedanceClip *clip,
    SeedanceJobMaker make)
{
  SeedanceJob *job;

  g_mutex_lock (&registry.lock);
  if (!registry.jobs)
    registry.jobs = g_hash_table_new (g_str_hash, g_str_equal);
  job = g_hash_table_lookup (registry.jobs, key);
  if (!job || !job_take_reader (job, order, clip)) {
    /* The network thread drops the first reference when it puts the job
     * away. */
    job = make (key, order);
    g_hash_table_replace (registry.jobs, job->key, job);
    g_ptr_array_add (job->readers, clip);
  } else {
    SEEDANCE_INFO (NULL, "order %u: another element takes part", job->number);
  }
  seedance_job_ref (job);
  g_mutex_unlock (&registry.lock);

  return job;
}

SeedanceJob *
seedance_registry_join (SeedanceOrder *order, const gchar *name,
    SeedanceClip *clip, SeedanceJobMaker make)
{
  g_autofree gchar *key = NULL;

  /* With reuse=never each order gets a job of its own. */
  if (order->reuse == SEEDANCE_REUSE_NEVER && !order->task_id)
    key = seedance_unique ();
  else
    key = make_key (order, name, seedance_clip_may_spend (clip, NULL));

  return registry_join (key, order, clip, make);
}

gboolean
seedance_registry_leave_if_idle (SeedanceJob *job)
{
  gboolean idle;

  g_mutex_lock (&registry.lock);
  g_mutex_lock (&job->lock);
  idle = job->readers->len == 0 && !job->post_in_flight && job->calls == 0 &&
         !is_completing_locked (job) && !job->stopped;
  job->stopped |= idle;
  g_mutex_unlock (&job->lock);
  if (idle && g_hash_table_lookup (registry.jobs, job->key) == job)
    g_hash_table_remove (registry.jobs, job->key);
  g_mutex_unlock (&registry.lock);

  return idle;
}
