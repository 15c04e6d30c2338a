/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clips' port: signed URLs, byte ranges, and the faults that change what a
 * clip's answer says. */

#include <string.h>

#include "service.h"

#define PREFIX "/clips/"
#define SUFFIX ".mp4"

/* Whether a request asks for the whole clip, for a part of it, or for bytes
 * past its end. */
typedef enum { RANGE_NONE, RANGE_GOOD, RANGE_OUTSIDE } RangeKind;

typedef struct {
  goffset first;
  goffset length;
} Range;

static gchar *
make_signature (Service *service, const gchar *path, const gchar *expires)
{
  g_autofree gchar *text = g_strconcat (path, "\n", expires, NULL);

  return g_compute_hmac_for_string (G_CHECKSUM_SHA256,
      (const guchar *) service->secret, strlen (service->secret), text, -1);
}

gchar *
clips_sign (Service *service, const gchar *task_id)
{
  g_autoptr (Settings) settings = service_get_settings (service);
  gint64 end = g_get_real_time () / G_USEC_PER_SEC + settings->url_lifetime;
  g_autofree gchar *path = g_strconcat (PREFIX, task_id, SUFFIX, NULL);
  /* If uses are counted, each answer needs a link of its own. */
  g_autofree gchar *expires = settings->url_uses > 0
                                  ? g_strdup_printf ("%" G_GINT64_FORMAT ".%u",
                                        end, links_number (service->links))
                                  : g_strdup_printf ("%" G_GINT64_FORMAT, end);
  g_autofree gchar *signature = make_signature (service, path, expires);

  counters_bump (service->counters, COUNTER_LINKS, 1);
  return g_strconcat (service->clip_origin, path, "?expires=", expires,
      "&signature=", signature, NULL);
}

/* Checks whether a link with a good signature may be used now. The check for
 * concurrent requests comes first, because a request that is turned away must
 * not use up the link. */
static Reply *
check_link (Service *service, Call *call)
{
  g_autoptr (Settings) settings = service_get_settings (service);

  if (settings->busy_status > 0 && links_count_present (service->links) > 1)
    return reply_new_xml_error (
        settings->busy_status, NULL, "One request at a time");
  if (!links_use (
          service->links, call_query (call, "signature"), settings->url_uses))
    return reply_new_xml_error (403, NULL, "The link was used already");
  return NULL;
}

static Reply *
check_signature (Service *service, Call *call)
{
  const gchar *expires = call_query (call, "expires");
  const gchar *given = call_query (call, "signature");
  g_autofree gchar *right = NULL;

  if (expires == NULL || given == NULL)
    return reply_new_xml_error (403, NULL, "The request is not signed");
  right = make_signature (service, call->path, expires);
  if (!g_str_equal (given, right))
    return reply_new_xml_error (
        403, "SignatureDoesNotMatch", "The signature does not match");
  if (g_ascii_strtoll (expires, NULL, 10) <=
      g_get_real_time () / G_USEC_PER_SEC)
    return reply_new_xml_error (403, NULL, "Request has expired");
  return NULL;
}

static Task *
find_task (Service *service, const gchar *path)
{
  g_autofree gchar *id = NULL;

  if (!g_str_has_prefix (path, PREFIX) || !g_str_has_suffix (path, SUFFIX))
    return NULL;
  id = g_strndup (path + strlen (PREFIX),
      strlen (path) - strlen (PREFIX) - strlen (SUFFIX));
  return tasks_find_any (service->tasks, id);
}

/* Parses a Range header with a single range. Any other header counts as none,
 * as RFC 9110, 14.2 allows. */
