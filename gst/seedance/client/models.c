/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks a service for its models, and reads the lists of models that services
 * answer with. */
#include "models.h"

#include "json.h"
#include "question.h"
#include "text.h"

#define NAME_MAX_BYTES 256
#define TITLE_MAX_BYTES 120

static void
model_free (gpointer data)
{
  SeedanceModel *model = data;

  g_free (model->name);
  g_free (model->title);
  g_free (model);
}

static void
add_model (GPtrArray *models, const gchar *name, const gchar *title)
{
  SeedanceModel *model;

  if (!name || !*name || strlen (name) > NAME_MAX_BYTES ||
      !seedance_text_is_plain (name))
    return;
  model = g_new0 (SeedanceModel, 1);
  model->name = g_strdup (name);
  if (title && *title && !g_str_equal (title, name))
    model->title = seedance_text_clean (title, -1, TITLE_MAX_BYTES, NULL);
  g_ptr_array_add (models, model);
}

static const gchar *
get_text (const cJSON *node, const gchar *name)
{
  return cJSON_GetStringValue (cJSON_GetObjectItemCaseSensitive (node, name));
}

/* Services write a model as a text, as {"id", "name"} where the name is a
 * title, as {"owner", "name"} which means "owner/name", or as {"name"}. */
static void
read_model (GPtrArray *models, const cJSON *node)
{
  const gchar *id = get_text (node, "id"), *owner = get_text (node, "owner");
  const gchar *name = get_text (node, "name");
  g_autofree gchar *joined = NULL;

  if (cJSON_IsString (node)) {
    add_model (models, node->valuestring, NULL);
  } else if (id) {
    add_model (models, id, name);
  } else if (owner && name) {
    joined = g_strconcat (owner, "/", name, NULL);
    add_model (models, joined, NULL);
  } else {
    add_model (models, name, NULL);
  }
}

GPtrArray *
seedance_models_parse (const gchar *body, gsize size)
{
  static const gchar *const places[] = { "data", "models", "results" };
  cJSON *json = seedance_json_parse (body, size);
  const cJSON *list = cJSON_IsArray (json) ? json : NULL, *node;
  GPtrArray *models = NULL;

  for (guint i = 0; !list && i < G_N_ELEMENTS (places); i++) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive (json, places[i]);

    list = cJSON_IsArray (found) ? found : NULL;
  }
  if (list) {
    models = g_ptr_array_new_with_free_func (model_free);
    cJSON_ArrayForEach (node, list) read_model (models, node);
  }
  cJSON_Delete (json);

  return models;
}

static const gchar *
get_path (const SeedanceProvider *provider)
{
  return seedance_provider_get_text (provider, "models.path");
}

gboolean
seedance_models_can_ask (const SeedanceProvider *provider)
{
  return get_path (provider) != NULL;
}

static gboolean
wants_key (const SeedanceQuestion *question)
{
  return question->status == 401 || question->status == 403;
}

static void
refuse (const SeedanceOrder *order, const SeedanceQuestion *question,
    GError **error)
{
  if (wants_key (question) && !order->key)
    g_propagate_error (error, g_error_copy (order->key_error));
  else
    g_propagate_error (error,
        seedance_error_new (SEEDANCE_ERROR_FAILED, NULL,
            "The service does not tell its models (%s). Nothing was ordered.",
            question->told));
}

GPtrArray *
seedance_models_ask (const SeedanceOrder *order, GError **error)
{
  const gchar *path = get_path (order->provider);
  g_autoptr (SeedanceQuestion) question = NULL;
  GPtrArray *models = NULL;

  if (!seedance_http_ensure (error))
    return NULL;
  question = seedance_question_ask (order, NULL, path, FALSE);
  if (wants_key (question) && order->key) {
    seedance_question_free (question);
    question = seedance_question_ask (order, NULL, path, TRUE);
  }
  if (question->status / 100 == 2)
    models = seedance_models_parse (question->body->str, question->body->len);
  if (!models)
    refuse (order, question, error);

  return models;
}

GPtrArray *
seedance_models_known (const SeedanceProvider *provider)
{
  GPtrArray *models = g_ptr_array_new_with_free_func (model_free);
  const cJSON *node;

  cJSON_ArrayForEach (
      node, seedance_json_get (provider->profile, "models.known"))
      add_model (models, cJSON_GetStringValue (node), NULL);

  return models;
}
