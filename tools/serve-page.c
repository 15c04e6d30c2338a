/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policy allows the page's own style and script by their hashes, so a
 * script that got into a text of the page would not run. */
#include "serve-page.h"

#include <gio/gio.h>
#include <string.h>

#include "serve-page-resource.h"

GBytes *
serve_page_get (void)
{
  return g_resource_lookup_data (serve_page_get_resource (),
      "/seedance/serve/serve-page.html", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

/* Returns "'sha256-…'" of the text in the only element @tag of the page. Free
 * with g_free(). */
static gchar *
hash_of (GBytes *page, const gchar *tag)
{
  gsize size, digest_size = g_checksum_type_get_length (G_CHECKSUM_SHA256);
  const gchar *text = g_bytes_get_data (page, &size);
  g_autofree gchar *opening = g_strdup_printf ("<%s>", tag);
  g_autofree gchar *closing = g_strdup_printf ("</%s>", tag);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  g_autofree gchar *base64 = NULL;
  const gchar *start = g_strstr_len (text, (gssize) size, opening);
  const gchar *end;

  g_assert (start && digest_size == sizeof digest);
  start += strlen (opening);
  end = g_strstr_len (start, text + size - start, closing);
  g_assert (end);
  g_checksum_update (sum, (const guchar *) start, end - start);
  g_checksum_get_digest (sum, digest, &digest_size);
  base64 = g_base64_encode (digest, digest_size);

  return g_strdup_printf ("'sha256-%s'", base64);
}

gchar *
serve_page_get_policy (void)
{
  g_autoptr (GBytes) page = serve_page_get ();
  g_autofree gchar *style = hash_of (page, "style");
  g_autofree gchar *script = hash_of (page, "script");

  return g_strdup_printf (
      "default-src 'none'; style-src %s; script-src %s; connect-src 'self'; "
      "media-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      style, script);
}
