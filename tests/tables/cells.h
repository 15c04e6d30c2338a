/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many small runs, some at once, each with a service and a ledger of its own:
 * most of them wait for something most of the time. */
#pragma once

#include "puller.h"

G_BEGIN_DECLS

/* In both strings "@API@" and "@CLIPS@" are the addresses of the run's own
 * service, "@API-PORT@" and "@CLIPS-PORT@" only their ports, "@DEEP@" is a
 * JSON text of great depth, "@SOON@" a date in a moment, and these are servers
 * in its way: "@FULL@", "@SILENT@", "@CLOSED@", "@REFUSING@" as in peer.h;
 * "@TLS@" deciphers for the service with a certificate that "@CA@" vouches
 * for, "@TLS-OTHER@" with another host's. */
typedef struct {
  const gchar *faults;
  const gchar *properties;
  gboolean pulled;
  const gchar *settings; /* of the service, in JSON; NULL = none */
} Cell;

typedef struct {
  /* "whole": to the end, and byte for byte; "WRONG": to the end, and not; or
   * the error's domain and code. */
  gchar *end;
  gchar *text; /* the error's first words; NULL without one */
  gint64 posts, tasks;
  gint64 requests; /* for the clip */
} CellResult;

/* Fills @results, for cells_clear(). */
void cells_run (const Cell *cells, guint n_cells, CellResult *results);
void cells_clear (CellResult *results, guint n_results);

G_END_DECLS
