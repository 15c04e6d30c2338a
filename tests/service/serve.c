/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs an API's AnswerFunc and applies the faults that concern whether there is
 * an answer and what it says. wire.c applies those of the transfer. */

#include <string.h>

#include "service.h"
#include "wire.h"

#define GARBAGE_SIZE 4096
#define HUGE_HEADER_SIZE (1024 * 1024)
#define BOMB_SIZE (256 * 1024 * 1024)

/* The counter of held answers of each Place. */
static const Counter held_counters[N_PLACES] = { COUNTER_SUBMITS_HELD,
  COUNTER_POLLS_HELD, COUNTER_CLIPS_HELD, COUNTER_CLIPS_HELD,
  COUNTER_POLLS_HELD };

static gboolean
is_of_a_clip (Place place)
{
  return place == PLACE_CLIP || place == PLACE_END;
}

static gboolean
has (GPtrArray *met, FaultKind kind)
{
  return faults_find (met, kind) != NULL;
}

static const gchar *
text_of (GPtrArray *met, FaultKind kind, const gchar *otherwise)
{
  const Fault *fault = faults_find (met, kind);

  return fault ? fault->text : otherwise;
}

static Reply *
error_reply (GPtrArray *met, Place place, guint status, const gchar *code)
{
  const gchar *message =
      text_of (met, FAULT_MESSAGE, soup_status_get_phrase (status));

  code = text_of (met, FAULT_CODE, code);
  if (is_of_a_clip (place))
    return reply_new_xml_error (status, code, message);
  return reply_new_error (status, code, "%s", message);
}

static Reply *
redirect_reply (Call *call, GPtrArray *met)
{
  Reply *reply = reply_new_text (302, "text/plain", "");
  g_autofree gchar *self = g_strconcat (
      call->path, call->raw_query ? "?" : NULL, call->raw_query, NULL);
  g_autoptr (GString) where =
      g_string_new (text_of (met, FAULT_REDIRECT, "@SELF@"));

  g_string_replace (where, "@SELF@", self, 0);
  reply_set_header (reply, "Location", where->str);
  return reply;
}

/* Returns the answer of a fault that replaces the service's own work, so that
 * nothing is accepted or billed. NULL if there is no such fault. */
static Reply *
early_reply (Call *call, Place place, GPtrArray *met)
{
  const Fault *status = faults_find (met, FAULT_STATUS);
  Reply *reply;

  if (has (met, FAULT_REDIRECT) || has (met, FAULT_REDIRECT_SELF)) {
    reply = redirect_reply (call, met);
    if (status != NULL)
      reply->status = status->number;
    return reply;
  }
  if (has (met, FAULT_REFUSAL))
    return reply_new_text (
        200, "application/json", text_of (met, FAULT_REFUSAL, NULL));
  if (has (met, FAULT_EXPIRED))
    return error_reply (met, place, 403, "AccessDenied");
  if (has (met, FAULT_UNKNOWN_TASK))
    return error_reply (met, place, 404, NULL);
  if (status != NULL && status->number >= 300)
    return error_reply (met, place, status->number, NULL);
  return NULL;
}

static GBytes *
make_garbage (void)
{
  guint8 *data = g_malloc (GARBAGE_SIZE);

  for (guint i = 0; i < GARBAGE_SIZE; i++)
    data[i] = g_random_int ();
  return g_bytes_new_take (data, GARBAGE_SIZE);
}

static gpointer
make_bomb (gpointer unused)
{
  g_autoptr (GConverter) gzip =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  GOutputStream *memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream =
      g_converter_output_stream_new (memory, gzip);
  g_autofree gchar *zeros = g_malloc0 (1024 * 1024);
  GBytes *bytes;

  for (guint i = 0; i < BOMB_SIZE / (1024 * 1024); i++)
    g_output_stream_write_all (stream, zeros, 1024 * 1024, NULL, NULL, NULL);
  g_output_stream_close (stream, NULL, NULL);
  bytes =
      g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  g_object_unref (memory);
  return bytes;
}

/* Made only once, because it takes seconds. */
static GBytes *
get_bomb (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_bytes_ref (g_once (&once, make_bomb, NULL));
}

static void
replace_body (Reply *reply, GPtrArray *met)
{
  static const gchar html[] = "<!DOCTYPE html>\n<html><head><title>Welcome"
                              "</title></head><body><h1>Please sign in to "
                              "this network</h1></body></html>\n";
  static const gchar json[] = "{\"error\":{\"code\":\"InternalServiceError\","
                              "\"message\":\"The clip is not here\"}}";

  if (has (met, FAULT_GARBAGE))
    reply_set_body (reply, NULL, make_garbage ());
  if (has (met, FAULT_HTML))
    reply_set_body (reply, "text/html", g_bytes_new (html, strlen (html)));
  if (has (met, FAULT_JSON))
    reply_set_body (
        reply, "application/json", g_bytes_new (json, strlen (json)));
  if (has (met, FAULT_EMPTY))
    reply_set_body (reply, NULL, g_bytes_new (NULL, 0));
  if (has (met, FAULT_GZIP_BOMB)) {
    reply_set_body (reply, NULL, get_bomb ());
    reply_set_header (reply, "Content-Encoding", "gzip");
  }
  if (has (met, FAULT_GARBAGE) || has (met, FAULT_HTML) ||
      has (met, FAULT_JSON) || has (met, FAULT_EMPTY) ||
      has (met, FAULT_GZIP_BOMB)) {
    reply->status = 200;
    soup_message_headers_remove (reply->headers, "Content-Range");
  }
}

