# SPDX-License-Identifier: Apache-2.0
# What is kept: the state with its row stores, the logs, snapshots.

STORE_STATE := row_expand.c row_index.c overlay.c read_cache.c state_hash.c state_mark.c state.c state_scan.c state_checkpoint.c
STORE_LOG := log_mark.c log_record.c log_segment.c log_scan.c log_index.c record_log_open.c record_log.c
STORE_SNAPSHOT := snapshot_write.c snapshot_read.c snapshot_load.c
STORE_ROWS := row_batch.c row_store_memory.c row_group.c group_tree.c group_rewrite.c lmdb_file.c row_store_lmdb.c
HOST_STORE := $(addprefix host/store/,crc32c.c disk_posix.c $(STORE_ROWS) \
  $(STORE_STATE) $(STORE_LOG) $(STORE_SNAPSHOT))
STORE_LIBRARIES := -llmdb -lz -lcrypto -lpthread

# ---------------------------------------------------------------- tests
STORE_TESTED := host/base/bytes.c host/wire/hash.c $(HOST_STORE)
STORE_DISK := tests/unit/store_disk.c
STORE_SNAPSHOT_FILE := tests/unit/store_snapshot_file.c
$(eval $(call c_test,store_state_test,$(STORE_TESTED) tests/unit/store_state_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_test,store_group_test,$(STORE_TESTED) tests/unit/store_group_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_test,store_rows_test,$(STORE_TESTED) tests/unit/store_rows_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_test,store_lmdb_test,$(STORE_TESTED) tests/unit/store_lmdb_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_test,store_record_log_test,$(STORE_TESTED) $(STORE_DISK) tests/unit/store_record_log_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_test,store_snapshot_test,$(STORE_TESTED) $(STORE_DISK) $(STORE_SNAPSHOT_FILE) tests/unit/store_snapshot_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_test,store_threads_test,$(STORE_TESTED) tests/unit/store_threads_test.c,$(STORE_LIBRARIES)))
$(eval $(call c_fuzz,store_record_log,$(STORE_TESTED) $(STORE_DISK) tests/fuzz/store_record_log.c,$(STORE_LIBRARIES)))
$(eval $(call c_fuzz,store_group,$(STORE_TESTED) tests/fuzz/store_group.c,$(STORE_LIBRARIES)))
$(eval $(call c_fuzz,store_snapshot,$(STORE_TESTED) $(STORE_DISK) $(STORE_SNAPSHOT_FILE) tests/fuzz/store_snapshot.c,$(STORE_LIBRARIES)))

# The threads once more, under ThreadSanitizer.
$(BUILD)/tests/store_threads_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(STORE_TESTED) tests/unit/store_threads_test.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ $(STORE_LIBRARIES)
TEST_DEPS += $(BUILD)/tests/store_threads_tsan
