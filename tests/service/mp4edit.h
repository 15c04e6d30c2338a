/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

/* Makes of what mp4mux wrote the file that the service would deliver: the
 * provenance box behind ftyp, the boxes in the order of @layout, no dates and
 * no colour tags. NULL when @muxed is not as expected. */
GBytes *mp4edit_dress (GBytes *muxed, Layout layout, GError **error);

/* A box as a content provenance manifest fills it, of the size that genuine
 * clips have. It proves nothing. */
GByteArray *mp4edit_manifest (void);

G_END_DECLS
