/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an order will cost, guessed from a profile's list of prices. */
#pragma once

#include "provider.h"

G_BEGIN_DECLS

/* An estimate in tokens (-1 where a service sells time) and US dollars of what
 * @request costs. FALSE when the
 * profile knows no price for it, or when model, resolution and duration are not
 * all set. Pure function. */
gboolean seedance_price_estimate (const SeedanceProvider *provider,
    const SeedanceRequest *request, gint64 *tokens, gdouble *usd);

G_END_DECLS
