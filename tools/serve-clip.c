/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A Sending is one answer. A thread reads a block of the file; the main thread
 * passes it to libsoup; when libsoup has sent it, a thread reads the next
 * block. */
#include "serve-clip.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger.h"
#include "serve-guard.h"

/* The size of a block. No more than one block of a clip is in memory. */
#define BLOCK (256 * 1024)

typedef struct {
  SoupServerMessage *message; /* NULL = the answer is over */
  gchar *dir, *name;
  int fd;
  guint64 size;
  guint64 next, end; /* what is still to be read */
  gboolean busy;     /* a thread uses it */
} Sending;

/* Returns the name of the clip's file, or NULL if the ledger does not say that
 * the clip is stored. Free with g_free(). */
static gchar *
find_file (const Sending *sending)
{
  g_autoptr (SeedanceRecord) record =
      seedance_ledger_find (sending->dir, sending->name, NULL);
  g_autofree gchar *path = NULL;

  if (!record || (record->state != SEEDANCE_RECORD_READY &&
                     record->state != SEEDANCE_RECORD_PLAYED))
    return NULL;
  path = seedance_ledger_clip_path (sending->dir, record);

  return g_path_get_basename (path);
}

/* Opens the file if it is the user's own regular file, which nobody else may
 * write. Returns -1 for anything else of that name. */
static int
open_file (const Sending *sending, const gchar *file, struct stat *info)
{
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int folder = open (sending->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int fd = folder < 0 ? -1 : openat (folder, file, flags);

  if (folder >= 0)
    close (folder);
  if (fd < 0)
    return -1;
  if (fstat (fd, info) == 0 && S_ISREG (info->st_mode) &&
      info->st_uid == geteuid () && !(info->st_mode & (S_IWGRP | S_IWOTH)))
    return fd;
  close (fd);

  return -1;
}

static void
open_clip (GTask *task, gpointer object, gpointer data, GCancellable *quit)
{
  Sending *sending = data;
  g_autofree gchar *file = find_file (sending);
  struct stat info;

  sending->fd = file ? open_file (sending, file, &info) : -1;
  if (sending->fd >= 0)
    sending->size = (guint64) info.st_size;
  g_task_return_boolean (task, sending->fd >= 0);
}

/* Returns a block, or NULL if the file has become shorter. */
static void
read_block (GTask *task, gpointer object, gpointer data, GCancellable *quit)
{
  const Sending *sending = data;
  const gsize size = (gsize) MIN (BLOCK, sending->end - sending->next);
  g_autofree guint8 *bytes = g_malloc (size);
  gssize n;

  do {
    n = pread (sending->fd, bytes, size, (off_t) sending->next);
  } while (n < 0 && errno == EINTR);
  g_task_return_pointer (task,
      n > 0 ? g_bytes_new_take (g_steal_pointer (&bytes), (gsize) n) : NULL,
      (GDestroyNotify) g_bytes_unref);
}

static void
sending_free (Sending *sending)
{
  if (sending->fd >= 0)
    close (sending->fd);
  g_free (sending->dir);
  g_free (sending->name);
  g_free (sending);
}

/* The answer was sent, or the browser has disconnected. If a thread uses
 * @sending, is_wanted() frees it later. */
static void
on_over (SoupServerMessage *message, gpointer data)
{
  Sending *sending = data;

  if (!sending->message)
    return;
  g_signal_handlers_disconnect_by_data (message, sending);
  sending->message = NULL;
  if (!sending->busy)
    sending_free (sending);
  g_object_unref (message);
}

static void
run (Sending *sending, GTaskThreadFunc work, GAsyncReadyCallback then)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, then, sending);

  sending->busy = TRUE;
  g_task_set_task_data (task, sending, NULL);
  g_task_run_in_thread (task, work);
}

/* A thread has ended. Returns FALSE, and frees @sending, if the answer was over
 * before. */
static gboolean
is_wanted (Sending *sending)
{
  sending->busy = FALSE;
  if (sending->message)
    return TRUE;
  sending_free (sending);

  return FALSE;
}

/* The length of the answer was sent before, so only the end of the connection
 * tells the browser that bytes are missing. */
