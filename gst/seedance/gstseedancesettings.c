/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstseedancesettings.h"

#include "gstseedancejson.h"

#define SETTING (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | SETTING)

enum {
  PROP_PROMPT = 1,
  PROP_IMAGE,
  PROP_RESOLUTION,
  PROP_ASPECT_RATIO,
  PROP_DURATION,
  PROP_SEED,
  PROP_EXTRA_PARAMS,
  PROP_PROVIDER,
  PROP_MODEL,
  PROP_BASE_URL,
  PROP_API_KEY,
  PROP_API_KEY_FILE,
  PROP_TASK_ID,
  PROP_REUSE,
  PROP_STATE_DIR,
  PROP_POLL_INTERVAL,
  PROP_GENERATION_TIMEOUT,
  PROP_TIMEOUT,
  PROP_RETRIES,
  PROP_MAX_SIZE,
  PROP_USER_AGENT,
  PROP_PROXY,
  PROP_SSL_STRICT,
  PROP_SSL_CA_FILE,
  PROP_ALLOW_INSECURE,
  N_SETTINGS,
};

/* --- enums -------------------------------------------------------------- */

static const GEnumValue resolutions[] = {
  { 0, "Left to the service (not sent)", "auto" },
  { 1, "480p", "480p" },
  { 2, "720p", "720p" },
  { 3, "1080p", "1080p" },
  { 4, "4k", "4k" },
  { 0, NULL, NULL },
};

static const GEnumValue aspect_ratios[] = {
  { 0, "Left to the service (not sent)", "auto" },
  { 1, "16:9", "16:9" },
  { 2, "9:16", "9:16" },
  { 3, "4:3", "4:3" },
  { 4, "3:4", "3:4" },
  { 5, "21:9", "21:9" },
  { 6, "1:1", "1:1" },
  { 0, NULL, NULL },
};

static const GEnumValue providers[] = {
  { 0, "The Seedance 2.0 API", "seeddance" },
  { 1, "BytePlus ModelArk and Volcengine Ark", "ark" },
  { 0, NULL, NULL },
};

static const GEnumValue reuses[] = {
  { SEEDANCE_REUSE_NEVER, "Buy a new clip at every start", "never" },
  { SEEDANCE_REUSE_PENDING,
      "Take up a clip that was paid for and not yet "
      "played to its end, else buy",
      "pending" },
  { SEEDANCE_REUSE_ALWAYS,
      "Play a clip of the same request again, buy only "
      "when there is none",
      "always" },
  { 0, NULL, NULL },
};

#define DEFINE_ENUM(function, name, values) \
  static GType function (void) \
  { \
    static gsize type = 0; \
\
    if (g_once_init_enter (&type)) \
      g_once_init_leave (&type, g_enum_register_static (name, values)); \
\
    return type; \
  }

DEFINE_ENUM (resolution_get_type, "GstSeedanceResolution", resolutions)
DEFINE_ENUM (aspect_ratio_get_type, "GstSeedanceAspectRatio", aspect_ratios)
DEFINE_ENUM (provider_get_type, "GstSeedanceProvider", providers)
DEFINE_ENUM (reuse_get_type, "GstSeedanceReuse", reuses)

void
gst_seedance_settings_mark_plugin_api (void)
{
  gst_type_mark_as_plugin_api (resolution_get_type (), 0);
  gst_type_mark_as_plugin_api (aspect_ratio_get_type (), 0);
  gst_type_mark_as_plugin_api (provider_get_type (), 0);
  gst_type_mark_as_plugin_api (reuse_get_type (), 0);
}

/* --- the table ---------------------------------------------------------- */

