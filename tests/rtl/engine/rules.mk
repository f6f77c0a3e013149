# SPDX-License-Identifier: Apache-2.0
include $(filter-out %/rules.mk,$(sort $(wildcard tests/rtl/engine/*.mk)))
