/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows how a service is described. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Prints the profile of the provider @name as it stands in its file. FALSE when
 * there is none, or it cannot be used. */
gboolean tasks_provider_print (const gchar *name, GError **error);

G_END_DECLS
