/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread at a time reads the files. Requests that come meanwhile wait in a
 * queue, and those for the same number of rows get the same answer. */
#include "serve-news.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "ledger-list.h"
#include "serve-air.h"
#include "tasks-print.h"
#include "tasks-spent.h"

/* A request that comes so soon after an answer gets the same one again, so that
 * several windows cost no more than one. */
#define FRESH_USEC (G_USEC_PER_SEC / 2)
#define DAYS 14
#define TEXT_MAX 8000

struct _ServeNews {
  guint refs;
  gchar *dir, *as_run;
  GQueue waiting; /* of Asking, owned */
  gboolean busy;  /* a thread reads */
  /* The latest answer. */
  GBytes *text;
  gchar *etag;
  guint rows;
  gint64 made; /* monotonic time */
};

typedef struct {
  SoupServerMessage *message;
  guint rows;
} Asking;

typedef struct {
  gchar *dir, *as_run;
  guint rows;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->dir);
  g_free (question->as_run);
  g_free (question);
}

/* Cuts texts that nobody reads to the end, because every answer has them. */
static void
cut_texts (cJSON *order)
{
  cJSON *member;

  cJSON_ArrayForEach (member, order)
  {
    const gchar *text = cJSON_GetStringValue (member);
    g_autofree gchar *start = NULL, *cut = NULL;

    if (!text || strlen (text) <= TEXT_MAX)
      continue;
    /* Do not cut in the middle of a character. */
    start = g_strndup (text, TEXT_MAX);
    *(gchar *) g_utf8_find_prev_char (start, start + TEXT_MAX) = '\0';
    cut = g_strconcat (start, "…", NULL);
    cJSON_SetValuestring (member, cut);
  }
}

/* Returns TRUE if the page may have the clip. */
static gboolean
is_served (const SeedanceLedgerEntry *entry)
{
  return entry->has_clip && (entry->record->state == SEEDANCE_RECORD_READY ||
                                entry->record->state == SEEDANCE_RECORD_PLAYED);
}

/* Adds the orders without their age, because an answer should differ only if
 * the ledger does. */
static void
add_orders (cJSON *json, const Question *question, const GPtrArray *entries)
{
  cJSON *orders = cJSON_AddArrayToObject (json, "orders");

  cJSON_AddNumberToObject (json, "total", entries->len);
  for (guint i = 0; i < MIN (entries->len, question->rows); i++) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i);
    cJSON *order = tasks_entry_to_json (question->dir, entry);

    cJSON_DeleteItemFromObject (order, "age");
    cJSON_DeleteItemFromObject (order, "file");
    cut_texts (order);
    cJSON_AddBoolToObject (order, "clip", is_served (entry));
    cJSON_AddItemToArray (orders, order);
  }
}

static cJSON *
spent_to_json (const SeedanceSpent *spent)
{
  cJSON *json = cJSON_CreateObject ();
  g_autofree gchar *cost = tasks_spent_describe (spent);

  if (spent->group)
    cJSON_AddStringToObject (json, "group", spent->group);
  cJSON_AddNumberToObject (json, "orders", spent->orders);
  cJSON_AddNumberToObject (json, "clips", spent->clips);
  cJSON_AddNumberToObject (json, "failed", spent->failed);
  cJSON_AddNumberToObject (json, "in-doubt", spent->in_doubt);
  cJSON_AddNumberToObject (json, "damaged", spent->damaged);
  cJSON_AddNumberToObject (json, "untold", spent->untold);
  cJSON_AddStringToObject (json, "cost", cost);

  return json;
}

static void
add_spent (cJSON *json, const GPtrArray *groups)
{
  g_autoptr (SeedanceSpent) total = seedance_spent_total (groups);
  cJSON *spent = cJSON_AddObjectToObject (json, "spent");
  cJSON *days = cJSON_AddArrayToObject (spent, "days");
  const guint from = groups->len > DAYS ? groups->len - DAYS : 0;

  cJSON_AddItemToObject (spent, "total", spent_to_json (total));
  /* The latest day first. */
  for (guint i = groups->len; i > from; i--)
    cJSON_AddItemToArray (
        days, spent_to_json (g_ptr_array_index (groups, i - 1)));
}

/* Maps the id of a task to the record that has its clip; to the newest of
 * several. */
static GHashTable *
find_clips (const GPtrArray *entries)
{
  GHashTable *clips = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = entries->len; i > 0; i--) {
    const SeedanceLedgerEntry *entry = g_ptr_array_index (entries, i - 1);

    if (is_served (entry) && entry->record->task_id)
      g_hash_table_insert (clips, entry->record->task_id, entry->name);
  }

  return clips;
}

static void
add_problem (cJSON *json, const gchar *words)
{
  g_autofree gchar *clean = tasks_clean (words, 0);

  cJSON_AddStringToObject (json, "problem", clean);
}

