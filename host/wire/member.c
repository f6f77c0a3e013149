// SPDX-License-Identifier: Apache-2.0
#include "host/wire/member.h"

bool member_uint(const json_t *object, const char *member, uint32_t most, uint32_t *number)
{
    const json_t *value = json_object_get(object, member);
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most)
        return false;
    *number = (uint32_t)json_integer_value(value);
    return true;
}

bool member_name(const json_t *object, const char *member, name_t *name)
{
    const json_t *value = json_object_get(object, member);
    return json_is_string(value) &&
           name_parse(json_string_value(value), json_string_length(value), name);
}

bool member_array(const json_t *object, const char *member, size_t most, const json_t **array,
                  unsigned *count)
{
    const json_t *value = json_object_get(object, member);
    bool none = value == NULL || json_is_null(value);
    *array = none ? NULL : value;
    size_t size = json_array_size(value); /* 0 for what is no array */
    *count = (unsigned)size;
    return (none || json_is_array(value)) && size <= most;
}

bool permission_level_from_json(const json_t *json, struct permission_level *level)
{
    return member_name(json, "actor", &level->actor) &&
           member_name(json, "permission", &level->permission);
}

json_t *permission_level_to_json(const struct permission_level *level)
{
    char actor[NAME_TEXT_SIZE], permission[NAME_TEXT_SIZE];
    name_text(level->actor, actor);
    name_text(level->permission, permission);
    return json_pack("{s:s, s:s}", "actor", actor, "permission", permission);
}
