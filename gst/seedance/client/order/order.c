/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prepares an order: completes it from the environment, reads its files, and
 * checks all that can be checked for free. */

#include "order.h"

#include <string.h>

#include "file.h"
#include "image.h"
#include "ledger-db.h"
#include "ledger-dir.h"
#include "ledger.h"
#include "text.h"
#include "url.h"

/* The longest API key, in characters. Servers rarely take longer headers. */
#define KEY_MAX 8192
/* The longest text of check_plain(), in bytes. */
#define PLAIN_MAX 1024
#define KEY_HASH_DIGITS 16
#define CA_FILE_MAX (16 * 1024 * 1024)

SeedanceOrder *
seedance_order_new (void)
{
  SeedanceOrder *order = g_new0 (SeedanceOrder, 1);

  g_atomic_ref_count_init (&order->refs);
  order->request = seedance_request_new ();
  order->reuse = SEEDANCE_REUSE_PENDING;
  order->attempts = 2;
  order->poll_interval = 5000;
  order->generation_timeout = 3600;
  order->retries = 3;
  order->max_size = G_GUINT64_CONSTANT (2) << 30;
  order->state_max_size = G_GUINT64_CONSTANT (2) << 30;
  order->http.ssl_strict = TRUE;
  order->http.timeout = 15;
  order->base_peer = SEEDANCE_REACH_PUBLIC;

  return order;
}

SeedanceOrder *
seedance_order_ref (SeedanceOrder *order)
{
  g_atomic_ref_count_inc (&order->refs);

  return order;
}

void
seedance_order_unref (SeedanceOrder *order)
{
  if (!g_atomic_ref_count_dec (&order->refs))
    return;
  seedance_request_free (order->request);
  g_free (order->provider_name);
  seedance_provider_free (order->provider);
  g_free (order->base_url);
  g_free (order->key);
  g_free (order->key_file);
  g_free (order->task_id);
  g_free (order->state_dir);
  g_free (order->own_record);
  g_free (order->own_fingerprint);
  g_free (order->budget);
  g_free (order->http.user_agent);
  g_free (order->http.key_header);
  g_free (order->proxy);
  seedance_proxy_free (order->http.proxy);
  g_free (order->ca_file);
  g_clear_pointer (&order->http.authorities, g_bytes_unref);
  g_free (order->fingerprint);
  g_free (order->key_hash);
  g_clear_error (&order->key_error);
  g_free (order);
}

static gboolean
fail (GError **error, const gchar *text)
{
  g_set_error_literal (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS, text);

  return FALSE;
}

/* Returns a copy of the variable; NULL if it is unset or empty. */
static gchar *
environment (const gchar *name)
{
  const gchar *value = g_getenv (name);

  return value && *value ? g_strdup (value) : NULL;
}

/* Replaces the base URL by its normal spelling: it is part of the fingerprint,
 * and a repeated order has to be recognized however the base URL was
 * written. */
static void
normalize_base_url (SeedanceOrder *order)
{
  gchar *normal = seedance_url_normalize (order->base_url);

  if (!normal)
    return;
  g_free (order->base_url);
  order->base_url = normal;
}

static gboolean
find_base_url (SeedanceOrder *order, GError **error)
{
  gsize length;

  if (!order->base_url)
    order->base_url = environment ("SEEDANCE_BASE_URL");
  if (!order->base_url)
    order->base_url = g_strdup (order->provider->default_base_url);
  length = strlen (order->base_url);
  while (length > 0 && order->base_url[length - 1] == '/')
    order->base_url[--length] = '\0';

  if (!seedance_url_check (order->base_url, order->allow_insecure, error)) {
    g_prefix_error (error, "base-url cannot be used, nothing was sent: ");
    return FALSE;
  }
  if (strpbrk (order->base_url, "?#"))
    return fail (error, "base-url must not hold a query or a fragment; "
                        "nothing was sent.");
  normalize_base_url (order);

  return TRUE;
}