/* Replaces @ID@, @URL@, @URL-REST@ and @ORDER@ in a text of the test by the
 * task's id, the clip's URL and the body of the order. Free with g_free(). */
static gchar *
fill_in (Service *service, const gchar *raw, const Reply *reply)
{
  g_autoptr (Task) task =
      reply->task_id ? tasks_find_any (service->tasks, reply->task_id) : NULL;
  const gchar *rest = reply->video_url ? strstr (reply->video_url, "//") : NULL;
  GString *text = g_string_new (raw);

  g_string_replace (text, "@ID@", reply->task_id ? reply->task_id : "", 0);
  g_string_replace (text, "@URL@", reply->video_url ? reply->video_url : "", 0);
  g_string_replace (text, "@URL-REST@", rest ? rest : "", 0);
  g_string_replace (text, "@ORDER@", task ? task->body : "null", 0);
  return g_string_free (text, FALSE);
}

static GBytes *
compress (GBytes *plain, GZlibCompressorFormat format)
{
  g_autoptr (GConverter) zlib = G_CONVERTER (g_zlib_compressor_new (format, 6));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream =
      g_converter_output_stream_new (memory, zlib);
  gsize size;
  const gchar *data = g_bytes_get_data (plain, &size);

  g_output_stream_write_all (stream, data, size, NULL, NULL, NULL);
  g_output_stream_close (stream, NULL, NULL);

  return g_memory_output_stream_steal_as_bytes (
      G_MEMORY_OUTPUT_STREAM (memory));
}

/* Compresses the body. "deflate" has zlib's header, as RFC 9110 demands; "raw"
 * is deflate without it, as some servers send it. "label" claims gzip for a
 * body that is not compressed. Any other word becomes only the
 * Content-Encoding. */
static void
encode (Reply *reply, const gchar *how)
{
  static const struct {
    const gchar *how, *label;
    GZlibCompressorFormat format;
  } codings[] = {
    { "gzip", "gzip", G_ZLIB_COMPRESSOR_FORMAT_GZIP },
    { "deflate", "deflate", G_ZLIB_COMPRESSOR_FORMAT_ZLIB },
    { "raw", "deflate", G_ZLIB_COMPRESSOR_FORMAT_RAW },
  };
  const gchar *label = g_str_equal (how, "label") ? "gzip" : how;

  for (guint i = 0; i < G_N_ELEMENTS (codings); i++) {
    if (!g_str_equal (how, codings[i].how))
      continue;
    label = codings[i].label;
    reply_set_body (reply, NULL, compress (reply->body, codings[i].format));
  }
  reply_set_header (reply, "Content-Encoding", label);
}

/* @line is "Name: value". */
static void
add_header (Service *service, Reply *reply, const gchar *line)
{
  g_autofree gchar *filled = fill_in (service, line, reply);
  g_auto (GStrv) parts = g_strsplit (filled, ": ", 2);

  if (g_strv_length (parts) == 2)
    reply_set_header (reply, parts[0], parts[1]);
}

static void
disturb_headers (Service *service, Reply *reply, GPtrArray *met)
{
  if (has (met, FAULT_RETRY_AFTER))
    reply_set_header (
        reply, "Retry-After", text_of (met, FAULT_RETRY_AFTER, NULL));
  if (has (met, FAULT_CONTENT_TYPE))
    reply_set_header (
        reply, "Content-Type", text_of (met, FAULT_CONTENT_TYPE, NULL));
  if (has (met, FAULT_HEADER))
    add_header (service, reply, text_of (met, FAULT_HEADER, NULL));
  if (has (met, FAULT_HUGE_HEADER)) {
    g_autofree gchar *value = g_strnfill (HUGE_HEADER_SIZE, 'x');

    reply_set_header (reply, "X-Padding", value);
  }
}

