/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstseedanceproperties.h"

#include "order.h"

#define SETTING (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | SETTING)
#define WRITE_ONLY (G_PARAM_WRITABLE | SETTING)

/* Of a clip: a value of "-1" reads as far more. */
#define MAX_SIZE (G_GINT64_CONSTANT (1) << 60)

#define AUTO "auto"

/* Where a value is kept, and what part of the settings it is. */
#define REQUEST(member) \
  G_STRUCT_OFFSET (GstSeedanceSettings, member), GST_SEEDANCE_PART_REQUEST
#define SERVICE(member) \
  G_STRUCT_OFFSET (GstSeedanceSettings, member), GST_SEEDANCE_PART_SERVICE
#define STREAM(member) \
  G_STRUCT_OFFSET (GstSeedanceSettings, member), GST_SEEDANCE_PART_STREAM

/* An id is a place in this table, from 1 on. The GParamSpec of a number takes
 * the whole range of its type, because GObject's own refusal is a warning on
 * the terminal, and the value from before is ordered with; the range here is
 * checked before anything is ordered, and is told in the blurb. */
static const GstSeedanceProperty properties[] = {
  /**
   * GstSeedanceSrc:prompt:
   *
   * What the clip shall show, in any language.
   *
   * Since: 0.1
   */
  { "prompt", "Prompt", "What the clip shall show, in any language",
      REQUEST (prompt), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:image:
   *
   * The first frame of the clip (image to video): an http(s) URL or data: URI,
   * which is sent as it is, or a path or file: URI, whose contents are sent.
   *
   * Since: 0.1
   */
  { "image", "Image",
      "The first frame of the clip (image to video): an http(s) URL or data: "
      "URI, sent as it is, or a path or file: URI, sent inline (JPEG, PNG, "
      "WebP, GIF, BMP, TIFF or HEIC, at most 30 MiB)",
      REQUEST (image), GST_SEEDANCE_KIND_STRING, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:last-image:
   *
   * The last frame of the clip, named as #GstSeedanceSrc:image is, which has to
   * be set, too. Not every provider takes one.
   *
   * Since: 0.2
   */
  { "last-image", "Last image",
      "The last frame of the clip, named as image is, which has to be set, too",
      REQUEST (last_image), GST_SEEDANCE_KIND_STRING, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:reference-images:
   *
   * (array of strings) Pictures that the model looks at, each named as
   * #GstSeedanceSrc:image is. Their order counts. Frames (image, last-image) and
   * references exclude each other.
   *
   * Since: 0.2
   */
  { "reference-images", "Reference images",
      "Pictures that the model looks at, each named as image is: "
      "reference-images=\"<a.png,b.png>\"; not together with image",
      REQUEST (reference_images), GST_SEEDANCE_KIND_STRINGS, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:reference-videos:
   *
   * (array of strings) Videos that the model looks at: http(s) URLs or data:
   * URIs.
   *
   * Since: 0.2
   */
  { "reference-videos", "Reference videos",
      "Videos that the model looks at, http(s) URLs or data: URIs; not "
      "together "
      "with image",
      REQUEST (reference_videos), GST_SEEDANCE_KIND_STRINGS, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:reference-audios:
   *
   * (array of strings) Sounds that the model listens to: http(s) URLs or data:
   * URIs.
   *
   * Since: 0.2
   */
  { "reference-audios", "Reference audios",
      "Sounds that the model listens to, http(s) URLs or data: URIs; not "
      "together with image",
      REQUEST (reference_audios), GST_SEEDANCE_KIND_STRINGS, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:resolution:
   *
   * Picture size, such as 480p, 720p or 1080p. The provider says which ones it
   * takes; the pixels are the model's own. "auto" or empty: left to the
   * service.
   *
   * Since: 0.1
   */
  { "resolution", "Resolution",
      "Picture size, such as 480p, 720p or 1080p; the pixels are the model's "
      "own; auto or empty: left to the service (not sent)",
      REQUEST (resolution), GST_SEEDANCE_KIND_STRING, READWRITE, .text = AUTO },
  /**
   * GstSeedanceSrc:aspect-ratio:
   *
   * Width to height of the picture, such as 16:9, 9:16 or 1:1; "adaptive" is
   * the model's choice where the provider has that. "auto" or empty: left to the
   * service.
   *
   * Since: 0.1
   */
  { "aspect-ratio", "Aspect ratio",
      "Width to height of the picture, such as 16:9, 9:16, 4:3, 3:4, 21:9 or "
      "1:1; auto or empty: left to the service (not sent)",
      REQUEST (aspect_ratio), GST_SEEDANCE_KIND_STRING, READWRITE,
      .text = AUTO },
  /**
   * GstSeedanceSrc:duration:
   *
   * Length of the clip in seconds; 0: left to the service; -1: the model's
   * choice, where the provider has that.
   *
   * Since: 0.1
   */
  { "duration", "Duration",
      "Length of the clip in seconds; 0: left to the service (not sent); -1: "
      "the model's choice, where the provider has that",
      REQUEST (duration), GST_SEEDANCE_KIND_INT, READWRITE, 0, -1, 3600 },
  /**
   * GstSeedanceSrc:seed:
   *
   * Random seed. The same seed and prompt give a similar clip; -1: left to the
   * service.
   *
   * Since: 0.1
   */
  { "seed", "Seed",
      "Random seed; the same seed and prompt give a similar clip; -1: left "
      "to the service (not sent)",
      REQUEST (seed), GST_SEEDANCE_KIND_INT64, READWRITE, -1, -1, G_MAXINT64 },
  /**
   * GstSeedanceSrc:generate-audio:
   *
   * Whether the clip gets sound, where the provider lets one choose.
   *
   * Since: 0.2
   */
  { "generate-audio", "Generate audio",
      "Whether the clip gets sound; auto: left to the service (not "
      "sent)",
      REQUEST (generate_audio), GST_SEEDANCE_KIND_SWITCH, READWRITE, -1, -1,
      1 },
  /**
   * GstSeedanceSrc:camera-fixed:
   *
   * Whether the camera stands still, where the provider lets one choose.
   *
   * Since: 0.2
   */
  { "camera-fixed", "Camera fixed",
      "Whether the camera stands still; auto: left to the service "
      "(not sent)",
      REQUEST (camera_fixed), GST_SEEDANCE_KIND_SWITCH, READWRITE, -1, -1, 1 },
  /**
   * GstSeedanceSrc:watermark:
   *
   * Whether the picture gets a mark of the service, where the provider lets one
   * choose.
   *
   * Since: 0.2
   */
  { "watermark", "Watermark",
      "Whether the picture gets a mark of the service; auto: left to "
      "the service (not sent)",
      REQUEST (watermark), GST_SEEDANCE_KIND_SWITCH, READWRITE, -1, -1, 1 },
  /**
   * GstSeedanceSrc:return-last-frame:
   *
   * Whether the service gives a picture of the last frame, too. Its link is in the
   * element messages and in #GstSeedanceSrc:stats.
   *
   * Since: 0.2
   */
  { "return-last-frame", "Return last frame",
      "Whether the service gives a picture of the last frame, too; "
      "its link is in the messages; auto: left to the service (not sent)",
      REQUEST (return_last_frame), GST_SEEDANCE_KIND_SWITCH, READWRITE, -1, -1,
      1 },
  /**
   * GstSeedanceSrc:extra-params:
   *
   * More fields of the request body, sent as given.
   *
   * Since: 0.1
   */
  { "extra-params", "Extra parameters",
      "More fields of the request body, sent as given: "
      "extra-params=\"params,service_tier=flex\"",
      REQUEST (extra_params), GST_SEEDANCE_KIND_STRUCTURE, READWRITE },
  /**
   * GstSeedanceSrc:provider:
   *
   * Which service is asked: seeddance, or ark (BytePlus ModelArk and
   * Volcengine Ark); or a profile of the user's own, by the name or the path of
   * its file (docs/providers.md). An unknown one is an error that names those
   * that there are. Not set: `SEEDANCE_PROVIDER`, else seeddance.
   *
   * Since: 0.1
   */
  { "provider", "Provider",
      "Which service is asked: seeddance, ark (BytePlus ModelArk and "
      "Volcengine Ark), openai, fal, replicate, openrouter, or the name or "
      "path of a profile of your own; default: SEEDANCE_PROVIDER, else "
      "seeddance",
      SERVICE (provider), GST_SEEDANCE_KIND_STRING, READWRITE,
      .text = SEEDANCE_DEFAULT_PROVIDER,
      .find = seedance_provider_get_default },
  /**
   * GstSeedanceSrc:model:
   *
   * Id of the model, where the provider needs one (ark).
   *
   * Since: 0.1
   */
  { "model", "Model",
      "Id of the model, where the provider needs one (ark), for example "
      "dreamina-seedance-2-0-260128",
      REQUEST (model), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:base-url:
   *
   * Where the service answers. Not set: `SEEDANCE_BASE_URL`, else the
   * provider's own address.
   *
   * Since: 0.1
   */
  { "base-url", "Base URL",
      "Where the service answers; default: SEEDANCE_BASE_URL, else the "
      "provider's own address",
      SERVICE (base_url), GST_SEEDANCE_KIND_STRING, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:api-key:
   *
   * The key of the service. Better in the environment (`SEEDANCE_API_KEY`) or
   * in a file, because every user of a machine sees its command lines.
   *
   * Since: 0.1
   */
  { "api-key", "API key",
      "The key of the service. Better in the environment (SEEDANCE_API_KEY) "
      "or a file: a command line is seen by every user of the machine",
      SERVICE (api_key), GST_SEEDANCE_KIND_STRING, WRITE_ONLY },
  /**
   * GstSeedanceSrc:api-key-file:
   *
   * A text file that holds the key and nothing else.
   *
   * Since: 0.1
   */
  { "api-key-file", "API key file",
      "A text file that holds the key and nothing else", SERVICE (api_key_file),
      GST_SEEDANCE_KIND_STRING, WRITE_ONLY },
  /**
   * GstSeedanceSrc:task-id:
   *
   * Attach to this task, which was ordered before, without ordering anything.
   * #GstSeedanceSrc:current-task-id tells the task of a run.
   *
   * Since: 0.1
   */
  { "task-id", "Task id",
      "Attach to this task, which was ordered before, without ordering "
      "anything",
      REQUEST (task_id), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:instance:
   *
   * Makes orders that are equal but for this different orders. So a list of
   * clips may hold the same prompt twice, and a restart finds each one's clip
   * by the same value. It is kept in the ledger and not sent to the service.
   * Not set and empty are the same.
   *
   * Since: 0.2
   */
  { "instance", "Instance",
      "Makes orders that are equal but for this different orders, such as the "
      "entries of a list that holds a prompt twice; the same value finds the "
      "same order again (not sent)",
      REQUEST (instance), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:reuse:
   *
   * When a clip that was paid for before is played instead of buying one. It
   * counts as played when every sink that the source leads to has come to the
   * end of the stream and no element on the way posted an error; in doubt it
   * does not.
   *
   * Since: 0.1
   */
  { "reuse", "Reuse",
      "When a clip that was paid for before is played instead of buying one",
      SERVICE (reuse), GST_SEEDANCE_KIND_REUSE, READWRITE,
      SEEDANCE_REUSE_PENDING, SEEDANCE_REUSE_NEVER, SEEDANCE_REUSE_ALWAYS },
  /**
   * GstSeedanceSrc:attempts:
   *
   * After how many tasks of the same order that ended without a clip (failed,
   * cancelled, expired, refused by the service's moderation after the fact) no
   * further one is ordered, so that a program that restarts a failing pipeline
   * does not buy for ever. A clip that comes, and `seedance-tasks forget`, start
   * the count anew.
   *
   * Since: 0.2
   */
  { "attempts", "Attempts",
      "After how many tasks of the same order that ended without a clip no "
      "further one is ordered, also by later runs",
      SERVICE (attempts), GST_SEEDANCE_KIND_INT, READWRITE, 2, 1, G_MAXINT },
  /**
   * GstSeedanceSrc:budget:
   *
   * How many orders may go out in how much time, such as `5/hour` or
   * `5/hour,40/day`; the units are minute, hour, day, week and month (30 days).
   * It counts what all programs ordered that use the same state folder, and an
   * order that would be one too many is an error (`reason` = `budget`) which
   * says when the next one may go out. What SEEDANCE_BUDGET allows holds
   * besides. Not set: no limit.
   *
   * Since: 0.2
   */
  { "budget", "Budget",
      "How many orders may go out in how much time, such as 5/hour,40/day, by "
      "all programs together (SEEDANCE_BUDGET holds besides; not set: any)",
      SERVICE (budget), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:state-dir:
   *
   * Where paid tasks are remembered and clips are kept. Not set:
   * `SEEDANCE_STATE_DIR`, else gst-seedance in the user's state folder.
   * A relative path is of the working directory at the start of a run.
   *
   * Since: 0.1
   */
  { "state-dir", "State folder",
      "Where paid tasks are remembered and clips are kept; default: "
      "SEEDANCE_STATE_DIR, else gst-seedance in the user's state folder. "
      "Several processes may share one",
      SERVICE (state_dir), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:poll-interval:
   *
   * Milliseconds between two questions whether the clip is ready.
   *
   * Since: 0.1
   */
  { "poll-interval", "Poll interval",
      "Milliseconds between two questions whether the clip is ready; "
      "below 5000 only where the service allows it",
      SERVICE (poll_interval), GST_SEEDANCE_KIND_UINT, READWRITE, 5000, 100,
      3600000 },
  /**
   * GstSeedanceSrc:generation-timeout:
   *
   * Seconds to wait for the clip before giving up; the task goes on, is billed,
   * and is picked up by the next run; 0: no limit.
   *
   * Since: 0.1
   */
  { "generation-timeout", "Generation timeout",
      "Seconds to wait for the clip before giving up; the task goes on, "
      "is billed, and is picked up by the next run; 0: no limit",
      SERVICE (generation_timeout), GST_SEEDANCE_KIND_UINT, READWRITE, 3600, 0,
      G_MAXINT / 1000 },
  /**
   * GstSeedanceSrc:timeout:
   *
   * Seconds without progress after which a request is given up.
   *
   * Since: 0.1
   */
  { "timeout", "Timeout",
      "Seconds without progress after which a request is given up; the "
      "answer to an order is given four times as long",
      SERVICE (timeout), GST_SEEDANCE_KIND_UINT, READWRITE, 15, 1, 3600 },
  /**
   * GstSeedanceSrc:retries:
   *
   * How often in a row what may safely be repeated is repeated; -1: for ever.
   *
   * Since: 0.1
   */
  { "retries", "Retries",
      "How often in a row what may safely be repeated is repeated; an "
      "order that may have arrived never is; -1: for ever",
      SERVICE (retries), GST_SEEDANCE_KIND_INT, READWRITE, 3, -1, G_MAXINT },
  /**
   * GstSeedanceSrc:max-size:
   *
   * Refuse a clip of more bytes than this; 0: no limit.
   *
   * Since: 0.1
   */
  { "max-size", "Maximum size",
      "Refuse a clip of more bytes than this; 0: no limit", SERVICE (max_size),
      GST_SEEDANCE_KIND_UINT64, READWRITE, G_GINT64_CONSTANT (2) << 30, 0,
      MAX_SIZE },
  /**
   * GstSeedanceSrc:user-agent:
   *
   * What the requests say they come from.
   *
   * Since: 0.1
   */
  { "user-agent", "User agent",
      "What the requests say they come from; default: gst-seedance and its "
      "version",
      SERVICE (user_agent), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:proxy:
   *
   * URL of a proxy for https. Not set: what the environment says; empty: none.
   * Plain http never goes through one, because it would show it the key. Reads
   * back without user and password.
   *
   * Since: 0.1
   */
  { "proxy", "Proxy",
      "URL of a proxy for https, scheme://host:port; default: what the "
      "environment says (https_proxy, no_proxy); empty: none",
      SERVICE (proxy), GST_SEEDANCE_KIND_STRING, READWRITE,
      .show = seedance_proxy_show, .keeps_empty = TRUE },
  /**
   * GstSeedanceSrc:ssl-strict:
   *
   * Refuse servers whose certificate does not verify.
   *
   * Since: 0.1
   */
  { "ssl-strict", "Strict TLS",
      "Refuse servers whose certificate does not verify", SERVICE (ssl_strict),
      GST_SEEDANCE_KIND_BOOLEAN, READWRITE, TRUE, FALSE, TRUE },
  /**
   * GstSeedanceSrc:ssl-ca-file:
   *
   * PEM file with the certificates to trust instead of the system's.
   *
   * Since: 0.1
   */
  { "ssl-ca-file", "CA file",
      "PEM file with the certificates to trust instead of the system's",
      SERVICE (ssl_ca_file), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:allow-insecure:
   *
   * Allow plain http, and with it the key in the clear, to hosts other than
   * this one.
   *
   * Since: 0.1
   */
  { "allow-insecure", "Allow insecure",
      "Allow plain http, and with it the key in the clear, to hosts other "
      "than this one",
      SERVICE (allow_insecure), GST_SEEDANCE_KIND_BOOLEAN, READWRITE, FALSE,
      FALSE, TRUE },
  /**
   * GstSeedanceSrc:buffering:
   *
   * Post #GST_MESSAGE_BUFFERING while the clip is downloaded: below 100 until
   * it can be played without a stop, and again when it runs dry. Nothing is
   * posted in pipelines in which no sink keeps to the clock.
   *
   * Since: 0.2
   */
  { "buffering", "Buffering",
      "Tell the application by messages when to wait for the download, so that "
      "the clip plays without a stop",
      STREAM (buffering), GST_SEEDANCE_KIND_BOOLEAN, READWRITE, TRUE, FALSE,
      TRUE },
  /**
   * GstSeedanceSrc:uri-submit:
   *
   * Whether an order may go out for a seedance: URI. Without it a URI only plays
   * what was ordered before, because URIs come from anywhere, such as playlists
   * and web pages. `SEEDANCE_URI_SUBMIT=1` in the environment allows it to all.
   * It says nothing about an element that was given no URI.
   *
   * Since: 0.2
   */
  { "uri-submit", "URI submit",
      "Whether an order may go out for a seedance: URI, which else only plays "
      "what was ordered before (SEEDANCE_URI_SUBMIT=1 allows it to all)",
      STREAM (uri_submit), GST_SEEDANCE_KIND_BOOLEAN, READWRITE, FALSE, FALSE,
      TRUE },
  /**
   * GstSeedanceSrc:allow-local-links:
   *
   * Follow links of the service into this machine and into private networks
   * when the service itself is not there.
   *
   * Since: 0.2
   */
  { "allow-local-links", "Allow local links",
      "Follow links of the service into this machine and into private "
      "networks, also when the service itself is not there",
      SERVICE (allow_local_links), GST_SEEDANCE_KIND_BOOLEAN, READWRITE, FALSE,
      FALSE, TRUE },
};

const GstSeedanceProperty *
gst_seedance_property_find (guint id)
{
  return id >= 1 && id <= G_N_ELEMENTS (properties) ? &properties[id - 1]
                                                    : NULL;
}

const GstSeedanceProperty *
gst_seedance_property_find_by_name (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++) {
    if (g_strcmp0 (properties[i].name, name) == 0)
      return &properties[i];
  }

  return NULL;
}

guint
gst_seedance_property_get_id (const GstSeedanceProperty *property)
{
  return (guint) (property - properties) + 1;
}
