# SPDX-License-Identifier: Apache-2.0
# The compiler of field programs, and the image that it makes of all of them.

FIELDC_LIBRARY := $(addprefix hls/compiler/,allocate.c check.c compile.c context.c expression.c image.c instruction.c ir.c \
  lexer.c lower.c resources.c schedule.c statement.c waits.c)
$(eval $(call c_program,snap-fieldc,hls/compiler/main.c hls/compiler/report.c $(FIELDC_LIBRARY),-lcrypto))
$(eval $(call c_test,hls_compiler,tests/unit/hls_compiler.c $(FIELDC_LIBRARY),-lcrypto))
$(eval $(call c_fuzz,hls_parser,tests/fuzz/hls_parser.c $(FIELDC_LIBRARY),-lcrypto))

FIELD_PROGRAMS := $(sort $(wildcard hls/programs/*.field))
ENGINE_IMAGE := $(BUILD)/engine/image.bin
ENGINE_IMAGE_HEX := $(addprefix $(BUILD)/engine/,microcode.hex entries.hex constants.hex image_id.hex)
$(ENGINE_IMAGE) $(ENGINE_IMAGE_HEX) &: $(BUILD)/bin/snap-fieldc $(FIELD_PROGRAMS)
	$(call say,FIELDC,$(ENGINE_IMAGE))
	$(Q)$(BUILD)/bin/snap-fieldc --out=$(BUILD)/engine $(FIELD_PROGRAMS) >$(BUILD)/engine/report.txt
all: $(ENGINE_IMAGE)
TEST_DEPS += $(ENGINE_IMAGE) $(BUILD)/bin/snap-fieldc
