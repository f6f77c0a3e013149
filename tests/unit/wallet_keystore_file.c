// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/wallet/keystore_file.h"
#include "tests/unit/check.h"

static const struct keystore_cost CHEAP = {4, 1, 1};
static char folder[] = "/tmp/wallet_keystore_file.XXXXXX";
static struct secret_text *passphrase;

static const char *in_folder(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct keystore *keystore_with(uint8_t low)
{
    struct private_key key = {.type = KEY_K1};
    char name[KEYSTORE_NAME_CHARS_MAX + 1];
    struct keystore *keystore = keystore_create(CHEAP);
    CHECK(keystore != NULL);
    key.secret[31] = low;
    keystore_free_name(keystore, name);
    CHECK_EQ(keystore_add(keystore, name, &key), KEYSTORE_OK);
    return keystore;
}

/* Writes a keystore with one key at `name` and says whether that worked. */
static bool write_one(const char *name, uint8_t low, char error[KEYSTORE_FILE_ERROR_SIZE])
{
    struct keystore_file file;
    struct keystore *keystore = keystore_with(low);
    bool good = keystore_file_open(&file, in_folder(name), false, error) &&
                keystore_file_write(&file, keystore, passphrase, error);
    keystore_file_close(&file);
    keystore_free(keystore);
    return good;
}

static void expect_secret(const char *name, uint8_t low)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore *keystore;
    CHECK(keystore_file_read(in_folder(name), &keystore, error));
    CHECK(keystore != NULL);
    CHECK_EQ(keystore_unlock(keystore, passphrase), KEYSTORE_OK);
    CHECK_EQ(keystore_secret(keystore, 0)->secret[31], low);
    keystore_free(keystore);
}

static void test_no_file_is_no_keystore_and_no_error(void)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore *keystore;
    CHECK(keystore_file_read(in_folder("none"), &keystore, error));
    CHECK(keystore == NULL);
}

static void test_a_file_is_written_for_its_owner_alone_and_replaced(void)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct stat status;
    umask(0);
    CHECK(write_one("wallet", 1, error));
    expect_secret("wallet", 1);
    CHECK_EQ(stat(in_folder("wallet"), &status), 0);
    CHECK_EQ(status.st_mode & 07777, 0600);
    ino_t before = status.st_ino;
    CHECK(write_one("wallet", 2, error));
    expect_secret("wallet", 2);
    CHECK_EQ(stat(in_folder("wallet"), &status), 0);
    CHECK(status.st_ino != before);
    CHECK_EQ(status.st_mode & 07777, 0600);
}

static void test_what_a_dead_writer_left_is_no_obstacle(void)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    int left = open(in_folder("wallet.new"), O_WRONLY | O_CREAT | O_EXCL, 0644);
    CHECK(left >= 0);
    CHECK_EQ(close(left), 0);
    CHECK(write_one("wallet", 3, error));
    expect_secret("wallet", 3);
    CHECK_EQ(access(in_folder("wallet.new"), F_OK), -1);
}

static void test_a_link_stays_and_its_target_is_replaced(void)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct stat status;
    CHECK_EQ(symlink("wallet", in_folder("link")), 0);
    CHECK(write_one("link", 4, error));
    expect_secret("wallet", 4);
    CHECK_EQ(lstat(in_folder("link"), &status), 0);
    CHECK(S_ISLNK(status.st_mode));
}

static void test_folders_are_made_when_asked(void)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore_file file;
    struct stat status;
    CHECK(!keystore_file_open(&file, in_folder("deep/er/wallet"), false, error));
    CHECK(strstr(error, "deep/er: No such file") != NULL);
    CHECK(keystore_file_open(&file, in_folder("deep/er/wallet"), true, error));
    keystore_file_close(&file);
    CHECK_EQ(stat(in_folder("deep"), &status), 0);
    CHECK_EQ(status.st_mode & 07777, 0700);
}

static void test_a_failed_write_leaves_the_old_file(void)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore_file file;
    struct keystore *keystore = keystore_with(9);
    /* A folder in the place of the temporary file, that unlink cannot take away. */
    CHECK_EQ(mkdir(in_folder("wallet.new"), 0700), 0);
    CHECK(keystore_file_open(&file, in_folder("wallet"), false, error));
    CHECK(!keystore_file_write(&file, keystore, passphrase, error));
    CHECK(strstr(error, "wallet: ") != NULL);
    keystore_file_close(&file);
    CHECK_EQ(rmdir(in_folder("wallet.new")), 0);
    expect_secret("wallet", 4);
    keystore_free(keystore);
}

