/*
 * The references in C. Reads commands from standard input, one JSON line each, and answers each with one line, as peer.py does:
 *
 *   {"do":"spawn","count":N}   starts "true" by posix_spawn and waits for its end, N times
 *   {"do":"watch","count":N}   adds an inotify watch for each directory of the tree that the argument names, N times
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *tree;

static void fail(const char *what)
{
    printf("{\"error\":\"%s failed\"}\n", what);
    fflush(stdout);
    exit(1);
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long spawn_once(void)
{
    char *arguments[] = {"true", NULL};
    pid_t child;
    int status;
    long long start = now();
    if (posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ) != 0) fail("posix_spawnp");
    if (waitpid(child, &status, 0) != child || status != 0) fail("true");
    return now() - start;
}

/* The path ends at length; it is longer only during the call. */
static int watch_below(int inotify, char *path, size_t length)
{
    unsigned mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
    int count = 1;
    struct dirent *entry;
    if (inotify_add_watch(inotify, path, mask | IN_ONLYDIR) < 0) fail("inotify_add_watch");
    DIR *directory = opendir(path);
    if (directory == NULL) fail("opendir");
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        int added = snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
        count += watch_below(inotify, path, length + added);
        path[length] = 0;
    }

    closedir(directory);
    return count;
}

static long long watch_once(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", tree);
    long long start = now();
    int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify < 0) fail("inotify_init1");
    watch_below(inotify, path, strlen(path));
    long long end = now();
    close(inotify);
    return end - start;
}

int main(int argc, char **argv)
{
    char line[256];
    tree = argc > 1 ? argv[1] : "/nonexistent";
    while (fgets(line, sizeof line, stdin) != NULL) {
        const char *field = strstr(line, "\"count\":");
        long count = field == NULL ? 1 : strtol(field + strlen("\"count\":"), NULL, 10);
        long long (*measure)(void) = strstr(line, "\"spawn\"") != NULL ? spawn_once : watch_once;
        long long *times = calloc(count, sizeof *times);
        if (times == NULL) fail("calloc");
        for (long i = 0; i < count; i++) times[i] = measure();
        printf("{\"nanoseconds\":[");
        for (long i = 0; i < count; i++) printf(i == 0 ? "%lld" : ",%lld", times[i]);
        printf("]}\n");
        fflush(stdout);
        free(times);
    }

    return 0;
}
