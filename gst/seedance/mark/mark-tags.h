/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the mark: the tags by which muxers write into a file that its clip is
 * AI-generated. Pure functions, except for mark_register_tags(). */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The IPTC's term for media that a generative model made. */
#define MARK_SOURCE_TYPE \
  "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

/* How the comment begins. The text of AIGC follows it, for containers that have
 * no key of that name. matroskamux quotes and escapes a text that has a space,
 * a quote, "=" or the like in it. This text has none, so matroskamux writes it
 * unchanged. */
#define MARK_COMMENT "AI-generated:" MARK_SOURCE_TYPE

/* The longest text of AIGC, in bytes. There is a limit because muxers copy the
 * text into each header. */
#define MARK_AIGC_MAX 16384

/* What is known of a clip. Members may be NULL. */
typedef struct {
  GstTagList *tags; /* as gst_seedance_make_tags() makes them */
  gchar *task_id;
} MarkFacts;

/* Frees the members and sets them to NULL. */
void mark_facts_clear (MarkFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MarkFacts, mark_facts_clear)

/* Registers the tag "private-qt-tag", in which mp4mux takes ready-made atoms.
 * GStreamer's MP4 plugin registers the same tag, but maybe only later, when it
 * is loaded. */
void mark_register_tags (void);

/* Returns @text without the white space around it; free with g_free(). Returns
 * NULL with SEEDANCE_ERROR_SETTINGS if it is not a JSON object, or longer than
 * MARK_AIGC_MAX. */
gchar *mark_check_aigc (const gchar *text, GError **error);

/* Returns the mark as tags of global scope (transfer full). @aigc may be NULL;
 * the prompt is only in the mark if @include_prompt. */
GstTagList *mark_make_tags (
    const MarkFacts *facts, const gchar *aigc, gboolean include_prompt);

/* Returns the prompt of the clip, or NULL; free with g_free(). */
gchar *mark_get_prompt (const MarkFacts *facts);

/* Merges @mark with @others, the tags from upstream (or NULL); transfer full.
 * @others win, except that an older mark among them is replaced, and that a
 * title or description that is @hidden (or NULL) is dropped. A comment of
 * @others is put in front of the mark's comment, because muxers write only
 * one. */
GstTagList *mark_merge_tags (
    const GstTagList *others, const GstTagList *mark, const gchar *hidden);

G_END_DECLS
