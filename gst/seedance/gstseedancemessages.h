/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How errors, warnings, tasks and tags look on the bus. Pure functions. */
#pragma once

#include <gst/gst.h>

#include "clip-state.h"

G_BEGIN_DECLS

/* @error as a message of the element's, with its details; @instance is the
 * order's, or NULL. */
GstMessage *gst_seedance_make_error (
    GstElement *element, const gchar *instance, const GError *error);

/* A warning about settings. */
GstMessage *gst_seedance_make_warning (
    GstElement *element, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* A warning about what could not be kept on disk. */
GstMessage *gst_seedance_make_state_warning (
    GstElement *element, const gchar *text);

/* How far the task is, in the one word that messages use; static. */
const gchar *gst_seedance_get_status_word (const SeedanceClipState *state);

/* The element message "seedance-task"; what the service did not tell is left
 * out. @instance may be NULL. */
GstMessage *gst_seedance_make_task (GstElement *element, const gchar *provider,
    const gchar *instance, const SeedanceClipState *state);

/* The service, the prompt (@title, or NULL), the task, and that the clip was
 * generated. */
GstTagList *gst_seedance_make_tags (
    const gchar *provider, const gchar *title, const SeedanceClipState *state);

G_END_DECLS
