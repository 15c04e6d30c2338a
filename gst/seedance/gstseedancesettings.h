/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user sets: one table of properties, from which every element that
 * orders clips installs them, reads and writes them, and checks their ranges.
 * Guarded by the element's object lock; an element that orders several clips
 * takes a copy of the settings for each, under that lock. */
#pragma once

#include <gst/gst.h>

#include "gstseedanceproperties.h"
#include "order.h"

G_BEGIN_DECLS

/* Installs the properties of @parts. Each has the same id in every element;
 * returns the first id that no property of the settings has. */
guint gst_seedance_settings_install (
    GObjectClass *klass, GstSeedanceParts parts);

/* Registers the enum types for the documentation. */
void gst_seedance_settings_mark_plugin_api (void);

void gst_seedance_settings_init (GstSeedanceSettings *settings);
void gst_seedance_settings_clear (GstSeedanceSettings *settings);

/* Any value of the property's type is taken; whether it is one that can be
 * used is for gst_seedance_settings_to_order() to say. FALSE when @id is not
 * one of the settings'. */
gboolean gst_seedance_settings_set (
    GstSeedanceSettings *settings, guint id, const GValue *value);
gboolean gst_seedance_settings_get (
    const GstSeedanceSettings *settings, guint id, GValue *value);

/* Whether two values of a property are equal. */
gboolean gst_seedance_is_same_value (
    GParamSpec *pspec, const GValue *a, const GValue *b);

/* Makes @settings, which were initialized, equal to @other. */
void gst_seedance_settings_copy (
    GstSeedanceSettings *settings, const GstSeedanceSettings *other);

/* Sets every property of @element that is one of the settings', the key among
 * them, so that @element orders what the settings say. */
void gst_seedance_settings_apply (
    const GstSeedanceSettings *settings, GstElement *element);

/* Sets one property of GST_SEEDANCE_PART_REQUEST from a text, as an item of a
 * rundown has it: a number in digits, a switch as "true" or "false", and JSON
 * for extra-params and lists. Whether a
 * number is in its range is checked, too. Error: SEEDANCE_ERROR_SETTINGS, and
 * nothing has changed. */
gboolean gst_seedance_settings_set_text (GstSeedanceSettings *settings,
    const gchar *name, const gchar *text, GError **error);

/* Whether every value is in its range and the provider is known. Error:
 * SEEDANCE_ERROR_SETTINGS. */
gboolean gst_seedance_settings_check (
    const GstSeedanceSettings *settings, GError **error);

/* A fresh order with a copy of everything that is set. NULL when a value is
 * outside its range. Error: SEEDANCE_ERROR_SETTINGS. */
SeedanceOrder *gst_seedance_settings_to_order (
    const GstSeedanceSettings *settings, GError **error);

G_END_DECLS
