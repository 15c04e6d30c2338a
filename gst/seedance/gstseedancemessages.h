/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the messages and tags for errors, warnings and tasks; nothing is posted
 * here. Pure functions, but for a line in GStreamer's log. The caller owns
 * every message and tag list that is returned. */
#pragma once

#include <gst/gst.h>

#include "clip-state.h"

G_BEGIN_DECLS

/* Returns an error message of @element for @error, which may be of any domain,
 * with the details structure that README.md describes. @instance is the
 * property `instance` of the order, or NULL. */
GstMessage *gst_seedance_make_error (
    GstElement *element, const gchar *instance, const GError *error);

/* Returns a warning about the settings (GST_RESOURCE_ERROR_SETTINGS). */
GstMessage *gst_seedance_make_warning (
    GstElement *element, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* Returns a warning that @property was set too late for this run. */
GstMessage *gst_seedance_make_late_warning (
    GstElement *element, const gchar *property);

/* Returns a warning about something that could not be stored on disk
 * (GST_RESOURCE_ERROR_WRITE). */
GstMessage *gst_seedance_make_state_warning (
    GstElement *element, const gchar *text);

/* Returns the status of the task as messages name it, such as "running".
 * Static. */
const gchar *gst_seedance_get_status_word (const SeedanceClipState *state);

/* Returns the element message "seedance-task". It has no fields for what the
 * service did not tell. @instance may be NULL. */
GstMessage *gst_seedance_make_task (GstElement *element, const gchar *provider,
    const gchar *instance, const SeedanceClipState *state);

/* Returns tags with the service, the prompt (@title, or NULL), task id and seed
 * as far as @state knows them, and the note that the video was generated. */
GstTagList *gst_seedance_make_tags (
    const gchar *provider, const gchar *title, const SeedanceClipState *state);

G_END_DECLS
