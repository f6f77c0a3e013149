# SPDX-License-Identifier: Apache-2.0
# The bit-exact model of the point engine; whatever uses it links HLS_MODEL and libcrypto.

HLS_MODEL := $(addprefix hls/model/,control.c curves.c image.c model.c recoder.c thread.c u256.c)
ENGINE_RIG := tests/unit/engine_rig.c $(HLS_MODEL)
ENGINE_POINTS := tests/unit/engine_points.c $(ENGINE_RIG)

$(eval $(call c_test,engine_model,tests/unit/engine_model.c $(ENGINE_RIG),-lcrypto))
$(eval $(call c_test,engine_model_bitcoin,tests/unit/engine_model_bitcoin.c $(ENGINE_POINTS),-lsecp256k1 -lcrypto))
$(eval $(call c_test,engine_model_ecdsa,tests/unit/engine_model_ecdsa.c $(ENGINE_POINTS),-lsecp256k1 -lcrypto))
$(eval $(call c_test,engine_model_bip340,tests/unit/engine_model_bip340.c $(ENGINE_POINTS),-lsecp256k1 -lcrypto))
$(eval $(call c_test,engine_model_sm2,tests/unit/engine_model_sm2.c $(ENGINE_RIG),-lcrypto))
$(eval $(call c_test,engine_model_sums,tests/unit/engine_model_sums.c $(ENGINE_POINTS),-lsecp256k1 -lcrypto))
$(eval $(call c_fuzz,engine_image,tests/fuzz/engine_image.c $(HLS_MODEL),-lcrypto))
$(eval $(call c_test,engine_model_small,tests/unit/engine_model_small.c $(ENGINE_RIG),-lcrypto))
