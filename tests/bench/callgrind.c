// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/callgrind.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"

#define OPTION_SIZE 128u

static void exec_callgrind(const char *const *toggles, const char *const *arguments,
                           const char *output)
{
    static char options[CALLGRIND_OPTIONS_MAX][OPTION_SIZE];
    const char *line[3 + CALLGRIND_OPTIONS_MAX + CALLGRIND_ARGUMENTS_MAX + 1] = {
        "valgrind", "-q", "--tool=callgrind"};
    unsigned count = 3, used = 0;
    (void)snprintf(options[used], OPTION_SIZE, "--callgrind-out-file=%s", output);
    line[count++] = options[used++];
    for (; *toggles != NULL; toggles++) {
        CHECK(used < CALLGRIND_OPTIONS_MAX);
        (void)snprintf(options[used], OPTION_SIZE, "--toggle-collect=%s", *toggles);
        line[count++] = options[used++];
    }
    for (unsigned i = 0; arguments[i] != NULL; i++) {
        CHECK(i < CALLGRIND_ARGUMENTS_MAX);
        line[count++] = arguments[i];
    }
    line[count] = NULL;
    (void)execvp(line[0], (char *const *)line); /* only returns when it fails */
    perror("callgrind: valgrind");
    _exit(1);
}

FILE *callgrind_run(const char *const *toggles, const char *const *arguments)
{
    char path[] = "/tmp/callgrind.XXXXXX";
    int status, descriptor = mkstemp(path);
    CHECK(descriptor >= 0 && close(descriptor) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        exec_callgrind(toggles, arguments, path);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    FILE *file = fopen(path, "re");
    CHECK(file != NULL && unlink(path) == 0);
    return file;
}

unsigned long long callgrind_total(FILE *file)
{
    char line[256];
    unsigned long long total = 0;
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "totals: %llu", &total) != 1)
        ;
    CHECK(fclose(file) == 0);
    CHECK(total > 0);
    return total;
}
