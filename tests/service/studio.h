/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "counters.h"
#include "scene.h"

G_BEGIN_DECLS

typedef enum { CLIP_PENDING, CLIP_READY, CLIP_FAILED } ClipState;

/* The bytes of a clip, or the wait for them. */
typedef struct _Clip Clip;

Clip *clip_ref (Clip *clip);
void clip_unref (Clip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Clip, clip_unref)

ClipState clip_get_state (Clip *clip);

/* Of a clip that is not pending: when it came to be so; monotonic. */
gint64 clip_get_done_time (Clip *clip);

/* Of a clip that is ready; they stay the same from then on. */
GBytes *clip_get_bytes (Clip *clip);
const gchar *clip_get_etag (Clip *clip);
GDateTime *clip_get_date (Clip *clip);

/* Renders each scene once, in threads of its own, and keeps what it has. */
typedef struct _Studio Studio;

/* @folder NULL: a private one that goes with the studio. */
Studio *studio_new (const gchar *folder, Counters *counters, GError **error);
/* Breaks off what is being rendered. */
void studio_free (Studio *studio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Studio, studio_free)

/* Returns at once. */
Clip *studio_render (Studio *studio, const Scene *scene);
/* A file that is there already, as it is; and these bytes. Both are done at
 * once. */
Clip *studio_open (Studio *studio, const gchar *path);
Clip *clip_new_from_bytes (GBytes *bytes);

/* Blocks until @clip is no longer pending, or @give_up. */
ClipState studio_wait (
    Studio *studio, Clip *clip, GiveUpFunc give_up, gpointer user_data);

G_END_DECLS
