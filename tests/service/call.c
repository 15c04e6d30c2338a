/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a call: its query, its headers and the state of its connection. */

#include "door.h"

void
call_free (Call *call)
{
  g_free (call->method);
  g_free (call->path);
  g_free (call->raw_query);
  g_clear_pointer (&call->query, g_hash_table_unref);
  g_clear_pointer (&call->headers, soup_message_headers_unref);
  g_clear_pointer (&call->body, g_bytes_unref);
  g_clear_object (&call->connection);
  g_clear_object (&call->quit);
  g_free (call);
}

const gchar *
call_query (Call *call, const gchar *name)
{
  return call->query ? g_hash_table_lookup (call->query, name) : NULL;
}

const gchar *
call_header (Call *call, const gchar *name)
{
  return soup_message_headers_get_one (call->headers, name);
}

GSocket *
call_socket (Call *call)
{
  return g_socket_connection_get_socket (call->connection);
}

gboolean
call_is_over (gpointer user_data)
{
  Call *call = user_data;
  GSocket *socket = call_socket (call);
  gchar byte;
  GInputVector vector = { &byte, 1 };
  gint flags = G_SOCKET_MSG_PEEK;
  GIOCondition condition;

  if (g_cancellable_is_cancelled (call->quit))
    return TRUE;
  condition = g_socket_condition_check (socket, G_IO_IN | G_IO_HUP | G_IO_ERR);
  if (condition & (G_IO_HUP | G_IO_ERR))
    return TRUE;
  return (condition & G_IO_IN) != 0 &&
         g_socket_receive_message (
             socket, NULL, &vector, 1, NULL, NULL, &flags, NULL, NULL) <= 0;
}

gboolean
call_marks_connection (Call *call)
{
  GObject *connection = G_OBJECT (call->connection);

  if (g_object_get_data (connection, "marked") != NULL)
    return FALSE;
  g_object_set_data (connection, "marked", GINT_TO_POINTER (TRUE));
  return TRUE;
}
