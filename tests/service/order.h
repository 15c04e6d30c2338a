/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order is what a create request asks for. order-v1.c, order-ark.c and
 * order-flat.c parse the requests of the different APIs into an Order; order.c
 * has what they share. */
#pragma once

#include "picture.h"
#include "reply.h"

G_BEGIN_DECLS

/* What a create request asks for, with defaults filled in. Immutable once
 * order_finish() has returned it. */
typedef struct {
  gchar *prompt;
  gchar *model;
  gchar *image_url;
  gchar *last_url; /* only together with image_url */
  Picture *picture;
  Picture *last;
  gchar *resolution;
  /* Before order_finish() it may be "adaptive"; then it is a real ratio. */
  gchar *ratio;
  gint width;
  gint height;
  gint duration;
  gint64 seed;
  gboolean audio;
  gboolean last_frame; /* whether the request asks for a picture of it, too */
} Order;

/* Parse the request of the default service (v1) and of ark. @with_image says
 * that v1's request must name an image. If the body is wrong, both return NULL
 * and set @refusal to an answer with status 400. Both load and decode images,
 * so they may block. */
Order *order_parse_v1 (GBytes *body, gboolean with_image, Reply **refusal);
Order *order_parse_ark (GBytes *body, Reply **refusal);
/* Names of the members in a flat JSON object, in which each parameter is one
 * member; NULL where an API has no such member. duration_in_text says that the
 * duration is a string. */
typedef struct {
  const gchar *resolution, *ratio, *size, *duration;
  gboolean duration_in_text;
} OrderFields;
/* Addresses of the first and the last image; NULL where there is none. */
typedef struct {
  const gchar *first, *last;
} OrderFrames;
/* Parses a flat JSON object; returns and blocks as the parsers above. */
Order *order_parse_flat (const cJSON *json, const OrderFrames *frames,
    const OrderFields *fields, Reply **refusal);
void order_free (Order *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Order, order_free)

/* The functions below are for the parsers. order_parse_json() returns the JSON
 * object in @body, or NULL and sets @refusal. Free with cJSON_Delete(). */
cJSON *order_parse_json (GBytes *body, Reply **refusal);
/* Returns an order with the defaults and a random seed. */
Order *order_new (void);
/* Loads the pictures and fixes the ratio and the size in pixels. Takes @order;
 * returns it, or NULL and sets @refusal if a picture cannot be used. */
Order *order_finish (Order *order, Reply **refusal);

/* Set the resolution and the ratio. Both return FALSE if the service does not
 * know @value. */
gboolean order_take_resolution (Order *order, const gchar *value);
gboolean order_take_ratio (Order *order, const gchar *value);

G_END_DECLS
