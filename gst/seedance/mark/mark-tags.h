/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the mark is made of, as tags that muxers take. Pure functions. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The IPTC's term for media that a generative model made. */
#define MARK_SOURCE_TYPE \
  "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

/* How the comment begins. AIGC follows, for containers without a key for it.
 * matroskamux writes a text with a space, a quote, "=" and the like in quotes and
 * with backslashes. This one has none, and comes out as it is. */
#define MARK_COMMENT "AI-generated:" MARK_SOURCE_TYPE

/* The longest text of AIGC, in bytes: muxers copy it into each header. */
#define MARK_AIGC_MAX 16384

/* What is known of the clip; members may be NULL. */
typedef struct {
  GstTagList *tags; /* as gst_seedance_make_tags() makes them */
  gchar *task_id;
} MarkFacts;

void mark_facts_clear (MarkFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MarkFacts, mark_facts_clear)

/* Makes the tag known by which mp4mux takes atoms that it does not understand.
 * GStreamer's own MP4 plugin registers the same, but not before it is loaded. */
void mark_register_tags (void);

/* The text that is to be written: @text without the white space around it. NULL
 * with an error of SEEDANCE_ERROR_SETTINGS when it is no JSON object, or too
 * long. g_free(). */
gchar *mark_check_aigc (const gchar *text, GError **error);

/* The mark, of global scope. @aigc may be NULL; the prompt is left out unless
 * @include_prompt. */
GstTagList *mark_make_tags (
    const MarkFacts *facts, const gchar *aigc, gboolean include_prompt);

/* @mark together with @others, which were sent before it (NULL: none). What
 * @others say stays, unless it is an older mark; a comment is put in front. */
GstTagList *mark_merge_tags (const GstTagList *others, const GstTagList *mark);

G_END_DECLS
