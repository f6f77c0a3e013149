// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host/wallet/passphrase.h"

static bool fail(char error[PASSPHRASE_ERROR_SIZE], const char *what, const char *why)
{
    snprintf(error, PASSPHRASE_ERROR_SIZE, "%.300s: %s", what, why);
    return false;
}

/* ------------------------------------------------------------------ signals */

/* What ends or stops a program from outside; each waits until the terminal echoes again. */
static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define SIGNAL_COUNT (sizeof SIGNALS / sizeof SIGNALS[0])

static volatile sig_atomic_t caught;

struct signals {
    struct sigaction actions[SIGNAL_COUNT];
    sigset_t mask;
};

static void catch_signal(int number)
{
    caught = number;
}

/* Blocked as well: they come through while a line is waited for, and nowhere else. Otherwise one
 * that came just before the wait would not end it. */
static void catch_signals(struct signals *before)
{
    const struct sigaction action = {.sa_handler = catch_signal};
    sigset_t set;
    caught = 0;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        sigaddset(&set, SIGNALS[i]);
        sigaction(SIGNALS[i], &action, &before->actions[i]);
    }
    sigprocmask(SIG_BLOCK, &set, &before->mask);
}

static void release_signals(const struct signals *before)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(SIGNALS[i], &before->actions[i], NULL);
    if (caught != 0)
        raise(caught); /* comes through with the mask */
    caught = 0;
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

/* ------------------------------------------------------------------ lines */

/* Reads up to and with a line feed, or the end. One byte at a time: what follows the line is not
 * for this program, and must not stay in a buffer. `mask`: signals while it waits; NULL: as they
 * are. NULL, or what is wrong. */
static const char *read_line(int descriptor, const sigset_t *mask, struct secret_text *text)
{
    struct pollfd input = {.fd = descriptor, .events = POLLIN};
    char next;
    text->chars = 0;
    for (;;) {
        if (ppoll(&input, 1, NULL, mask) < 0) {
            if (errno == EINTR && caught == 0)
                continue;
            return strerror(errno);
        }
        ssize_t got = read(descriptor, &next, 1);
        if (got < 0)
            return strerror(errno);
        if (got == 0 || next == '\n')
            break;
        if (text->chars == SECRET_TEXT_CHARS_MAX)
            return "the line is too long";
        text->text[text->chars++] = next;
    }
    OPENSSL_cleanse(&next, sizeof next);
    text->text[text->chars] = '\0';
    if (strlen(text->text) != text->chars)
        return "a zero byte in the line";
    return text->chars > 0 ? NULL : "the line is empty";
}

bool passphrase_from_file(const char *path, struct secret_text *text,
                          char error[PASSPHRASE_ERROR_SIZE])
{
    bool standard = strcmp(path, "-") == 0;
    int descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(error, path, strerror(errno));
    const char *why = read_line(descriptor, NULL, text);
    if (!standard)
        close(descriptor);
    return why == NULL || fail(error, standard ? "standard input" : path, why);
}

/* ------------------------------------------------------------------ terminal */

static const char *ask(int terminal, const sigset_t *mask, const char *prompt,
                       struct secret_text *text)
{
    struct termios shown, hidden;
    if (tcgetattr(terminal, &shown) != 0)
        return strerror(errno);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ECHONL;
    /* With FLUSH: what was typed ahead was typed without knowing what for. */
    if (tcsetattr(terminal, TCSAFLUSH, &hidden) != 0)
        return strerror(errno);
    const char *why = write(terminal, prompt, strlen(prompt)) < 0 ? strerror(errno) : NULL;
    if (why == NULL)
        why = read_line(terminal, mask, text);
    if (tcsetattr(terminal, TCSAFLUSH, &shown) != 0 && why == NULL)
        why = strerror(errno);
    return why;
}

bool passphrase_ask(const char *prompt, struct secret_text *text, char error[PASSPHRASE_ERROR_SIZE])
{
    struct signals before;
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        return fail(error, "no terminal to ask at", "use --passphrase-file");
    catch_signals(&before);
    const char *why = ask(terminal, &before.mask, prompt, text);
    close(terminal);
    release_signals(&before);
    return why == NULL || fail(error, "terminal", why);
}
