/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fingerprint that identifies an order, and which orders need an API
 * key. */
#include "ledger-folder.h"
#include "order.h"

#include <string.h>

#define KEY "sk-0123456789abcdef"

static SeedanceOrder *
new_order (Folder *folder, const gchar *key)
{
  SeedanceOrder *order = seedance_order_new ();

  order->request->prompt = g_strdup ("a boat");
  order->base_url = g_strdup ("https://api.example");
  order->state_dir = g_strdup (folder->dir);
  order->key = g_strdup (key);
  return order;
}

static SeedanceOrder *
prepare (Folder *folder, const gchar *key)
{
  SeedanceOrder *order = new_order (folder, key);
  g_autoptr (GError) error = NULL;

  g_assert_true (seedance_order_prepare (order, &error));
  g_assert_no_error (error);
  return order;
}

static void
assert_needs_key (SeedanceOrder *order, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (seedance_order_prepare (order, &error));
  g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, words));
  seedance_order_unref (order);
}

static void
test_a_key_is_no_part_of_an_order (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) one = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) other = prepare (folder, "another-key");
  g_autoptr (SeedanceOrder) same = prepare (folder, KEY);

  g_assert_cmpstr (one->fingerprint, ==, other->fingerprint);
  g_assert_cmpstr (one->key_hash, !=, other->key_hash);
  g_assert_cmpstr (one->key_hash, ==, same->key_hash);
  g_assert_cmpuint (strlen (one->key_hash), ==, 16);
}

/* Ledgers that were written by released versions hold this fingerprint. With
 * another one, an upgrade would order the same clip again. */
static void
test_without_an_instance_the_name_is_as_ever (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) none = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) order = new_order (folder, KEY);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (none->fingerprint, ==,
      "b93c2bfa831df6b44f7f8ffa2154afc02084ec98192355ea003d78799de717bc");
  order->request->instance = g_strdup ("");
  g_assert_true (seedance_order_prepare (order, &error));
  g_assert_cmpstr (order->fingerprint, ==, none->fingerprint);
}

static void
test_an_instance_is_part_of_an_order (Folder *folder, gconstpointer data)
{
  SeedanceOrder *orders[3];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++) {
    orders[i] = new_order (folder, KEY);
    orders[i]->request->instance = g_strdup (i == 1 ? "one" : "another");
    g_assert_true (seedance_order_prepare (orders[i], &error));
  }
  g_assert_cmpstr (orders[0]->fingerprint, !=, orders[1]->fingerprint);
  g_assert_cmpstr (orders[0]->fingerprint, ==, orders[2]->fingerprint);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    seedance_order_unref (orders[i]);
}

/* The instance is shown wherever the order is shown. */
static void
test_an_instance_is_plain_text (Folder *folder, gconstpointer data)
{
  g_autofree gchar *lengthy = g_strnfill (1025, 'x');
  const gchar *const values[] = { "a\nb", "\x1b[31m", "\xff", lengthy };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autoptr (SeedanceOrder) order = new_order (folder, KEY);
    g_autoptr (GError) error = NULL;

    order->request->instance = g_strdup (values[i]);
    g_assert_false (seedance_order_prepare (order, &error));
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    g_assert_nonnull (strstr (error->message, "instance"));
  }
}

static const gchar *const spellings[] = { "https://api.example",
  "https://api.example/", "HTTPS://API.Example", "https://api.example:443",
  "https://api.example:0443/", "https://api.example/.", "https://api.example./",
  "https://api.example/v3/../", "https://api.example/%2e/",
  "https://ap%69.example" };

static SeedanceOrder *
prepare_at (Folder *folder, const gchar *base_url, const gchar *task_id)
{
  SeedanceOrder *order = new_order (folder, KEY);
  g_autoptr (GError) error = NULL;

  g_free (order->base_url);
  order->base_url = g_strdup (base_url);
  order->task_id = g_strdup (task_id);
  g_assert_true (seedance_order_prepare (order, &error));
  g_assert_no_error (error);
  return order;
}

/* Different spellings of one base URL give the same order. */
static void
test_a_spelling_is_no_part_of_an_order (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) plain = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) named = prepare_at (folder, spellings[0], "task");
  g_autofree gchar *task = seedance_order_identity (named);

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++) {
    g_autoptr (SeedanceOrder) order = prepare_at (folder, spellings[i], NULL);
    g_autoptr (SeedanceOrder) same = prepare_at (folder, spellings[i], "task");
    g_autofree gchar *name = seedance_order_identity (same);

    g_assert_cmpstr (order->base_url, ==, "https://api.example");
    g_assert_cmpstr (order->fingerprint, ==, plain->fingerprint);
    g_assert_cmpstr (name, ==, task);
  }
}