static void
add_missing (cJSON *json, const gchar *dir)
{
  g_autofree gchar *words = NULL;

  if (g_access (dir, F_OK) == 0 || errno != ENOENT)
    return;
  words = g_strdup_printf (
      "There is no folder '%s': nothing was ordered with it, or --state-dir or "
      "SEEDANCE_STATE_DIR has to name another.",
      dir);
  add_problem (json, words);
}

/* If the ledger cannot be read there are no orders in the answer, and the page
 * keeps those that it shows. */
static gchar *
print_news (const Question *question)
{
  cJSON *json = cJSON_CreateObject ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = seedance_ledger_list (question->dir, &error);
  g_autoptr (GPtrArray) groups = entries
                                     ? seedance_ledger_add_up (question->dir, 0,
                                           SEEDANCE_SPENT_BY_DAY, &error)
                                     : NULL;
  g_autoptr (GHashTable) clips = groups ? find_clips (entries) : NULL;
  g_autofree gchar *shown = tasks_clean (question->dir, 0);
  g_autofree gchar *words = NULL;
  gchar *text;

  cJSON_AddStringToObject (json, "version", PACKAGE_VERSION);
  cJSON_AddStringToObject (json, "folder", shown);
  if (groups) {
    add_orders (json, question, entries);
    add_spent (json, groups);
    add_missing (json, question->dir);
  } else {
    words = g_strdup_printf ("The ledger cannot be read: %s", error->message);
    add_problem (json, words);
  }
  if (question->as_run)
    cJSON_AddItemToObject (
        json, "air", serve_air_read (question->as_run, clips));
  text = cJSON_PrintUnformatted (json);
  cJSON_Delete (json);

  return text;
}

static void
read_news (GTask *task, gpointer object, gpointer data, GCancellable *quit)
{
  g_task_return_pointer (task, print_news (data), cJSON_free);
}

static ServeNews *
news_ref (ServeNews *news)
{
  news->refs++;

  return news;
}

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  g_object_unref (asking->message);
  g_free (asking);
}

ServeNews *
serve_news_new (const gchar *dir, const gchar *as_run)
{
  ServeNews *news = g_new0 (ServeNews, 1);

  news->refs = 1;
  news->dir = g_strdup (dir);
  news->as_run = g_strdup (as_run);
  g_queue_init (&news->waiting);

  return news;
}

void
serve_news_unref (ServeNews *news)
{
  if (!news || --news->refs > 0)
    return;
  g_queue_clear_full (&news->waiting, asking_free);
  g_clear_pointer (&news->text, g_bytes_unref);
  g_free (news->etag);
  g_free (news->dir);
  g_free (news->as_run);
  g_free (news);
}

static void
answer (ServeNews *news, SoupServerMessage *message)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);
  const gchar *known = soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "If-None-Match");

  soup_message_headers_replace (headers, "ETag", news->etag);
  if (known && g_str_equal (known, news->etag)) {
    soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
    return;
  }
  soup_message_headers_replace (headers, "Content-Type", "application/json");
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (message), news->text);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static gboolean
is_fresh (const ServeNews *news, guint rows)
{
  return news->text && news->rows == rows &&
         g_get_monotonic_time () - news->made < FRESH_USEC;
}

static void read_next (ServeNews *news);

/* Answers all requests for the same number of rows. */
static void
answer_waiting (ServeNews *news)
{
  GList *next;

  for (GList *l = news->waiting.head; l; l = next) {
    Asking *asking = l->data;

    next = l->next;
    if (asking->rows != news->rows)
      continue;
    answer (news, asking->message);
    soup_server_message_unpause (asking->message);
    asking_free (asking);
    g_queue_delete_link (&news->waiting, l);
  }
}

static void
on_read (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (ServeNews) news = data;
  const Question *question = g_task_get_task_data (G_TASK (result));
  gchar *text = g_task_propagate_pointer (G_TASK (result), NULL);
  const gsize size = strlen (text);
  g_autofree gchar *sum =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) text, size);

  news->busy = FALSE;
  g_clear_pointer (&news->text, g_bytes_unref);
  news->text = g_bytes_new_with_free_func (text, size, cJSON_free, text);
  g_free (news->etag);
  news->etag = g_strdup_printf ("\"%s\"", sum);
  news->rows = question->rows;
  news->made = g_get_monotonic_time ();
  answer_waiting (news);
  if (!g_queue_is_empty (&news->waiting))
    read_next (news);
}

static void
read_next (ServeNews *news)
{
  const Asking *asking = g_queue_peek_head (&news->waiting);
  Question *question = g_new0 (Question, 1);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_read, news_ref (news));

  question->dir = g_strdup (news->dir);
  question->as_run = g_strdup (news->as_run);
  question->rows = asking->rows;
  news->busy = TRUE;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, read_news);
}

void
serve_news_send (ServeNews *news, SoupServerMessage *message, guint rows)
{
  Asking *asking;

  if (is_fresh (news, rows)) {
    answer (news, message);
    return;
  }
  asking = g_new0 (Asking, 1);
  asking->message = g_object_ref (message);
  asking->rows = rows;
  g_queue_push_tail (&news->waiting, asking);
  soup_server_message_pause (message);
  if (!news->busy)
    read_next (news);
}
