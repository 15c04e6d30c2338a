/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The studio renders clips in threads of its own and caches the files. A clip
 * is the bytes that the service delivers for a task. */
#pragma once

#include "counters.h"
#include "scene.h"

G_BEGIN_DECLS

typedef enum { CLIP_PENDING, CLIP_READY, CLIP_FAILED } ClipState;

/* A clip that is being rendered, is ready, or has failed. Reference counted;
 * safe to use from any thread. */
typedef struct _Clip Clip;

Clip *clip_ref (Clip *clip);
void clip_unref (Clip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Clip, clip_unref)

ClipState clip_get_state (Clip *clip);

/* The monotonic time (µs) at which the clip became ready or failed. Not for
 * pending clips. */
gint64 clip_get_done_time (Clip *clip);

/* These are for clips that are ready, and never change. The clip owns them. */
GBytes *clip_get_bytes (Clip *clip);
const gchar *clip_get_etag (Clip *clip);
GDateTime *clip_get_date (Clip *clip);

/* Renders each scene once and keeps the clips. */
typedef struct _Studio Studio;

/* Caches files in @folder; NULL: in a private folder that studio_free()
 * deletes. Returns NULL and sets @error if the folder cannot be made. */
Studio *studio_new (const gchar *folder, Counters *counters, GError **error);
/* Aborts the renders in progress and waits for their threads. */
void studio_free (Studio *studio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Studio, studio_free)

/* Returns at once with the clip of @scene, which may still be pending. The
 * caller owns the reference. */
Clip *studio_render (Studio *studio, const Scene *scene);
/* Return a clip of the file @path, unchanged, and a clip of @bytes. Both are
 * done at once; studio_open()'s has failed if the file cannot be read. */
Clip *studio_open (Studio *studio, const gchar *path);
Clip *clip_new_from_bytes (GBytes *bytes);

/* Blocks until @clip is no longer pending or @give_up returns TRUE. Returns its
 * state. */
ClipState studio_wait (
    Studio *studio, Clip *clip, GiveUpFunc give_up, gpointer user_data);

G_END_DECLS
