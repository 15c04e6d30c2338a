/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of the client, for people who look for a fault. Every line goes
 * through one hook, by which the plugin gets it into GStreamer's log. Secrets
 * are hidden on the way, so callers may log texts as they are. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SEEDANCE_LOG_INFO,   /* requests and decisions */
  SEEDANCE_LOG_DETAIL, /* the single steps of both */
  SEEDANCE_LOG_BODY,   /* the bodies of answers */
} SeedanceLogLevel;

typedef struct {
  /* Whether anybody reads lines of @level. Called before each line. */
  gboolean (*wants) (SeedanceLogLevel level);
  /* Writes @text, which is one line without secrets. */
  void (*write) (SeedanceLogLevel level, const gchar *file,
      const gchar *function, gint line, const gchar *text);
} SeedanceLogHook;

/* Set the hook before the client is used. @hook is not copied and must stay
 * valid for the life of the process. NULL = no log. */
void seedance_log_set_hook (const SeedanceLogHook *hook);

gboolean seedance_log_wants (SeedanceLogLevel level);

/* Writes a line. @secret is an API key that the text may contain, or NULL. The
 * user info and the query of URLs are hidden in any case. */
void seedance_log_line (SeedanceLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *secret, const gchar *format,
    ...) G_GNUC_PRINTF (6, 7);

/* Writes the start of a body of @size bytes, with long base64 shortened. @whose
 * stands before it. @body may be NULL. */
void seedance_log_body (SeedanceLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *secret, const gchar *whose,
    const gchar *body, gsize size);

/* Evaluates the arguments only if somebody reads lines of this level. */
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
