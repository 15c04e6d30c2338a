/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replaces getaddrinfo() for the names of names.h. */

#define _GNU_SOURCE
#include "names.h"

#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

#include "run.h"

#define PUBLIC "public.seedance.test"

static struct {
  GMutex lock;
  GCond cond;
  guint held, released;
} names;

static int
hold (void)
{
  guint turn;

  g_mutex_lock (&names.lock);
  turn = ++names.held;
  g_cond_broadcast (&names.cond);
  while (names.released < turn)
    g_cond_wait (&names.cond, &names.lock);
  g_mutex_unlock (&names.lock);

  return EAI_NONAME;
}

/* A function in the program takes precedence over the C library's, also for
 * libraries that are loaded later. */
int
getaddrinfo (const char *node, const char *port, const struct addrinfo *hints,
    struct addrinfo **result)
{
  static gsize real = 0;

  if (node && strcmp (node, TEST_NAME_SILENT) == 0)
    return hold ();
  if (node && strcmp (node, TEST_NAME_UNKNOWN) == 0)
    return EAI_NONAME;
  if (node && strcmp (node, PUBLIC) == 0)
    node = "127.0.0.1";
  if (g_once_init_enter (&real))
    g_once_init_leave (&real, (gsize) dlsym (RTLD_NEXT, "getaddrinfo"));

  return ((__typeof__ (&getaddrinfo)) real) (node, port, hints, result);
}

const gchar *
test_names_get_public (void)
{
  return PUBLIC;
}

void
test_names_wait (guint at_least)
{
  gint64 end = g_get_monotonic_time () + test_patience ();

  g_mutex_lock (&names.lock);
  while (names.held < at_least)
    fail_unless (g_cond_wait_until (&names.cond, &names.lock, end),
        "nobody asked for the name");
  g_mutex_unlock (&names.lock);
}

void
test_names_release (void)
{
  g_mutex_lock (&names.lock);
  names.released = names.held;
  g_cond_broadcast (&names.cond);
  g_mutex_unlock (&names.lock);
}
