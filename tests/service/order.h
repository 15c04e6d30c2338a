/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "picture.h"
#include "reply.h"

G_BEGIN_DECLS

/* What a create request asks for, its defaults filled in. Immutable. */
typedef struct {
  gchar *prompt;
  gchar *model;
  gchar *image_url;
  gchar *last_url; /* only with the other */
  Picture *picture;
  Picture *last;
  gchar *resolution;
  /* As asked for; "adaptive" until the picture is known. */
  gchar *ratio;
  gint width;
  gint height;
  gint duration;
  gint64 seed;
  gboolean audio;
  gboolean last_frame; /* a picture of it was asked for, too */
} Order;

/* Both return NULL and a 400 in @refusal when the body is at fault. They
 * fetch and decode the image, and so may block. */
Order *order_parse_v1 (GBytes *body, gboolean with_image, Reply **refusal);
Order *order_parse_ark (GBytes *body, Reply **refusal);
/* Of an object with the usual members, in @json; NULL where it names none. */
typedef struct {
  const gchar *resolution, *ratio, *size, *duration;
  gboolean duration_in_text;
} OrderFields;
/* Addresses of what the clip begins and ends with; NULL where there is none. */
typedef struct {
  const gchar *first, *last;
} OrderFrames;
Order *order_parse_flat (const cJSON *json, const OrderFrames *frames,
    const OrderFields *fields, Reply **refusal);
void order_free (Order *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Order, order_free)

/* For those who parse. The JSON object in @body, or NULL and @refusal. */
cJSON *order_parse_json (GBytes *body, Reply **refusal);
Order *order_new (void);
/* Checks what both services check alike, and settles sizes and picture. */
Order *order_finish (Order *order, Reply **refusal);

gboolean order_take_resolution (Order *order, const gchar *value);
gboolean order_take_ratio (Order *order, const gchar *value);

G_END_DECLS
