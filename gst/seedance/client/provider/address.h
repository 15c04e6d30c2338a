/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a task and its clip are asked for. All of these addresses have the
 * origin of the base URL, so that no answer can lead the key elsewhere: of the
 * task's address in an answer only the path counts. Pure functions. */
#pragma once

#include "answer.h"
#include "provider.h"

G_BEGIN_DECLS

/* The path that tells about @task_id, escaped. g_free(). */
gchar *seedance_provider_status_path (
    const SeedanceProvider *provider, const gchar *task_id);

/* Its part before the id; NULL when an id has more than one segment. g_free(). */
gchar *seedance_provider_tasks_path (const SeedanceProvider *provider);

/* What cancels a task that is queued: the method of the request, NULL where the
 * profile knows of none, and its path, g_free(). */
const gchar *seedance_provider_cancel_method (const SeedanceProvider *provider);
gchar *seedance_provider_cancel_path (
    const SeedanceProvider *provider, const gchar *task_id);

/* Where the answer to an order holds the task's address, and the profile knows
 * of it, the part of it that the path of tasks has a place for becomes the
 * task's id: the whole of the address can be made of it again, in any later
 * run. */
void seedance_provider_take_address (const SeedanceProvider *provider,
    const gchar *base_url, SeedanceAnswer *answer);

/* The clip of a task that is done: the link in its answer; else the API's own
 * address of the clip, if it has one. NULL when there is neither. g_free(). */
gchar *seedance_provider_clip_url (const SeedanceProvider *provider,
    const gchar *base_url, const gchar *task_id, const SeedanceAnswer *answer);

/* Where the link to the clip of a task that is done has to be asked for: at the
 * address in its answer if that has the origin of the base URL, else where the
 * profile says. NULL when the profile knows of no such question. g_free(). */
gchar *seedance_provider_clip_question (const SeedanceProvider *provider,
    const gchar *base_url, const gchar *task_id, const SeedanceAnswer *answer);

/* Whether that question, answered with @status of HTTP, tells of a task that has
 * failed. */
gboolean seedance_provider_tells_failure (
    const SeedanceProvider *provider, guint status);

G_END_DECLS
