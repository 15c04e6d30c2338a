/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A slow link on this machine: takes connections on loopback and passes their
 * bytes on to a port. All connections share the link's rate, one rate for each
 * direction; every byte arrives half a round trip late, and a connection's
 * first ones a whole round trip later still, which is what opening it costs.
 *
 * A piece of n bytes leaves when the link is free, keeps it busy for n / rate,
 * and arrives after the delay. Nothing is read while the link is busy for
 * longer than a moment, so the sender feels the back-pressure. */

#define _GNU_SOURCE
#include <errno.h>
#include <glib-unix.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 4096
/* How far ahead the link may be taken up. */
#define AHEAD_US 2000
/* What a receiver that does not read makes the relay hold. */
#define HELD_MAX (256 * 1024)
/* Small buffers: what the kernel swallows is not paced. */
#define SOCKET_BUFFER (32 * 1024)

static gint option_to, option_rate, option_round_trip;

static const GOptionEntry entries[] = {
  { "to", 0, 0, G_OPTION_ARG_INT, &option_to, "Where it leads, on loopback",
      "PORT" },
  { "rate", 0, 0, G_OPTION_ARG_INT, &option_rate,
      "How many bytes a second each way; 0: no limit", "N" },
  { "round-trip", 0, 0, G_OPTION_ARG_INT, &option_round_trip,
      "How long there and back takes", "MS" },
  { NULL }
};

typedef struct {
  gint64 due;
  gsize size; /* 0: the end of the stream */
  gsize sent;
  guint8 data[];
} Piece;

typedef struct {
  gint from, to;
  gint64 *busy_until; /* the link's, this way */
  gint64 not_before;
  GQueue pieces;
  gsize held;
  guint64 taken; /* bytes, ever */
  gboolean ended; /* nothing more comes */
  gboolean done;  /* and all of it went out */
} Flow;

typedef struct {
  Flow flows[2];
  gboolean broken;
} Connection;

static struct {
  gint listener;
  GPtrArray *connections;
  gint64 busy_until[2];
  guint turn; /* who may read first */
} relay;

static gint64
half_round_trip (void)
{
  return option_round_trip * G_TIME_SPAN_MILLISECOND / 2;
}

static gboolean
may_read (const Flow *flow, gint64 now)
{
  return !flow->ended && flow->held < HELD_MAX &&
         *flow->busy_until <= now + AHEAD_US;
}

static gboolean
may_write (const Flow *flow, gint64 now)
{
  const Piece *piece = g_queue_peek_head ((GQueue *) &flow->pieces);

  return piece && piece->due <= now;
}

static void
enqueue (Flow *flow, Piece *piece, gint64 now)
{
  gint64 leaves = MAX (now, *flow->busy_until);

  if (option_rate > 0)
    leaves += (gint64) piece->size * G_USEC_PER_SEC / option_rate;
  *flow->busy_until = leaves;
  piece->due = MAX (leaves, flow->not_before) + half_round_trip ();
  flow->held += piece->size;
  g_queue_push_tail (&flow->pieces, piece);
}

/* FALSE = the connection is broken. */
static gboolean
read_some (Flow *flow, gint64 now)
{
  Piece *piece = g_malloc (sizeof (Piece) + PIECE);
  gssize got = read (flow->from, piece->data, PIECE);

  if (got < 0) {
    g_free (piece);
    return errno == EAGAIN || errno == EINTR;
  }
  piece->size = (gsize) got;
  flow->taken += piece->size;
  piece->sent = 0;
  flow->ended = got == 0;
  enqueue (flow, piece, now);

  return TRUE;
}

static gboolean
write_piece (Flow *flow, Piece *piece)
{
  gssize put;

  if (piece->size == 0) {
    flow->done = TRUE;
    return shutdown (flow->to, SHUT_WR) == 0;
  }
  put = send (flow->to, piece->data + piece->sent, piece->size - piece->sent,
      MSG_NOSIGNAL);
  if (put < 0)
    return errno == EAGAIN || errno == EINTR;
  piece->sent += (gsize) put;
  flow->held -= (gsize) put;

  return TRUE;
}

static gboolean
write_due (Flow *flow, gint64 now)
{
  while (may_write (flow, now)) {
    Piece *piece = g_queue_peek_head (&flow->pieces);
    gsize before = piece->sent;

    if (!write_piece (flow, piece))
      return FALSE;
    if (piece->size > 0 && piece->sent < piece->size && piece->sent == before)
      return TRUE;
    if (piece->sent == piece->size)
      g_free (g_queue_pop_head (&flow->pieces));
  }

  return TRUE;
}

static void
flow_init (Flow *flow, gint from, gint to, gint64 *busy_until)
{
  flow->from = from;
  flow->to = to;
  flow->busy_until = busy_until;
  g_queue_init (&flow->pieces);
}

