/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mark consists of a comment, which most containers have, and of freeform
 * atoms for MP4. A freeform atom ("----") is a key of any name with a text as
 * value, as iTunes writes it: the boxes "mean" (the namespace), "name" (the
 * key) and "data" (the value). This file builds those atoms byte by byte. */

#include "mark-tags.h"

#include <string.h>

#include "error.h"
#include "json.h"

/* The tag in which qtdemux and mp4mux pass atoms that they do not parse. */
#define ATOM_TAG "private-qt-tag"
#define ATOM_NAMES "com.apple.iTunes"
/* Bytes before the value in a "data" box: size, type, kind of value, locale. */
#define DATA_HEAD 16
/* What stands between the texts of a comment, and before the label in one. */
#define BETWEEN "; "
#define AIGC_START BETWEEN "AIGC="

static const gchar *const atom_names[] = { "DigitalSourceType", "AIGC",
  "SeedanceTaskId" };

void
mark_facts_clear (MarkFacts *facts)
{
  g_clear_pointer (&facts->tags, gst_tag_list_unref);
  g_clear_pointer (&facts->task_id, g_free);
}

void
mark_register_tags (void)
{
  gst_tag_register (ATOM_TAG, GST_TAG_FLAG_META, GST_TYPE_SAMPLE, "QT atom",
      "unparsed QT tag atom", gst_tag_merge_use_first);
}

gchar *
mark_check_aigc (const gchar *text, GError **error)
{
  g_autofree gchar *clean = g_strstrip (g_strdup (text));
  gsize size = strlen (clean);
  cJSON *json;
  gboolean good;

  if (size > MARK_AIGC_MAX) {
    g_propagate_error (error,
        seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
            "The property aigc has %" G_GSIZE_FORMAT
            " bytes; at most %d are written into a file. Nothing was marked.",
            size, MARK_AIGC_MAX));
    return NULL;
  }
  json = g_utf8_validate (clean, (gssize) size, NULL)
             ? seedance_json_parse (clean, size)
             : NULL;
  good = cJSON_IsObject (json);
  cJSON_Delete (json);
  if (!good) {
    g_propagate_error (
        error, seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
                   "The property aigc is not a JSON object, such as "
                   "{\"Label\":\"1\"}. Nothing was marked."));
    return NULL;
  }

  return g_steal_pointer (&clean);
}

static void
put_number (GByteArray *out, guint32 number)
{
  guint32 swapped = GUINT32_TO_BE (number);

  g_byte_array_append (out, (const guint8 *) &swapped, sizeof swapped);
}

static void
put_text (GByteArray *out, const gchar *text)
{
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static void
put_box (GByteArray *out, const gchar *type, const gchar *text)
{
  put_number (out, (guint32) strlen (text) + 12);
  put_text (out, type);
  put_number (out, 0);
  put_text (out, text);
}

/* Makes a freeform atom. mp4mux writes only samples whose structure has this
 * name and style. */
static GstSample *
make_atom (const gchar *name, const gchar *value)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  guint32 size;

  put_number (out, 0);
  put_text (out, "----");
  put_box (out, "mean", ATOM_NAMES);
  put_box (out, "name", name);
  put_number (out, (guint32) strlen (value) + DATA_HEAD);
  put_text (out, "data");
  put_number (out, 1); /* UTF-8 */
  put_number (out, 0); /* of any country and language */
  put_text (out, value);
  size = GUINT32_TO_BE (out->len);
  memcpy (out->data, &size, sizeof size);
  bytes = g_byte_array_free_to_bytes (out);
  buffer = gst_buffer_new_wrapped_bytes (bytes);

  return gst_sample_new (buffer, NULL, NULL,
      gst_structure_new ("application/x-gst-qt-____-tag", "style",
          G_TYPE_STRING, "itunes", NULL));
}

static void
add_atom (GstTagList *tags, const gchar *name, const gchar *value)
{
  GstSample *atom = make_atom (name, value);

  gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, ATOM_TAG, atom, NULL);
  gst_sample_unref (atom);
}

/* Returns TRUE if @sample is an atom with one of the mark's keys, of any
 * value. */
static gboolean
is_ours (GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstMapInfo map;
  gboolean ours = FALSE;

  if (!buffer || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (atom_names) && !ours; i++) {
    g_autoptr (GstSample) like = make_atom (atom_names[i], "");
    GstMapInfo expected;
    gsize size;

    /* Skip the size of the atom, and stop at the "data" box. */
    gst_buffer_map (gst_sample_get_buffer (like), &expected, GST_MAP_READ);
    size = expected.size - DATA_HEAD;
    ours = map.size > size &&
           memcmp (map.data + 4, expected.data + 4, size - 4) == 0;
    gst_buffer_unmap (gst_sample_get_buffer (like), &expected);
  }
  gst_buffer_unmap (buffer, &map);

  return ours;
}

GstTagList *
mark_make_tags (
    const MarkFacts *facts, const gchar *aigc, gboolean include_prompt)
{
  GstTagList *tags =
      facts->tags ? gst_tag_list_copy (facts->tags) : gst_tag_list_new_empty ();
  g_autofree gchar *comment =
      g_strconcat (MARK_COMMENT, aigc ? AIGC_START : NULL, aigc, NULL);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  if (!include_prompt) {
    gst_tag_list_remove_tag (tags, GST_TAG_TITLE);
    gst_tag_list_remove_tag (tags, GST_TAG_DESCRIPTION);
  }
  gst_tag_list_add (
      tags, GST_TAG_MERGE_REPLACE, GST_TAG_COMMENT, comment, NULL);
  add_atom (tags, "DigitalSourceType", MARK_SOURCE_TYPE);
  if (aigc)
    add_atom (tags, "AIGC", aigc);
  if (facts->task_id)
    add_atom (tags, "SeedanceTaskId", facts->task_id);

  return tags;
}

