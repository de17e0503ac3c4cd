/*
 * Runs a program and lets its n-th system call on files go wrong.
 *
 *   inject MODE FIRST LAST VALUE LIST PROGRAM [ARGUMENT...]
 *
 * Calls are counted from 1, from the program's first write to standard output on. MODE is what
 * happens to calls FIRST to LAST:
 *
 *   none          nothing
 *   kill          SIGKILL before the call
 *   tear          a write of at most VALUE bytes, then SIGKILL
 *   short         a write of at most VALUE bytes
 *   error         the call does nothing and fails with errno VALUE
 *   lie           a sync answers without syncing
 *
 * LIST is a file that gets the name of every counted call, a line each, or "-"; an openat that may
 * make a file is called "create". The answer is the
 * program's, or 137 where it was killed. Calls are seen by ptrace, whoever makes them: a preloaded
 * library would miss those that do not go through libc.
 */

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SET_RESULT(regs, value) ((regs).orig_rax = -1, (regs).rax = (value))
#define LENGTH(regs) ((regs).rdx)
#elif defined(__aarch64__)
#define SET_RESULT(regs, value) ((regs).regs[0] = (value))
#define LENGTH(regs) ((regs).regs[2])
#else
#error "inject.c knows the registers of x86-64 and AArch64 only"
#endif

static const struct { long number; const char *name; } CALLS[] = {
#define CALL(name) { SYS_##name, #name },
    CALL(openat) CALL(close) CALL(pread64) CALL(pwrite64) CALL(read) CALL(fsync) CALL(fdatasync)
    CALL(ftruncate) CALL(fallocate) CALL(unlinkat) CALL(linkat) CALL(mkdirat) CALL(renameat2)
    CALL(fchmod) CALL(flock) CALL(getdents64) CALL(statx) CALL(newfstatat) CALL(fstat)
    CALL(lseek) CALL(madvise) CALL(fadvise64)
#ifdef SYS_open
    CALL(open) CALL(rename) CALL(unlink) CALL(link) CALL(mkdir) CALL(chmod) CALL(rmdir)
#endif
#ifdef SYS_renameat
    CALL(renameat)
#endif
};

enum { THREADS = 64 };
static pid_t torn[THREADS];
static int torn_count;

static void fail(const char *what) {
    perror(what);
    exit(99);
}

static const char *name_of(long number) {
    for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++)
        if (CALLS[i].number == number)
            return CALLS[i].name;
    return NULL;
}

static void set_result(pid_t pid, long value) {
    struct user_regs_struct regs;
    struct iovec area = { &regs, sizeof regs };
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &area))
        fail("PTRACE_GETREGSET");
    SET_RESULT(regs, value);
    if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &area))
        fail("PTRACE_SETREGSET");
#ifdef __aarch64__
    int none = -1;
    struct iovec call = { &none, sizeof none };
    if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &call))
        fail("NT_ARM_SYSTEM_CALL");
#endif
}

static void shorten(pid_t pid, unsigned long len) {
    struct user_regs_struct regs;
    struct iovec area = { &regs, sizeof regs };
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &area))
        fail("PTRACE_GETREGSET");
    if (LENGTH(regs) > len)
        LENGTH(regs) = len;
    if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &area))
        fail("PTRACE_SETREGSET");
}

int main(int argc, char **argv) {
    if (argc < 7) {
        fprintf(stderr, "inject MODE FIRST LAST VALUE LIST PROGRAM [ARGUMENT...]\n");
        return 99;
    }
    const char *mode = argv[1];
    long first = atol(argv[2]), last = atol(argv[3]), value = atol(argv[4]);
    FILE *list = strcmp(argv[5], "-") ? fopen(argv[5], "w") : NULL;

    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0))
            fail("PTRACE_TRACEME");
        raise(SIGSTOP);
        execv(argv[6], argv + 6);
        fail(argv[6]);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        fail("the program does not start");
    if (ptrace(PTRACE_SETOPTIONS, child, 0,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE))
        fail("PTRACE_SETOPTIONS");
    ptrace(PTRACE_SYSCALL, child, 0, 0);

    int counting = 0;
    long count = 0;
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            fail("waitpid");
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid != child)
                continue;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        int signal = WSTOPSIG(status);
        if (signal != (SIGTRAP | 0x80)) {
            /* The first stops of threads and of execve are no signals of the program. */
            int ours = signal == SIGTRAP || signal == SIGSTOP;
            ptrace(PTRACE_SYSCALL, pid, 0, ours ? 0 : signal);
            continue;
        }
        for (int i = 0; i < torn_count; i++)
            if (torn[i] == pid)
                kill(child, SIGKILL);
        struct __ptrace_syscall_info call;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) <= 0) {
            if (errno == ESRCH)
                continue;
            fail("PTRACE_GET_SYSCALL_INFO");
        }
        if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
            long number = (long)call.entry.nr;
            const char *name = name_of(number);
            if (number == SYS_openat && call.entry.args[2] & O_CREAT)
                name = "create";
            if (number == SYS_write && call.entry.args[0] == 1)
                counting = 1;
            if (counting && name) {
                count++;
                if (list)
                    fprintf(list, "%s\n", name), fflush(list);
                int sync = number == SYS_fsync || number == SYS_fdatasync;
                if (count < first || count > last)
                    ;
                else if (!strcmp(mode, "kill"))
                    kill(child, SIGKILL);
                else if (!strcmp(mode, "error"))
                    set_result(pid, -value);
                else if (!strcmp(mode, "lie") && sync)
                    set_result(pid, 0);
                else if (!strcmp(mode, "short") && number == SYS_pwrite64)
                    shorten(pid, value);
                else if (!strcmp(mode, "tear") && number == SYS_pwrite64 && torn_count < THREADS) {
                    shorten(pid, value);
                    torn[torn_count++] = pid;
                }
            }
        }
        ptrace(PTRACE_SYSCALL, pid, 0, 0);
    }
}
