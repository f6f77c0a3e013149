# SPDX-License-Identifier: Apache-2.0
# The driver: libsnapcard for this machine and for arm64, and the tool `snapcard`.

DRIVER_SOURCES := $(sort $(wildcard driver/base/*.c driver/transport/*.c driver/card/*.c driver/queue/*.c))
DRIVER_LIBRARY := $(BUILD)/lib/libsnapcard.a
DRIVER_SHARED := $(BUILD)/lib/libsnapcard.so
DRIVER_VERSION := 1.0
DRIVER_SONAME := libsnapcard.so.1

$(DRIVER_LIBRARY): $(patsubst %.c,$(BUILD)/obj/%.o,$(DRIVER_SOURCES))
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

# The shared library exports what the public header names and nothing else.
$(BUILD)/lib/libsnapcard.map: driver/include/snapcard.h
	@mkdir -p $(@D)
	$(Q){ echo '{ global:'; grep -o '\bsnap_[a-z_]*(' $< | sort -u | tr '(' ';'; echo 'local: *; };'; } > $@
$(BUILD)/lib/$(DRIVER_SONAME): $(patsubst %.c,$(BUILD)/obj/%.o,$(DRIVER_SOURCES)) $(BUILD)/lib/libsnapcard.map
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -Wl,-soname,$(DRIVER_SONAME) -Wl,--version-script,$(BUILD)/lib/libsnapcard.map -Wl,-z,defs \
	  $(filter %.o,$^) -lpthread -o $@
$(DRIVER_SHARED): $(BUILD)/lib/$(DRIVER_SONAME)
	$(Q)ln -sf $(DRIVER_SONAME) $@

$(eval $(call c_program,snapcard,$(sort $(wildcard driver/tools/*.c)),-ljansson -lpci -lpthread))
$(BUILD)/bin/snapcard: $(DRIVER_LIBRARY)
all: $(DRIVER_LIBRARY) $(DRIVER_SHARED)

# ---------------------------------------------------------------- installation
PREFIX := /usr/local
INSTALLED := $(DESTDIR)$(PREFIX)
define SNAPCARD_PC
prefix=$(PREFIX)
includedir=$${prefix}/include
libdir=$${prefix}/lib

Name: snapcard
Description: Driver of SnapScale crypto accelerator cards
Version: $(DRIVER_VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lsnapcard
Libs.private: -lpthread
endef
$(BUILD)/lib/snapcard.pc: driver/rules.mk FORCE # FORCE: PREFIX may be another one
	@mkdir -p $(@D)
	$(file >$@,$(SNAPCARD_PC))
.PHONY: install FORCE
install: $(DRIVER_LIBRARY) $(DRIVER_SHARED) $(BUILD)/bin/snapcard $(BUILD)/lib/snapcard.pc $(ENGINE_IMAGE) ## libsnapcard, its headers, the tool, the microcode (PREFIX=, DESTDIR=)
	install -d $(INSTALLED)/bin $(INSTALLED)/include $(INSTALLED)/lib/pkgconfig $(INSTALLED)/share/snapcard
	install -m 644 driver/include/snapcard.h $(ABI_H) $(INSTALLED)/include
	install -m 644 $(DRIVER_LIBRARY) $(INSTALLED)/lib
	install -m 755 $(BUILD)/lib/$(DRIVER_SONAME) $(INSTALLED)/lib
	ln -sf $(DRIVER_SONAME) $(INSTALLED)/lib/$(notdir $(DRIVER_SHARED))
	install -m 644 $(BUILD)/lib/snapcard.pc $(INSTALLED)/lib/pkgconfig
	install -m 755 $(BUILD)/bin/snapcard $(INSTALLED)/bin
	install -m 644 $(ENGINE_IMAGE) $(INSTALLED)/share/snapcard/microcode.bin

# ---------------------------------------------------------------- tests
# The library is compiled in, under the sanitizers.
$(eval $(call c_test,driver_queue,tests/unit/driver_queue.c tests/unit/driver_fake.c $(DRIVER_SOURCES),-lpthread))
$(eval $(call c_test,driver_card,tests/unit/driver_card.c host/crypto/point.c $(DRIVER_SOURCES),-lsecp256k1 -lcrypto -lpthread))
$(eval $(call c_test,driver_transport,tests/unit/driver_transport.c $(DRIVER_SOURCES),-lpthread))
$(eval $(call c_test,driver_faults,tests/unit/driver_faults.c $(DRIVER_SOURCES),-lpthread))
$(eval $(call c_fuzz,driver_completions,tests/fuzz/driver_completions.c tests/unit/driver_fake.c $(DRIVER_SOURCES),-lpthread))
$(eval $(call c_fuzz,driver_vfio_user,tests/fuzz/driver_vfio_user.c $(DRIVER_SOURCES),-lpthread))
TEST_DEPS += $(BUILD)/bin/snapcard $(BUILD)/bin/snapcard-sim $(DRIVER_SHARED)

# ---------------------------------------------------------------- arm64
# Cross-compiled, with one test that runs under user-mode emulation.
ARM64_CC := aarch64-linux-gnu-gcc
ARM64_AR := aarch64-linux-gnu-ar
ARM64_LIBRARY := $(BUILD)/arm64/lib/libsnapcard.a
$(BUILD)/arm64/obj/%.o: %.c $(ABI_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(ARM64_CC) $(CFLAGS) -MMD -MP -c $< -o $@
$(ARM64_LIBRARY): $(patsubst %.c,$(BUILD)/arm64/obj/%.o,$(DRIVER_SOURCES))
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(call say,AR,$@)
	$(Q)$(ARM64_AR) rcs $@ $^
$(BUILD)/arm64/tests/driver_queue: $(BUILD)/arm64/obj/tests/unit/driver_queue.o \
  $(BUILD)/arm64/obj/tests/unit/driver_fake.o $(ARM64_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(ARM64_CC) -static $^ -lpthread -o $@
.PHONY: driver-arm64
driver-arm64: $(ARM64_LIBRARY) $(BUILD)/arm64/tests/driver_queue
TEST_DEPS += $(BUILD)/arm64/tests/driver_queue

# ---------------------------------------------------------------- figures
$(BUILD)/bench/driver_job: $(BUILD)/obj/tests/bench/callgrind.o $(BUILD)/obj/tests/bench/driver_job.o $(BUILD)/obj/tests/unit/driver_fake.o $(DRIVER_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -lpthread -o $@
BENCHES += $(BUILD)/bench/driver_job
