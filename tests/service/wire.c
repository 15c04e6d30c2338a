/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends a reply over the socket and applies the faults of the transfer. */

#include "wire.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The fault rate sends the body in this many steps a second. */
#define STEPS_PER_SECOND 20
#define PIECE (256 * 1024)

static gboolean
is_over (gpointer user_data)
{
  Wire *wire = user_data;

  return call_is_over (wire->call) ||
         (wire->links && !links_is_newest (wire->links, wire->call->request));
}

static gboolean
send_bytes (Wire *wire, const gchar *data, gsize size)
{
  while (size > 0) {
    gssize sent = g_socket_send_with_blocking (
        call_socket (wire->call), data, size, TRUE, wire->call->quit, NULL);

    if (sent <= 0)
      return FALSE;
    data += sent;
    size -= sent;
  }
  return TRUE;
}

gboolean
wire_pause (Wire *wire, guint64 milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;
  gint64 left;

  while ((left = end - g_get_monotonic_time ()) > 0) {
    if (is_over (wire))
      return FALSE;
    g_usleep (MIN (left, 50 * G_TIME_SPAN_MILLISECOND));
  }
  return TRUE;
}

gboolean
wire_hold (Wire *wire)
{
  return gate_hold (wire->gate, wire->counters, wire->held, is_over, wire);
}

/* Polls the connection instead of waiting for data, because data that the
 * client still sends must not end the wait. */
static void
wait_for_close (Wire *wire)
{
  while (wire_pause (wire, G_MAXINT32))
    ;
}

void
wire_hang (Wire *wire)
{
  counters_bump (wire->counters, COUNTER_HANGS, 1);
  wait_for_close (wire);
}

gboolean
wire_reset (Wire *wire)
{
  GSocket *socket = call_socket (wire->call);
  struct linger linger = { 1, 0 };
  gint unsent = 0;

  /* A RST discards bytes that have not been sent yet, but the fault promises
   * that the bytes before it arrive. */
  while (ioctl (g_socket_get_fd (socket), SIOCOUTQ, &unsent) == 0 &&
         unsent > 0 && wire_pause (wire, 1))
    ;
  setsockopt (
      g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  return FALSE;
}

/* Sends header after header and never the empty line that would end them. */
static gboolean
send_headers_endlessly (Wire *wire, const gchar *head, gsize length)
{
  static const gchar more[] = "X-Padding: and one more\r\n";
  gboolean open = send_bytes (wire, head, length - strlen ("\r\n"));

  while (open)
    open = send_bytes (wire, more, strlen (more));
  return FALSE;
}

static gboolean
send_head (Wire *wire, Reply *reply, gboolean keep_alive)
{
  const Fault *drip = faults_find (wire->faults, FAULT_DRIP);
  gsize length;
  g_autofree gchar *head = reply_head (reply, keep_alive, &length);

  if (faults_find (wire->faults, FAULT_ENDLESS_HEADERS) != NULL)
    return send_headers_endlessly (wire, head, length);
  if (drip == NULL)
    return send_bytes (wire, head, length);
  for (gsize i = 0; i < length; i++) {
    if (!send_bytes (wire, head + i, 1) || !wire_pause (wire, drip->number))
      return FALSE;
  }
  return TRUE;
}

static gboolean
send_piece (Wire *wire, Reply *reply, const gchar *data, gsize size)
{
  gchar frame[32];

  if (reply->framing == FRAMING_CHUNKED) {
    g_snprintf (frame, sizeof frame, "%" G_GSIZE_MODIFIER "x\r\n", size);
    if (!send_bytes (wire, frame, strlen (frame)))
      return FALSE;
  }
  if (!send_bytes (wire, data, size))
    return FALSE;
  if (wire->bytes != N_COUNTERS)
    counters_bump (wire->counters, wire->bytes, size);
  return reply->framing != FRAMING_CHUNKED || send_bytes (wire, "\r\n", 2);
}

static gboolean
send_part (Wire *wire, Reply *reply, gsize from, gsize to)
{
  const Fault *rate = faults_find (wire->faults, FAULT_RATE);
  const gchar *data = g_bytes_get_data (reply->body, NULL);
  gsize step = rate ? MAX (rate->number / STEPS_PER_SECOND, 1) : PIECE;

  while (from < to) {
    gsize size = MIN (step, to - from);

    if ((wire->links && is_over (wire)) ||
        !send_piece (wire, reply, data + from, size))
      return FALSE;
    from += size;
    if (rate != NULL && !wire_pause (wire, 1000 / STEPS_PER_SECOND))
      return FALSE;
  }
  return TRUE;
}

/* Sends spaces for ever: they lengthen a JSON body without making it
 * invalid. */
static gboolean
send_endlessly (Wire *wire, Reply *reply)
{
  g_autofree gchar *filling = g_malloc (PIECE);
  g_autoptr (Reply) more = NULL;

  memset (filling, ' ', PIECE);
  more = reply_new (
      200, "text/plain", g_bytes_new_take (g_steal_pointer (&filling), PIECE));
  more->framing = reply->framing;
  while (send_part (wire, more, 0, PIECE))
    ;
  return FALSE;
}

/* Returns the position in the body at which a fault strikes; a position past
 * the end if the fault is not set. */
static gsize
position_of (Wire *wire, FaultKind kind, gsize size)
{
  const Fault *fault = faults_find (wire->faults, kind);

  if (fault == NULL)
    return size + 1;
  return fault->percent ? size * fault->number / 100 : (gsize) fault->number;
}

static gboolean
stall (Wire *wire)
{
  counters_bump (wire->counters, COUNTER_CLIPS_STALLED, 1);
  wait_for_close (wire);
  return FALSE;
}

static gboolean
send_body (Wire *wire, Reply *reply)
{
  gsize size = g_bytes_get_size (reply->body);
  gsize hold_at = position_of (wire, FAULT_HOLD_AT, size);
  gsize truncate = position_of (wire, FAULT_TRUNCATE, size);
  gsize reset = position_of (wire, FAULT_CUT_RESET, size);
  gsize stall_at = position_of (wire, FAULT_STALL, size);
  gsize cut = MIN (MIN (truncate, reset), MIN (stall_at, size));
  gsize from = 0;

  if (hold_at <= cut) {
    if (!send_part (wire, reply, 0, hold_at) || !wire_hold (wire))
      return FALSE;
    from = hold_at;
  }
  if (!send_part (wire, reply, from, cut))
    return FALSE;
  if (stall_at == cut)
    return stall (wire);
  if (reset == cut)
    return wire_reset (wire);
  if (truncate == cut)
    return FALSE;
  return reply->endless ? send_endlessly (wire, reply) : TRUE;
}

static gboolean
send_last_chunk (Wire *wire, Reply *reply)
{
  g_autofree gchar *end =
      g_strconcat ("0\r\n", reply->trailer ? reply->trailer : "",
          reply->trailer ? "\r\n\r\n" : "\r\n", NULL);

  return send_bytes (wire, end, strlen (end));
}

gboolean
wire_send (Wire *wire, Reply *reply)
{
  gboolean keep_alive =
      wire->call->keep_alive && reply->framing != FRAMING_UNTIL_CLOSE;

  if (!send_head (wire, reply, keep_alive))
    return FALSE;
  if (!reply->head_only && !send_body (wire, reply))
    return FALSE;
  if (reply->framing == FRAMING_CHUNKED && !reply->head_only &&
      !send_last_chunk (wire, reply))
    return FALSE;
  return keep_alive;
}