static void
disturb (Service *service, Reply *reply, GPtrArray *met)
{
  const gchar *body = text_of (met, FAULT_BODY, NULL);
  const Fault *status = faults_find (met, FAULT_STATUS);

  if (status != NULL && status->number < 300)
    reply->status = status->number;
  replace_body (reply, met);
  if (body != NULL) {
    gchar *text = fill_in (service, body, reply);

    reply_set_body (reply, NULL, g_bytes_new_take (text, strlen (text)));
  }
  if (has (met, FAULT_ENCODE))
    encode (reply, text_of (met, FAULT_ENCODE, NULL));
  disturb_headers (service, reply, met);
  reply->length_too = has (met, FAULT_LENGTH_TOO);
  reply->trailer = g_strdup (text_of (met, FAULT_TRAILER, NULL));
  if (has (met, FAULT_CHUNKED) || reply->length_too || reply->trailer)
    reply->framing = FRAMING_CHUNKED;
  if (has (met, FAULT_NO_LENGTH))
    reply->framing = FRAMING_UNTIL_CLOSE;
  if (has (met, FAULT_ENDLESS)) {
    reply->endless = TRUE;
    if (reply->framing == FRAMING_LENGTH)
      reply->framing = FRAMING_UNTIL_CLOSE;
  }
}

static void
log_call (Service *service, Call *call, const gchar *outcome)
{
  const gchar *path = call->path;

  if (strstr (path, service->api_key))
    path = "(has the key)";
  else if (strstr (path, service->control_secret))
    path = strrchr (path, '/');
  if (service->verbose)
    g_printerr ("seedance-local: %s %s: %s\n", call->method, path, outcome);
}

static gboolean
transmit (Service *service, Wire *wire, Reply *reply)
{
  const Fault *delay = faults_find (wire->faults, FAULT_DELAY);
  g_autofree gchar *outcome = g_strdup_printf ("%u, %" G_GSIZE_FORMAT " bytes",
      reply->status, g_bytes_get_size (reply->body));
  gboolean reusable;

  log_call (service, wire->call, outcome);
  if (delay != NULL && !wire_pause (wire, delay->number))
    return FALSE;
  if (has (wire->faults, FAULT_HOLD) && !wire_hold (wire))
    return FALSE;
  reply->head_only = g_str_equal (wire->call->method, "HEAD");
  reusable = wire_send (wire, reply);
  counters_bump (service->counters, COUNTER_ANSWERS, 1);
  return reusable;
}

/* Applies the faults drop, reset and hang. Returns TRUE if there was one; then
 * nothing was accepted. */
static gboolean
ends_early (Service *service, Wire *wire)
{
  gboolean drop = has (wire->faults, FAULT_DROP);
  gboolean reset = has (wire->faults, FAULT_RESET);
  gboolean hang = has (wire->faults, FAULT_HANG);

  if (drop || reset || hang)
    log_call (service, wire->call, "no answer");
  if (reset)
    wire_reset (wire);
  if (hang)
    wire_hang (wire);
  return drop || reset || hang;
}

/* Applies the faults accept-drop, accept-reset and accept-hang, after a task
 * was accepted and billed. Returns TRUE if there was one. */
static gboolean
ends_after_accepting (Service *service, Wire *wire)
{
  gboolean drop = has (wire->faults, FAULT_ACCEPT_DROP);
  gboolean reset = has (wire->faults, FAULT_ACCEPT_RESET);
  gboolean hang = has (wire->faults, FAULT_ACCEPT_HANG);

  if (drop || reset || hang)
    log_call (service, wire->call, "accepted, no answer");
  if (reset)
    wire_reset (wire);
  if (hang)
    wire_hang (wire);
  return drop || reset || hang;
}

gboolean
serve (Service *service, Call *call, Place place, AnswerFunc answer)
{
  g_autoptr (GPtrArray) met = faults_meet (service->faults, place);
  g_autoptr (Reply) reply = NULL;
  const Fault *late_status = faults_find (met, FAULT_ACCEPT_STATUS);
  Wire wire = { call, met, service->gate, service->counters,
    is_of_a_clip (place) ? COUNTER_CLIP_BYTES : N_COUNTERS,
    held_counters[place], NULL };
  g_autoptr (Settings) settings = service_get_settings (service);

  if (is_of_a_clip (place) && settings->newest_wins)
    wire.links = service->links;
  if (ends_early (service, &wire))
    return FALSE;
  reply = early_reply (call, place, met);
  if (reply == NULL) {
    reply = answer (service, call, met);
    if (reply->status >= 400 && !is_of_a_clip (place))
      counters_bump (service->counters, COUNTER_BAD_REQUESTS, 1);
  }
  if (reply->accepted && ends_after_accepting (service, &wire))
    return FALSE;
  if (reply->accepted && late_status != NULL) {
    Reply *late = error_reply (met, place, late_status->number, NULL);

    late->task_id = g_steal_pointer (&reply->task_id);
    reply_free (reply);
    reply = late;
  }
  disturb (service, reply, met);
  return transmit (service, &wire, reply);
}

gboolean
serve_plainly (Service *service, Call *call, Reply *reply)
{
  g_autoptr (Reply) owned = reply;
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  Wire wire = { call, none, service->gate, service->counters, N_COUNTERS,
    COUNTER_POLLS_HELD, NULL };

  return wire_send (&wire, owned);
}
