/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The as-run log can be long, so only the part is read that the last items fit
 * into. */
#include "serve-air.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"

#define ITEMS 10
/* A line may hold 64 KiB of the user's metadata. */
#define READ_MAX (ITEMS * 96 * 1024)

/* The members of a line that the page gets; metadata is none of them. */
static const gchar *const members[] = { "id", "task-id", "uri", "planned",
  "started", "frames", "held", "reason", "cost", "replay", "filler" };

/* Reads the last READ_MAX bytes of @path. Returns NULL with *@problem in words.
 * O_NONBLOCK keeps a FIFO without a writer from blocking. */
static gchar *
read_end (const gchar *path, gsize *size, const gchar **problem)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat info;
  g_autofree gchar *data = NULL;
  goffset from;
  gssize n;

  *problem = NULL;
  if (fd < 0 || fstat (fd, &info) != 0)
    *problem = g_strerror (errno);
  else if (!S_ISREG (info.st_mode))
    *problem = "it is no regular file";
  if (*problem) {
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  from = MAX (0, info.st_size - READ_MAX);
  data = g_malloc (READ_MAX);
  for (*size = 0; *size < READ_MAX; *size += (gsize) n) {
    n = pread (fd, data + *size, READ_MAX - *size, from + (goffset) *size);
    if (n <= 0)
      break;
  }
  close (fd);

  return g_steal_pointer (&data);
}

static cJSON *
read_item (const gchar *line, gsize size, GHashTable *clips)
{
  cJSON *json = seedance_json_parse (line, size), *item;
  const gchar *task, *clip;

  if (!cJSON_IsString (seedance_json_get (json, "id"))) {
    cJSON_Delete (json);
    return NULL;
  }
  item = cJSON_CreateObject ();
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    const cJSON *member = cJSON_GetObjectItemCaseSensitive (json, members[i]);

    if (cJSON_IsString (member) || cJSON_IsNumber (member) ||
        cJSON_IsBool (member))
      cJSON_AddItemToObject (item, members[i], cJSON_Duplicate (member, FALSE));
  }
  task = cJSON_GetStringValue (seedance_json_get (json, "task-id"));
  clip = task && clips ? g_hash_table_lookup (clips, task) : NULL;
  if (clip)
    cJSON_AddStringToObject (item, "clip", clip);
  cJSON_Delete (json);

  return item;
}

/* Finds the last newline before @end. Returns FALSE if there is none. */
static gboolean
find_newline (const gchar *data, gsize end, gsize *place)
{
  while (end > 0) {
    if (data[--end] == '\n') {
      *place = end;
      return TRUE;
    }
  }

  return FALSE;
}

/* Reads lines from the last one backwards. Text behind the last newline is a
 * line that is still being written. The first line may be cut off, and then it
 * is not valid JSON. */
static void
read_items (cJSON *items, const gchar *data, gsize size, GHashTable *clips)
{
  gsize end, before, start;

  if (!find_newline (data, size, &end))
    return;
  while (end > 0 && cJSON_GetArraySize (items) < ITEMS) {
    const gboolean more = find_newline (data, end, &before);
    cJSON *item;

    start = more ? before + 1 : 0;
    item = read_item (data + start, end - start, clips);
    if (item)
      cJSON_AddItemToArray (items, item);
    end = more ? before : 0;
  }
}

cJSON *
serve_air_read (const gchar *path, GHashTable *clips)
{
  g_autofree gchar *shown = g_filename_display_name (path);
  cJSON *air = cJSON_CreateObject ();
  cJSON *items = cJSON_AddArrayToObject (air, "items");
  const gchar *problem;
  gsize size;
  g_autofree gchar *data = read_end (path, &size, &problem);
  g_autofree gchar *words = NULL;

  cJSON_AddStringToObject (air, "file", shown);
  if (data) {
    read_items (items, data, size, clips);
    return air;
  }
  words = g_strdup_printf (
      "The as-run log '%s' cannot be read: %s.", shown, problem);
  cJSON_AddStringToObject (air, "problem", words);

  return air;
}
