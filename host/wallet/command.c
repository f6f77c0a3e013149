// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "host/wallet/commands.h"

#define SENDS (OPTIONS_DRAFT | OPTIONS_SIGN | OPTIONS_SECRET | OPTIONS_WAIT)

#define HELP_GET_ACCOUNT "Shows an account's permissions and what it uses.\n"
#define HELP_KEY         "KEY is the text of a public key, or the name of a key in the wallet.\n"

const struct command COMMANDS[] = {
    {"key", "create", "", 0, 0, OPTIONS_TYPE | OPTIONS_NAME | OPTIONS_SECRET,
     "Makes a key, puts it into the wallet and prints its public half. The first key makes\n"
     "the wallet.\n",
     command_key_create},
    {"key", "import", "", 0, 0, OPTIONS_NAME | OPTIONS_SECRET,
     "Reads a secret key (PVT_K1_..., PVT_SM2_... or WIF), from the terminal without showing it\n"
     "or as a line of standard input, and puts it into the wallet. With --passphrase-file -\n"
     "the key's line comes first.\n",
     command_key_import},
    {"key", "export", "KEY", 1, 1, OPTIONS_EXPORT | OPTIONS_SECRET,
     "Prints a secret key of the wallet.\n" HELP_KEY, command_key_export},
    {"key", "list", "", 0, 0, 0,
     "Prints the names and public keys in the wallet. Needs no passphrase; whether somebody has\n"
     "forged them is noticed when the wallet is unlocked.\n",
     command_key_list},
    {"account", "create", "CREATOR NAME OWNER [ACTIVE]", 3, 4, SENDS,
     "Creates an account with the keys OWNER and ACTIVE (the same when there is one). Each is\n"
     "the text of a public key, or the name of a key in the wallet.\n",
     command_account_create},
    {"account", "get", "NAME", 1, 1, 0, HELP_GET_ACCOUNT, command_get_account},
    {NULL, "transfer", "FROM TO QUANTITY [MEMO]", 3, 4, SENDS | OPTIONS_TOKEN,
     "Sends tokens. QUANTITY is written with all of its token's decimals: \"1.0000 SYS\".\n",
     command_transfer},
    {"get", "info", "", 0, 0, 0, "Shows the chain's head and what else the node says of itself.\n",
     command_get_info},
    {"get", "block", "HEIGHT|ID", 1, 1, 0, "Shows a block.\n", command_get_block},
    {"get", "account", "NAME", 1, 1, 0, HELP_GET_ACCOUNT, command_get_account},
    {"get", "table", "CONTRACT SCOPE TABLE", 3, 3, OPTIONS_TABLE, "Shows rows of a table.\n",
     command_get_table},
    {"get", "transaction", "ID", 1, 1, 0, "Shows what a transaction did.\n",
     command_get_transaction},
    {"get", "balance", "ACCOUNT [SYMBOL]", 1, 2, OPTIONS_TOKEN, "Shows an account's tokens.\n",
     command_get_balance},
    {"get", "abi", "ACCOUNT", 1, 1, 0, "Shows which actions and tables a contract has.\n",
     command_get_abi},
    {"push", "action", "CONTRACT ACTION DATA", 3, 3, SENDS,
     "Sends an action. DATA is JSON as the contract's ABI describes it, an object or a list, or\n"
     "@FILE that holds it. Who authorizes it must be said with --permission.\n",
     command_push_action},
    {"set", "abi", "ACCOUNT FILE", 2, 2, SENDS, "Sets an account's ABI from a file of JSON.\n",
     command_set_abi},
    {"transaction", "sign", "FILE", 1, 1, OPTIONS_SIGN | OPTIONS_SECRET | OPTIONS_CHAIN,
     "Adds signatures to a transaction in JSON, which --no-broadcast has printed for example,\n"
     "and prints it. FILE may be - for standard input.\n",
     command_transaction_sign},
    {"transaction", "push", "FILE", 1, 1, OPTIONS_WAIT,
     "Sends a signed transaction in JSON. FILE may be - for standard input.\n",
     command_transaction_push},
    {0},
};
