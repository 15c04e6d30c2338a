/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts that come from outside: words of a service, headers, ids, errors of
 * other libraries. What is shown, logged or kept of them passes through here,
 * so that no key and no escape sequence reaches a terminal. Pure functions,
 * safe on hostile input. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @raw as one line of valid UTF-8 of at most @max characters, ending in "…"
 * where it was longer. @size is in bytes, -1 = up to the first NUL; what stands
 * behind the first 60 KiB is not looked at.
 *
 * Everything secret is hidden before the text is cut, because half of a key
 * cannot be recognised any more: @secret (may be NULL) as seedance_text_hide()
 * finds it; the user info and the query of URLs.
 * Control characters and those that reorder the text around them become
 * blanks; several blanks become one. Free with g_free(). */
gchar *seedance_text_clean (const gchar *raw, gssize size, guint max,
    const gchar *secret);

/* The readable words of a body that is no JSON, such as an error page: without
 * its tags, scripts and style sheets, then cleaned. NULL when it is binary or
 * holds no words. Free with g_free(). */
gchar *seedance_text_quote_body (const gchar *body, gsize size, guint max,
    const gchar *secret);

/* @text with "***" in the place of @secret; either may be NULL. It is found in
 * any case of its letters, escaped as in URLs, HTML or JSON, with invisible
 * characters and blanks between its letters, in base64 and in hex; and so is any
 * 8 letters or more of a secret of 16 or more, but not our name. For texts that
 * are not long: it takes some 30 times their memory. g_free(). */
gchar *seedance_text_hide (const gchar *text, const gchar *secret);

/* Whether @text can be sent and shown as it is: valid UTF-8 without control
 * characters, invisible ones, and those that reorder text. */
gboolean seedance_text_is_plain (const gchar *text);

G_END_DECLS
