# SPDX-License-Identifier: Apache-2.0
# Rules for GNU make that keep generated C up to date. In a Makefile:
#
#     include $(shell pkg-config --variable=dynrc_mk dynrc)
#     app: main.o generated/todo.o
#     main.o: generated/todo.h
#
# todo.dyn, found here or along `vpath %.dyn`, makes generated/todo.h and generated/todo.c; a schema's file must be called
# as its namespace. The stamp follows every file that was read; a header or source that came out the same keeps its time,
# so that what depends on it is not compiled again.
#
#   DYNRC        the compiler            (asked from pkg-config)
#   DYNRC_DIR    folder of what is made  (generated)
#   DYNRC_FLAGS  more options for `dynrc build`
PKG_CONFIG ?= pkg-config
ifndef DYNRC
DYNRC := $(shell $(PKG_CONFIG) --variable=dynrc dynrc)
endif
DYNRC_DIR ?= generated

$(DYNRC_DIR)/%.dyn.stamp: %.dyn
	@mkdir -p $(@D)
	$(DYNRC) build --c --quiet $(DYNRC_FLAGS) -o $(DYNRC_DIR) --depfile $(@:.stamp=.d) --deptarget $@ $<
	@touch $@

$(DYNRC_DIR)/%.h $(DYNRC_DIR)/%.c: $(DYNRC_DIR)/%.dyn.stamp
	@test -e $@ || { rm -f $<; echo "$@ is missing: make it again, or call $*.dyn as its namespace" >&2; exit 1; }

.PRECIOUS: $(DYNRC_DIR)/%.dyn.stamp $(DYNRC_DIR)/%.h $(DYNRC_DIR)/%.c

-include $(wildcard $(DYNRC_DIR)/*.dyn.d)
