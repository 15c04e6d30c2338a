/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts from outside: words of a service, headers, ids, errors of other
 * libraries. They pass through here before they are shown, logged or stored, so
 * that no API key and no escape sequence reaches a terminal. Pure functions,
 * safe on hostile input. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns @raw as one line of valid UTF-8: at most @max characters, and "…"
 * behind them if there were more. @size is in bytes, -1 = up to the first NUL.
 * Only the first 60 KiB of a text of more than 64 KiB are used.
 *
 * Secrets are hidden before the text is cut, because half of a key cannot be
 * recognized: @secret (may be NULL), as seedance_text_hide() finds it, and the
 * user info, query and fragment of URLs. Control characters, and those that
 * reorder the text around them, become blanks. Several blanks become one.
 * g_free(). */
gchar *seedance_text_clean (const gchar *raw, gssize size, guint max,
    const gchar *secret);

/* Returns the readable words of a body that is not JSON, such as an error page:
 * without tags, scripts and style sheets, then cleaned as by
 * seedance_text_clean(). NULL if it is binary or has no words. g_free(). */
gchar *seedance_text_quote_body (const gchar *body, gsize size, guint max,
    const gchar *secret);

/* Returns @text with "***" in place of @secret; either may be NULL. The secret
 * is found in upper and lower case, escaped as in URLs, HTML or JSON, with
 * invisible characters and blanks between its letters, in base64 and in hex. Of
 * a secret of 16 letters or more, parts of 8 letters are found, too. The name
 * "seedance" is not hidden, nor is a secret of less than 4 bytes. Takes some 30
 * times the memory of @text, so @text should not be long. g_free(). */
gchar *seedance_text_hide (const gchar *text, const gchar *secret);

/* Whether @text can be sent and shown as it is: it is valid UTF-8 and has no
 * characters that control, cannot be seen, or reorder the text around them. */
gboolean seedance_text_is_plain (const gchar *text);

G_END_DECLS
