/* SPDX-License-Identifier: Apache-2.0 */
/* snapcard-sim: the virtual card behind a vfio-user socket. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/card/card.h"
#include "sim/card/connection.h"
#include "sim/card/faults.h"
#include "sim/card/function.h"
#include "sim/card/host.h"
#include "sim/card/model.h"
#include "sim/card/server.h"
#include "sim/card/verilated_card.h"

/* How long the card works before the socket is looked at again. */
#define RUN_CYCLES 256u

static const char help[] =
    "usage: snapcard-sim [--socket PATH] [--model] [--image FOLDER] [--trace FILE]\n"
    "                    [--seed N] [--fault SPEC]... [--expect-faults] [--keep]\n"
    "\n"
    "Serves one virtual card to a vfio-user client (libsnapcard's \"sim:PATH\", QEMU's "
    "vfio-user-pci).\n"
    "Prints \"ready: PATH\" when clients may connect, and ends with its first client.\n"
    "\n"
    "  --socket PATH  UNIX socket to listen on (default: ./snapcard.sock); one that no server\n"
    "                 listens on any more is replaced\n"
    "  --model        the C model instead of the Verilated RTL: faster, without its cycles\n"
    "  --image FOLDER microcode and tables of the point engine, as the build makes them\n"
    "                 (default: ../engine beside this program; the C model has no such engine\n"
    "                 without them)\n"
    "  --trace FILE   waveform of the Verilated card (FST)\n"
    "  --seed N       order and timing of the Verilated card's completions (default 1)\n"
    "  --fault SPEC   NAME[:queue=Q][:after=N][:count=M]: lets N events pass (default 20), then\n"
    "                 spoils M (default 1); with Q only those of that queue count, which makes N\n"
    "                 independent of what other queues do. May be repeated. NAME is one of\n"
    "                 " FAULT_NAMES "\n"
    "  --expect-faults\n"
    "                 fails at the end when a fault has struck fewer than M times\n"
    "  --keep         waits for the next client instead of ending\n"
    "  --help         this text\n";

struct options {
    const char *socket;
    const char *trace;
    const char *image;
    uint64_t seed;
    bool model, keep, expect_faults;
    struct faults faults;
};

enum end { END_CLIENT, END_SIGNAL, END_ERROR };

/* ------------------------------------------------------------------ the socket */

static int fail(const char *what, const char *path)
{
    (void)fprintf(stderr, "snapcard-sim: %s %s: %s\n", what, path, strerror(errno));
    return -1;
}

/* Nobody is behind the socket of a server that has gone. A datagram socket asks, for a server that
 * lives would take a stream for its client; the wrong type is refused with another error. */
static bool stale(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return false;
    bool refused = connect(probe, (const struct sockaddr *)address, sizeof *address) != 0 &&
                   errno == ECONNREFUSED;
    (void)close(probe);
    return refused;
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return fail("cannot listen on", path);
    }
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return fail("cannot make a socket for", path);
    if (stale(&address) && unlink(path) != 0) {
        (void)close(listener);
        return fail("cannot remove the old socket", path);
    }
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0) {
        int error = errno;
        (void)close(listener);
        errno = error;
        return fail("cannot listen on", path);
    }
    return listener;
}

/* ------------------------------------------------------------------ clients */

/* Handles what the client has sent; false: the client is done, *end says how. */
static bool converse(struct connection *connection, struct server *server, enum end *end)
{
    static struct message message;
    static struct reply reply;
    const char *reason = NULL;
    switch (connection_receive(connection, &message, &reason)) {
    case CONNECTION_MORE:
        return true;
    case CONNECTION_CLOSED:
        *end = END_CLIENT;
        return false;
    case CONNECTION_BROKEN:
        (void)fprintf(stderr, "snapcard-sim: client dropped: %s\n", reason);
        *end = END_ERROR;
        return false;
    case CONNECTION_MESSAGE:
        break;
    }
    enum server_result result = server_handle(server, &message, &reply);
    message_close_fds(&message);
    if (result == SERVER_CLOSE)
        (void)fprintf(stderr, "snapcard-sim: client dropped: no common protocol version\n");
    else if (result == SERVER_REPLY &&
             !connection_send(connection, &reply.header, reply.payload, reply.payload_bytes))
        (void)fprintf(stderr, "snapcard-sim: client dropped: it does not read its replies\n");
    else
        return true;
    *end = END_ERROR;
    return false;
}

/* Serves one client. The processor is given back whenever the card has nothing to do. */
static enum end serve(int socket, int signals, struct server *server, struct faults *faults)
{
    static struct connection connection;
    struct card card = server->function->card;
    enum end end = END_SIGNAL;
    bool busy = false;
    connection_init(&connection, socket);
    for (;;) {
        struct pollfd ready[2] = {{.fd = socket, .events = POLLIN},
                                  {.fd = signals, .events = POLLIN}};
        int polled = poll(ready, 2, busy ? 0 : -1);
        if (polled < 0 && errno != EINTR) {
            end = END_ERROR;
            break;
        }
        if (polled > 0 && ready[1].revents)
            break;
        if (polled > 0 && ready[0].revents && !converse(&connection, server, &end))
            break;
        busy = card.ops->run(card.context, RUN_CYCLES);
    }
    connection_close(&connection);
    faults_reconnect(faults);
    server_disconnect(server);
    return end;
}

