#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that a target needs, unless they are there.
# usage: deps.sh build | test
set -euo pipefail

build=(build-essential python3 python3-venv ca-certificates
       libssl-dev libsecp256k1-dev libjansson-dev libpci-dev zlib1g-dev liblz4-dev
       liblmdb-dev libuv1-dev libmicrohttpd-dev libinih-dev libcurl4-openssl-dev)
test=("${build[@]}" yosys z3 clang clang-format libclang-rt-14-dev valgrind git pkgconf
      gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
      busybox-static cpio zstd xz-utils)
# Node.js from elsewhere has npm in it, and cannot stand beside Debian's.
command -v node >/dev/null && command -v npm >/dev/null || test+=(nodejs npm)

case "${1:-}" in
  build) packages=("${build[@]}") ;;
  test) packages=("${test[@]}") ;;
  *) echo "usage: deps.sh build | test" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "error: these Debian packages are missing: ${missing[*]}" >&2
    echo "       install them as root: apt-get install ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
