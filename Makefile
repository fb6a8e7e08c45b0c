# The two commands: `make demo` shows the main job, `make test` runs every test.
# Both install what they need by package name (Debian or Ubuntu, as root) and work a second time.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
LIBRARY := target/release/libserverpilot.so
HELPER := target/release/serverpilot-helper
FAKE := target/debug/fake-serverpilot
PACK := target
SONAME := libserverpilot.so.1
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2> /dev/null || date +%s)

# Ubuntu keeps newer compilers beside its own, where no PATH finds them; tests/packages installs one of them.
RUST_VERSION := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
HOST_PATH := $(PATH)
export PATH = $(shell printf '%s\n' /usr/lib/rust-1.*/bin /usr/lib/rust-$(RUST_VERSION)/bin | sort -V | tail -n 1):$(HOST_PATH)

BUILD_PACKAGES := gcc libc6-dev make ca-certificates
DEMO_PACKAGES := $(BUILD_PACKAGES) php-cli
TEST_PACKAGES := $(DEMO_PACKAGES) g++ binutils valgrind abigail-tools openssl procps curl gettext \
	php php-fpm php-mysql php-xml php-mbstring php-curl phpunit php-codesniffer \
	nginx-light mariadb-server wordpress chromium libnss3-tools zip advancecomp luajit python3
BENCH_PACKAGES := $(DEMO_PACKAGES) php-curl nginx-light openssl python3 python3-venv

.PHONY: help build demo test bench verify-live fuzz screenshots lint headers install plugin pack clean build-packages fuzz-packages plugin-packages demo-packages test-packages bench-packages

help:
	@cat <<'TEXT'
	make demo      maps, secures and removes domains in the terminal, against a server of its own
	make test      every test
	make bench     this library and other ways side by side; renews the README's figures
	make verify-live  checks on an app of yours that is expendable what is assumed about ServerPilot
	make fuzz      every fuzz target for ten minutes
	make build     the library, the helper program and the headers' check
	make install   library, header and the headers for PHP below PREFIX (/usr/local)
	make plugin    the WordPress plugin as a zip: target/ultimate-multisite-serverpilot.zip
	make screenshots  renews the pictures of the setup guide
	make headers   renews the checked-in headers from the source
	make lint      formatting and lints of Rust and PHP
	make clean     removes what was built
	TEXT

build: build-packages
	@echo "==> Building the library and the helper program"
	cargo build --release --locked --package serverpilot --bin serverpilot-helper
	# Without the rlib, for whose users every public item would be kept: a megabyte less. After the
	# helper program, whose build writes a larger library to the same place.
	cargo rustc --release --locked --package serverpilot --lib --crate-type cdylib,staticlib
	ln -sf libserverpilot.so target/release/$(SONAME)

$(FAKE): FORCE
	@echo "==> Building the ServerPilot server the tests talk to"
	cargo build --locked --package fake-serverpilot
FORCE:

demo: demo-packages build $(FAKE)
	@tests/demo

test: test-packages
	@tests/run

# The others come from PyPI, into a folder below target.
bench: bench-packages build $(FAKE)
	@python3 -m venv target/tools/bench
	target/tools/bench/bin/pip install --quiet --disable-pip-version-check -r benches/comparison/requirements.txt
	target/tools/bench/bin/python benches/comparison/run --write

# In place of the shell, so that a signal reaches the program and nothing ends before it has restored
# the app's list.
verify-live: build-packages
	@cargo build --quiet --locked --package verify-live
	exec target/debug/verify-live

fuzz: fuzz-packages
	@tests/robustness/fuzz 600

# Taken by the tests of the page, and packed as tightly as the format allows.
screenshots: test-packages build $(FAKE)
	SERVERPILOT_LIB=$$PWD/$(LIBRARY) SERVERPILOT_HELPER=$$PWD/$(HELPER) FAKE_SERVERPILOT=$$PWD/$(FAKE) tests/screens/run
	tests/screens/guide-pictures

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	phpcs -q --standard=tests/php/phpcs.xml

headers:
	cargo build --locked --package serverpilot
	made=$$(dirname "$$(ls -t target/debug/build/serverpilot-*/out/serverpilot.h | head -n 1)")
	cp "$$made/serverpilot.h" include/serverpilot.h
	cp "$$made/serverpilot-ffi.h" php-bindings/serverpilot-ffi.h

install: build
	install -D -m 755 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libserverpilot.so
	install -D -m 644 target/release/libserverpilot.a $(DESTDIR)$(PREFIX)/lib/libserverpilot.a
	install -D -m 644 include/serverpilot.h $(DESTDIR)$(PREFIX)/include/serverpilot.h
	install -D -m 755 $(HELPER) $(DESTDIR)$(PREFIX)/libexec/serverpilot-helper
	@# The program loads the library beside it and no other.
	ln -sf ../lib/$(SONAME) $(DESTDIR)$(PREFIX)/libexec/libserverpilot.so
	install -d $(DESTDIR)$(PREFIX)/share/serverpilot
	sed 's|"/usr/local/lib/|"$(PREFIX)/lib/|' php-bindings/serverpilot-ffi.h \
		> $(DESTDIR)$(PREFIX)/share/serverpilot/serverpilot-ffi.h
	[ -n "$(DESTDIR)" ] || ldconfig

plugin: build plugin-packages
	@echo "==> Packing the plugin"
	$(MAKE) -s pack
	ls -l $(PACK)/ultimate-multisite-serverpilot.zip

# The zip alone, from a library and a helper program that are there: the tests install what it makes.
pack:
	@rm -rf $(PACK)/plugin $(PACK)/ultimate-multisite-serverpilot.zip
	mkdir -p $(PACK)/plugin
	cp -r php-bindings $(PACK)/plugin/ultimate-multisite-serverpilot
	# WordPress reads the compiled translations; what translators read is in the source.
	rm $(PACK)/plugin/ultimate-multisite-serverpilot/languages/*.po*
	# A folder for each version, so that no update overwrites a library that is in use (php-bindings/src/Release.php).
	release=$$(sed -n "s/.*const VERSION = '\(.*\)';/\1/p" php-bindings/src/Release.php)
	lib="$(PACK)/plugin/ultimate-multisite-serverpilot/lib/$$release"
	install -D -m 755 $(LIBRARY) "$$lib/libserverpilot.so"
	install -m 755 $(HELPER) "$$lib/serverpilot-helper"
	# The same zip from the same tree: one time, one order, nothing of this machine. PHP as it comes
	# takes uploads of 2 MB, so the files are packed as tightly as the format allows.
	find $(PACK)/plugin -exec touch --no-dereference --date=@$(SOURCE_DATE_EPOCH) {} +
	(cd $(PACK)/plugin && find ultimate-multisite-serverpilot -type f | LC_ALL=C sort | TZ=UTC zip -qX9 ../ultimate-multisite-serverpilot.zip -@)
	advzip --recompress --quiet -4 $(PACK)/ultimate-multisite-serverpilot.zip

clean:
	cargo clean

define install_packages
	tests/packages $(1)
endef

build-packages:
	@$(call install_packages,$(BUILD_PACKAGES))
fuzz-packages:
	@$(call install_packages,$(BUILD_PACKAGES) g++)
plugin-packages:
	@$(call install_packages,zip advancecomp)
demo-packages:
	@$(call install_packages,$(DEMO_PACKAGES))
bench-packages:
	@$(call install_packages,$(BENCH_PACKAGES))
test-packages:
	@$(call install_packages,--lint $(TEST_PACKAGES))
