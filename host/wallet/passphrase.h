/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for secrets: at the terminal, without showing what is typed, or from a file. */
#ifndef HOST_WALLET_PASSPHRASE_H
#define HOST_WALLET_PASSPHRASE_H

#include <stdbool.h>

#include "host/wallet/secret.h"

#define PASSPHRASE_ERROR_SIZE 512u

/* Writes `prompt` to the terminal of this process, /dev/tty, and reads a line there, with echo off.
 * Interrupted by a signal it puts the echo back first. False with a text when there is no terminal,
 * and for an empty or too long line. */
bool passphrase_ask(const char *prompt, struct secret_text *text,
                    char error[PASSPHRASE_ERROR_SIZE]);

/* The first line of a file, without its line feed; "-" is standard input. */
bool passphrase_from_file(const char *path, struct secret_text *text,
                          char error[PASSPHRASE_ERROR_SIZE]);

#endif
