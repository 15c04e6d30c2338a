/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cell: one small run of seedancesrc with a ledger of its own, against a
 * local service with given faults. Several cells run at a time, because each of
 * them mostly waits. */
#pragma once

#include "puller.h"

G_BEGIN_DECLS

/* @faults and @properties may hold these words, which are replaced: "@API@" and
 * "@CLIPS@", the addresses of the local service, and "@API-PORT@" and
 * "@CLIPS-PORT@", their ports alone; "@DEEP@", a deeply nested JSON text;
 * "@SOON@", a date one second from now; "@FULL@", "@SILENT@", "@CLOSED@" and
 * "@REFUSING@", the addresses of peers, see peer.h; "@TLS@", the address of a
 * TLS relay to the service whose certificate is in the file "@CA@";
 * "@TLS-OTHER@", the same with a certificate for another host, in the file
 * "@CA-OTHER@". */
typedef struct {
  const gchar *faults;
  const gchar *properties;
  gboolean pulled;
  const gchar *settings; /* of the service, in JSON; NULL: none */
} Cell;

typedef struct {
  /* "whole": reached the end with the bytes of the clip. "WRONG": reached the
   * end with other bytes. Otherwise the domain and code of the error. */
  gchar *end;
  gchar *text; /* the start of the error message; or NULL */
  gint64 posts, tasks;
  gint64 requests; /* number of requests for the clip */
} CellResult;

/* Runs all cells and fills @results. The caller frees their contents with
 * cells_clear(). */
void cells_run (const Cell *cells, guint n_cells, CellResult *results);
void cells_clear (CellResult *results, guint n_results);

G_END_DECLS
