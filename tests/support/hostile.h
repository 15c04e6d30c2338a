/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hostile set: strings that may come from outside, and kinds of files that
 * a name may lead to. The tests feed all of it to every function that reads
 * such input. Needs only GLib, so that tests of the client and of the elements
 * can use it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  HOSTILE_FIFO, /* opening or reading it blocks until a writer comes */
  HOSTILE_FOLDER,
  HOSTILE_DEVICE, /* endless: /dev/zero */
  HOSTILE_SOCKET,
  HOSTILE_LINK,       /* a link to a good file elsewhere */
  HOSTILE_DANGLING,   /* a link to nothing */
  HOSTILE_CIRCLE,     /* a link to itself */
  HOSTILE_HUGE,       /* 2 GiB, sparse */
  HOSTILE_FOREIGN,    /* owned by another user; only root can make it */
  HOSTILE_SHARED,     /* good, but every user may write to it */
  HOSTILE_UNREADABLE, /* mode 0; not made for root, who can read it */
  HOSTILE_EMPTY,
  HOSTILE_NUL, /* a good file with a NUL in its middle */
  HOSTILE_N_FILES,
} HostileFile;

/* The hostile strings, from 0 to hostile_n_strings() - 1. They are static. */
guint hostile_n_strings (void);
const gchar *hostile_string (guint nth);

/* Returns TRUE if the string is valid UTF-8 and has no control or formatting
 * characters: a terminal obeys nothing in it, and it ends no HTTP header. */
gboolean hostile_string_is_plain (guint nth);

/* Returns the name of the kind, for messages and file names. It is static. */
const gchar *hostile_file_name (HostileFile kind);

/* Makes a file of that kind at @path and replaces what is there. Kinds that
 * have contents derive them from @good, the text of a good file. Returns FALSE
 * if this kind cannot be made on this machine or by this user. */
gboolean hostile_file_make (
    HostileFile kind, const gchar *path, const gchar *good);

/* The same for a good file of @size bytes. */
gboolean hostile_file_make_of (
    HostileFile kind, const gchar *path, const gchar *good, gsize size);

G_END_DECLS
