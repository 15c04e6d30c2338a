/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seedance-tasks provider: prints the profile that describes a service. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Prints the profile of the provider @name, or of the default one if that is
 * NULL, as it stands in its file. Returns FALSE with an error if there is none,
 * or if it cannot be used. */
gboolean tasks_provider_print (const gchar *name, GError **error);

G_END_DECLS
