#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a vendor ships: `make install`, then the example program against the installed copy alone, found by pkg-config.
set -euo pipefail

root=$PWD/build/driver-install
prefix=/opt/snapcard
rm -rf "$root"
env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory -s install PREFIX="$prefix" DESTDIR="$root"

export PKG_CONFIG_LIBDIR=$root$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
cp driver/examples/hash.c "$root/hash.c" # so that no header of the source tree is found beside it
read -ra flags < <(pkg-config --cflags snapcard)
read -ra libraries < <(pkg-config --libs snapcard)
read -ra archive < <(pkg-config --static --libs snapcard)
gcc -std=c17 -Wall -Wextra -Werror "$root/hash.c" "${flags[@]}" "${libraries[@]}" -o "$root/hash"
gcc -std=c17 "$root/hash.c" "${flags[@]}" -static "${archive[@]}" -o "$root/hash-static"
g++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ - "${flags[@]}" <<<'#include <snapcard.h>'
echo "ok - C and C++ programs compile against the installed copy"

readelf -d "$root/hash" | grep -q 'NEEDED.*\[libsnapcard\.so\.1\]'
echo "ok - it needs the library by its soname"

export LD_LIBRARY_PATH=$root$prefix/lib
expected=$(printf %s "a message" | sha256sum | cut -d ' ' -f 1)
for program in hash hash-static; do
  [ "$(tests/unit/with_card.sh --model -- "$root/$program" CARD "a message")" = "$expected" ]
  echo "ok - $program: the card's digest is right"
done
if "$root/hash" "sim:$root/no-card" x 2>"$root/message"; then exit 1; fi
grep -q 'snapcard-sim --socket' "$root/message"
echo "ok - without a card it says what to do"
"$root$prefix/bin/snapcard" --help >/dev/null
echo "ok - the tool is installed"
cmp build/engine/image.bin "$root$prefix/share/snapcard/microcode.bin"
tests/unit/with_card.sh --model -- "$root$prefix/bin/snapcard" microcode CARD | grep -q "self-test passed"
rm "$root$prefix/share/snapcard/microcode.bin"
if "$root$prefix/bin/snapcard" microcode "sim:$root/no-card" 2>"$root/message"; then exit 1; fi
grep -q 'no microcode image is installed' "$root/message"
echo "ok - the tool finds the microcode that is installed with it"
