/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses at which a task, its clip and the cancelling of it are asked
 * for. All of them have the origin of the base URL, so that no answer can lead
 * the API key elsewhere; of a task's address in an answer only the path counts.
 * Pure functions. */
#pragma once

#include "answer.h"
#include "provider.h"

G_BEGIN_DECLS

/* Returns the path of the request that polls @task_id, with the id escaped.
 * Free with g_free(). */
gchar *seedance_provider_status_path (
    const SeedanceProvider *provider, const gchar *task_id);

/* Returns that path up to the id. NULL if the profile's ids are paths
 * (${task-path}). Free with g_free(). */
gchar *seedance_provider_tasks_path (const SeedanceProvider *provider);

/* The request that cancels a queued task: its method, NULL if the profile knows
 * of none, and its path. Free the path with g_free(). */
const gchar *seedance_provider_cancel_method (const SeedanceProvider *provider);
gchar *seedance_provider_cancel_path (
    const SeedanceProvider *provider, const gchar *task_id);

/* For profiles in which the answer to an order holds the task's address: makes
 * the task id of it. The id is the part of the address that fills ${task-path}
 * in the profile's path of tasks, so that a later run can build the path again.
 * Changes answer->task_id; does nothing for other profiles. Returns FALSE if
 * the answer holds no such address, so that the id is not one of these. */
gboolean seedance_provider_take_address (const SeedanceProvider *provider,
    const gchar *base_url, SeedanceAnswer *answer);

/* Returns where the clip of a finished task is: the link in @answer, else the
 * API's own address of the clip if it has one. NULL if there is neither. Free
 * with g_free(). */
gchar *seedance_provider_clip_url (const SeedanceProvider *provider,
    const gchar *base_url, const gchar *task_id, const SeedanceAnswer *answer);

/* For services that give the link to a finished clip in an answer of its own:
 * returns the address of that question. This is the one in @answer if it has
 * the origin of the base URL, else the one of the profile. NULL if the profile
 * knows of no such question. Free with g_free(). */
gchar *seedance_provider_clip_question (const SeedanceProvider *provider,
    const gchar *base_url, const gchar *task_id, const SeedanceAnswer *answer);

/* Returns TRUE if the HTTP status @status of the answer to that question says
 * that the task has failed. */
gboolean seedance_provider_tells_failure (
    const SeedanceProvider *provider, guint status);

G_END_DECLS
