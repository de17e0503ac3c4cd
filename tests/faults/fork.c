/*
 * Loaded before the C library: changing to the folder "/fork here" forks the process. The fork
 * changes "there" and goes on; the one forked from waits for its end, then fails to.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int chdir(const char *path) {
    if (strcmp(path, "/fork here"))
        return (int)syscall(SYS_chdir, path);
    pid_t child = fork();
    if (child == 0)
        return 0;
    if (child > 0)
        waitpid(child, NULL, 0);
    errno = child > 0 ? ENOENT : EAGAIN;
    return -1;
}
