/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger file. What is read as a record is written and read as the same. */
#include "fuzz.h"

#include <string.h>

#include "record.h"

static void
assert_in_folder (const gchar *name)
{
  g_assert_true (*name && *name != '.' && !strchr (name, '/'));
}

static void
assert_record (const SeedanceRecord *record)
{
  g_autofree gchar *text = seedance_record_to_text (record);
  g_autoptr (SeedanceRecord) again =
      seedance_record_from_text (text, strlen (text));
  g_autofree gchar *second = NULL;

  assert_in_folder (record->file);
  g_assert_true (record->state <= SEEDANCE_RECORD_FAILED);
  g_assert_true (record->state < SEEDANCE_RECORD_SUBMITTED ||
                 (record->task_id && *record->task_id));
  g_assert_nonnull (again);
  second = seedance_record_to_text (again);
  g_assert_cmpstr (text, ==, second);
  seedance_record_owner_lives (record);
}

static void
assert_pointer (const gchar *name)
{
  g_autofree gchar *text = seedance_record_pointer_to_text (name);
  g_autofree gchar *again =
      seedance_record_pointer_from_text (text, strlen (text));

  assert_in_folder (name);
  g_assert_cmpstr (name, ==, again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *text = (const gchar *) data;
  g_autoptr (SeedanceRecord) record = seedance_record_from_text (text, size);
  g_autofree gchar *name = seedance_record_pointer_from_text (text, size);

  if (record)
    assert_record (record);
  if (name)
    assert_pointer (name);
  return 0;
}
