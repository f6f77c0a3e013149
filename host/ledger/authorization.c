// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/authorization.h"

#include <stdlib.h>

#include "host/ledger/names.h"
#include "host/ledger/permission.h"
#include "host/ledger/system_data.h"

#define LEVELS_MAX      (TRANSACTION_ACTIONS_MAX * ACTION_AUTHORIZATIONS_MAX)
#define LEVEL_TEXT_SIZE (2 * NAME_TEXT_SIZE)

/* "alice@active" */
static const char *level_text(struct permission_level level, char text[LEVEL_TEXT_SIZE])
{
    char permission[NAME_TEXT_SIZE];
    name_text(level.actor, text);
    name_text(level.permission, permission);
    size_t size = strlen(text);
    snprintf(text + size, LEVEL_TEXT_SIZE - size, "@%s", permission);
    return text;
}

/* ------------------------------------------------------------------ what there is */

static bool check_actor(struct accounts *accounts, struct permission_level level,
                        struct ledger_error *error)
{
    if (accounts_find(accounts, level.actor) != NULL)
        return true;
    char name[NAME_TEXT_SIZE];
    name_text(level.actor, name);
    return ledger_fail(error, LEDGER_TRANSACTION, "action's authorizing actor '%s' does not exist",
                       name);
}

bool authorization_check_accounts(struct accounts *accounts, const struct transaction *transaction,
                                  struct ledger_error *error)
{
    bool authorized = false;
    for (unsigned i = 0; i < transaction->action_count; i++) {
        const struct action *action = &transaction->actions[i];
        if (accounts_find(accounts, action->account) == NULL) {
            char name[NAME_TEXT_SIZE];
            name_text(action->account, name);
            return ledger_fail(error, LEDGER_TRANSACTION,
                               "action's code account '%s' does not exist", name);
        }
        for (unsigned j = 0; j < action->authorization_count; j++)
            if (!check_actor(accounts, action->authorizations[j], error))
                return false;
        authorized |= action->authorization_count != 0;
    }
    if (authorized)
        return true;
    return ledger_fail(error, LEDGER_TX_NO_AUTHS,
                       "transaction must have at least one authorization");
}

static bool check_level_exists(struct state *state, struct permission_level level,
                               struct ledger_error *error)
{
    char text[LEVEL_TEXT_SIZE];
    if (permission_exists(state, level))
        return true;
    return ledger_fail(error, LEDGER_TRANSACTION,
                       "action's authorizations include a non-existent permission: %s",
                       level_text(level, text));
}

/* ------------------------------------------------------------------ minimum permissions */

/* `what` is the action in words, when it has rules of its own. */
static bool check_minimum(struct state *state, struct permission_level declared, name_t minimum,
                          const char *what, struct ledger_error *error)
{
    struct permission_level least = {declared.actor, minimum};
    char declared_text[LEVEL_TEXT_SIZE], least_text[LEVEL_TEXT_SIZE];
    if (declared.permission == minimum)
        return true;
    if (minimum == 0)
        return ledger_fail(error, LEDGER_INVALID_PERMISSION, "Invalid permission");
    if (!permission_exists(state, least))
        return ledger_fail(error, LEDGER_PERMISSION_QUERY, "Failed to retrieve permission: %s",
                           level_text(least, least_text));
    if (permission_satisfies(state, declared.actor, declared.permission, minimum))
        return true;
    return ledger_fail(error, LEDGER_IRRELEVANT_AUTH,
                       "%saction declares irrelevant authority '%s'; minimum authority is %s", what,
                       level_text(declared, declared_text), level_text(least, least_text));
}

/* NAME_EOSIO_ANY when the account asks for none in particular. */
static name_t minimum_permission(struct accounts *accounts, const struct link *link)
{
    const struct account *account = accounts_find(accounts, link->account);
    if (account == NULL || account->row.link_count == 0)
        return NAME_ACTIVE;
    name_t linked = link_lookup(accounts->state, link);
    return linked != 0 ? linked : NAME_ACTIVE;
}

