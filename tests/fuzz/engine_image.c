/* SPDX-License-Identifier: Apache-2.0 */
/* Microcode images: the parser takes or refuses any bytes, and the model runs any image that it has
 * taken to an end. */
#include "hls/model/model.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define CHECKSUM_BYTES 32u
#define HEADER_BYTES   16u
#define SIZE_MAX_BYTES 12288u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Gives the bytes a right head and checksum, which random changes would hardly find. */
static void repair(uint8_t *image, size_t size)
{
    static const uint8_t head[HEADER_BYTES] = {
        ISA_IMAGE_MAGIC & 0xff,
        ISA_IMAGE_MAGIC >> 8 & 0xff,
        ISA_IMAGE_MAGIC >> 16 & 0xff,
        ISA_IMAGE_MAGIC >> 24,
        ISA_IMAGE_VERSION,
        0,
        0,
        0,
        ISA_PRODUCT_CYCLES,
        ISA_SUM_CYCLES,
        ISA_FLAG_CYCLES,
        ISA_FETCH_CYCLES,
        ISA_DISPATCH_CYCLES,
    };
    uint8_t words[2] = {image[6], image[7]};
    memcpy(image, head, sizeof head);
    memcpy(image + 6, words, sizeof words);
    EVP_Digest(image, size - CHECKSUM_BYTES, image + size - CHECKSUM_BYTES, NULL, EVP_sha256(),
               NULL);
}

static void run(struct snap_model *model)
{
    static const struct snap_u256 words[3 * SNAP_MODEL_TERMS] = {
        {{3}}, {{0, 5}}, {{1}}, {{7, 7, 7, 7}}};
    for (unsigned program = 0; program < ISA_PROGRAM_CODES; program++) {
        struct snap_model_job job = {.program = program, .words = words, .order_seed = program};
        struct snap_model_answer answer;
        if (program == ISA_PROGRAM_SUM_ZERO || program == ISA_PROGRAM_MSM)
            job.terms = 9;
        if (!snap_model_run(model, &job, &answer, NULL, NULL))
            abort();
        if ((answer.code >= SNAP_MODEL_FAULT) != (answer.why != NULL))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct snap_model model;
    static uint8_t image[SIZE_MAX_BYTES];
    if (bytes > sizeof image)
        return 0;
    snap_image_parse(&model.image, data, bytes);
    if (bytes <= HEADER_BYTES + CHECKSUM_BYTES)
        return 0;
    memcpy(image, data, bytes);
    repair(image, bytes);
    if (snap_image_parse(&model.image, image, bytes))
        return 0;
    snap_model_standard_curves(&model.curves);
    run(&model);
    return 0;
}
