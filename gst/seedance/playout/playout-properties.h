/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of seedanceplayout, except those of an order (seedancesrc has
 * them too). They set the fields of a PlayoutSettings, whose lock the caller
 * holds. */
#pragma once

#include "playout-private.h"

G_BEGIN_DECLS

/* Installs the properties with the ids from @first on. Returns the next free
 * id. */
guint playout_properties_install (GObjectClass *klass, guint first);
/* Installs `status` and `stats`, whose values the element itself makes. */
void playout_properties_install_reports (
    GObjectClass *klass, guint status, guint stats);
/* Sets the default values. @settings is zeroed before. */
void playout_properties_init (PlayoutSettings *settings);

/* Both return FALSE if @id is none of these properties. */
gboolean playout_properties_set (
    PlayoutSettings *settings, guint id, const GValue *value);
gboolean playout_properties_get (
    const PlayoutSettings *settings, guint id, GValue *value);

/* Before a run: returns FALSE if a value is out of its range, or a list holds
 * something that is no text. Error: SEEDANCE_ERROR_SETTINGS. */
gboolean playout_properties_check (
    const PlayoutSettings *settings, GError **error);

/* During a run: returns FALSE if @value is out of the property's range. The
 * element then keeps the old value and posts the error as a warning: to end the
 * run would take the output off air. Error: SEEDANCE_ERROR_SETTINGS. */
gboolean playout_properties_check_value (
    guint id, const GValue *value, GError **error);

/* Copies the settings that may change while the element runs. */
void playout_properties_update (
    PlayoutSettings *settings, const PlayoutSettings *from);

/* Makes the enum types part of the plugin's documentation. */
void playout_properties_mark_plugin_api (void);

G_END_DECLS