static void
break_off (Sending *sending)
{
  g_autoptr (SoupServerMessage) message = g_object_ref (sending->message);
  g_autoptr (GIOStream) stream = NULL;

  on_over (message, sending);
  stream = soup_server_message_steal_connection (message);
  if (stream)
    g_io_stream_close (stream, NULL, NULL);
}

static void
on_block (GObject *object, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (GBytes) bytes = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!is_wanted (sending))
    return;
  if (!bytes) {
    break_off (sending);
    return;
  }
  sending->next += g_bytes_get_size (bytes);
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (sending->message), bytes);
  soup_server_message_unpause (sending->message);
}

static void
on_wrote_chunk (SoupServerMessage *message, gpointer data)
{
  Sending *sending = data;

  if (sending->next < sending->end && !sending->busy)
    run (sending, read_block, on_block);
}

static void
refuse (Sending *sending, guint status)
{
  soup_server_message_set_status (sending->message, status, NULL);
  soup_server_message_unpause (sending->message);
}

/* Sets which part is sent. Returns FALSE if the range that was asked for does
 * not exist. If-Range names the version of the clip that the range is meant
 * for; for another version the whole clip is sent. */
static gboolean
choose_part (Sending *sending, const gchar *etag)
{
  SoupMessageHeaders *asked =
      soup_server_message_get_request_headers (sending->message);
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (sending->message);
  const gchar *known = soup_message_headers_get_one (asked, "If-Range");
  const gchar *text = soup_message_headers_get_list (asked, "Range");
  const gboolean ranged =
      soup_server_message_get_method (sending->message) == SOUP_METHOD_GET &&
      (!known || g_str_equal (known, etag));
  guint64 first, last;
  ServeRange range =
      serve_guard_range (ranged ? text : NULL, sending->size, &first, &last);
  g_autofree gchar *told =
      range == SERVE_RANGE_PART
          ? g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT
                             "/%" G_GUINT64_FORMAT,
                first, last, sending->size)
          : g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, sending->size);

  if (range != SERVE_RANGE_WHOLE)
    soup_message_headers_replace (headers, "Content-Range", told);
  sending->next = first;
  sending->end = sending->size > 0 ? last + 1 : 0;
  soup_server_message_set_status (sending->message,
      range == SERVE_RANGE_PART   ? SOUP_STATUS_PARTIAL_CONTENT
      : range == SERVE_RANGE_NONE ? SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE
                                  : SOUP_STATUS_OK,
      NULL);

  return range != SERVE_RANGE_NONE;
}

static void
begin (Sending *sending)
{
  SoupServerMessage *message = sending->message;
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);
  g_autofree gchar *etag = g_strdup_printf (
      "\"%s-%" G_GUINT64_FORMAT "\"", sending->name, sending->size);

  soup_message_headers_replace (headers, "Accept-Ranges", "bytes");
  if (!choose_part (sending, etag)) {
    soup_server_message_unpause (message);
    return;
  }
  soup_message_headers_replace (headers, "Content-Type", "video/mp4");
  soup_message_headers_replace (headers, "ETag", etag);
  soup_message_headers_set_content_length (
      headers, (goffset) (sending->end - sending->next));
  soup_message_body_set_accumulate (
      soup_server_message_get_response_body (message), FALSE);
  if (soup_server_message_get_method (message) == SOUP_METHOD_HEAD ||
      sending->next == sending->end) {
    soup_server_message_unpause (message);
    return;
  }
  g_signal_connect (
      message, "wrote-chunk", G_CALLBACK (on_wrote_chunk), sending);
  run (sending, read_block, on_block);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  const gboolean there = g_task_propagate_boolean (G_TASK (result), NULL);

  if (!is_wanted (sending))
    return;
  if (there)
    begin (sending);
  else
    refuse (sending, SOUP_STATUS_NOT_FOUND);
}

void
serve_clip_send (
    SoupServerMessage *message, const gchar *dir, const gchar *name)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->message = g_object_ref (message);
  sending->dir = g_strdup (dir);
  sending->name = g_strdup (name);
  sending->fd = -1;
  g_signal_connect (message, "finished", G_CALLBACK (on_over), sending);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_over), sending);
  soup_server_message_pause (message);
  run (sending, open_clip, on_opened);
}
