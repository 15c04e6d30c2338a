/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of properties. Each row has the documentation block of the property
 * above it, and the short description (blurb) that gst-inspect-1.0 shows. */

#include "gstseedanceproperties.h"

#include "order.h"

#define SETTING (G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READWRITE (G_PARAM_READWRITE | SETTING)
#define WRITE_ONLY (G_PARAM_WRITABLE | SETTING)

/* Largest max-size, in bytes. A user who sets "-1" gets a far larger number,
 * which is then out of range. */
#define MAX_SIZE (G_GINT64_CONSTANT (1) << 60)

#define AUTO "auto"

/* The member that holds the value, and the part of the settings. */
#define REQUEST(member) \
  G_STRUCT_OFFSET (GstSeedanceSettings, member), GST_SEEDANCE_PART_REQUEST
#define SERVICE(member) \
  G_STRUCT_OFFSET (GstSeedanceSettings, member), GST_SEEDANCE_PART_SERVICE
#define STREAM(member) \
  G_STRUCT_OFFSET (GstSeedanceSettings, member), GST_SEEDANCE_PART_STREAM

/* The id of a property is its position in this table, beginning with 1. The
 * GParamSpec of a number accepts the whole range of its type. With a narrower
 * one GObject would print a warning and keep the old value, and the clip would
 * be ordered with that. The range in this table is checked before anything is
 * ordered, and the blurb shows it. */
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
   * The last frame of the clip, given in the same way as #GstSeedanceSrc:image,
   * which must be set as well. Not every provider accepts a last frame.
   *
   * Since: 0.2
   */
  { "last-image", "Last image",
      "The last frame of the clip, given like image; image must be set as well",
      REQUEST (last_image), GST_SEEDANCE_KIND_STRING, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:reference-images:
   *
   * (array of strings) Pictures for the model to refer to, each given in the
   * same way as #GstSeedanceSrc:image. Their order matters. Frames (image,
   * last-image) and references exclude each other.
   *
   * Since: 0.2
   */
  { "reference-images", "Reference images",
      "Pictures that the model looks at, each given like image: "
      "reference-images=\"<a.png,b.png>\"; not together with image",
      REQUEST (reference_images), GST_SEEDANCE_KIND_STRINGS, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:reference-videos:
   *
   * (array of strings) Videos for the model to refer to: http(s) URLs or data:
   * URIs.
   *
   * Since: 0.2
   */
  { "reference-videos", "Reference videos",
      "Videos that the model looks at, http(s) URLs or data: URIs; not "
      "together with image",
      REQUEST (reference_videos), GST_SEEDANCE_KIND_STRINGS, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:reference-audios:
   *
   * (array of strings) Sounds for the model to refer to: http(s) URLs or data:
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
   * Picture size, such as 480p, 720p or 1080p. The provider defines which
   * values it accepts, and the model defines the exact size in pixels. "auto"
   * or empty: the service decides, and nothing is sent.
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
   * Width to height of the picture, such as 16:9, 9:16 or 1:1. With "adaptive"
   * the model decides, where the provider offers that. "auto" or empty: the
   * service decides, and nothing is sent.
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
   * Length of the clip in seconds. 0: the service decides, and nothing is sent.
   * -1: the model decides, where the provider offers that.
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
   * Random seed. The same seed and prompt give a similar clip. -1: the service
   * decides, and nothing is sent.
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
   * Whether the clip gets sound, where the provider offers the choice.
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
   * Whether the camera stands still, where the provider offers the choice.
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
   * Whether the service puts its watermark into the picture, where the provider
   * offers the choice.
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
   * Whether the service also returns a picture of the last frame. Its link is
   * in the element messages.
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
   * More fields for the body of the request, which are sent unchanged.
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
   * The service that makes the clip: seeddance, ark (BytePlus ModelArk and
   * Volcengine Ark), openai, fal, replicate or openrouter; or a profile of your
   * own, given by its name or by the path of its file (docs/providers.md). The
   * error for an unknown provider lists the known ones. Not set:
   * `SEEDANCE_PROVIDER`, else seeddance.
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
   * Id of the model, for providers that need one (ark).
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
   * The URL of the service. Not set: `SEEDANCE_BASE_URL`, else the provider's
   * own address.
   *
   * Since: 0.1
   */
  { "base-url", "Base URL",
      "Base URL of the service's API; default: SEEDANCE_BASE_URL, else the "
      "provider's own address",
      SERVICE (base_url), GST_SEEDANCE_KIND_STRING, READWRITE,
      .show = seedance_url_show },
  /**
   * GstSeedanceSrc:api-key:
   *
   * The key of the service. Better put it into the environment
   * (`SEEDANCE_API_KEY`) or into a file, because every user of a machine can
   * see its command lines.
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
   * Attach to this task, which was ordered before; nothing is ordered.
   * #GstSeedanceSrc:current-task-id gives the task of a run.
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
   * Makes two orders different that are otherwise equal. With it a list of
   * clips can hold the same prompt twice, and after a restart each entry finds
   * its own clip by the same value. The value is kept in the ledger and not
   * sent to the service. An empty string is the same as not set.
   *
   * Since: 0.2
   */
  { "instance", "Instance",
      "Label that makes otherwise equal orders distinct, such as the entries "
      "of a list that holds a prompt twice; the same label finds the same "
      "order again (not sent)",
      REQUEST (instance), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:reuse:
   *
   * When to play a clip that was paid for before instead of buying a new one. A
   * clip counts as played when at least half of it was read, every sink that
   * the source leads to has reached the end of the stream, and no element on
   * the way posted an error. In doubt it does not count as played.
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
   * How many tasks of the same order may end without a clip (failed, cancelled,
   * expired, or refused by the service's moderation afterwards) before no
   * further one is ordered. This keeps a program that restarts a failing
   * pipeline from buying without end. The count begins anew after a clip has
   * arrived and after `seedance-tasks forget`.
   *
   * Since: 0.2
   */
  { "attempts", "Attempts",
      "Stop ordering after this many tasks of the same order ended without a "
      "clip, those of earlier runs included",
      SERVICE (attempts), GST_SEEDANCE_KIND_INT, READWRITE, 2, 1, G_MAXINT },
  /**
   * GstSeedanceSrc:budget:
   *
   * How many orders may go out in a period, such as `5/hour` or
   * `5/hour,40/day`. The units are minute, hour, day, week and month (30 days).
   * Orders of all programs that use the same state folder count. One order too
   * many is an error (`reason` = `budget`), which says when the next order may
   * go out. The limits in SEEDANCE_BUDGET apply in addition. Not set: no limit.
   *
   * Since: 0.2
   */
  { "budget", "Budget",
      "How many orders may go out in how much time, such as 5/hour,40/day, by "
      "all programs together; SEEDANCE_BUDGET also applies; not set: no limit",
      SERVICE (budget), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:state-dir:
   *
   * The folder for the ledger of paid tasks and for the clips. Not set:
   * `SEEDANCE_STATE_DIR`, else gst-seedance in the user's state folder. A
   * relative path starts at the working directory at the beginning of a run.
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
   * Milliseconds between two polls of the task.
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
   * Seconds to wait for the clip before giving up; 0: no limit. The task goes
   * on after that and is billed, and the next run picks it up.
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
   * Seconds without progress after which a request fails. The answer to an
   * order may take four times as long, up to 14 minutes with all repeats.
   *
   * Since: 0.1
   */
  { "timeout", "Timeout",
      "Seconds without progress after which a request is given up; the "
      "answer to an order may take four times as long",
      SERVICE (timeout), GST_SEEDANCE_KIND_UINT, READWRITE, 15, 1, 3600 },
  /**
   * GstSeedanceSrc:retries:
   *
   * How often in a row a request is repeated if that is safe; -1: without
   * limit. An order that may have arrived is never repeated.
   *
   * Since: 0.1
   */
  { "retries", "Retries",
      "Consecutive retries of a request that is safe to repeat, which an order "
      "that may have arrived is not; -1: no limit",
      SERVICE (retries), GST_SEEDANCE_KIND_INT, READWRITE, 3, -1, G_MAXINT },
  /**
   * GstSeedanceSrc:max-size:
   *
   * Largest clip in bytes; a larger one is refused. 0: no limit.
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
   * The User-Agent header of the requests. Not set: gst-seedance and its
   * version.
   *
   * Since: 0.1
   */
  { "user-agent", "User agent",
      "User-Agent header of the requests; default: gst-seedance and its "
      "version",
      SERVICE (user_agent), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:proxy:
   *
   * URL of a proxy for https. Not set: the proxy of the environment; empty: no
   * proxy. Plain http never goes through a proxy, because the proxy could read
   * the key. The property reads back without user and password.
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
   * Refuse servers whose certificate cannot be verified.
   *
   * Since: 0.1
   */
  { "ssl-strict", "Strict TLS",
      "Refuse servers whose certificate does not verify", SERVICE (ssl_strict),
      GST_SEEDANCE_KIND_BOOLEAN, READWRITE, TRUE, FALSE, TRUE },
  /**
   * GstSeedanceSrc:ssl-ca-file:
   *
   * PEM file with the certificate authorities to trust instead of the system's.
   *
   * Since: 0.1
   */
  { "ssl-ca-file", "CA file",
      "PEM file with the certificates to trust instead of the system's",
      SERVICE (ssl_ca_file), GST_SEEDANCE_KIND_STRING, READWRITE },
  /**
   * GstSeedanceSrc:allow-insecure:
   *
   * Allow plain http to other hosts than this one. The key is then sent in the
   * clear.
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
   * the clip can play without a stall, and again when playback runs dry.
   * Nothing is posted in pipelines in which no sink keeps to the clock.
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
   * Whether an order may go out for a seedance: URI. If not, a URI plays only
   * what was ordered before, because URIs come from anywhere, such as playlists
   * and web pages. `SEEDANCE_URI_SUBMIT=1` in the environment allows it for all
   * elements. The property has no effect on an element that was given no URI.
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
   * Follow links of the service that lead to this machine or to private
   * networks, even if the service itself is elsewhere.
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