static RangeKind
parse_range (const gchar *text, goffset size, Range *range)
{
  goffset last;
  gchar *end;

  if (text == NULL || !g_str_has_prefix (text, "bytes=") ||
      strchr (text, ',') != NULL)
    return RANGE_NONE;
  text += strlen ("bytes=");
  if (text[0] == '-' && g_ascii_isdigit (text[1])) {
    goffset tail = MIN (g_ascii_strtoll (text + 1, &end, 10), size);

    *range = (Range){ size - tail, tail };
    return *end ? RANGE_NONE : tail > 0 ? RANGE_GOOD : RANGE_OUTSIDE;
  }
  if (!g_ascii_isdigit (text[0]))
    return RANGE_NONE;
  range->first = g_ascii_strtoll (text, &end, 10);
  if (*end++ != '-')
    return RANGE_NONE;
  last = g_ascii_isdigit (*end) ? g_ascii_strtoll (end, &end, 10) : size - 1;
  if (*end != '\0' || (last < range->first && last != size - 1))
    return RANGE_NONE;
  range->length = MIN (last, size - 1) - range->first + 1;
  return range->first < size ? RANGE_GOOD : RANGE_OUTSIDE;
}

/* Returns TRUE if the If-Range condition names the clip that is here, or if
 * there is no condition. */
static gboolean
condition_holds (Call *call, const gchar *etag, const gchar *date)
{
  const gchar *condition = call_header (call, "If-Range");

  return condition == NULL || (etag != NULL && g_str_equal (condition, etag)) ||
         (date != NULL && g_str_equal (condition, date));
}

static void
set_content_range (Reply *reply, const Range *range, gsize size)
{
  g_autofree gchar *value =
      range ? g_strdup_printf ("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT
                               "/%" G_GSIZE_FORMAT,
                  range->first, range->first + range->length - 1, size)
            : g_strdup_printf ("bytes */%" G_GSIZE_FORMAT, size);

  reply_set_header (reply, "Content-Range", value);
}

static Reply *
answer_range (Call *call, GBytes *bytes, gboolean allowed, GPtrArray *met)
{
  const Fault *refusal = faults_find (met, FAULT_REFUSE_RANGE);
  const Fault *part = faults_find (met, FAULT_SHORT);

  gsize size = g_bytes_get_size (bytes);
  Range range = { 0, size };
  RangeKind kind = RANGE_NONE;
  Reply *reply;

  if (refusal != NULL && call_header (call, "Range") != NULL)
    return reply_new_xml_error (refusal->number, NULL, "No ranges");
  if (allowed)
    kind = parse_range (call_header (call, "Range"), size, &range);
  if (kind == RANGE_OUTSIDE) {
    reply = reply_new_xml_error (416, "InvalidRange", "No such bytes");
    set_content_range (reply, NULL, size);
    return reply;
  }
  if (kind == RANGE_NONE)
    return reply_new (200, "video/mp4", g_bytes_ref (bytes));
  if (faults_find (met, FAULT_WRONG_RANGE) != NULL)
    range.first = 0;
  if (part != NULL)
    range.length = MIN (range.length, part->number);
  reply = reply_new (206, "video/mp4",
      g_bytes_new_from_bytes (bytes, range.first, range.length));
  set_content_range (reply, &range, size);
  return reply;
}

/* Returns other bytes of the same length, for the fault other-object. */
static GBytes *
alter (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint8 *other = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    other[i] = data[i] ^ 0x5a;
  return g_bytes_new_take (other, size);
}

static gchar *
make_date (Clip *clip, GPtrArray *met)
{
  g_autoptr (GDateTime) random = NULL;

  if (faults_find (met, FAULT_NO_DATE) != NULL)
    return NULL;
  if (faults_find (met, FAULT_FRESH_DATE) != NULL) {
    random = g_date_time_new_from_unix_utc (g_random_int_range (1, G_MAXINT));
    return soup_date_time_to_string (random, SOUP_DATE_HTTP);
  }
  return soup_date_time_to_string (clip_get_date (clip), SOUP_DATE_HTTP);
}

