/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of the faults, the table of their actions, and which rules apply
 * to the n-th request of a place. */

#include "faults.h"

#include <gio/gio.h>
#include <string.h>

/* What follows an action's "=": nothing, a number, a position in the body (a
 * number of bytes or a percentage), or a text. */
typedef enum { ARG_NONE, ARG_NUMBER, ARG_POSITION, ARG_TEXT } ArgType;

/* Sets of places for the table. Whatever fits a poll also fits a request for
 * the result. */
#define S (1 << PLACE_SUBMIT)
#define R (1 << PLACE_RESULT)
#define P (1 << PLACE_POLL | R)
#define C (1 << PLACE_CLIP | 1 << PLACE_END)

static const gchar *const place_names[N_PLACES] = { "submit", "poll", "clip",
  "end", "result" };

/* Each action: its name, the kind of its argument, the places that it fits. */
static const struct {
  const gchar *name;
  ArgType arg;
  guint places;
} actions[] = {
  [FAULT_ACCEPT_DROP] = { "accept-drop", ARG_NONE, S },
  [FAULT_ACCEPT_HANG] = { "accept-hang", ARG_NONE, S },
  [FAULT_ACCEPT_RESET] = { "accept-reset", ARG_NONE, S },
  [FAULT_ACCEPT_STATUS] = { "accept-status", ARG_NUMBER, S },
  [FAULT_BODY] = { "body", ARG_TEXT, S | P | C },
  [FAULT_CHUNKED] = { "chunked", ARG_NONE, S | P | C },
  [FAULT_CODE] = { "code", ARG_TEXT, S | P | C },
  [FAULT_CONTENT_TYPE] = { "content-type", ARG_TEXT, S | P | C },
  [FAULT_CUT_RESET] = { "cut-reset", ARG_POSITION, S | P | C },
  [FAULT_DELAY] = { "delay", ARG_NUMBER, S | P | C },
  [FAULT_DRIP] = { "drip", ARG_NUMBER, S | P | C },
  [FAULT_DROP] = { "drop", ARG_NONE, S | P | C },
  [FAULT_ELSEWHERE] = { "elsewhere", ARG_NONE, R },
  [FAULT_EMPTY] = { "empty", ARG_NONE, S | P | C },
  [FAULT_ENCODE] = { "encode", ARG_TEXT, S | P | C },
  [FAULT_ENDLESS] = { "endless", ARG_NONE, S | P | C },
  [FAULT_ENDLESS_HEADERS] = { "endless-headers", ARG_NONE, S | P | C },
  [FAULT_ETAG] = { "etag", ARG_NONE, C },
  [FAULT_EXPIRED] = { "expired", ARG_NONE, C },
  [FAULT_FRESH_DATE] = { "fresh-date", ARG_NONE, C },
  [FAULT_FRESH_ETAG] = { "fresh-etag", ARG_NONE, C },
  [FAULT_GARBAGE] = { "garbage", ARG_NONE, S | P | C },
  [FAULT_GZIP_BOMB] = { "gzip-bomb", ARG_NONE, S | P | C },
  [FAULT_HANG] = { "hang", ARG_NONE, S | P | C },
  [FAULT_HEADER] = { "header", ARG_TEXT, S | P | C },
  [FAULT_HOLD] = { "hold", ARG_NONE, S | P | C },
  [FAULT_HOLD_AT] = { "hold-at", ARG_POSITION, S | P | C },
  [FAULT_HTML] = { "html", ARG_NONE, S | P | C },
  [FAULT_HUGE_HEADER] = { "huge-header", ARG_NONE, S | P | C },
  [FAULT_IGNORE_IF_RANGE] = { "ignore-if-range", ARG_NONE, C },
  [FAULT_JSON] = { "json", ARG_NONE, C },
  [FAULT_LENGTH_TOO] = { "length-too", ARG_NONE, S | P | C },
  [FAULT_MESSAGE] = { "message", ARG_TEXT, S | P | C },
  [FAULT_NO_DATE] = { "no-date", ARG_NONE, C },
  [FAULT_NO_ETAG] = { "no-etag", ARG_NONE, C },
  [FAULT_NO_LENGTH] = { "no-length", ARG_NONE, S | P | C },
  [FAULT_NO_RANGE] = { "no-range", ARG_NONE, C },
  [FAULT_NO_URL] = { "no-url", ARG_NONE, P },
  [FAULT_OTHER_OBJECT] = { "other-object", ARG_NONE, C },
  [FAULT_RATE] = { "rate", ARG_NUMBER, S | P | C },
  [FAULT_REDIRECT] = { "redirect", ARG_TEXT, S | P | C },
  [FAULT_REDIRECT_SELF] = { "redirect-self", ARG_NONE, S | P | C },
  [FAULT_REFUSAL] = { "refusal", ARG_TEXT, S | P },
  [FAULT_REFUSE_RANGE] = { "refuse-range", ARG_NUMBER, C },
  [FAULT_RESET] = { "reset", ARG_NONE, S | P | C },
  [FAULT_RETRY_AFTER] = { "retry-after", ARG_TEXT, S | P | C },
  [FAULT_SHORT] = { "short", ARG_NUMBER, C },
  [FAULT_STALL] = { "stall", ARG_POSITION, S | P | C },
  [FAULT_STATUS] = { "status", ARG_NUMBER, S | P | C },
  [FAULT_TRAILER] = { "trailer", ARG_TEXT, S | P | C },
  [FAULT_TRUNCATE] = { "truncate", ARG_POSITION, S | P | C },
  [FAULT_UNKNOWN_TASK] = { "unknown-task", ARG_NONE, P },
  [FAULT_URL] = { "url", ARG_TEXT, P },
  [FAULT_WORD] = { "word", ARG_TEXT, P },
  [FAULT_WRONG_RANGE] = { "wrong-range", ARG_NONE, C },
};