static gboolean
refuse_file (
    GError **error, const gchar *property, const gchar *path, const gchar *why)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "The file \"%s\" of %s %s. Nothing was sent and nothing is billed.",
      shown, property, why);

  return FALSE;
}

static gboolean
read_key_file (SeedanceOrder *order, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) problem = NULL;
  gboolean cut;
  gsize size;

  if (!seedance_file_read (order->key_file, SEEDANCE_FILE_NAMED, KEY_MAX, &text,
          &size, &problem))
    return refuse_file (
        error, "api-key-file", order->key_file, problem->message);
  /* A string ends at a NUL: the rest of the key would be lost silently. */
  cut = strlen (text) != size;
  if (!cut)
    order->key = g_strdup (g_strstrip (text));
  explicit_bzero (text, size);
  if (cut)
    return refuse_file (error, "api-key-file", order->key_file,
        "holds a NUL and is no text file");

  return TRUE;
}

/* Reads the file once and here. If libcurl opened it, the network thread could
 * block, because the name may lead to a FIFO by then. */
static gboolean
read_authorities (SeedanceOrder *order, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) problem = NULL;
  gsize size;

  if (!order->ca_file)
    return TRUE;
  if (!seedance_file_read (order->ca_file, SEEDANCE_FILE_NAMED, CA_FILE_MAX,
          &text, &size, &problem))
    return refuse_file (error, "ssl-ca-file", order->ca_file, problem->message);
  if (strlen (text) != size || !strstr (text, "-----BEGIN "))
    return refuse_file (error, "ssl-ca-file", order->ca_file,
        "holds no certificate in PEM form");
  g_clear_pointer (&order->http.authorities, g_bytes_unref);
  order->http.authorities = g_bytes_new_take (g_steal_pointer (&text), size);

  return TRUE;
}

/* A hash that tells keys apart but does not give them away. */
static gchar *
hash_key (const gchar *key)
{
  g_autofree gchar *text = g_strconcat ("gst-seedance key\n", key, NULL);
  g_autofree gchar *hash =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (hash, KEY_HASH_DIGITS);
}

static gboolean
find_key (SeedanceOrder *order, GError **error)
{
  if (!order->key && order->key_file && !read_key_file (order, error))
    return FALSE;
  if (!order->key && !order->key_file)
    order->key = environment ("SEEDANCE_API_KEY");
  if (!order->key || !*order->key)
    return fail (error,
        "No API key. Set SEEDANCE_API_KEY in the environment, "
        "or the property api-key-file to a file that holds the key. Nothing "
        "was sent and nothing is billed.");
  if (strlen (order->key) > KEY_MAX)
    return fail (error,
        "The API key is longer than any key: it was not copied alone, or it is "
        "not a key. Nothing was sent and nothing is billed.");
  for (const gchar *c = order->key; *c; c++) {
    if (!g_ascii_isgraph (*c))
      return fail (error,
          "The API key holds a space, a line break or a "
          "character outside ASCII: it was not copied whole, or it is not a "
          "key. Nothing was sent and nothing is billed.");
  }
  order->key_hash = hash_key (order->key);

  return TRUE;
}

/* Refuses line breaks, which would end a header and begin another one or
 * another request, and invisible characters, because these texts are shown. */
static gboolean
check_plain (const gchar *name, const gchar *text, GError **error)
{
  if (!text || (strlen (text) <= PLAIN_MAX && seedance_text_is_plain (text)))
    return TRUE;
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "%s is longer than %d bytes, or holds a line break or another character "
      "that cannot be seen. Set %s to plain text. Nothing was sent and nothing "
      "is billed.",
      name, PLAIN_MAX, name);

  return FALSE;
}

static gboolean
find_way (SeedanceOrder *order, GError **error)
{
  g_clear_pointer (&order->http.proxy, seedance_proxy_free);

  return seedance_proxy_find (order->proxy, &order->http.proxy, error) &&
         check_plain ("user-agent", order->http.user_agent, error) &&
         check_plain ("task-id", order->task_id, error) &&
         check_plain ("instance", order->request->instance, error);
}