static bool check_declared(struct accounts *accounts, const struct action *action,
                           struct ledger_error *error)
{
    for (unsigned i = 0; i < action->authorization_count; i++) {
        struct permission_level declared = action->authorizations[i];
        const struct link link = {declared.actor, action->account, action->name};
        name_t minimum = minimum_permission(accounts, &link);
        if (minimum != NAME_EOSIO_ANY &&
            !check_minimum(accounts->state, declared, minimum, "", error))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ actions that change these */

/* They have one authorization, of the account whose permissions change. */
static bool check_sole(const struct action *action, name_t account, const char *what,
                       const char *whose, struct ledger_error *error)
{
    if (action->authorization_count != 1)
        return ledger_fail(error, LEDGER_IRRELEVANT_AUTH,
                           "%s action should only have one declared authorization", what);
    if (action->authorizations[0].actor != account)
        return ledger_fail(error, LEDGER_IRRELEVANT_AUTH,
                           "the owner of the %s permission needs to be the actor of the declared "
                           "authorization",
                           whose);
    return true;
}

static bool check_updateauth(struct accounts *accounts, const struct action *action,
                             struct ledger_error *error)
{
    struct updateauth update;
    if (!updateauth_read(action->data, &update, error) ||
        !check_sole(action, update.account, "updateauth", "affected", error))
        return false;
    /* Who makes a new permission needs its parent. */
    struct permission_level changed = {update.account, update.permission};
    name_t minimum =
        permission_exists(accounts->state, changed) ? update.permission : update.parent;
    return check_minimum(accounts->state, action->authorizations[0], minimum, "updateauth ", error);
}

static bool check_deleteauth(struct accounts *accounts, const struct action *action,
                             struct ledger_error *error)
{
    struct deleteauth removed;
    return deleteauth_read(action->data, &removed, error) &&
           check_sole(action, removed.account, "deleteauth", "affected", error) &&
           check_minimum(accounts->state, action->authorizations[0], removed.permission,
                         "deleteauth ", error);
}

static const char *never_linked(name_t action)
{
    switch (action) {
    case NAME_UPDATEAUTH:
        return "updateauth";
    case NAME_DELETEAUTH:
        return "deleteauth";
    case NAME_LINKAUTH:
        return "linkauth";
    case NAME_UNLINKAUTH:
        return "unlinkauth";
    default:
        return NULL;
    }
}

/* Who changes what an action needs must have what it needs now. */
static bool check_linkauth(struct accounts *accounts, const struct action *action,
                           struct ledger_error *error)
{
    struct linkauth linked;
    if (!linkauth_read(action->data, &linked, error) ||
        !check_sole(action, linked.link.account, "link", "linked", error))
        return false;
    const char *never = linked.link.code == NAME_EOSIO ? never_linked(linked.link.action) : NULL;
    if (never != NULL)
        return ledger_fail(error, LEDGER_ACTION_VALIDATE,
                           "Cannot link eosio::%s to a minimum permission", never);
    name_t minimum = minimum_permission(accounts, &linked.link);
    return minimum == NAME_EOSIO_ANY ||
           check_minimum(accounts->state, action->authorizations[0], minimum, "link ", error);
}

static bool check_unlinkauth(struct accounts *accounts, const struct action *action,
                             struct ledger_error *error)
{
    struct link link;
    if (!unlinkauth_read(action->data, &link, error) ||
        !check_sole(action, link.account, "unlink", "linked", error))
        return false;
    name_t minimum = link_lookup(accounts->state, &link);
    if (minimum == 0) {
        char account[NAME_TEXT_SIZE], code[NAME_TEXT_SIZE], name[NAME_TEXT_SIZE];
        name_text(link.account, account);
        name_text(link.code, code);
        name_text(link.action, name);
        return ledger_fail(error, LEDGER_TRANSACTION,
                           "cannot unlink non-existent permission link of account '%s' for actions "
                           "matching '%s::%s'",
                           account, code, name);
    }
    return minimum == NAME_EOSIO_ANY ||
           check_minimum(accounts->state, action->authorizations[0], minimum, "unlink ", error);
}

static bool check_action(struct accounts *accounts, const struct action *action,
                         struct ledger_error *error)
{
    if (action->account == NAME_EOSIO) {
        switch (action->name) {
        case NAME_UPDATEAUTH:
            return check_updateauth(accounts, action, error);
        case NAME_DELETEAUTH:
            return check_deleteauth(accounts, action, error);
        case NAME_LINKAUTH:
            return check_linkauth(accounts, action, error);
        case NAME_UNLINKAUTH:
            return check_unlinkauth(accounts, action, error);
        default:
            break;
        }
    }
    return check_declared(accounts, action, error);
}

/* ------------------------------------------------------------------ all of it */

static int compare_levels(const void *a, const void *b)
{
    const struct permission_level *one = a, *other = b;
    if (one->actor != other->actor)
        return one->actor < other->actor ? -1 : 1;
    return (one->permission > other->permission) - (one->permission < other->permission);
}

static bool check_satisfied(struct authority_check *check, struct permission_level level,
                            struct ledger_error *error)
{
    char text[LEVEL_TEXT_SIZE];
    if (authority_check_level(check, level))
        return true;
    return ledger_fail(error, LEDGER_UNSATISFIED_AUTHORIZATION,
                       "transaction declares authority '%s', but does not have signatures for it",
                       level_text(level, text));
}

bool authorization_check(struct accounts *accounts, struct authority_check *check,
                         const struct action *actions, unsigned action_count,
                         struct ledger_error *error)
{
    struct permission_level levels[LEVELS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < action_count; i++) {
        for (unsigned j = 0; j < actions[i].authorization_count; j++) {
            levels[count] = actions[i].authorizations[j];
            if (!check_level_exists(accounts->state, levels[count++], error))
                return false;
        }
    }
    for (unsigned i = 0; i < action_count; i++)
        if (!check_action(accounts, &actions[i], error))
            return false;
    /* Each once, in their order: which keys count as used must not depend on anything else. */
    if (count > 1)
        qsort(levels, count, sizeof levels[0], compare_levels);
    for (unsigned i = 0; i < count; i++)
        if ((i == 0 || compare_levels(&levels[i - 1], &levels[i]) != 0) &&
            !check_satisfied(check, levels[i], error))
            return false;
    return true;
}
