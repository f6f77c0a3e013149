/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the ledger itself knows, packed: constants, so that they are compared and switched on
 * without being parsed. tests/unit/ledger_tables.c holds each against its text. */
#ifndef HOST_LEDGER_NAMES_H
#define HOST_LEDGER_NAMES_H

#include "host/wire/name.h"

/* Accounts. */
#define NAME_EOSIO       UINT64_C(0x5530EA0000000000)
#define NAME_EOSIO_TOKEN UINT64_C(0x5530EA033482A600)
/* Permissions; the two of "eosio." are no account's own: what a contract's inline actions stand
 * under, and what a link to nothing in particular names. */
#define NAME_OWNER      UINT64_C(0xA726AB8000000000)
#define NAME_ACTIVE     UINT64_C(0x3232EDA800000000)
#define NAME_EOSIO_CODE UINT64_C(0x5530EA01144A8000)
#define NAME_EOSIO_ANY  UINT64_C(0x5530EA00D3F00000)
/* Actions of eosio. */
#define NAME_NEWACCOUNT UINT64_C(0x9AB864229A9E4000)
#define NAME_UPDATEAUTH UINT64_C(0xD5526CA8DACB4000)
#define NAME_DELETEAUTH UINT64_C(0x4AA2ACA8DACB4000)
#define NAME_LINKAUTH   UINT64_C(0x8BA7036B2D000000)
#define NAME_UNLINKAUTH UINT64_C(0xD4E2E9C0DACB4000)
#define NAME_SETABI     UINT64_C(0xC2B263B800000000)
#define NAME_SETALIMITS UINT64_C(0xC2B268BA4ECE0000)
/* Actions and tables of eosio.token. */
#define NAME_CREATE   UINT64_C(0x45D46CA800000000)
#define NAME_ISSUE    UINT64_C(0x7631A50000000000)
#define NAME_RETIRE   UINT64_C(0xBAB2EBA800000000)
#define NAME_TRANSFER UINT64_C(0xCDCD3C2D57000000)
#define NAME_OPEN     UINT64_C(0xA555300000000000)
#define NAME_CLOSE    UINT64_C(0x4469850000000000)
#define NAME_ACCOUNTS UINT64_C(0x32114D4F38000000)
#define NAME_STAT     UINT64_C(0xC64D900000000000)

#endif