static void
test_another_service_is_another_order (Folder *folder, gconstpointer data)
{
  static const gchar *const others[] = { "https://api.example:444",
    "https://api.example/v3", "https://api.example/V3", "https://apj.example",
    "https://api.example/v3%2F" };
  g_autoptr (GHashTable) prints =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (SeedanceOrder) order = prepare_at (folder, others[i], NULL);

    g_assert_true (g_hash_table_add (prints, g_strdup (order->fingerprint)));
  }
}

static SeedanceRecord *
add_record (
    Folder *folder, const SeedanceOrder *order, SeedanceRecordState state)
{
  SeedanceRecord *record = folder_new_record ("r", state);

  g_free (record->identity);
  record->identity = g_strdup (order->fingerprint);
  g_assert_true (seedance_ledger_save (folder->dir, record, NULL));

  return record;
}

static void
store_clip (Folder *folder, SeedanceRecord *record)
{
  g_autofree gchar *clip = seedance_ledger_clip_path (folder->dir, record);

  g_assert_true (g_file_set_contents (clip, "clip", -1, NULL));
}

static void
test_only_a_stored_clip_needs_no_key (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) order = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) without = NULL;
  g_autoptr (SeedanceRecord) record = NULL;
  SeedanceOrder *never;

  assert_needs_key (new_order (folder, NULL), "No API key");
  record = add_record (folder, order, SEEDANCE_RECORD_READY);
  assert_needs_key (new_order (folder, NULL), "No API key");
  store_clip (folder, record);
  without = prepare (folder, NULL);
  g_assert_null (without->key);
  g_assert_null (without->key_hash);
  g_assert_error (without->key_error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
  never = new_order (folder, NULL);
  never->reuse = SEEDANCE_REUSE_NEVER;
  assert_needs_key (never, "No API key");
}

/* An order that accepts a stored clip finds the played one without a key. */
static void
test_a_played_clip_needs_no_key_if_it_will_do (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) order = prepare (folder, KEY);
  g_autoptr (SeedanceRecord) record =
      add_record (folder, order, SEEDANCE_RECORD_PLAYED);
  g_autoptr (SeedanceOrder) always = new_order (folder, NULL);
  g_autoptr (SeedanceOrder) own = new_order (folder, NULL);
  SeedanceOrder *other = new_order (folder, NULL);
  g_autoptr (GError) error = NULL;

  store_clip (folder, record);
  assert_needs_key (new_order (folder, NULL), "No API key");
  always->reuse = SEEDANCE_REUSE_ALWAYS;
  g_assert_true (seedance_order_prepare (always, &error));
  own->own_record = g_strdup (record->name);
  own->own_fingerprint = g_strdup (order->fingerprint);
  g_assert_true (seedance_order_prepare (own, &error));
  g_assert_no_error (error);
  other->own_record = g_strdup (record->name);
  other->own_fingerprint = g_strdup ("of another request");
  assert_needs_key (other, "No API key");
}

/* A key that cannot be sent is not kept. */
static void
test_a_key_that_is_none_is_not_used (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) order = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) spaced = NULL;
  g_autoptr (SeedanceRecord) record =
      add_record (folder, order, SEEDANCE_RECORD_READY);
  g_autofree gchar *longest = g_strnfill (8192, 'k');
  g_autofree gchar *longer = g_strnfill (8193, 'k');
  g_autoptr (SeedanceOrder) fitting = prepare (folder, longest);

  g_assert_cmpstr (fitting->key, ==, longest);
  assert_needs_key (new_order (folder, longer), "The API key is longer");
  assert_needs_key (new_order (folder, "two words"), "The API key holds");
  store_clip (folder, record);
  spaced = prepare (folder, "two words");
  g_assert_null (spaced->key);
  g_assert_null (spaced->key_hash);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SEEDANCE_API_KEY");
  g_unsetenv ("SEEDANCE_STATE_MAX_SIZE");
#define ADD(path, name) folder_add ("/order/" path, NULL, test_##name)
  ADD ("key/not-part", a_key_is_no_part_of_an_order);
  ADD ("instance/none", without_an_instance_the_name_is_as_ever);
  ADD ("instance/part", an_instance_is_part_of_an_order);
  ADD ("instance/plain", an_instance_is_plain_text);
  ADD ("spelling/not-part", a_spelling_is_no_part_of_an_order);
  ADD ("spelling/other", another_service_is_another_order);
  ADD ("key/stored", only_a_stored_clip_needs_no_key);
  ADD ("key/played", a_played_clip_needs_no_key_if_it_will_do);
  ADD ("key/unusable", a_key_that_is_none_is_not_used);
  return g_test_run ();
}
