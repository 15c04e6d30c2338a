/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Imitates a slow disk and a network share by replacing functions of the C
 * library. While a file FOLDER.hold exists, fsync() and fdatasync() of files in
 * FOLDER block, and report that by making FOLDER.held. While a file
 * FOLDER.stall exists, pread() of its clips does the same. While a file
 * FOLDER.share exists, statfs() says that FOLDER is on NFS. This file is linked
 * into a test program, or preloaded into another program. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ROUND 2000 /* microseconds */
#define NFS_TYPE 0x6969

int fsync (int fd);
int fdatasync (int fd);
int statfs (const char *path, struct statfs *info);
ssize_t pread (int fd, void *data, size_t size, off_t at);

static void
tell_held (const char *folder)
{
  char path[4096];
  int fd;

  snprintf (path, sizeof path, "%s.held", folder);
  fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0)
    close (fd);
}

static void
wait_while_held (const char *folder, const char *ending)
{
  char path[4096];
  int told = 0;

  snprintf (path, sizeof path, "%s.%s", folder, ending);
  while (access (path, F_OK) == 0) {
    if (!told)
      tell_held (folder);
    told = 1;
    usleep (ROUND);
  }
}

/* The file may be the folder itself. */
static void
wait_for_folder_of (int fd, const char *of, const char *ending)
{
  char link[64], path[2048];
  ssize_t size;
  char *end;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  size = readlink (link, path, sizeof path - 1);
  if (size <= 0)
    return;
  path[size] = '\0';
  if (!strstr (path, of))
    return;
  wait_while_held (path, ending);
  end = strrchr (path, '/');
  if (!end)
    return;
  *end = '\0';
  wait_while_held (path, ending);
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

int
fsync (int fd)
{
  wait_for_folder_of (fd, "", "hold");

  return REAL (fsync) (fd);
}

int
fdatasync (int fd)
{
  wait_for_folder_of (fd, "", "hold");

  return REAL (fdatasync) (fd);
}

ssize_t
pread (int fd, void *data, size_t size, off_t at)
{
  wait_for_folder_of (fd, ".mp4", "stall");

  return REAL (pread) (fd, data, size, at);
}

int
statfs (const char *path, struct statfs *info)
{
  char share[4096];
  int result = REAL (statfs) (path, info);

  snprintf (share, sizeof share, "%s.share", path);
  if (result == 0 && access (share, F_OK) == 0)
    info->f_type = NFS_TYPE;

  return result;
}
