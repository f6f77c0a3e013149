#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks Debian packages of another suite or architecture into a folder, without installing them: the host's
# package database is neither asked nor changed, and no root is needed. The packages come from the mirror that
# the host's own apt uses and are checked by apt against the host's Debian keyring.
#
# usage: debs.sh [--arch ARCH] [--match REGEX] [--exclude PATTERN]... [--force] FOLDER SUITE[,SUITE...] PACKAGE...
#   FOLDER         gets tree/ (the unpacked files) and packages.txt (names, versions); cached until the request
#                  changes or --force is given
#   SUITE          for example "bookworm" or "trixie,trixie-backports"; the last one is preferred
#   --arch ARCH    packages of a foreign architecture (default: the host's): a sysroot for its cross compiler
#                  (--sysroot=FOLDER/tree) and for qemu-user (-L FOLDER/tree)
#   --match REGEX  of the packages and all that they depend on, take only those whose name matches
#   --exclude PATTERN  leave out the files that it names, as tar takes it; may be repeated
set -euo pipefail

readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  printf 'error: %s\n' "$@" >&2
  exit 1
}

usage() {
  sed -n '3,/^set -e/{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

# The private apt: its own lists, cache and an empty package database. The host's settings (proxies) stay in
# force, but for hooks that act on the host's own state.
write_configuration() {
  mkdir -p "$private"/{lists,cache/archives,etc,state}/partial
  : >"$private/state/status"
  cat >"$private/apt.conf" <<CONF
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Default-Release "${suites##*,}";
Dir::State "$private/state";
Dir::State::status "$private/state/status";
Dir::State::lists "$private/lists";
Dir::Cache "$private/cache";
Dir::Etc::SourceList "$private/etc/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
CONF
}

# Prints the host's Debian mirror. A host whose lists were never fetched names its mirrors only after that.
host_mirror() {
  local format='$(ORIGIN) $(COMPONENT) $(REPO_URI)' targets
  targets=$(apt-get indextargets --format "$format" 'Created-By: Packages')
  if [ -z "$targets" ]; then
    mkdir -p "$private/host-lists/partial"
    apt-get -qq -o Dir::State::lists="$private/host-lists" -o APT::Sandbox::User=root update >&2 || true
    targets=$(apt-get -o Dir::State::lists="$private/host-lists" indextargets --format "$format" \
              'Created-By: Packages')
  fi
  awk '$1 == "Debian" && $2 == "main" && $3 !~ /security|^cdrom:/ { print $3; exit }' <<<"$targets"
}

write_sources() {
  local mirror signed_by=
  mirror=$(host_mirror)
  [ -n "$mirror" ] || fail "found no Debian mirror among this host's package sources (apt-get indextargets)"
  [ ! -e "$KEYRING" ] || signed_by=" [signed-by=$KEYRING]"
  for suite in ${suites//,/ }; do
    printf 'deb%s %s %s main\n' "$signed_by" "$mirror" "$suite"
  done >"$private/etc/sources.list"
}

# Prints NAME=VERSION of every package to fetch.
resolve() {
  local plan
  plan=$(apt-get -c "$private/apt.conf" --simulate install "${packages[@]}" 2>"$private/resolve.log") || {
    cat "$private/resolve.log" >&2
    fail "cannot resolve ${packages[*]} ($arch) in $suites"
  }
  plan=$(sed -nE 's/^Inst ([^ :]+)[^ ]* \(([^ ]+) .*/\1=\2/p' <<<"$plan" | grep -E "$match" | sort) ||
    fail "none of what ${packages[*]} needs matches $match"
  printf '%s\n' "$plan"
}

fetch() {
  local plan
  local -a list
  write_configuration
  write_sources
  echo "fetching ${packages[*]} ($arch) of Debian $suites"
  apt-get -c "$private/apt.conf" -qq --error-on=any update ||
    fail "could not fetch the package lists: $(tr '\n' ';' <"$private/etc/sources.list")" \
      "see above; a missing key means that the host's debian-archive-keyring is too old"
  plan=$(resolve)
  mapfile -t list <<<"$plan"
  rm -rf "$private/debs" "$folder/tree"
  mkdir -p "$private/debs" "$folder/tree"
  (cd "$private/debs" && apt-get -c "$private/apt.conf" -qq download "${list[@]}") ||
    fail "could not fetch all of: ${list[*]}"
  echo "unpacking ${#list[@]} packages into $folder/tree"
  for deb in "$private"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -xp --keep-directory-symlink -C "$folder/tree" "${excludes[@]}"
  done
  printf '%s\n' "${list[@]}" >"$folder/packages.txt"
  rm -rf "$private"
}

arch=$(dpkg --print-architecture)
match=.
excludes=()
force=0
while [ $# -gt 0 ]; do
  case "$1" in
    --arch) arch=${2:?} && shift 2 ;;
    --match) match=${2:?} && shift 2 ;;
    --exclude) excludes+=("--exclude=${2:?}") && shift 2 ;;
    --force) force=1 && shift ;;
    -*) usage ;;
    *) break ;;
  esac
done
[ $# -ge 3 ] || usage
mkdir -p "$1"
folder=$(cd "$1" && pwd)
suites=$2
shift 2
packages=("$@")
private=$folder/apt
request="$arch $suites $match ${packages[*]}${excludes[*]:+ ${excludes[*]}}"

if [ "$force" = 0 ] && [ "$(cat "$folder/request.txt" 2>/dev/null)" = "$request" ]; then
  exit 0
fi
rm -f "$folder/request.txt"
fetch
printf '%s\n' "$request" >"$folder/request.txt"
