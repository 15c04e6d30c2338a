/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks the rules of a profile when it is loaded, and applies them to a
 * request. */

#include "rules.h"

#include "error.h"
#include "json.h"
#include "template.h"

#include <string.h>

#define NOTHING "Nothing was ordered and nothing is billed."

static gboolean
check_names (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *child;

  if (!cJSON_IsArray (node) || !node->child)
    return seedance_profile_expected (check, "a list of names of values");
  cJSON_ArrayForEach (child, node)
  {
    if (!cJSON_IsString (child) ||
        !seedance_template_is_name (child->valuestring))
      return seedance_profile_expected (
          check, "names of values, such as \"image\"");
  }

  return TRUE;
}

static gboolean
check_words (SeedanceProfileCheck *check, const cJSON *node)
{
  const cJSON *child;

  if (!cJSON_IsArray (node) || !node->child)
    return seedance_profile_expected (check, "a list of texts");
  cJSON_ArrayForEach (child, node)
  {
    if (!cJSON_IsString (child) || !*child->valuestring)
      return seedance_profile_expected (check, "a list of texts");
  }

  return TRUE;
}

static gboolean
check_number (SeedanceProfileCheck *check, const cJSON *node)
{
  return seedance_json_is_integer (node) ||
         seedance_profile_expected (check, "a whole number");
}

static gboolean
check_name (SeedanceProfileCheck *check, const cJSON *node)
{
  return (cJSON_IsString (node) &&
             seedance_template_is_name (node->valuestring)) ||
         seedance_profile_expected (
             check, "the name of a value, such as \"image\"");
}

static gboolean
check_true (SeedanceProfileCheck *check, const cJSON *node)
{
  return cJSON_IsTrue (node) || seedance_profile_expected (check, "true");
}

static gboolean
check_hint (SeedanceProfileCheck *check, const cJSON *node)
{
  return cJSON_IsString (node) ||
         seedance_profile_expected (check, "a text for people");
}

static const SeedanceProfileMember rule_members[] = {
  { "value", TRUE, check_name },
  { "required", FALSE, check_true },
  { "required-unless", FALSE, check_name },
  { "one-of", FALSE, check_words },
  { "from", FALSE, check_number },
  { "to", FALSE, check_number },
  { "at-most", FALSE, check_number },
  { "links-only", FALSE, check_true },
  { "needs", FALSE, check_names },
  { "excludes", FALSE, check_names },
  { "hint", FALSE, check_hint },
  { NULL },
};

gboolean
seedance_rules_check (SeedanceProfileCheck *check, const cJSON *rules)
{
  const cJSON *rule;
  guint nth = 0;

  if (!cJSON_IsArray (rules))
    return seedance_profile_expected (check, "a list of rules");
  cJSON_ArrayForEach (rule, rules)
  {
    gsize back = seedance_profile_enter_item (check, nth++);

    if (!seedance_profile_check_members (check, rule, rule_members))
      return FALSE;
    seedance_profile_leave (check, back);
  }

  return TRUE;
}

/* A rule and the value that it is about. */
typedef struct {
  const gchar *provider, *name;
  const cJSON *rule, *values, *value; /* value: NULL = not set */
} Case;

static const cJSON *
part (const Case *c, const gchar *name)
{
  return cJSON_GetObjectItemCaseSensitive (c->rule, name);
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const Case *c, GError **error, const gchar *format, ...)
{
  const gchar *hint = cJSON_GetStringValue (part (c, "hint"));
  g_autofree gchar *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (error, seedance_error_new (SEEDANCE_ERROR_SETTINGS, NULL,
                                "The provider %s %s%s%s", c->provider, why,
                                hint ? " " : "", hint ? hint : ""));

  return FALSE;
}

static gboolean
apply_required (const Case *c, GError **error)
{
  const gchar *other = cJSON_GetStringValue (part (c, "required-unless"));

  if (c->value || (!other && !part (c, "required")) ||
      (other && seedance_template_get (c->values, other)))
    return TRUE;

  return refuse (c, error, "needs %s: it is not set. " NOTHING, c->name);
}