/* Returns what follows the JSON object at @text; @text if there is none, or if
 * it has no end. */
static const gchar *
skip_object (const gchar *text)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (const gchar *p = text; *p; p++) {
    if (in_string && *p == '\\' && p[1])
      p++;
    else if (*p == '"')
      in_string = !in_string;
    else if (!in_string && *p == '{')
      depth++;
    else if (!in_string && *p == '}' && depth > 0)
      depth--;
    if (depth == 0 && !in_string)
      return *text == '{' ? p + 1 : text;
  }

  return text;
}

/* Removes the older marks from @comment. What stands before and behind them was
 * written by others and stays. */
static void
cut_marks (GString *comment)
{
  const gchar *mark, *end, *object;
  gsize start;

  while ((mark = strstr (comment->str, MARK_COMMENT))) {
    end = mark + strlen (MARK_COMMENT);
    if (g_str_has_prefix (end, AIGC_START)) {
      object = end + strlen (AIGC_START);
      end = skip_object (object) > object ? skip_object (object) : end;
    }
    if (g_str_has_prefix (end, BETWEEN))
      end += strlen (BETWEEN);
    start = mark - comment->str;
    g_string_erase (comment, start, end - mark);
  }
  if (g_str_has_suffix (comment->str, BETWEEN))
    g_string_truncate (comment, comment->len - strlen (BETWEEN));
}

/* Muxers write only the first comment, so both have to become one. */
static void
merge_comment (GstTagList *merged, const GstTagList *mark)
{
  g_autofree gchar *theirs = NULL, *both = NULL;
  GString *rest;
  const gchar *ours = NULL;

  gst_tag_list_peek_string_index (mark, GST_TAG_COMMENT, 0, &ours);
  if (!gst_tag_list_get_string (merged, GST_TAG_COMMENT, &theirs))
    return;
  rest = g_string_new (theirs);
  cut_marks (rest);
  both = g_strconcat (rest->str, rest->len > 0 ? BETWEEN : "", ours, NULL);
  g_string_free (rest, TRUE);
  gst_tag_list_add (merged, GST_TAG_MERGE_REPLACE, GST_TAG_COMMENT, both, NULL);
}

/* Appends the texts of the mark that @merged does not have yet. */
static void
merge_texts (GstTagList *merged, const GstTagList *mark, const gchar *tag)
{
  guint n = gst_tag_list_get_tag_size (mark, tag);

  for (guint i = 0; i < n; i++) {
    const gchar *text = NULL, *other = NULL;
    gboolean known = FALSE;

    gst_tag_list_peek_string_index (mark, tag, i, &text);
    for (guint j = 0;
         !known && gst_tag_list_peek_string_index (merged, tag, j, &other); j++)
      known = g_strcmp0 (text, other) == 0;
    if (!known)
      gst_tag_list_add (merged, GST_TAG_MERGE_APPEND, tag, text, NULL);
  }
}

/* Keeps the atoms of @others, except those of an older mark. */
static void
merge_atoms (
    GstTagList *merged, const GstTagList *others, const GstTagList *mark)
{
  const GstTagList *lists[] = { others, mark };

  gst_tag_list_remove_tag (merged, ATOM_TAG);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    GstSample *sample;

    for (guint j = 0;
         gst_tag_list_get_sample_index (lists[i], ATOM_TAG, j, &sample); j++) {
      if (lists[i] == mark || !is_ours (sample))
        gst_tag_list_add (merged, GST_TAG_MERGE_APPEND, ATOM_TAG, sample, NULL);
      gst_sample_unref (sample);
    }
  }
}

gchar *
mark_get_prompt (const MarkFacts *facts)
{
  gchar *prompt = NULL;

  if (facts->tags)
    gst_tag_list_get_string_index (facts->tags, GST_TAG_TITLE, 0, &prompt);

  return prompt;
}

static void
hide (GstTagList *tags, const gchar *tag, const gchar *hidden)
{
  const gchar *text = NULL;

  if (gst_tag_list_peek_string_index (tags, tag, 0, &text) &&
      g_strcmp0 (text, hidden) == 0)
    gst_tag_list_remove_tag (tags, tag);
}

GstTagList *
mark_merge_tags (
    const GstTagList *others, const GstTagList *mark, const gchar *hidden)
{
  GstTagList *merged;

  if (!others)
    return gst_tag_list_copy (mark);
  merged = gst_tag_list_copy (others);
  hide (merged, GST_TAG_TITLE, hidden);
  hide (merged, GST_TAG_DESCRIPTION, hidden);
  gst_tag_list_insert (merged, mark, GST_TAG_MERGE_KEEP);
  gst_tag_list_set_scope (merged, GST_TAG_SCOPE_GLOBAL);
  merge_comment (merged, mark);
  merge_texts (merged, mark, GST_TAG_EXTENDED_COMMENT);
  merge_atoms (merged, others, mark);

  return merged;
}
