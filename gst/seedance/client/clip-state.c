/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frees what a copy of a clip's state owns. */

#include "clip-state.h"

void
seedance_clip_state_clear (SeedanceClipState *state)
{
  g_clear_pointer (&state->task_id, g_free);
  g_clear_pointer (&state->status_word, g_free);
  g_clear_pointer (&state->warning, g_free);
  g_clear_pointer (&state->trouble, g_free);
  g_clear_pointer (&state->cost, g_free);
  g_clear_pointer (&state->last_frame_url, g_free);
}
