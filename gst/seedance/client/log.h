/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the client says of itself to those who look for a fault. All of it goes
 * through one hook, and whatever is secret is masked here and nowhere else.
 * Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_LOG_INFO,   /* requests and decisions */
  SEEDANCE_LOG_DETAIL, /* what they are made of */
  SEEDANCE_LOG_BODY,   /* what services answer */
} SeedanceLogLevel;

typedef struct {
  /* Whether anybody reads lines of @level: called before each. */
  gboolean (*wants) (SeedanceLogLevel level);
  /* @text is one line, and holds nothing secret. */
  void (*write) (SeedanceLogLevel level, const gchar *file,
      const gchar *function, gint line, const gchar *text);
} SeedanceLogHook;

/* @hook is static. To be set before the client is used; NULL = nobody reads. */
void seedance_log_set_hook (const SeedanceLogHook *hook);

gboolean seedance_log_wants (SeedanceLogLevel level);

/* @secret is a key that may be in the text, or NULL. User info and queries of
 * URLs are hidden in any case. */
void seedance_log_line (SeedanceLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *secret, const gchar *format,
    ...) G_GNUC_PRINTF (6, 7);

/* An answer's body: as much of it as helps, with long data left out. */
void seedance_log_body (SeedanceLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *secret, const gchar *whose,
    const gchar *body, gsize size);

/* The arguments are looked at only when somebody reads. */
#define SEEDANCE_LOG(level, secret, ...) \
  G_STMT_START { \
    if (seedance_log_wants (level)) \
      seedance_log_line ( \
          level, __FILE__, G_STRFUNC, __LINE__, secret, __VA_ARGS__); \
  } G_STMT_END

#define SEEDANCE_INFO(secret, ...) \
  SEEDANCE_LOG (SEEDANCE_LOG_INFO, secret, __VA_ARGS__)
#define SEEDANCE_DETAIL(secret, ...) \
  SEEDANCE_LOG (SEEDANCE_LOG_DETAIL, secret, __VA_ARGS__)

G_END_DECLS
