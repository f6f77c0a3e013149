# SPDX-License-Identifier: Apache-2.0
TEST_DEPS += $(BUILD)/bin/snapscaled $(BUILD)/bin/snapscale
