/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status words of services and what they mean. */
#include "answer.h"

#include <string.h>

typedef struct {
  SeedanceStatus status;
  const gchar *name;
  const gchar *words; /* separated by spaces */
} StatusWords;

static const StatusWords status_words[] = {
  { SEEDANCE_STATUS_QUEUED, "queued",
      "queued queueing queuing in_queue pending waiting submitted created "
      "scheduled starting initializing preparing staged throttled accepted "
      "received not_start not_started" },
  { SEEDANCE_STATUS_RUNNING, "running",
      "running processing in_progress inprogress generating started working "
      "rendering executing" },
  { SEEDANCE_STATUS_SUCCEEDED, "succeeded",
      "succeeded succeed success successful completed complete done finished "
      "ready" },
  { SEEDANCE_STATUS_FAILED, "failed",
      "failed fail failure error errored rejected moderated blocked nsfw" },
  { SEEDANCE_STATUS_CANCELLED, "cancelled",
      "cancelled canceled canceling aborted interrupted terminated revoked "
      "deleted" },
  { SEEDANCE_STATUS_EXPIRED, "expired", "expired timeout timed_out" },
};

/* Lower case, trimmed, with "_" for "-" and " ", without "task_status_". */
static gchar *
normalise_word (const gchar *word)
{
  g_autofree gchar *lower = g_strstrip (g_ascii_strdown (word, -1));
  const gchar *p = g_strdelimit (lower, "- ", '_');

  if (g_str_has_prefix (p, "task_status_"))
    p += strlen ("task_status_");
  return g_strdup (p);
}

SeedanceStatus
seedance_status_from_word (const gchar *word)
{
  g_autofree gchar *wanted = word ? normalise_word (word) : NULL;

  for (gsize i = 0; wanted && i < G_N_ELEMENTS (status_words); i++) {
    g_auto (GStrv) words = g_strsplit (status_words[i].words, " ", -1);

    if (g_strv_contains ((const gchar *const *) words, wanted))
      return status_words[i].status;
  }
  return SEEDANCE_STATUS_UNKNOWN;
}

const gchar *
seedance_status_to_string (SeedanceStatus status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (status_words); i++) {
    if (status_words[i].status == status)
      return status_words[i].name;
  }
  return "unknown";
}

gboolean
seedance_status_is_final (SeedanceStatus status)
{
  return status >= SEEDANCE_STATUS_SUCCEEDED;
}

gboolean
seedance_status_is_failure (SeedanceStatus status)
{
  return status >= SEEDANCE_STATUS_FAILED;
}
