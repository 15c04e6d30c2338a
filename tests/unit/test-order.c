/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an order is known by, and what it needs a key for. */
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

/* The first release had the key in the name of the record: what was paid for
 * then is found. */
static void
test_a_record_of_the_first_release_is_found (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) fresh = prepare (folder, KEY);
  g_autofree gchar *old_name = seedance_request_fingerprint (
      fresh->request, "seeddance", "https://api.example", KEY);
  g_autoptr (SeedanceOrder) same = NULL, other = NULL, later = NULL;

  g_assert_cmpstr (old_name, !=, fresh->fingerprint);
  seedance_record_free (
      folder_record (folder, old_name, SEEDANCE_RECORD_SUBMITTED));
  same = prepare (folder, KEY);
  g_assert_cmpstr (same->fingerprint, ==, old_name);
  other = prepare (folder, "another-key");
  g_assert_cmpstr (other->fingerprint, ==, fresh->fingerprint);
  /* Not in the place of one that was ordered since. */
  seedance_record_free (
      folder_record (folder, fresh->fingerprint, SEEDANCE_RECORD_SUBMITTED));
  later = prepare (folder, KEY);
  g_assert_cmpstr (later->fingerprint, ==, fresh->fingerprint);
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
  record = folder_record (folder, order->fingerprint, SEEDANCE_RECORD_READY);
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

/* What cannot be sent is not kept as if it could. */
static void
test_a_key_that_is_none_is_not_used (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) order = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) spaced = NULL;
  g_autoptr (SeedanceRecord) record =
      folder_record (folder, order->fingerprint, SEEDANCE_RECORD_PLAYED);

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
  ADD ("key/first-release", a_record_of_the_first_release_is_found);
  ADD ("key/stored", only_a_stored_clip_needs_no_key);
  ADD ("key/unusable", a_key_that_is_none_is_not_used);
  return g_test_run ();
}