static enum end serve_clients(int listener, int signals, struct server *server,
                              struct options *options)
{
    for (;;) {
        struct pollfd ready[2] = {{.fd = listener, .events = POLLIN},
                                  {.fd = signals, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return END_ERROR;
        if (ready[1].revents)
            return END_SIGNAL;
        int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0)
            continue;
        enum end end = serve(socket, signals, server, &options->faults);
        if (end == END_SIGNAL || !options->keep)
            return end;
    }
}

/* ------------------------------------------------------------------ the program */

static bool parse_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 0);
    return errno == 0 && end != text && *end == '\0';
}

static bool parse(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"socket", required_argument, NULL, 's'}, {"model", no_argument, NULL, 'm'},
        {"trace", required_argument, NULL, 't'},  {"keep", no_argument, NULL, 'k'},
        {"fault", required_argument, NULL, 'f'},  {"expect-faults", no_argument, NULL, 'e'},
        {"seed", required_argument, NULL, 'r'},   {"image", required_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    const char *reason;
    int name;
    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (name) {
        case 's':
            options->socket = optarg;
            break;
        case 'm':
            options->model = true;
            break;
        case 't':
            options->trace = optarg;
            break;
        case 'i':
            options->image = optarg;
            break;
        case 'k':
            options->keep = true;
            break;
        case 'f':
            if (!faults_add(&options->faults, optarg, &reason)) {
                (void)fprintf(stderr, "snapcard-sim: --fault %s: %s\n", optarg, reason);
                return false;
            }
            break;
        case 'e':
            options->expect_faults = true;
            break;
        case 'r':
            if (!parse_seed(optarg, &options->seed)) {
                (void)fprintf(stderr, "snapcard-sim: --seed %s: expected a number\n", optarg);
                return false;
            }
            break;
        case 'h':
            (void)fputs(help, stdout);
            exit(EXIT_SUCCESS);
        default:
            return false;
        }
    }
    if (options->model && options->trace != NULL) {
        (void)fputs("snapcard-sim: the C model has no waveform: --trace goes without --model\n",
                    stderr);
        return false;
    }
    if (optind != argc)
        (void)fprintf(stderr, "snapcard-sim: unexpected argument: %s\n", argv[optind]);
    return optind == argc;
}

/* SIGTERM and SIGINT are read like the socket, so that nothing is interrupted half-way. */
static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(struct options *options, int signals, struct host_memory *memory, struct card card)
{
    static struct function function;
    struct server server;
    int listener = open_socket(options->socket);
    if (listener < 0)
        return EXIT_FAILURE;
    function_init(&function, memory, card);
    server_init(&server, &function);
    (void)printf("ready: %s\n", options->socket);
    (void)fflush(stdout);
    enum end end = serve_clients(listener, signals, &server, options);
    (void)close(listener);
    (void)unlink(options->socket);
    bool as_expected = !options->expect_faults || faults_struck(&options->faults);
    return end == END_ERROR || !as_expected ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The build's folder of microcode, as seen from this program's; false: there is none. */
static bool find_image(char folder[PATH_MAX])
{
    static const char beside[] = "/../engine";
    char file[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - sizeof beside);
    if (length <= 0)
        return false;
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    strcpy(slash, beside);
    int written = snprintf(file, sizeof file, "%s/image.bin", folder);
    return written > 0 && (size_t)written < sizeof file && access(file, R_OK) == 0;
}

static bool create_card(const struct options *options, struct host host, struct card *card)
{
    char found[PATH_MAX];
    const char *image = options->image, *trace = options->trace, *reason;
    if (image == NULL && find_image(found))
        image = found;
    bool created = options->model
                       ? model_create(host, image, card, &reason)
                       : verilated_card_create(host, image, trace, options->seed, card, &reason);
    if (!created)
        (void)fprintf(stderr, "snapcard-sim: %s (image folder: %s, waveform: %s)\n", reason,
                      image != NULL ? image : "none", trace != NULL ? trace : "none");
    return created;
}

int main(int argc, char **argv)
{
    static struct options options = {.socket = "snapcard.sock", .seed = 1};
    faults_init(&options.faults);
    if (!parse(argc, argv, &options)) {
        (void)fputs("try snapcard-sim --help\n", stderr);
        return 2;
    }
    int signals = open_signals(); /* first: threads of the Verilated card inherit what is blocked */
    if (signals < 0) {
        (void)fail("cannot watch", "signals");
        return EXIT_FAILURE;
    }
    static struct host_memory memory;
    struct card card;
    host_memory_init(&memory, options.model ? MODEL_QUEUES : VERILATED_CARD_VECTORS);
    struct host host = faults_host(&options.faults, host_memory_host(&memory));
    if (!create_card(&options, host, &card))
        return EXIT_FAILURE;
    card = faults_card(&options.faults, card);
    int code = run(&options, signals, &memory, card);
    host_memory_clear(&memory);
    card.ops->destroy(card.context);
    (void)close(signals);
    return code;
}
