/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an order is known by, and what it needs a key for. */
#include "ledger-folder.h"
#include "order.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

/* The name of this order's record in every ledger that was ever written without
 * an instance: what was paid for then is found. */
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

/* It is shown wherever the order is told of. */
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
prepare_at_for (Folder *folder, const gchar *base_url, const gchar *task_id,
    const gchar *instance)
{
  SeedanceOrder *order = new_order (folder, KEY);
  g_autoptr (GError) error = NULL;

  g_free (order->base_url);
  order->base_url = g_strdup (base_url);
  order->task_id = g_strdup (task_id);
  order->request->instance = g_strdup (instance);
  g_assert_true (seedance_order_prepare (order, &error));
  g_assert_no_error (error);
  return order;
}

static SeedanceOrder *
prepare_at (Folder *folder, const gchar *base_url, const gchar *task_id)
{
  return prepare_at_for (folder, base_url, task_id, NULL);
}

static void
test_a_spelling_is_no_part_of_an_order (Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) plain = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) named = prepare_at (folder, spellings[0], "task");
  g_autofree gchar *task = seedance_order_record_name (named);

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++) {
    g_autoptr (SeedanceOrder) order = prepare_at (folder, spellings[i], NULL);
    g_autoptr (SeedanceOrder) same = prepare_at (folder, spellings[i], "task");
    g_autofree gchar *name = seedance_order_record_name (same);

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

/* A record as the version before wrote it, for a service that was spelled so. */
static void
write_spelled (Folder *folder, const gchar *name, const gchar *base_url)
{
  g_autoptr (SeedanceRecord) record =
      seedance_record_new ("seeddance", base_url, "a boat");
  g_autoptr (GError) error = NULL;
  gboolean exists;

  record->state = SEEDANCE_RECORD_SUBMITTED;
  record->task_id = g_strdup ("task");
  seedance_ledger_create (folder->dir, name, record, &exists, &error);
  g_assert_no_error (error);
}

/* What was paid for is found, whichever spelling comes next. */
static void
test_a_record_in_another_spelling_is_found (Folder *folder, gconstpointer data)
{
  static const gchar *const written = "HTTPS://API.Example:443";
  g_autoptr (SeedanceOrder) fresh = prepare (folder, KEY);
  g_autofree gchar *old_name =
      seedance_request_fingerprint (fresh->request, "seeddance", written, NULL);
  g_autofree gchar *old_task =
      seedance_ledger_name_for_task ("seeddance", written, "task");
  g_autoptr (SeedanceOrder) later = NULL;

  write_spelled (folder, old_name, written);
  g_assert_true (seedance_ledger_point (folder->dir, old_task, old_name));
  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++) {
    g_autoptr (SeedanceOrder) order = prepare_at (folder, spellings[i], NULL);
    g_autoptr (SeedanceOrder) named = prepare_at (folder, spellings[i], "task");
    g_autofree gchar *name = seedance_order_record_name (named);

    g_assert_cmpstr (order->fingerprint, ==, old_name);
    g_assert_cmpstr (name, ==, old_task);
  }
  /* Not in the place of one that was ordered since. */
  write_spelled (folder, fresh->fingerprint, "https://api.example");
  later = prepare_at (folder, written, NULL);
  g_assert_cmpstr (later->fingerprint, ==, fresh->fingerprint);
}

/* An instance makes another order of it, in every spelling. */
static void
test_a_spelling_with_an_instance (Folder *folder, gconstpointer data)
{
  static const gchar *const written = "https://API.example";
  g_autoptr (SeedanceOrder) plain = prepare (folder, KEY);
  g_autoptr (SeedanceOrder) one =
      prepare_at_for (folder, "https://api.example", NULL, "one");
  g_autofree gchar *old_name =
      seedance_request_fingerprint (one->request, "seeddance", written, NULL);

  g_assert_cmpstr (one->fingerprint, !=, plain->fingerprint);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (spellings); i++) {
    const gchar *spelling = spellings[i % G_N_ELEMENTS (spellings)];
    const gboolean is_written = i >= G_N_ELEMENTS (spellings);
    g_autoptr (SeedanceOrder) order = NULL, two = NULL;

    if (i == G_N_ELEMENTS (spellings))
      write_spelled (folder, old_name, written);
    order = prepare_at_for (folder, spelling, NULL, "one");
    two = prepare_at_for (folder, spelling, NULL, "two");
    g_assert_cmpstr (
        order->fingerprint, ==, is_written ? old_name : one->fingerprint);
    g_assert_cmpstr (two->fingerprint, !=, order->fingerprint);
  }
}

/* Of the first release, which had the key in the name, too. */
static void
test_a_spelling_of_the_first_release_is_found (
    Folder *folder, gconstpointer data)
{
  static const gchar *const written = "https://api.example:443";
  g_autoptr (SeedanceOrder) fresh = prepare (folder, KEY);
  g_autofree gchar *old_name =
      seedance_request_fingerprint (fresh->request, "seeddance", written, KEY);
  g_autoptr (SeedanceOrder) same = NULL;

  write_spelled (folder, old_name, written);
  same = prepare (folder, KEY);
  g_assert_cmpstr (same->fingerprint, ==, old_name);
}

