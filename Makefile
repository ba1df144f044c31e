# SPDX-License-Identifier: GPL-2.0-only
#
# `make help' lists what can be made. Nothing is built outside of build/.

KDIR		?= /lib/modules/$(shell uname -r)/build
KVER		= $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
OUT		?= $(CURDIR)/build/$(KVER)
KSELFTEST	?= $(shell selftests/vm/kernel picks)/tools/testing/selftests
PREFIX		?= /usr/local
CFLAGS		?= -O2 -g
VM		:= selftests/vm
TESTS		?=
SUITE		?=
PROGRAMS	:= $(patsubst %.c,build/%,$(wildcard selftests/*.c))

all: module tools

help:
	@echo 'make, or make all    the module for KDIR, and the tools'
	@echo 'make module          build/VERSION/skiff.ko, for the kernel whose build folder'
	@echo '                     is KDIR ($(KDIR))'
	@echo 'make tools           build/tools: libskiff, skiff, ...'
	@echo 'make install         module, tools, library, header, man pages; PREFIX, DESTDIR'
	@echo 'make demo            what skiff does, shown in a virtual machine'
	@echo 'make vm              a shell in that machine'
	@echo 'make check           the tests, in that machine; TESTS="a b" for some of them'
	@echo 'make check-debug     the same on a kernel with KASAN, lockdep, kmemleak, ...'
	@echo 'make vm-selftest     does the machine notice when something is wrong?'
	@echo 'make bench           skiff beside other ways to send files, measured in that'
	@echo '                     machine; SUITE="a b" for some of the suites, QUICK=1'
	@echo 'make bench-gate      does skiff take more instructions than it did?'
	@echo 'make style           checkpatch, sparse, shellcheck, clang-format, codespell'
	@echo 'make clean           remove build/'
	@echo
	@echo 'demo, vm, check, check-debug, bench and style install Debian packages that are'
	@echo 'missing, unless SKIFF_NO_INSTALL=1. Kernels are kept in SKIFF_CACHE (~/.cache/skiff).'

# The kernel builds a module beside its sources: each kernel gets a copy.
module: $(KDIR)/include/config/kernel.release
	@mkdir -p $(OUT)
	cp -rpu Kbuild module uapi $(OUT)
	$(MAKE) -C $(KDIR) M=$(OUT) modules

$(KDIR)/include/config/kernel.release:
	@echo "No kernel to build for in '$(KDIR)': install its headers, or set KDIR" >&2
	@false

# What the benchmark compares with: a module of its own, never installed.
bench-floor: $(KDIR)/include/config/kernel.release
	@mkdir -p $(OUT)/floor
	cp -rpu tools/bench/floor/. $(OUT)/floor
	$(MAKE) -C $(KDIR) M=$(OUT)/floor modules

tools:
	$(MAKE) -C tools

selftests: $(PROGRAMS)

build/tools/libskiff.a: tools ;

build/selftests/%: selftests/%.c $(wildcard selftests/*.h uapi/linux/*.h) \
		   build/tools/libskiff.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Wall -D_GNU_SOURCE -Iuapi -Itools/lib -Ibuild/selftests \
		-I$(KSELFTEST) \
		-o $@ $< build/tools/libskiff.a -lpthread $(LIBS)

build/selftests/abi build/selftests/uring: LIBS = -luring

build/selftests/court: build/selftests/witness/witness.skel.h
build/selftests/court: LIBS = -lbpf

build/selftests/witness/witness.skel.h: $(wildcard selftests/witness/*) tools/trace/kernel.h
	$(MAKE) -C selftests/witness

# Without its key the kernel's build would only fail to sign, and say so.
install: module tools
	$(MAKE) -C $(KDIR) M=$(OUT) INSTALL_MOD_PATH=$(DESTDIR) \
		INSTALL_MOD_DIR=updates modules_install \
		$(if $(wildcard $(KDIR)/certs/signing_key.*),,CONFIG_MODULE_SIG_ALL=)
	$(if $(DESTDIR),,depmod $(KVER))
	$(MAKE) -C tools install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

demo:
	$(VM)/build stock
	$(VM)/run --fs vblk-ext4,vblk-xfs -- tools/demo/demo

vm:
	$(VM)/build stock
	$(VM)/run shell

check:
	$(VM)/check stock $(TESTS)

check-debug:
	$(VM)/check debug $(TESTS)

vm-selftest:
	$(VM)/selftest

bench:
	tools/bench/run $(SUITE)

bench-gate:
	tools/bench/gate

style:
	tools/style/check

clean:
	rm -rf build

.PHONY: all help module bench-floor tools selftests install demo vm check \
	check-debug vm-selftest bench bench-gate style clean