/* Replaces files by data: URIs. Only pictures may be files. */
static gboolean
resolve_media (SeedanceOrder *order, GError **error)
{
  GPtrArray *list = order->request->media;

  order->image_size = 0;
  for (guint i = 0; list && i < list->len; i++) {
    SeedanceMedia *media = g_ptr_array_index (list, i);
    const gchar *property = seedance_role_get_name (media->role);
    gchar *resolved;
    gsize size;

    if (!seedance_role_is_picture (media->role) || !*media->uri)
      continue;
    resolved = seedance_image_resolve (media->uri, property, &size, error);
    if (!resolved)
      return FALSE;
    g_free (media->uri);
    media->uri = resolved;
    order->image_size += size;
  }

  return TRUE;
}

static gboolean
prepare_request (SeedanceOrder *order, GError **error)
{
  SeedanceRequest *request = order->request;

  if (!request->prompt || !*request->prompt)
    return fail (error,
        "No prompt. Set the property prompt to what the clip "
        "shall show, or task-id to a clip that was ordered before. Nothing "
        "was sent and nothing is billed.");
  if (!resolve_media (order, error))
    return FALSE;

  return seedance_request_validate (request, error) &&
         seedance_provider_validate (order->provider, request, error);
}

/* Returns the ledger row that the job would go on with, NULL if there is none.
 * Only looks. */
static SeedanceRecord *
find_record (const SeedanceOrder *order)
{
  const SeedanceClaim claim = { .identity = order->fingerprint,
    .beside = order->reuse == SEEDANCE_REUSE_NEVER,
    .again = order->reuse == SEEDANCE_REUSE_ALWAYS,
    .own = order->own_record,
    .attempts = (guint) order->attempts };
  g_auto (SeedanceRefusal) refusal = { 0 };
  SeedanceRecord *record = NULL;

  if (order->task_id)
    return seedance_ledger_find_task (order->state_dir, order->provider->name,
        order->base_url, order->task_id, NULL);
  seedance_ledger_claim (
      order->state_dir, &claim, NULL, &record, &refusal, NULL);

  return record;
}

/* Whether the ledger has a stored clip for this order. This is a first look, to
 * know if a key is needed; the job checks the clip itself. */
static gboolean
has_stored_clip (const SeedanceOrder *order)
{
  g_autoptr (SeedanceRecord) record = find_record (order);

  return record && record->state >= SEEDANCE_RECORD_SUBMITTED &&
         record->state != SEEDANCE_RECORD_FAILED &&
         seedance_ledger_has_clip (order->state_dir, record);
}

/* Fails in a forked process whose parent has used the plugin: the network
 * thread is not there, so nothing could be sent. */
static gboolean
is_net_here (GError **error)
{
  return (!seedance_net_is_lost () && !seedance_db_is_inherited ()) ||
         fail (error, "This process was forked from one that had used "
                      "seedancesrc before, and what that had running is not "
                      "here. Start a program anew in it, or fork first. "
                      "Nothing was sent and nothing is billed.");
}

static void
find_state_dir (SeedanceOrder *order)
{
  gchar *dir = seedance_ledger_find_dir (order->state_dir);

  g_free (order->state_dir);
  order->state_dir = dir;
}

static gboolean
find_provider (SeedanceOrder *order, GError **error)
{
  if (!order->provider)
    order->provider = seedance_provider_load (order->provider_name, error);
  if (!order->provider)
    return FALSE;
  g_free (order->http.key_header);
  order->http.key_header = g_strdup (order->provider->key_header);

  return TRUE;
}

static gboolean
add_budget (
    SeedanceOrder *order, const gchar *name, const gchar *text, GError **error)
{
  g_autofree gchar *shown = NULL;

  if (!text || !*text || seedance_budget_add (&order->limits, text))
    return TRUE;
  shown = seedance_text_clean (text, -1, 64, NULL);
  g_set_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS,
      "%s is \"%s\", which is no budget. Set it to orders in a time "
      "(minute, hour, day, week or month), " SEEDANCE_BUDGET_HELP
      ". Nothing was ordered.",
      name, shown);

  return FALSE;
}