#undef S
#undef R
#undef P
#undef C

/* One line of the faults: the requests `first` to `last` of a place meet these
 * faults. */
typedef struct {
  Place place;
  guint64 first;
  guint64 last;
  GPtrArray *faults;
} Rule;

struct _Faults {
  GMutex lock;
  GPtrArray *rules;
  guint64 met[N_PLACES];
};

static void
fault_clear (Fault *fault)
{
  g_free (fault->text);
}

static void
fault_unref (gpointer fault)
{
  g_atomic_rc_box_release_full (fault, (GDestroyNotify) fault_clear);
}

static void
rule_free (Rule *rule)
{
  g_ptr_array_unref (rule->faults);
  g_free (rule);
}

static GPtrArray *
rules_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) rule_free);
}

Faults *
faults_new (void)
{
  Faults *faults = g_new0 (Faults, 1);

  g_mutex_init (&faults->lock);
  faults->rules = rules_new ();
  return faults;
}

void
faults_free (Faults *faults)
{
  g_ptr_array_unref (faults->rules);
  g_mutex_clear (&faults->lock);
  g_free (faults);
}

static gboolean
mistake (GError **error, const gchar *what, const gchar *where)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "fault: %s in \"%s\"", what, where);
  return FALSE;
}

static gboolean
parse_number (Fault *fault, const gchar *arg)
{
  gchar *end;

  if (!g_ascii_isdigit (arg[0]))
    return FALSE;
  fault->number = g_ascii_strtoll (arg, &end, 10);
  if (*end == '%') {
    fault->percent = TRUE;
    end++;
  }
  return *end == '\0';
}

static gboolean
parse_arg (Fault *fault, const gchar *arg)
{
  switch (actions[fault->kind].arg) {
    case ARG_NONE:
      return arg == NULL;
    case ARG_NUMBER:
      return arg != NULL && parse_number (fault, arg) && !fault->percent;
    case ARG_POSITION:
      return arg != NULL && parse_number (fault, arg) &&
             (!fault->percent || fault->number <= 100);
    default:
      fault->text = arg ? g_uri_unescape_string (arg, NULL) : NULL;
      return fault->text != NULL;
  }
}

static gboolean
parse_action (Rule *rule, const gchar *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  Fault *fault;

  for (guint i = 0; parts[0] != NULL && i < G_N_ELEMENTS (actions); i++) {
    if (!g_str_equal (parts[0], actions[i].name))
      continue;
    if ((actions[i].places & (1 << rule->place)) == 0)
      return mistake (error, "action that this place does not have", text);
    fault = g_atomic_rc_box_new0 (Fault);
    fault->kind = i;
    g_ptr_array_add (rule->faults, fault);
    return parse_arg (fault, parts[1]) ||
           mistake (error, "bad or missing value", text);
  }
  return mistake (error, "unknown action", text);
}

