/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an order will cost, estimated from the price list of a profile. */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

/* Estimates what @request costs, in tokens (-1 if the service bills seconds)
 * and in US dollars. Returns FALSE if the profile has no price for it, or if
 * model, resolution and duration are not all set. Pure function. */
gboolean seedance_price_estimate (const SeedanceProvider *provider,
    const SeedanceRequest *request, gint64 *tokens, gdouble *usd);

G_END_DECLS