static const struct {
  guint id;
  GParamFlags flags;
  const gchar *name, *nick, *blurb;
  gsize field;
} strings[] = {
#define FIELD(member) G_STRUCT_OFFSET (GstSeedanceSettings, member)
  { PROP_PROMPT, READWRITE, "prompt", "Prompt",
      "What the clip shall show, in any language", FIELD (prompt) },
  { PROP_IMAGE, READWRITE, "image", "Image",
      "The first frame of the clip (image to video): an http(s) URL or data: "
      "URI, sent as it is, or a path or file: URI, sent inline (JPEG, PNG, "
      "WebP, GIF, BMP, TIFF or HEIC, at most 30 MiB)",
      FIELD (image) },
  { PROP_MODEL, READWRITE, "model", "Model",
      "Id of the model, where the provider needs one (ark), for example "
      "dreamina-seedance-2-0-260128",
      FIELD (model) },
  { PROP_BASE_URL, READWRITE, "base-url", "Base URL",
      "Where the service answers; default: SEEDANCE_BASE_URL, else the "
      "provider's own address",
      FIELD (base_url) },
  { PROP_API_KEY, G_PARAM_WRITABLE | SETTING, "api-key", "API key",
      "The key of the service. Better in the environment (SEEDANCE_API_KEY) "
      "or a file: a command line is seen by every user of the machine",
      FIELD (api_key) },
  { PROP_API_KEY_FILE, G_PARAM_WRITABLE | SETTING, "api-key-file",
      "API key file", "A text file that holds the key and nothing else",
      FIELD (api_key_file) },
  { PROP_TASK_ID, READWRITE, "task-id", "Task id",
      "Write: attach to this task, which was ordered before, without "
      "ordering anything. Read: the task of the current run; notified as "
      "soon as it is known",
      FIELD (task_id) },
  { PROP_STATE_DIR, READWRITE, "state-dir", "State folder",
      "Where paid tasks are remembered and clips are kept; default: "
      "SEEDANCE_STATE_DIR, else gst-seedance in the user's state folder. "
      "Several processes and hosts may share one",
      FIELD (state_dir) },
  { PROP_USER_AGENT, READWRITE, "user-agent", "User agent",
      "What the requests say they come from; default: gst-seedance and its "
      "version",
      FIELD (user_agent) },
  { PROP_PROXY, READWRITE, "proxy", "Proxy",
      "URL of a proxy, scheme://host:port; default: what the environment says "
      "(https_proxy, no_proxy); empty: none",
      FIELD (proxy) },
  { PROP_SSL_CA_FILE, READWRITE, "ssl-ca-file", "CA file",
      "PEM file with the certificates to trust instead of the system's",
      FIELD (ssl_ca_file) },
#undef FIELD
};

