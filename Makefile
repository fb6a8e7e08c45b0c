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
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2> /dev/null || stat -c %Y CHANGELOG.md)

# Ubuntu keeps newer compilers beside its own, where no PATH finds them; tests/packages installs one of them.
RUST_VERSION := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
HOST_PATH := $(PATH)
export PATH = $(shell printf '%s\n' /usr/lib/rust-1.*/bin /usr/lib/rust-$(RUST_VERSION)/bin | sort -V | tail -n 1):$(HOST_PATH)

BUILD_PACKAGES := gcc libc6-dev make ca-certificates
DEMO_PACKAGES := $(BUILD_PACKAGES) php-cli
TEST_PACKAGES := $(DEMO_PACKAGES) g++ binutils valgrind abigail-tools openssl procps curl gettext \
	php php-fpm php-mysql php-xml php-mbstring php-curl phpunit php-codesniffer? \
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
	make dist      what is handed out, into target/dist: archives, Debian packages, the plugin's zip
	make test-dist the same on other systems and processors, and built twice
	make clean     removes what was built
	TEXT

build: build-packages
	@echo "==> Building the library and the helper program"
	cargo build --release --locked --package serverpilot-helper
	# Without the rlib, for whose users every public item would be kept: a megabyte less.
	cargo rustc --release --locked --package serverpilot --lib --crate-type cdylib,staticlib
	ln -sf libserverpilot.so target/release/$(SONAME)

$(FAKE): FORCE
	@echo "==> Building the ServerPilot server the tests talk to"
	cargo build --locked --package fake-serverpilot
FORCE:

demo: demo-packages build $(FAKE)
	@tests/demo

test: test-packages dist-run-packages
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
	@$(MAKE) -s place
	[ -n "$(DESTDIR)" ] || ldconfig