static void
set_up_socket (gint fd)
{
  gint one = 1, size = SOCKET_BUFFER;

  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static struct sockaddr_in
loopback (gint port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
    .sin_port = htons ((guint16) port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
}

static void
accept_one (gint64 now)
{
  struct sockaddr_in address = loopback (option_to);
  gint client = accept4 (relay.listener, NULL, NULL, SOCK_CLOEXEC);
  gint server = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Connection *connection;

  if (client < 0 || server < 0 ||
      connect (server, (struct sockaddr *) &address, sizeof address) != 0) {
    if (client >= 0)
      close (client);
    if (server >= 0)
      close (server);
    return;
  }
  set_up_socket (client);
  set_up_socket (server);
  connection = g_new0 (Connection, 1);
  flow_init (&connection->flows[0], client, server, &relay.busy_until[0]);
  flow_init (&connection->flows[1], server, client, &relay.busy_until[1]);
  connection->flows[0].not_before = now + 2 * half_round_trip ();
  g_ptr_array_add (relay.connections, connection);
}

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  close (connection->flows[0].from);
  close (connection->flows[0].to);
  g_queue_clear_full (&connection->flows[0].pieces, g_free);
  g_queue_clear_full (&connection->flows[1].pieces, g_free);
  g_free (connection);
}

static gboolean
is_over (const Connection *connection)
{
  return connection->broken ||
         (connection->flows[0].done && connection->flows[1].done);
}

static gint64
earlier (gint64 a, gint64 b)
{
  return a < 0 ? b : MIN (a, b);
}

/* What a flow waits for beside its sockets; -1 = nothing. */
static gint64
flow_due (const Flow *flow, gint64 now)
{
  const Piece *piece = g_queue_peek_head ((GQueue *) &flow->pieces);
  gint64 due = -1;

  if (piece && piece->due > now)
    due = piece->due;
  if (!flow->ended && *flow->busy_until > now + AHEAD_US)
    due = earlier (due, *flow->busy_until - AHEAD_US);

  return due;
}

/* Two entries for a connection, client's and server's, after the two fixed
 * ones. Returns when the first timed thing is due, or -1. */
static gint64
prepare (GArray *polls, gint64 now)
{
  struct pollfd fixed[] = { { STDIN_FILENO, POLLIN, 0 },
    { relay.listener, POLLIN, 0 } };
  gint64 due = -1;

  g_array_set_size (polls, 0);
  g_array_append_vals (polls, fixed, G_N_ELEMENTS (fixed));
  for (guint i = 0; i < relay.connections->len; i++) {
    Connection *connection = g_ptr_array_index (relay.connections, i);
    struct pollfd ends[2] = { { connection->flows[0].from, 0, 0 },
      { connection->flows[1].from, 0, 0 } };

    for (guint j = 0; j < 2; j++) {
      Flow *flow = &connection->flows[j];
      gint64 flow_is_due = flow_due (flow, now);

      if (may_read (flow, now))
        ends[j].events |= POLLIN;
      if (may_write (flow, now))
        ends[1 - j].events |= POLLOUT;
      if (flow_is_due >= 0)
        due = earlier (due, flow_is_due);
    }
    /* Who is asked for nothing would still report that it hung up. */
    for (guint j = 0; j < 2; j++) {
      if (ends[j].events == 0)
        ends[j].fd = -1;
    }
    g_array_append_vals (polls, ends, 2);
  }

  return due;
}

static void
serve (Connection *connection, const struct pollfd *ends)
{
  for (guint j = 0; j < 2 && !connection->broken; j++) {
    Flow *flow = &connection->flows[j];
    gint64 now = g_get_monotonic_time ();

    if ((ends[j].revents & (POLLIN | POLLHUP)) && may_read (flow, now))
      connection->broken = !read_some (flow, now);
    if (!connection->broken)
      connection->broken = !write_due (flow, now);
    if (ends[j].revents & POLLERR)
      connection->broken = TRUE;
  }
}

static void
serve_all (const GArray *polls)
{
  guint count = relay.connections->len;
  guint first = relay.turn;

  for (guint i = 0; i < count; i++) {
    guint which = (first + i) % count;
    Connection *connection = g_ptr_array_index (relay.connections, which);
    guint64 taken = connection->flows[1].taken;

    serve (connection, &g_array_index (polls, struct pollfd, 2 + 2 * which));
    /* Whoever took of the link comes last the next time. */
    if (connection->flows[1].taken != taken)
      relay.turn = which + 1;
  }
  for (guint i = count; i > 0; i--) {
    if (is_over (g_ptr_array_index (relay.connections, i - 1)))
      g_ptr_array_remove_index (relay.connections, i - 1);
  }
}

static void
await (GArray *polls, gint64 due)
{
  gint64 now = g_get_monotonic_time ();
  gint64 left = MAX (0, due - now);
  struct timespec time = { left / G_USEC_PER_SEC,
    left % G_USEC_PER_SEC * 1000 };

  if (ppoll ((struct pollfd *) polls->data, polls->len, due < 0 ? NULL : &time,
          NULL) < 0 &&
      errno != EINTR)
    g_error ("poll: %s", g_strerror (errno));
}

/* Ends with the standard input, and so with whoever started it. */
static void
run (void)
{
  g_autoptr (GArray) polls = g_array_new (FALSE, FALSE, sizeof (struct pollfd));

  for (;;) {
    await (polls, prepare (polls, g_get_monotonic_time ()));
    if (g_array_index (polls, struct pollfd, 0).revents)
      return;
    serve_all (polls);
    if (g_array_index (polls, struct pollfd, 1).revents)
      accept_one (g_get_monotonic_time ());
  }
}

static gint
start_listening (void)
{
  struct sockaddr_in address = loopback (0);
  socklen_t size = sizeof address;

  relay.listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (relay.listener < 0 ||
      bind (relay.listener, (struct sockaddr *) &address, size) != 0 ||
      listen (relay.listener, SOMAXCONN) != 0 ||
      getsockname (relay.listener, (struct sockaddr *) &address, &size) != 0)
    g_error ("No port to listen on: %s", g_strerror (errno));
  /* Who hung up before it was accepted must not hold the others. */
  g_unix_set_fd_nonblocking (relay.listener, TRUE, NULL);

  return ntohs (address.sin_port);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (option_to <= 0 || option_rate < 0 || option_round_trip < 0)
    g_error ("--to is wanted, and nothing below 0");

  relay.connections = g_ptr_array_new_with_free_func (connection_free);
  g_print ("{\"port\":%d}\n", start_listening ());
  fflush (stdout);
  run ();
  g_ptr_array_unref (relay.connections);
  close (relay.listener);

  return 0;
}