/* The limits of the property and of SEEDANCE_BUDGET both count, so a property
 * cannot widen what the operator of the machine allows. */
static gboolean
find_budget (SeedanceOrder *order, GError **error)
{
  return add_budget (order, "budget", order->budget, error) &&
         add_budget (
             order, "SEEDANCE_BUDGET", g_getenv ("SEEDANCE_BUDGET"), error);
}

gboolean
seedance_order_prepare (SeedanceOrder *order, GError **error)
{
  if (!seedance_ledger_get_max_size (&order->state_max_size, error) ||
      !find_budget (order, error) || !is_net_here (error))
    return FALSE;
  /* From here on in the order in which a new user meets these problems. */
  if (!find_provider (order, error))
    return FALSE;
  if (!order->task_id && !prepare_request (order, error))
    return FALSE;
  if (!find_base_url (order, error) || !find_way (order, error) ||
      !read_authorities (order, error))
    return FALSE;
  find_state_dir (order);
  if (!seedance_ledger_check_folder (order->state_dir, error))
    return FALSE;
  if (!find_key (order, &order->key_error))
    g_clear_pointer (&order->key, g_free);
  /* With a task id, the request only tells which order in doubt the task may
   * come from. It need not be complete then. */
  if (!order->task_id || prepare_request (order, NULL))
    order->fingerprint = seedance_request_fingerprint (
        order->request, order->provider->name, order->base_url);
  if (g_strcmp0 (order->own_fingerprint, order->fingerprint) != 0)
    g_clear_pointer (&order->own_record, g_free);
  /* A stored clip can be played without a key. */
  if (order->key_error && !has_stored_clip (order)) {
    g_propagate_error (error, g_steal_pointer (&order->key_error));
    return FALSE;
  }

  return TRUE;
}

gboolean
seedance_order_prepare_question (SeedanceOrder *order, GError **error)
{
  if (!is_net_here (error) || !find_provider (order, error) ||
      !find_base_url (order, error) || !find_way (order, error) ||
      !read_authorities (order, error))
    return FALSE;
  if (!find_key (order, &order->key_error))
    g_clear_pointer (&order->key, g_free);

  return TRUE;
}

void
seedance_order_meet (SeedanceOrder *order, const SeedanceHttpAnswer *answer)
{
  order->base_peer = MIN (order->base_peer, answer->peer);
}

/* If the host name of the service leads into a private network, its links may
 * lead there, too. A name that leads to this machine allows nothing more,
 * because anybody can make a name lead there. */
SeedanceReach
seedance_order_nearest (const SeedanceOrder *order)
{
  const SeedanceReach written = seedance_url_reach (order->base_url);

  if (order->allow_local_links)
    return SEEDANCE_REACH_MACHINE;
  if (order->base_peer == SEEDANCE_REACH_PRIVATE)
    return MIN (written, SEEDANCE_REACH_PRIVATE);

  return written;
}

gchar *
seedance_order_url (const SeedanceOrder *order, const gchar *path)
{
  return g_strconcat (order->base_url, path, NULL);
}

gchar *
seedance_order_submit_url (const SeedanceOrder *order)
{
  g_autofree gchar *path =
      seedance_provider_submit_path (order->provider, order->request);

  return seedance_order_url (order, path);
}

gchar *
seedance_order_kind (const SeedanceOrder *order)
{
  const SeedanceRequest *request = order->request;
  g_autofree gchar *text = g_strdup_printf ("%s\n%s\n%s\n%s\n%d\n%d",
      order->provider->name, order->base_url,
      request->model ? request->model : "",
      request->resolution ? request->resolution : "", request->duration,
      seedance_request_find_media (request, SEEDANCE_ROLE_FIRST_FRAME) != NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

gchar *
seedance_order_identity (const SeedanceOrder *order)
{
  if (!order->task_id)
    return g_strdup (order->fingerprint);

  return g_strjoin ("\n", "task", order->provider->name, order->base_url,
      order->task_id, NULL);
}
