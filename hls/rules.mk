# SPDX-License-Identifier: Apache-2.0
# From field programs to the point engine's microcode image.

include $(sort $(wildcard hls/*/rules.mk))
