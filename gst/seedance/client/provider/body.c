/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds members to JSON objects if they are set, and prints the objects. */

#include "body.h"

void
seedance_body_add_text (cJSON *body, const gchar *name, const gchar *value)
{
  if (value && *value)
    cJSON_AddStringToObject (body, name, value);
}

/* Raw, because cJSON keeps numbers as doubles, which would round a 64-bit
 * seed. */
void
seedance_body_add_integer (
    cJSON *body, const gchar *name, gint64 value, gint64 least)
{
  gchar text[32];

  if (value < least)
    return;
  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
  cJSON_AddRawToObject (body, name, text);
}

void
seedance_body_add_duration (cJSON *body, const gchar *name, gint value)
{
  if (value != 0)
    seedance_body_add_integer (body, name, value, -1);
}

void
seedance_body_add_switch (cJSON *body, const gchar *name, gint value)
{
  if (value >= 0)
    cJSON_AddBoolToObject (body, name, value);
}

gchar *
seedance_body_print (cJSON *body)
{
  gchar *printed = cJSON_PrintUnformatted (body);
  gchar *text = g_strdup (printed);

  /* The text comes from cJSON's allocator, which another part of the process
   * may have replaced, so it is copied to GLib's. */
  cJSON_free (printed);
  cJSON_Delete (body);
  return text;
}