LIBDIR = $(PREFIX)/lib
ARCHIVE := target/release/libserverpilot.a
VERSION := $(shell sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# What a program needs beside the static library.
STATIC_LIBS := -pthread -ldl -lm

# Puts a library that is there where it belongs. The archives and the Debian packages are made of the
# same; without a PREFIX the pkg-config file goes by where it lies itself.
PC_PREFIX = $(or $(PREFIX),$${pcfiledir}/../..)
PC_LIBDIR = $(if $(PREFIX),$(LIBDIR),$${pcfiledir}/..)
place:
	@root="$(DESTDIR)$(PREFIX)" lib="$(DESTDIR)$(LIBDIR)"
	install -D -m 755 $(LIBRARY) "$$lib/$(SONAME).$(VERSION)"
	ln -sf $(SONAME).$(VERSION) "$$lib/$(SONAME)"
	ln -sf $(SONAME) "$$lib/libserverpilot.so"
	install -D -m 644 $(ARCHIVE) "$$lib/libserverpilot.a"
	install -D -m 644 include/serverpilot.h "$$root/include/serverpilot.h"
	fill() { sed -e 's|@PREFIX@|$(PC_PREFIX)|' -e 's|@LIBDIR@|$(PC_LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@SONAME@|$(SONAME)|' \
		-e "s|@INCLUDE@|$$(realpath -ms --relative-to="$(LIBDIR)" "$(PREFIX)/include")|" -e 's|@STATIC_LIBS@|$(STATIC_LIBS)|' \
		-e 's|@STATIC_LIBS_CMAKE@|$(subst $() ,;,$(STATIC_LIBS))|' "include/$$1.in" | install -D -m 644 /dev/stdin "$$2/$$1"; }
	fill serverpilot.pc "$$lib/pkgconfig"
	fill serverpilotConfig.cmake "$$lib/cmake/serverpilot"
	fill serverpilotConfigVersion.cmake "$$lib/cmake/serverpilot"
	install -D -m 755 $(HELPER) "$$root/libexec/serverpilot-helper"
	@# The program loads the library beside it and no other.
	ln -sf "$$(realpath -ms --relative-to="$(PREFIX)/libexec" "$(LIBDIR)")/$(SONAME)" "$$root/libexec/libserverpilot.so"
	install -d "$$root/share/serverpilot/schemas"
	install -m 644 include/schemas/*.json "$$root/share/serverpilot/schemas"
	sed 's|"/usr/local/lib/|"$(LIBDIR)/|' php-bindings/serverpilot-ffi.h > "$$root/share/serverpilot/serverpilot-ffi.h"
	chmod 644 "$$root/share/serverpilot/serverpilot-ffi.h"

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

# What is handed out: archives for programs in C, Debian packages, the plugin's zip. Built by zig's
# linker against the C library of 2012, so that it loads wherever PHP 8.1 runs, and with no trace of
# where it was built. The tests run on the same library.
.PHONY: place dist dist-x86_64 dist-aarch64 dist-build-x86_64 dist-build-aarch64 dist-plugin tested test-dist pypi zig \
	rust-std-aarch64 reference sbom notices debian dist-packages dist-run-packages test-dist-packages
export SOURCE_DATE_EPOCH
# Of dpkg-dev: dpkg-architecture.
DIST_PACKAGES := $(BUILD_PACKAGES) python3-venv binutils doxygen jq dpkg-dev xz-utils zip advancecomp
DIST_RUN_PACKAGES := $(DIST_PACKAGES) g++ cmake pkg-config python3-jsonschema curl
TEST_DIST_PACKAGES := $(DIST_RUN_PACKAGES) debootstrap lintian qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
DIST := target/dist
TOOLS := target/tools
GLIBC := 2.17
# By hash: the linker, and the C library's symbols that come with it, are part of what is handed out.
ZIG := cargo-zigbuild==0.24.1 --hash=sha256:238a1ab54a95053a4eadc34775c81f795a8ad75f80bfed63f3f445f518102375 \
	ziglang==0.15.2 --hash=sha256:806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130

dist: dist-x86_64 dist-aarch64
	@ls -l $(DIST)

dist-x86_64 dist-aarch64: dist-%: dist-build-%
	@mkdir -p $(DIST)
	# The checksums, and what is left of other versions.
	find $(DIST) -type f ! -name '*$(VERSION)*' -delete
	$(MAKE) -s dist-pack-$*
	[ $* != x86_64 ] || $(MAKE) -s dist-plugin
	cd $(DIST)
	LC_ALL=C sha256sum $$(LC_ALL=C ls) > SHA256SUMS

# What `make test` tests, as target/tested: what is handed out. Its linker comes from PyPI; where that
# cannot be reached, it is the library that this machine's own linker makes.
tested: dist-packages
	@rm -f target/tested
	if $(MAKE) -s pypi; then
		$(MAKE) -s dist-x86_64
		ln -s $(STAGE:target/%=%)/x86_64/bare target/tested
	else
		echo "==> PyPI cannot be reached: what \`make build\` makes is tested, and not what is handed out" >&2
		$(MAKE) -s build
		ln -s release target/tested
	fi

test-dist: test-dist-packages dist $(FAKE)
	@export FAKE_SERVERPILOT="$(CURDIR)/$(FAKE)"
	tests/dist/run
	tests/dist/elsewhere
	tests/dist/twice

# Succeeds where zig is here, or PyPI has it.
pypi: dist-packages
	@[ "$$(cat $(TOOLS)/zig/wanted 2> /dev/null)" != '$(ZIG)' ] || exit 0
	rm -rf $(TOOLS)/zig
	python3 -m venv $(TOOLS)/zig
	$(TOOLS)/zig/bin/pip download --quiet --retries 1 --no-deps --only-binary :all: --dest $(TOOLS)/zig/reached $(firstword $(ZIG))

zig: pypi
	@wanted='$(ZIG)'
	[ "$$(cat $(TOOLS)/zig/wanted 2> /dev/null)" != "$$wanted" ] || exit 0
	echo "==> Installing zig into $(TOOLS)/zig"
	sed 's/  *\([a-z-]*==\)/\n\1/g' <<< "$$wanted" > $(TOOLS)/zig/requirements
	$(TOOLS)/zig/bin/pip install --quiet --require-hashes --no-deps --only-binary :all: --requirement $(TOOLS)/zig/requirements
	echo "$$wanted" > $(TOOLS)/zig/wanted

# Debian's compiler, and the standard library for aarch64 that fits it: the package of that architecture,
# unpacked here, because it cannot be installed beside this one's.
rust-std-aarch64: dist-packages
	@$(call install_packages,rustc-web cargo-web binutils-aarch64-linux-gnu)
	version=$$(dpkg-query -W -f '$${Version}' rustc-web)
	[ "$$(cat $(TOOLS)/aarch64/version 2> /dev/null)" != "$$version" ] || exit 0
	echo "==> Getting Rust's standard library for aarch64, $$version"
	rm -rf $(TOOLS)/aarch64
	mkdir -p $(TOOLS)/aarch64/lists/partial $(TOOLS)/aarch64/cache/archives/partial
	cd $(TOOLS)/aarch64
	apt=(-qq -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o Dir::State::Lists="$$PWD/lists" \
		-o Dir::Cache="$$PWD/cache" -o APT::Sandbox::User=root)
	apt-get "$${apt[@]}" update
	apt-get "$${apt[@]}" download "libstd-rust-web-dev:arm64=$$version"
	dpkg-deb --extract libstd-rust-web-dev_*_arm64.deb .
	rm -rf lists cache libstd-rust-web-dev_*_arm64.deb
	echo "$$version" > version

dist-build-x86_64: zig
dist-build-aarch64: zig rust-std-aarch64
dist-build-x86_64 dist-build-aarch64: dist-build-%:
	@echo "==> Building the library for $* and glibc $(GLIBC)"
	triple=$*-unknown-linux-gnu
	export PATH="$(CURDIR)/$(TOOLS)/zig/bin:$$PATH" CARGO=cargo
	export ZIG_GLOBAL_CACHE_DIR="$(CURDIR)/$(TOOLS)/zig-cache" CARGO_ZIGBUILD_CACHE_DIR="$(CURDIR)/$(TOOLS)/zigbuild-cache"
	# The same code as `make build`, with the line tables, which are split off below.
	export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none
	registry="$${CARGO_HOME:-$$HOME/.cargo}/registry/src"
	export RUSTFLAGS="--remap-path-prefix=$(CURDIR)=/serverpilot --remap-path-prefix=$$registry=/cargo"
	export CFLAGS_$*_unknown_linux_gnu="-ffile-prefix-map=$(CURDIR)=/serverpilot -ffile-prefix-map=$$registry=/cargo"
	# Changes with every commit, and cc would have everything built again.
	unset SOURCE_DATE_EPOCH
	# For zig's own files too: whatever it compiles with clang, clang reads this.
	export CCC_OVERRIDE_OPTIONS="# +-ffile-prefix-map=$(CURDIR)=/serverpilot"
	if [ $* = aarch64 ]; then
		export CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc
		RUSTFLAGS+=" --sysroot=$(CURDIR)/$(TOOLS)/aarch64/usr"
	fi
	cargo-zigbuild zigbuild --release --locked --package serverpilot-helper --target $$triple.$(GLIBC)
	cargo-zigbuild rustc --release --locked --package serverpilot --lib --crate-type cdylib,staticlib --target $$triple.$(GLIBC)

# From what cargo made to what is handed out for programs in C, by way of STAGE.
STAGE := target/stage
dist-pack-%:
	@echo "==> Packing the library for $*"
	made=target/$*-unknown-linux-gnu/release
	name=serverpilot-$(VERSION)-$*-linux-gnu
	work=$(abspath $(STAGE))/$*
	rm -rf "$$work"
	mkdir -p "$$work/bare" "$$work/$$name-debug" $(DIST)
	# Line tables apart; a debugger finds them by the name and the checksum that the library carries.
	for file in libserverpilot.so:$(SONAME).$(VERSION) serverpilot-helper:serverpilot-helper; do
		bare="$$work/bare/$${file%%:*}" lines="$$work/$$name-debug/$${file#*:}.debug"
		cp "$$made/$${file%%:*}" "$$bare"
		$*-linux-gnu-objcopy --only-keep-debug "$$bare" "$$lines"
		$*-linux-gnu-strip --strip-all "$$bare"
		$*-linux-gnu-objcopy --add-gnu-debuglink="$$lines" "$$bare"
		chmod 644 "$$lines"
	done
	$*-linux-gnu-strip --strip-debug --enable-deterministic-archives -o "$$work/bare/libserverpilot.a" "$$made/libserverpilot.a"
	$(MAKE) -s place LIBRARY="$$work/bare/libserverpilot.so" HELPER="$$work/bare/serverpilot-helper" ARCHIVE="$$work/bare/libserverpilot.a" \
		DESTDIR="$$work/$$name" PREFIX=
	doc="$$work/$$name/share/doc/serverpilot"
	install -D -m 644 -t "$$doc" LICENSE README.md CHANGELOG.md
	$(MAKE) -s reference OUT="$$doc"
	[ ! -d examples ] || cp -r examples "$$doc/examples"
	$(MAKE) -s sbom ARCH=$* > "$$doc/serverpilot.cdx.json"
	$(MAKE) -s notices BILL="$$doc/serverpilot.cdx.json" > "$$doc/NOTICES"
	cp "$$doc/serverpilot.cdx.json" $(DIST)/$$name.cdx.json
	for folder in "$$name" "$$name-debug"; do
		chmod -R u=rwX,go=rX "$$work/$$folder"
		tar -C "$$work" --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --format=gnu \
			-c "$$folder" | gzip -9n > "$(DIST)/$$folder.tar.gz"
	done
	$(MAKE) -s debian ARCH=$* WORK="$$work" DOC="$$doc"
	# For the tests: what is loaded by its name, and the archive whatever its version.
	ln -s libserverpilot.so "$$work/bare/$(SONAME)"
	ln -s "$$name" "$$work/archive"

# The plugin's zip, with the library for x86_64, which is what ServerPilot's servers are.
dist-plugin:
	@echo "==> Packing the plugin"
	$(MAKE) -s pack LIBRARY=$(STAGE)/x86_64/bare/libserverpilot.so HELPER=$(STAGE)/x86_64/bare/serverpilot-helper PACK=$(STAGE)/x86_64/bare
	cp $(STAGE)/x86_64/bare/ultimate-multisite-serverpilot.zip $(DIST)/ultimate-multisite-serverpilot-$(VERSION).zip

# The header as HTML.
reference:
	@mkdir -p $(OUT)
	doxygen - <<-DOXYGEN
	PROJECT_NAME = serverpilot
	PROJECT_NUMBER = $(VERSION)
	INPUT = include/serverpilot.h
	STRIP_FROM_PATH = include
	INPUT_FILTER = "sed -e '1s,.*,/** @file serverpilot.h,' -e '2s,^, * @verbatim\n,' -e '0,/^ \*\/$$/s,^ \*/$$, @endverbatim */,'"
	OUTPUT_DIRECTORY = $(OUT)
	HTML_OUTPUT = reference
	HTML_TIMESTAMP = NO
	GENERATE_LATEX = NO
	OPTIMIZE_OUTPUT_FOR_C = YES
	EXTRACT_ALL = YES
	HAVE_DOT = NO
	SEARCHENGINE = NO
	VERBATIM_HEADERS = NO
	QUIET = YES
	WARN_AS_ERROR = YES
	DOXYGEN

# What is inside, as CycloneDX: the crates that are linked, by cargo's own account, with the lock file's
# checksums; Rust's and zig's parts; the list that is compiled in.
define SBOM
(.packages | map({key: .id, value: .}) | from_entries) as $$packages
| ($$lock | [match("name = \"([^\"]+)\"\nversion = \"([^\"]+)\"\nsource = [^\n]+\nchecksum = \"([0-9a-f]+)\""; "g")
    | {key: "\(.captures[0].string) \(.captures[1].string)", value: .captures[2].string}] | from_entries) as $$checksums
| [$$tree | scan("(?:^|\n)([^ \n]+) v([^ \n]+)") | join(" ")] as $$linked_names
| [$$packages[] | select("\(.name) \(.version)" | IN($$linked_names[])) | .id] as $$linked
| .resolve.root as $$root
| def purl: $$packages[.] | "pkg:cargo/\(.name)@\(.version)";
  def part($$licence): {type: "library", "bom-ref": "\(.name)@\(.version)", licenses: [{expression: $$licence}]} + .;
  {bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
   metadata: {timestamp: $$time, component: ($$packages[$$root]
     | {type: "library", "bom-ref": "pkg:cargo/\(.name)@\(.version)", name, version, description, licenses: [{expression: .license}]})},
   components: ([$$linked[] | select(. != $$root) | purl as $$purl | $$packages[.]
     | {type: "library", "bom-ref": $$purl, purl: $$purl, name, version, description,
        licenses: [{expression: (.license // "NOASSERTION" | gsub("/"; " OR "))}],
        hashes: [{alg: "SHA-256", content: $$checksums["\(.name) \(.version)"]}]}]
     + [({name: "rust-std", version: $$rust} | part("MIT OR Apache-2.0")),
        ({name: "zig-libunwind", version: $$zig} | part("Apache-2.0 WITH LLVM-exception")),
        ({name: "public-suffix-list", version: $$suffixes, type: "data"} | part("MPL-2.0"))]),
   dependencies: [.resolve.nodes[] | select(.id | IN($$linked[]))
     | {ref: (.id | purl), dependsOn: [.deps[] | select(any(.dep_kinds[]; .kind == null)) | .pkg | select(IN($$linked[])) | purl] | unique}]}
endef
export SBOM
sbom:
	@rust=rustc
	[ $(ARCH) != aarch64 ] || rust=/usr/bin/rustc
	cargo metadata --format-version 1 --locked --filter-platform $(ARCH)-unknown-linux-gnu | jq --sort-keys \
		--rawfile lock Cargo.lock --arg tree "$$(cargo tree --locked --package serverpilot --edges normal,no-proc-macro \
		--target $(ARCH)-unknown-linux-gnu --prefix none --format '{p}')" --arg rust "$$("$$rust" --version | cut -d ' ' -f 2)" \
		--arg zig $(patsubst ziglang==%,%,$(filter ziglang==%,$(ZIG))) \
		--arg suffixes "$$(sed -n 's|.*crate psl \([0-9.]*\),.*|\1|p' data/public_suffix_list.txt)" \
		--arg time "$$(date --utc --date=@$(SOURCE_DATE_EPOCH) +%Y-%m-%dT%H:%M:%SZ)" "$$SBOM"

# The licence texts of the crates in BILL, which have to go along with what they are linked into: each
# text once, below the crates that have it.
notices:
	@cd "$${CARGO_HOME:-$$HOME/.cargo}"/registry/src
	declare -A crates texts
	for crate in $$(jq -r '.components[] | select(.purl) | "\(.name)-\(.version)"' $(BILL)); do
		for text in */"$$crate"/{LICEN[CS]E,COPYING,COPYRIGHT,NOTICE,UNLICENSE}*; do
			[ -f "$$text" ] || continue
			sum=$$(sha256sum < "$$text")
			texts[$$sum]=$$text
			crates[$$sum]+=" $$crate"
		done
	done
	for sum in $$(printf '%s\n' "$${!texts[@]}" | cut -d ' ' -f 1 | LC_ALL=C sort); do
		printf '==%s\n\n' "$${crates["$$sum  -"]}"
		cat "$${texts["$$sum  -"]}"
		printf '\n\n'
	done

# libserverpilot1 and libserverpilot-dev, from the library below WORK and the documentation in DOC. The
# two of one processor can be installed beside those of another, so no file of a name differs.
define DEBIAN_CONTROL
Package: libserverpilot1
Source: serverpilot
Section: libs
Depends: libc6 (>= $(GLIBC))
Recommends: ca-certificates
Description: keeps a ServerPilot app's domain list and AutoSSL in sync
 A library with a C ABI that puts domains on and takes them off the domain list
 of a ServerPilot app without losing anybody's, enables AutoSSL as soon as a
 certificate is ready, and judges certificates as a browser would.

Package: libserverpilot-dev
Source: serverpilot
Section: libdevel
Depends: libserverpilot1 (= $(VERSION)-1), libc6-dev
Description: keeps a ServerPilot app's domain list and AutoSSL in sync - headers
 The header, the static library, the pkg-config file, the CMake package, the
 JSON Schemas of the documents, the reference and the examples of a library that
 keeps the domain list of a ServerPilot app in sync.
endef
export DEBIAN_CONTROL
MAINTAINER := The serverpilot authors <serverpilot@users.noreply.github.com>
debian:
	@architecture=$$(dpkg-architecture --host-type $(ARCH)-linux-gnu --query DEB_HOST_ARCH 2> /dev/null)
	lib=usr/lib/$(ARCH)-linux-gnu
	run=$(WORK)/libserverpilot1 dev=$(WORK)/libserverpilot-dev
	$(MAKE) -s place LIBRARY="$(WORK)/bare/libserverpilot.so" HELPER="$(WORK)/bare/serverpilot-helper" \
		ARCHIVE="$(WORK)/bare/libserverpilot.a" DESTDIR="$$dev" PREFIX=/usr LIBDIR="/$$lib"
	# For PHP there is the plugin's zip, which has a library and a helper program of its own.
	rm -r "$$dev/usr/libexec" "$$dev/usr/share/serverpilot/serverpilot-ffi.h"
	mkdir -p "$$run/$$lib" "$$run/usr/share/doc/libserverpilot1" "$$dev/usr/share/doc/libserverpilot-dev"
	mv "$$dev/$$lib"/$(SONAME)* "$$run/$$lib"
	chmod 644 "$$run/$$lib/$(SONAME).$(VERSION)"
	cp -r "$(DOC)/README.md" "$(DOC)/reference" "$$dev/usr/share/doc/libserverpilot-dev"
	[ ! -d "$(DOC)/examples" ] || cp -r "$(DOC)/examples" "$$dev/usr/share/doc/libserverpilot-dev"
	cp "$(DOC)/serverpilot.cdx.json" "$$run/usr/share/doc/libserverpilot1/$$architecture.cdx.json"
	gzip -9n < "$(DOC)/NOTICES" > "$$run/usr/share/doc/libserverpilot1/$$architecture.NOTICES.gz"
	for tree in "$$run" "$$dev"; do
		package=$${tree##*/} doc="$$tree/usr/share/doc/$${tree##*/}"
		cp LICENSE "$$doc/copyright"
		gzip -9n < CHANGELOG.md > "$$doc/changelog.gz"
		printf 'serverpilot ($(VERSION)-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- $(MAINTAINER)  %s\n' \
			"$$(LC_ALL=C date --utc --rfc-email --date=@$(SOURCE_DATE_EPOCH))" | gzip -9n > "$$doc/changelog.Debian.gz"
		chmod -R u=rwX,go=rX "$$tree"
		mkdir "$$tree/DEBIAN"
		(cd "$$tree" && find usr -type f | LC_ALL=C sort | xargs md5sum > DEBIAN/md5sums)
		{
			sed -n "/^Package: $$package$$/,/^$$/p" <<< "$$DEBIAN_CONTROL" | sed '/^$$/d' | sed '/^Description/,$$d'
			printf 'Version: $(VERSION)-1\nArchitecture: %s\nMulti-Arch: same\nPriority: optional\nMaintainer: $(MAINTAINER)\n' "$$architecture"
			printf 'Installed-Size: %d\n' "$$(find "$$tree/usr" -type f -printf '%s\n' | awk '{ total += int(($$1 + 1023) / 1024) } END { print total }')"
			sed -n "/^Package: $$package$$/,/^$$/p" <<< "$$DEBIAN_CONTROL" | sed '/^$$/d' | sed -n '/^Description/,$$p'
		} > "$$tree/DEBIAN/control"
	done
	printf 'libserverpilot 1 libserverpilot1 (>= $(VERSION))\n' > "$$run/DEBIAN/shlibs"
	printf 'activate-noawait ldconfig\n' > "$$run/DEBIAN/triggers"
	for tree in "$$run" "$$dev"; do
		chmod 644 "$$tree"/DEBIAN/*
		find "$$tree" -exec touch --no-dereference --date=@$(SOURCE_DATE_EPOCH) {} +
		dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$$tree" "$(DIST)/$${tree##*/}_$(VERSION)-1_$$architecture.deb" > /dev/null
	done

dist-packages:
	@$(call install_packages,$(DIST_PACKAGES))
dist-run-packages:
	@$(call install_packages,$(DIST_RUN_PACKAGES))
test-dist-packages:
	@$(call install_packages,$(TEST_DIST_PACKAGES))

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