static void test_damage_and_long_files_name_the_file(void)
{
    static uint8_t zeros[KEYSTORE_BYTES_MAX + 1];
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore *keystore;
    int damaged = open(in_folder("damaged"), O_RDWR | O_CREAT, 0600);
    CHECK(damaged >= 0);
    CHECK_EQ(write(damaged, "SSWALLET", 8), 8);
    CHECK(!keystore_file_read(in_folder("damaged"), &keystore, error));
    CHECK(strstr(error, "damaged: the file is damaged") != NULL);
    CHECK_EQ(write(damaged, zeros, sizeof zeros), sizeof zeros);
    CHECK(!keystore_file_read(in_folder("damaged"), &keystore, error));
    CHECK(strstr(error, "not a wallet file") != NULL);
    CHECK_EQ(close(damaged), 0);
    CHECK(!keystore_file_read(in_folder(""), &keystore, error));
    CHECK(strstr(error, "Is a directory") != NULL);
}

/* Many processes add a key each; none may be lost. */
static void test_writers_wait_for_each_other(void)
{
    enum { WRITERS = 12 };
    char error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore *keystore;
    for (int i = 0; i < WRITERS; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child > 0)
            continue;
        struct keystore_file file;
        struct private_key key = {.type = KEY_K1};
        char name[KEYSTORE_NAME_CHARS_MAX + 1];
        key.secret[31] = (uint8_t)(i + 1);
        bool good = keystore_file_open(&file, in_folder("shared"), false, error) &&
                    keystore_file_read(file.path, &keystore, error);
        struct secret_text *own = secret_text_create(); /* secrets are not inherited */
        memcpy(own->text, "p", 2);
        own->chars = 1;
        if (good && keystore == NULL)
            keystore = keystore_create(CHEAP);
        good = good && keystore_unlock(keystore, own) == KEYSTORE_OK;
        keystore_free_name(keystore, name);
        good = good && keystore_add(keystore, name, &key) == KEYSTORE_OK &&
               keystore_file_write(&file, keystore, own, error);
        _exit(good ? 0 : 1);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        CHECK(wait(&status) > 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK(keystore_file_read(in_folder("shared"), &keystore, error));
    CHECK_EQ(keystore_count(keystore), WRITERS);
    keystore_free(keystore);
}

static void test_the_default_path_follows_xdg(void)
{
    char path[PATH_MAX], error[KEYSTORE_FILE_ERROR_SIZE];
    CHECK_EQ(setenv("XDG_DATA_HOME", "/x/data", 1), 0);
    CHECK(keystore_file_default(path, error));
    CHECK(strcmp(path, "/x/data/snapscale/wallet") == 0);
    CHECK_EQ(setenv("XDG_DATA_HOME", "relative", 1), 0);
    CHECK_EQ(setenv("HOME", "/home/u", 1), 0);
    CHECK(keystore_file_default(path, error));
    CHECK(strcmp(path, "/home/u/.local/share/snapscale/wallet") == 0);
    CHECK_EQ(unsetenv("HOME"), 0);
    CHECK(!keystore_file_default(path, error));
}

static void remove_folder(void)
{
    const char *files[] = {"wallet", "link", "damaged", "shared"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        CHECK_EQ(unlink(in_folder(files[i])), 0);
    CHECK_EQ(rmdir(in_folder("deep/er")), 0);
    CHECK_EQ(rmdir(in_folder("deep")), 0);
    CHECK_EQ(rmdir(folder), 0); /* nothing else was left in it */
}

int main(void)
{
    CHECK(mkdtemp(folder) != NULL);
    passphrase = secret_text_create();
    CHECK(passphrase != NULL);
    memcpy(passphrase->text, "p", 2);
    passphrase->chars = 1;
    RUN(test_no_file_is_no_keystore_and_no_error);
    RUN(test_a_file_is_written_for_its_owner_alone_and_replaced);
    RUN(test_what_a_dead_writer_left_is_no_obstacle);
    RUN(test_a_link_stays_and_its_target_is_replaced);
    RUN(test_folders_are_made_when_asked);
    RUN(test_a_failed_write_leaves_the_old_file);
    RUN(test_damage_and_long_files_name_the_file);
    RUN(test_writers_wait_for_each_other);
    RUN(test_the_default_path_follows_xdg);
    RUN(remove_folder);
    secret_text_free(passphrase);
    return 0;
}
