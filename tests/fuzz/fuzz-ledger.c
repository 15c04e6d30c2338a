/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the ledger with a damaged database. Each three bytes of the input
 * damage one byte: its place (two bytes, the lower one first) and the bits to
 * flip. One byte left over cuts the database off there, in units of 64 bytes.
 * Each call of the ledger must then return a result, or an error that explains
 * why not. */

#include "fuzz.h"

#include <glib/gstdio.h>

#include "fuzz-folder.h"
#include "ledger-list.h"

#define IDENTITY \
  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define N_RECORDS 40

static gchar *image;
static gsize image_size;

static SeedanceRecord *
make_record (guint number)
{
  SeedanceRecord *record =
      seedance_record_new ("seeddance", "https://api.example", "a boat");

  record->state = (SeedanceRecordState) (number % 6);
  record->identity = g_strdup (IDENTITY);
  record->identity[0] = (gchar) ('0' + number % 10);
  record->task_id = g_strdup_printf ("task-%u", number);

  return record;
}

/* Makes the undamaged database once, as the bytes of one file. */
static void
make_image (void)
{
  const gchar *dir = fuzz_folder_get ();
  sqlite3 *database;

  for (guint i = 0; i < N_RECORDS; i++) {
    g_autoptr (SeedanceRecord) record = make_record (i);

    g_assert_true (seedance_ledger_save (dir, record, NULL));
  }
  database = fuzz_folder_open ();
  sqlite3_exec (database, "PRAGMA wal_checkpoint(TRUNCATE);", NULL, NULL, NULL);
  sqlite3_close (database);
  g_assert_true (
      g_file_get_contents (fuzz_folder_ledger (), &image, &image_size, NULL));
}

static void
put_damaged (const uint8_t *data, size_t size)
{
  g_autofree gchar *copy = g_memdup2 (image, image_size);
  gsize left = image_size;

  for (; size >= 3; data += 3, size -= 3)
    copy[(data[0] | (gsize) data[1] << 8) % image_size] ^= (gchar) data[2];
  if (size == 1)
    left = MIN (left, (gsize) data[0] * 64);
  /* Replace the file, as restoring a backup would, instead of writing into
   * it. */
  g_assert_true (g_file_set_contents_full (fuzz_folder_ledger (), copy,
      (gssize) left, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

/* Claims the order whose identity begins with @first. @whole says that the
 * database is undamaged, so the claim must not fail. */
static void
claim (const gchar *dir, gchar first, gboolean whole)
{
  g_autofree gchar *identity = g_strdup (IDENTITY);
  const SeedanceClaim its = { .identity = identity, .attempts = 2 };
  g_auto (SeedanceRefusal) refusal = { 0 };
  g_autoptr (SeedanceRecord) found = NULL;
  g_autoptr (GError) error = NULL;
  SeedanceClaimResult result;

  identity[0] = first;
  result = seedance_ledger_claim (dir, &its, NULL, &found, &refusal, &error);
  g_assert_true ((result == SEEDANCE_CLAIM_ERROR) == (error != NULL));
  g_assert_true ((found != NULL) == (result == SEEDANCE_CLAIM_ATTACH ||
                                        result == SEEDANCE_CLAIM_WAIT ||
                                        result == SEEDANCE_CLAIM_DOUBT));
  if (whole)
    g_assert_cmpint (result, !=, SEEDANCE_CLAIM_ERROR);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *dir = fuzz_folder_get ();
  gboolean whole = size == 0 || size == 2;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = NULL;

  if (!image)
    make_image ();
  put_damaged (data, size);
  for (gchar first = '0'; first <= '9'; first++)
    claim (dir, first, whole);
  entries = seedance_ledger_list (dir, &error);
  g_assert_true ((entries == NULL) == (error != NULL));
  g_strfreev (seedance_ledger_check (dir, NULL));
  g_ptr_array_unref (
      seedance_ledger_find_prunable (dir, 0, SEEDANCE_PRUNE_PLAYED));

  return 0;
}