static void
install_generation (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_RESOLUTION,
      g_param_spec_enum ("resolution", "Resolution",
          "Picture size; the pixels are the model's own",
          resolution_get_type (), 0, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_ASPECT_RATIO,
      g_param_spec_enum ("aspect-ratio", "Aspect ratio",
          "Width to height of the picture", aspect_ratio_get_type (), 0,
          (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_DURATION,
      g_param_spec_int ("duration", "Duration",
          "Length of the clip in seconds; 0: left to the service (not sent)", 0,
          G_MAXINT, 0, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_SEED,
      g_param_spec_int64 ("seed", "Seed",
          "Random seed; the same seed and prompt give a similar clip; -1: left "
          "to the service (not sent)",
          -1, G_MAXINT64, -1, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_EXTRA_PARAMS,
      g_param_spec_boxed ("extra-params", "Extra parameters",
          "More fields of the request body, sent as given: "
          "extra-params=\"params,watermark=false\"",
          GST_TYPE_STRUCTURE, (GParamFlags) READWRITE));
}

static void
install_service (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_PROVIDER,
      g_param_spec_enum ("provider", "Provider", "Which service is asked",
          provider_get_type (), 0, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_REUSE,
      g_param_spec_enum ("reuse", "Reuse",
          "When a clip that was paid for before is played instead of buying "
          "one",
          reuse_get_type (), SEEDANCE_REUSE_PENDING, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_SSL_STRICT,
      g_param_spec_boolean ("ssl-strict", "Strict TLS",
          "Refuse servers whose certificate does not verify", TRUE,
          (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_ALLOW_INSECURE,
      g_param_spec_boolean ("allow-insecure", "Allow insecure",
          "Allow plain http, and with it the key in the clear, to hosts other "
          "than this one",
          FALSE, (GParamFlags) READWRITE));
}

static void
install_patience (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_POLL_INTERVAL,
      g_param_spec_uint ("poll-interval", "Poll interval",
          "Milliseconds between two questions whether the clip is ready; "
          "below 5000 only where the service allows it",
          100, 3600000, 5000, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_GENERATION_TIMEOUT,
      g_param_spec_uint ("generation-timeout", "Generation timeout",
          "Seconds to wait for the clip before giving up; the task goes on, "
          "is billed, and is picked up by the next run; 0: no limit",
          0, G_MAXINT / 1000, 3600, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_TIMEOUT,
      g_param_spec_uint ("timeout", "Timeout",
          "Seconds without progress after which a request is given up; the "
          "answer to an order is given four times as long",
          1, 3600, 15, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_RETRIES,
      g_param_spec_int ("retries", "Retries",
          "How often in a row what may safely be repeated is repeated; an "
          "order that may have arrived never is; -1: for ever",
          -1, G_MAXINT, 3, (GParamFlags) READWRITE));
  g_object_class_install_property (klass, PROP_MAX_SIZE,
      g_param_spec_uint64 ("max-size", "Maximum size",
          "Refuse a clip of more bytes than this; 0: no limit", 0, G_MAXINT64,
          G_GUINT64_CONSTANT (2) << 30, (GParamFlags) READWRITE));
}

guint
gst_seedance_settings_install (GObjectClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    g_object_class_install_property (klass, strings[i].id,
        g_param_spec_string (strings[i].name, strings[i].nick, strings[i].blurb,
            NULL, strings[i].flags));
  install_generation (klass);
  install_service (klass);
  install_patience (klass);

  return N_SETTINGS;
}

/* --- values ------------------------------------------------------------- */

void
gst_seedance_settings_init (GstSeedanceSettings *settings)
{
  settings->seed = -1;
  settings->reuse = SEEDANCE_REUSE_PENDING;
  settings->poll_interval = 5000;
  settings->generation_timeout = 3600;
  settings->timeout = 15;
  settings->retries = 3;
  settings->max_size = G_GUINT64_CONSTANT (2) << 30;
  settings->ssl_strict = TRUE;
}

static gchar **
string_field (const GstSeedanceSettings *settings, guint id)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    if (strings[i].id == id)
      return (gchar **) ((guint8 *) settings + strings[i].field);
  }

  return NULL;
}

void
gst_seedance_settings_clear (GstSeedanceSettings *settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (string_field (settings, strings[i].id), g_free);
  g_clear_pointer (&settings->extra_params, gst_structure_free);
}

static gboolean
set_string (GstSeedanceSettings *settings, guint id, const GValue *value)
{
  gchar **field = string_field (settings, id);

  if (!field)
    return FALSE;
  g_free (*field);
  *field = g_value_dup_string (value);
  /* An empty proxy means "none"; every other empty string means "not set". */
  if (*field && !**field && id != PROP_PROXY)
    g_clear_pointer (field, g_free);

  return TRUE;
}

gboolean
gst_seedance_settings_set (
    GstSeedanceSettings *settings, guint id, const GValue *value)
{
  switch (id) {
    case PROP_RESOLUTION:
      settings->resolution = g_value_get_enum (value);
      return TRUE;
    case PROP_ASPECT_RATIO:
      settings->aspect_ratio = g_value_get_enum (value);
      return TRUE;
    case PROP_DURATION:
      settings->duration = g_value_get_int (value);
      return TRUE;
    case PROP_SEED:
      settings->seed = g_value_get_int64 (value);
      return TRUE;
    case PROP_EXTRA_PARAMS:
      g_clear_pointer (&settings->extra_params, gst_structure_free);
      settings->extra_params = g_value_dup_boxed (value);
      return TRUE;
    case PROP_PROVIDER:
      settings->provider = g_value_get_enum (value);
      return TRUE;
    case PROP_REUSE:
      settings->reuse = g_value_get_enum (value);
      return TRUE;
    case PROP_SSL_STRICT:
      settings->ssl_strict = g_value_get_boolean (value);
      return TRUE;
    case PROP_ALLOW_INSECURE:
      settings->allow_insecure = g_value_get_boolean (value);
      return TRUE;
    case PROP_POLL_INTERVAL:
      settings->poll_interval = g_value_get_uint (value);
      return TRUE;
    case PROP_GENERATION_TIMEOUT:
      settings->generation_timeout = g_value_get_uint (value);
      return TRUE;
    case PROP_TIMEOUT:
      settings->timeout = g_value_get_uint (value);
      return TRUE;
    case PROP_RETRIES:
      settings->retries = g_value_get_int (value);
      return TRUE;
    case PROP_MAX_SIZE:
      settings->max_size = g_value_get_uint64 (value);
      return TRUE;
    default:
      return set_string (settings, id, value);
  }
}

static gboolean
get_string (const GstSeedanceSettings *settings, guint id, GValue *value)
{
  gchar **field = string_field (settings, id);

  if (field)
    g_value_set_string (value, *field);

  return field != NULL;
}

gboolean
gst_seedance_settings_get (
    const GstSeedanceSettings *settings, guint id, GValue *value)
{
  switch (id) {
    case PROP_RESOLUTION:
      g_value_set_enum (value, settings->resolution);
      return TRUE;
    case PROP_ASPECT_RATIO:
      g_value_set_enum (value, settings->aspect_ratio);
      return TRUE;
    case PROP_DURATION:
      g_value_set_int (value, settings->duration);
      return TRUE;
    case PROP_SEED:
      g_value_set_int64 (value, settings->seed);
      return TRUE;
    case PROP_EXTRA_PARAMS:
      g_value_set_boxed (value, settings->extra_params);
      return TRUE;
    case PROP_PROVIDER:
      g_value_set_enum (value, settings->provider);
      return TRUE;
    case PROP_REUSE:
      g_value_set_enum (value, settings->reuse);
      return TRUE;
    case PROP_SSL_STRICT:
      g_value_set_boolean (value, settings->ssl_strict);
      return TRUE;
    case PROP_ALLOW_INSECURE:
      g_value_set_boolean (value, settings->allow_insecure);
      return TRUE;
    case PROP_POLL_INTERVAL:
      g_value_set_uint (value, settings->poll_interval);
      return TRUE;
    case PROP_GENERATION_TIMEOUT:
      g_value_set_uint (value, settings->generation_timeout);
      return TRUE;
    case PROP_TIMEOUT:
      g_value_set_uint (value, settings->timeout);
      return TRUE;
    case PROP_RETRIES:
      g_value_set_int (value, settings->retries);
      return TRUE;
    case PROP_MAX_SIZE:
      g_value_set_uint64 (value, settings->max_size);
      return TRUE;
    default:
      return get_string (settings, id, value);
  }
}

/* --- orders ------------------------------------------------------------- */

static SeedanceRequest *
to_request (const GstSeedanceSettings *settings)
{
  SeedanceRequest *request = seedance_request_new ();

  request->prompt = g_strdup (settings->prompt);
  request->image = g_strdup (settings->image);
  request->model = g_strdup (settings->model);
  request->duration = settings->duration;
  request->seed = settings->seed;
  if (settings->resolution > 0)
    request->resolution =
        g_strdup (resolutions[settings->resolution].value_nick);
  if (settings->aspect_ratio > 0)
    request->aspect_ratio =
        g_strdup (aspect_ratios[settings->aspect_ratio].value_nick);
  if (settings->extra_params)
    request->extra = gst_seedance_structure_to_json (settings->extra_params);

  return request;
}

SeedanceOrder *
gst_seedance_settings_to_order (const GstSeedanceSettings *settings)
{
  SeedanceOrder *order = seedance_order_new ();

  seedance_request_free (order->request);
  order->request = to_request (settings);
  order->provider =
      seedance_provider_find (providers[settings->provider].value_nick);
  order->base_url = g_strdup (settings->base_url);
  order->key = g_strdup (settings->api_key);
  order->key_file = g_strdup (settings->api_key_file);
  order->task_id = g_strdup (settings->task_id);
  order->state_dir = g_strdup (settings->state_dir);
  order->reuse = (SeedanceReuse) settings->reuse;
  order->poll_interval = settings->poll_interval;
  order->generation_timeout = settings->generation_timeout;
  order->retries = settings->retries;
  order->max_size = settings->max_size;
  order->allow_insecure = settings->allow_insecure;
  order->http.user_agent = g_strdup (settings->user_agent);
  order->http.proxy = g_strdup (settings->proxy);
  order->http.ca_file = g_strdup (settings->ssl_ca_file);
  order->http.ssl_strict = settings->ssl_strict;
  order->http.timeout = settings->timeout;

  return order;
}
