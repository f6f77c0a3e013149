# SPDX-License-Identifier: Apache-2.0
FIELD_PIPE_SV := rtl/field/snap_delay.sv rtl/field/snap_sideband.sv
FIELD_MUL_SV := $(FIELD_PIPE_SV) rtl/field/snap_mul64.sv rtl/field/snap_karatsuba_join.sv rtl/field/snap_carries.sv rtl/field/snap_mul256.sv
FIELD_SELECT_SV := $(FIELD_PIPE_SV) rtl/field/snap_carries.sv rtl/field/snap_carry_select.sv
FIELD_TEST_H := tests/rtl/field/field.h tests/rtl/field/pipeline.h
FIELD_ECP5 := tests/rtl/field/ecp5/MULT18X18D.sv
FIELD_ECP5_FLAGS := -GTarget='"ecp5"'

$(eval $(call rtl_test,field_delay,delays,rtl/field/snap_delay.sv tests/rtl/field/delays.sv,tests/rtl/field/delay_test.cpp))
$(eval $(call rtl_test,field_dsp,snap_dsp_mul,rtl/field/snap_dsp_mul.sv,tests/rtl/field/dsp_test.cpp))
$(eval $(call rtl_test,field_dsp_ecp5,snap_dsp_mul,$(FIELD_ECP5) rtl/field/snap_dsp_mul.sv,tests/rtl/field/dsp_test.cpp,$(FIELD_ECP5_FLAGS)))
$(eval $(call rtl_test,field_mul256,snap_mul256,rtl/field/snap_dsp_mul.sv $(FIELD_MUL_SV),tests/rtl/field/mul_test.cpp $(FIELD_TEST_H)))
$(eval $(call rtl_test,field_mul256_ecp5,snap_mul256,$(FIELD_ECP5) rtl/field/snap_dsp_mul.sv $(FIELD_MUL_SV),tests/rtl/field/mul_test.cpp $(FIELD_TEST_H),$(FIELD_ECP5_FLAGS)))
$(eval $(call rtl_test,field_reduce_secp256k1,snap_reduce_secp256k1,$(FIELD_SELECT_SV) rtl/field/snap_reduce_secp256k1.sv,tests/rtl/field/reduce_test.cpp $(FIELD_TEST_H),,-DCURVE=Secp256k1))
$(eval $(call rtl_test,field_reduce_sm2,snap_reduce_sm2,$(FIELD_SELECT_SV) rtl/field/snap_reduce_sm2.sv,tests/rtl/field/reduce_test.cpp $(FIELD_TEST_H),,-DCURVE=Sm2))
$(eval $(call rtl_test,field_addsub,snap_addsub,$(FIELD_SELECT_SV) rtl/field/snap_moduli.sv rtl/field/snap_addsub.sv,tests/rtl/field/addsub_test.cpp $(FIELD_TEST_H)))
# The model of the hardware multiplier takes its faults from the test.
$(eval $(call rtl_test,field_residue,checked_mul,$(FIELD_ECP5) rtl/field/snap_dsp_mul.sv $(FIELD_MUL_SV) rtl/field/snap_residue_sum.sv rtl/field/snap_residue.sv tests/rtl/field/checked_mul.sv,tests/rtl/field/residue_test.cpp tests/rtl/field/field.h,$(FIELD_ECP5_FLAGS) -DFIELD_FAULTS,-isystem $(VERILATOR_INCLUDE)/vltstd))