Reply *
clips_answer (Call *call, Clip *clip, GPtrArray *met)
{
  gboolean other = faults_find (met, FAULT_OTHER_OBJECT) != NULL;
  gboolean ranges = faults_find (met, FAULT_NO_RANGE) == NULL;
  const gchar *etag = other || faults_find (met, FAULT_ETAG)
                          ? "\"another-object\""
                          : clip_get_etag (clip);
  g_autofree gchar *date = make_date (clip, met);
  g_autofree gchar *fresh = g_uuid_string_random ();
  g_autofree gchar *fresh_etag = g_strdup_printf ("\"%s\"", fresh);
  g_autoptr (GBytes) bytes = other ? alter (clip_get_bytes (clip))
                                   : g_bytes_ref (clip_get_bytes (clip));
  Reply *reply;

  if (faults_find (met, FAULT_FRESH_ETAG) != NULL)
    etag = fresh_etag;
  if (faults_find (met, FAULT_NO_ETAG) != NULL)
    etag = NULL;
  ranges &= faults_find (met, FAULT_IGNORE_IF_RANGE) != NULL ||
            condition_holds (call, etag, date);
  reply = answer_range (call, bytes, ranges, met);
  reply_set_header (reply, "Accept-Ranges",
      faults_find (met, FAULT_NO_RANGE) ? "none" : "bytes");
  if (date != NULL)
    reply_set_header (reply, "Last-Modified", date);
  if (etag != NULL)
    reply_set_header (reply, "ETag", etag);
  return reply;
}

static Reply *
answer_clip (Service *service, Call *call, GPtrArray *met)
{
  g_autoptr (Task) task = NULL;
  Reply *refusal;

  if (!g_str_equal (call->method, "GET") && !g_str_equal (call->method, "HEAD"))
    return reply_new_xml_error (405, NULL, "The method is not allowed");
  refusal = check_signature (service, call);
  if (refusal == NULL)
    refusal = check_link (service, call);
  if (refusal != NULL)
    return refusal;
  task = find_task (service, call->path);
  if (task == NULL || task->clip == NULL ||
      clip_get_state (task->clip) != CLIP_READY)
    return reply_new_xml_error (404, "NoSuchKey", "There is no such clip");
  return clips_answer (call, task->clip, met);
}

typedef struct {
  const gchar *key;
  gboolean seen;
} Sighting;

static void
look_for_key (const gchar *name, const gchar *value, gpointer user_data)
{
  Sighting *sighting = user_data;

  if (g_ascii_strcasecmp (name, "Authorization") == 0 ||
      strstr (value, sighting->key) != NULL)
    sighting->seen = TRUE;
}

static gboolean
shows_key (Service *service, Call *call)
{
  Sighting sighting = { service->api_key, FALSE };
  g_autofree gchar *body = g_strndup (
      g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body));

  soup_message_headers_foreach (call->headers, look_for_key, &sighting);
  look_for_key ("path", call->path, &sighting);
  look_for_key ("query", call->raw_query ? call->raw_query : "", &sighting);
  look_for_key ("body", body, &sighting);
  return sighting.seen;
}

static void
count_call (Service *service, Call *call, Place place)
{
  gboolean head = g_str_equal (call->method, "HEAD");
  const gchar *range = call_header (call, "Range");

  counters_bump (service->counters,
      head                 ? COUNTER_CLIP_HEAD_REQUESTS
      : place == PLACE_END ? COUNTER_CLIP_ENDS
                           : COUNTER_CLIP_REQUESTS,
      1);
  if (range != NULL)
    counters_note_range (service->counters, range);
  /* Clients ask for a clip's last bytes before they know its ETag, so that
   * request needs no If-Range. */
  if (range != NULL && place != PLACE_END &&
      call_header (call, "If-Range") == NULL)
    counters_bump (service->counters, COUNTER_BARE_RANGES, 1);
  if (shows_key (service, call))
    counters_bump (service->counters, COUNTER_CREDENTIALS_ON_CLIP_PORT, 1);
  if (call_marks_connection (call))
    counters_bump (service->counters, COUNTER_CLIP_CONNECTIONS, 1);
}

gboolean
clips_handle (Call *call, gpointer user_data)
{
  Service *service = user_data;

  const gchar *range = call_header (call, "Range");
  gboolean end = range != NULL && g_str_has_prefix (range, "bytes=-");
  Place place = end ? PLACE_END : PLACE_CLIP;
  Reply *refusal = guard_refuse (service, call);
  gboolean reusable;

  if (refusal != NULL)
    return serve_plainly (service, call, refusal);
  count_call (service, call, place);
  call->request = links_enter (service->links);
  reusable = serve (service, call, place, answer_clip);
  links_leave (service->links);
  return reusable;
}
