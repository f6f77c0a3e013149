// SPDX-License-Identifier: Apache-2.0
#include "host/node/place.h"

int place_open(struct place *place, const struct node_options *options, char error[FILE_ERROR_SIZE])
{
    place->disk = disk_posix();
    if (data_folder_open(&place->folder, options->data_dir, error) != 0)
        return -1;
    if (data_folder_genesis(&place->folder, options->genesis, &place->genesis, error) == 0)
        return 0;
    data_folder_close(&place->folder);
    return -1;
}

void place_close(struct place *place)
{
    data_folder_close(&place->folder);
}
