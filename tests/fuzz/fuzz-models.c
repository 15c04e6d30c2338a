/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the parser of a service's list of models. */

#include "fuzz.h"

#include "models.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = fuzz_take_text (data, size);
  g_autoptr (GPtrArray) models = seedance_models_parse (text, size);

  for (guint i = 0; models && i < models->len; i++) {
    const SeedanceModel *model = g_ptr_array_index (models, i);

    g_assert_true (model->name && *model->name);
    fuzz_assert_text (model->name);
    fuzz_assert_text (model->title);
  }
  return 0;
}