/* Returns "a, b or c". */
static gchar *
join_words (const cJSON *words)
{
  GString *text = g_string_new (NULL);
  const cJSON *word;

  cJSON_ArrayForEach (word, words)
  {
    if (word != words->child)
      g_string_append (text, word->next ? ", " : " or ");
    g_string_append (text, word->valuestring);
  }

  return g_string_free (text, FALSE);
}

static gboolean
apply_words (const Case *c, GError **error)
{
  const cJSON *words = part (c, "one-of"), *word;
  const gchar *text = cJSON_GetStringValue (c->value);
  g_autofree gchar *known = NULL;

  if (!words || !text)
    return TRUE;
  cJSON_ArrayForEach (word, words)
  {
    if (g_str_equal (word->valuestring, text))
      return TRUE;
  }
  known = join_words (words);

  return refuse (c, error,
      "does not know the %s \"%s\". " NOTHING " Set %s to %s.", c->name, text,
      c->name, known);
}

static gboolean
apply_range (const Case *c, GError **error)
{
  const cJSON *from = part (c, "from"), *to = part (c, "to");
  const gchar *digits = cJSON_IsRaw (c->value) ? c->value->valuestring : NULL;
  gint64 number = digits ? g_ascii_strtoll (digits, NULL, 10) : 0;
  g_autofree gchar *range = NULL;

  if (!digits || ((!from || number >= (gint64) from->valuedouble) &&
                     (!to || number <= (gint64) to->valuedouble)))
    return TRUE;
  if (from && to)
    range = g_strdup_printf (
        "from %.0f to %.0f", from->valuedouble, to->valuedouble);
  else if (from)
    range = g_strdup_printf ("of %.0f or more", from->valuedouble);
  else
    range = g_strdup_printf ("of %.0f or less", to->valuedouble);

  return refuse (c, error,
      "takes a %s %s, not %s. " NOTHING " Set %s to a value %s.", c->name,
      range, digits, c->name, range);
}

static gboolean
apply_number (const Case *c, GError **error)
{
  const cJSON *most = part (c, "at-most");

  if (!most || cJSON_GetArraySize (c->value) <= most->valuedouble)
    return TRUE;

  return refuse (c, error, "takes at most %.0f %s, not %d. " NOTHING,
      most->valuedouble, c->name, cJSON_GetArraySize (c->value));
}

static gboolean
is_data (const cJSON *value)
{
  return cJSON_IsString (value) &&
         g_ascii_strncasecmp (value->valuestring, "data:", 5) == 0;
}

static gboolean
apply_links (const Case *c, GError **error)
{
  const cJSON *item;
  gboolean inlined = is_data (c->value);

  if (!part (c, "links-only"))
    return TRUE;
  if (cJSON_IsArray (c->value)) {
    cJSON_ArrayForEach (item, c->value) inlined |= is_data (item);
  }

  return !inlined || refuse (c, error,
                         "takes no file in %s. " NOTHING
                         " Set %s to an http(s) URL that the service can read.",
                         c->name, c->name);
}

/* If @wanted, all values that the rule names must be set, else none of them. */
static gboolean
apply_others (const Case *c, const gchar *kind, gboolean wanted, GError **error)
{
  const cJSON *names = part (c, kind), *name;

  cJSON_ArrayForEach (name, names)
  {
    const gboolean set =
        seedance_template_get (c->values, name->valuestring) != NULL;

    if (set == wanted)
      continue;
    return refuse (c, error,
        wanted ? "takes %s only together with %s. " NOTHING
               : "does not take %s together with %s. " NOTHING
                 " Set one of them only.",
        c->name, name->valuestring);
  }

  return TRUE;
}

static gboolean
apply (const Case *c, GError **error)
{
  if (!apply_required (c, error))
    return FALSE;

  return !c->value || (apply_words (c, error) && apply_range (c, error) &&
                          apply_number (c, error) && apply_links (c, error) &&
                          apply_others (c, "needs", TRUE, error) &&
                          apply_others (c, "excludes", FALSE, error));
}

gboolean
seedance_rules_apply (const cJSON *rules, const cJSON *values,
    const gchar *provider, GError **error)
{
  const cJSON *rule;

  cJSON_ArrayForEach (rule, rules)
  {
    const gchar *name =
        cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (rule, "value"));
    const Case c = { provider, name, rule, values,
      seedance_template_get (values, name) };

    if (!apply (&c, error))
      return FALSE;
  }

  return TRUE;
}
