/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings: the values that the user sets on an element that orders clips.
 * Every such element installs, reads, writes and checks its properties with
 * these functions, which work on the table in gstseedanceproperties.h. Settings
 * have no lock of their own: the element keeps them under its object lock, and
 * seedanceplayout, which orders several clips, takes a copy under that lock. */
#pragma once

#include <gst/gst.h>

#include "gstseedanceproperties.h"
#include "order.h"

G_BEGIN_DECLS

/* Installs the properties of @parts. A property has the same id in every
 * element. Returns the first id that the element can use for properties of its
 * own. */
guint gst_seedance_settings_install (
    GObjectClass *klass, GstSeedanceParts parts);

/* Registers the enum types for the documentation. */
void gst_seedance_settings_mark_plugin_api (void);

/* Sets all defaults; @settings may be uninitialized memory. */
void gst_seedance_settings_init (GstSeedanceSettings *settings);

/* Frees what @settings hold, but not the structure itself. */
void gst_seedance_settings_clear (GstSeedanceSettings *settings);

/* Takes any value of the property's type. Ranges are checked later, by
 * gst_seedance_settings_check() or gst_seedance_settings_to_order(). Returns
 * FALSE if @id does not belong to the settings. */
gboolean gst_seedance_settings_set (
    GstSeedanceSettings *settings, guint id, const GValue *value);

/* Sets @value to what the property reads as: with its default if it is not set,
 * and without credentials. Returns FALSE if @id does not belong to the
 * settings. */
gboolean gst_seedance_settings_get (
    const GstSeedanceSettings *settings, guint id, GValue *value);

/* Returns TRUE if the values are equal; compares structures by their
 * contents. */
gboolean gst_seedance_is_same_value (
    GParamSpec *pspec, const GValue *a, const GValue *b);

/* Copies every property of @other to @settings, which have to be initialized.
 * image_name, which is no property, is not copied. */
void gst_seedance_settings_copy (
    GstSeedanceSettings *settings, const GstSeedanceSettings *other);

/* Sets on @element every property that it shares with the settings, the key
 * among them, so that @element orders what the settings say. */
void gst_seedance_settings_apply (
    const GstSeedanceSettings *settings, GstElement *element);

/* Sets one property of GST_SEEDANCE_PART_REQUEST from the text that an item of
 * a rundown or a field of a URI has: decimal digits for a number, "true" or
 * "false" for a switch, JSON for extra-params and lists. A number has to be in
 * its range. Error: SEEDANCE_ERROR_SETTINGS; @settings are unchanged then. */
gboolean gst_seedance_settings_set_text (GstSeedanceSettings *settings,
    const gchar *name, const gchar *text, GError **error);

/* Returns TRUE if every value is in its range and there is a profile for the
 * provider, which may be read from a file. Error: SEEDANCE_ERROR_SETTINGS. */
gboolean gst_seedance_settings_check (
    const GstSeedanceSettings *settings, GError **error);

/* Returns a new order with a copy of every setting, for
 * seedance_order_prepare(); the caller frees it with seedance_order_unref().
 * Returns NULL with SEEDANCE_ERROR_SETTINGS if a value is out of range. */
SeedanceOrder *gst_seedance_settings_to_order (
    const GstSeedanceSettings *settings, GError **error);

G_END_DECLS