static gboolean
parse_when (Rule *rule, const gchar *when)
{
  gchar *end;

  if (!g_ascii_isdigit (when[0]))
    return FALSE;
  rule->first = rule->last = g_ascii_strtoull (when, &end, 10);
  if (*end == '-') {
    when = end + 1;
    rule->last = *when ? g_ascii_strtoull (when, &end, 10) : G_MAXUINT64;
    if (*when == '\0')
      end++;
  }
  return *end == '\0' && rule->first > 0 && rule->last >= rule->first;
}

static gboolean
parse_place (Rule *rule, const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "@", 2);

  rule->first = 1;
  rule->last = G_MAXUINT64;
  for (guint i = 0; parts[0] != NULL && i < N_PLACES; i++) {
    rule->place = i;
    if (g_str_equal (parts[0], place_names[i]))
      return parts[1] == NULL || parse_when (rule, parts[1]);
  }
  return FALSE;
}

static gboolean
parse_rule (GPtrArray *rules, const gchar *spec, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (spec, ":", 2);
  g_auto (GStrv) texts = NULL;
  Rule *rule = g_new0 (Rule, 1);

  rule->faults = g_ptr_array_new_with_free_func (fault_unref);
  g_ptr_array_add (rules, rule);
  if (g_strv_length (halves) != 2)
    return mistake (error, "no PLACE:ACTION", spec);
  if (!parse_place (rule, halves[0]))
    return mistake (error, "bad PLACE[@WHEN]", spec);
  texts = g_strsplit (halves[1], "+", -1);
  for (guint i = 0; texts[i] != NULL; i++) {
    if (!parse_action (rule, texts[i], error))
      return FALSE;
  }
  return texts[0] != NULL || mistake (error, "no action", spec);
}

gboolean
faults_set (Faults *faults, const gchar *specs, GError **error)
{
  g_autoptr (GPtrArray) rules = rules_new ();
  g_auto (GStrv) lines = g_strsplit (specs, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_strstrip (lines[i]);
    if (lines[i][0] != '\0' && !parse_rule (rules, lines[i], error))
      return FALSE;
  }
  g_mutex_lock (&faults->lock);
  g_ptr_array_unref (faults->rules);
  faults->rules = g_steal_pointer (&rules);
  memset (faults->met, 0, sizeof faults->met);
  g_mutex_unlock (&faults->lock);
  return TRUE;
}

GPtrArray *
faults_meet (Faults *faults, Place place)
{
  GPtrArray *met = g_ptr_array_new_with_free_func (fault_unref);
  guint64 nth;

  g_mutex_lock (&faults->lock);
  nth = ++faults->met[place];
  for (guint i = 0; i < faults->rules->len; i++) {
    Rule *rule = g_ptr_array_index (faults->rules, i);

    if (rule->place != place || nth < rule->first || nth > rule->last)
      continue;
    for (guint j = 0; j < rule->faults->len; j++) {
      g_ptr_array_add (
          met, g_atomic_rc_box_acquire (g_ptr_array_index (rule->faults, j)));
    }
  }
  g_mutex_unlock (&faults->lock);
  return met;
}

const Fault *
faults_find (GPtrArray *met, FaultKind kind)
{
  for (guint i = met->len; i > 0; i--) {
    const Fault *fault = g_ptr_array_index (met, i - 1);

    if (fault->kind == kind)
      return fault;
  }
  return NULL;
}

gchar *
faults_describe (void)
{
  static const gchar *const args[] = { "", "=N", "=N|P%", "=TEXT" };
  GString *text = g_string_new ("Faults: PLACE[@WHEN]:ACTION[=ARG][+ACTION"
                                "[=ARG]…], WHEN one of N, N-M, N-\n");

  for (guint place = 0; place < N_PLACES; place++) {
    gsize line = text->len;

    g_string_append_printf (text, "  %s:", place_names[place]);
    for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
      gsize word = text->len;

      if (!(actions[i].places & (1 << place)))
        continue;
      g_string_append_printf (
          text, " %s%s", actions[i].name, args[actions[i].arg]);
      if (text->len - line <= 80)
        continue;
      g_string_insert (text, (gssize) word, "\n   ");
      line = word + 1;
    }
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}
