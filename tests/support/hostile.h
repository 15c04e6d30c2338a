/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hostile set: what a string that comes from outside may hold, and what a
 * file's name may turn out to be. Every intake is fed all of it. GLib alone,
 * for the tests of the client and of the element. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  HOSTILE_FIFO, /* opening or reading it waits for a writer */
  HOSTILE_FOLDER,
  HOSTILE_DEVICE, /* without an end */
  HOSTILE_SOCKET,
  HOSTILE_LINK,       /* to a good file elsewhere */
  HOSTILE_DANGLING,   /* a link to nothing */
  HOSTILE_CIRCLE,     /* a link to itself */
  HOSTILE_HUGE,       /* 2 GiB without a block on the disk */
  HOSTILE_FOREIGN,    /* another user's; only root can make it */
  HOSTILE_SHARED,     /* good, but every user may write it */
  HOSTILE_UNREADABLE, /* of mode 0; root can read it all the same */
  HOSTILE_EMPTY,
  HOSTILE_NUL, /* good, but for a NUL in its middle */
  HOSTILE_N_FILES,
} HostileFile;

/* What a string may hold. */
guint hostile_n_strings (void);
const gchar *hostile_string (guint nth);

/* Whether it is plain: no character in it is obeyed by a terminal, ends a
 * header, or is none at all. */
gboolean hostile_string_is_plain (guint nth);

const gchar *hostile_file_name (HostileFile kind);

/* Makes it at @path, in place of what is there, from the good file's text
 * @good. FALSE where it cannot be made here. */
gboolean hostile_file_make (
    HostileFile kind, const gchar *path, const gchar *good);

/* The same of a good file of @size bytes. */
gboolean hostile_file_make_of (
    HostileFile kind, const gchar *path, const gchar *good, gsize size);

G_END_DECLS