/* So that @n more files can be opened. */
static void
leave_descriptors (guint n)
{
  struct rlimit limit;
  int fd = 0;

  for (guint free = 0; free <= n; fd++)
    free += fcntl (fd, F_GETFD) < 0;
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = (rlim_t) (fd - 1);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
lift_limit (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

/* The name of "a boat" in a spelling that only its record tells, for a folder
 * that has this record. */
static gchar *
write_found_by_listing (Folder *folder)
{
  static const gchar *const written = "https://API.example";
  g_autoptr (SeedanceOrder) fresh = prepare (folder, KEY);
  gchar *name =
      seedance_request_fingerprint (fresh->request, "seeddance", written, NULL);

  write_spelled (folder, name, written);

  return name;
}

/* Without a descriptor the folder cannot be listed; with one, its records
 * cannot be read. */
static void
prepare_without_descriptors (Folder *folder, gpointer data)
{
  g_autofree gchar *old_name = write_found_by_listing (folder);
  g_autoptr (SeedanceOrder) found = NULL;

  for (guint left = 0; left < 2; left++) {
    g_autoptr (SeedanceOrder) order = new_order (folder, KEY);
    g_autoptr (GError) error = NULL;

    leave_descriptors (left);
    g_assert_false (seedance_order_prepare (order, &error));
    lift_limit ();
    g_assert_error (error, SEEDANCE_ERROR, SEEDANCE_ERROR_SETTINGS);
    g_assert_nonnull (strstr (error->message, "Nothing was ordered"));
  }
  found = prepare (folder, KEY);
  g_assert_cmpstr (found->fingerprint, ==, old_name);
}

static void
test_a_ledger_that_cannot_be_read_is_no_empty_one (
    Folder *folder, gconstpointer data)
{
  folder_run_child (folder, prepare_without_descriptors, NULL);
}

static void
prepare_again (Folder *folder, gpointer data)
{
  g_autofree gchar *old_name = write_found_by_listing (folder);
  g_autoptr (SeedanceOrder) first = prepare (folder, KEY), again = NULL;

  leave_descriptors (0);
  again = prepare (folder, KEY);
  lift_limit ();
  g_assert_cmpstr (again->fingerprint, ==, old_name);
  g_assert_cmpstr (first->fingerprint, ==, old_name);
}

static void
test_the_records_are_read_once (Folder *folder, gconstpointer data)
{
  folder_run_child (folder, prepare_again, NULL);
}

/* It may become whole again, and is looked at until then. */
static void
test_damage_of_another_record_stops_no_order (
    Folder *folder, gconstpointer data)
{
  g_autoptr (SeedanceOrder) before = NULL, after = NULL, whole = NULL;
  g_autofree gchar *link = seedance_ledger_path (folder->dir, "link");
  g_autofree gchar *path = NULL, *kept = NULL, *old_name = NULL;

  folder_write (folder, "foreign", "{", -1);
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  before = prepare (folder, KEY);
  old_name = write_found_by_listing (folder);
  kept = folder_read (folder, old_name);
  path = seedance_ledger_path (folder->dir, old_name);
  g_assert_true (g_file_set_contents (path, "{", -1, NULL));
  after = prepare (folder, KEY);
  g_assert_cmpstr (after->fingerprint, ==, before->fingerprint);
  g_assert_true (g_file_set_contents (path, kept, -1, NULL));
  whole = prepare (folder, KEY);
  g_assert_cmpstr (whole->fingerprint, ==, old_name);
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
  ADD ("key/first-release", a_record_of_the_first_release_is_found);
  ADD ("instance/none", without_an_instance_the_name_is_as_ever);
  ADD ("instance/part", an_instance_is_part_of_an_order);
  ADD ("instance/plain", an_instance_is_plain_text);
  ADD ("spelling/not-part", a_spelling_is_no_part_of_an_order);
  ADD ("spelling/other", another_service_is_another_order);
  ADD ("spelling/before", a_record_in_another_spelling_is_found);
  ADD ("spelling/instance", a_spelling_with_an_instance);
  ADD ("spelling/first-release", a_spelling_of_the_first_release_is_found);
  ADD ("key/stored", only_a_stored_clip_needs_no_key);
  ADD ("key/unusable", a_key_that_is_none_is_not_used);
  folder_add ("/order/spelling/unreadable", NULL,
      test_a_ledger_that_cannot_be_read_is_no_empty_one);
  folder_add ("/order/spelling/once", NULL, test_the_records_are_read_once);
  folder_add ("/order/spelling/damage", NULL,
      test_damage_of_another_record_stops_no_order);
  return g_test_run ();
}
