#!/bin/sh
# Installs the Debian packages that are missing: install_deps.sh build|check|bench|neon
#   build  compiler and libraries; check  test tools as well; bench  for the benchmarks; neon
#   a compiler and an emulator for AArch64
# Asks for nothing where everything is there. Needs apt-get and root (or sudo) otherwise.
set -eu
need=${1:-build}
missing=
have_lib() { pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"; }
have_cmd() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
have_file() { [ -e "$1" ] || missing="$missing $2"; }

have_cmd gcc gcc
have_file /usr/include/stdio.h libc6-dev
have_cmd pkg-config pkg-config
have_lib libpcre2-8 libpcre2-dev
have_lib libutf8proc libutf8proc-dev
have_lib libzstd libzstd-dev
have_lib zlib zlib1g-dev
have_file /usr/include/libstemmer.h libstemmer-dev
have_lib yaml-0.1 libyaml-dev
have_file /usr/include/xxhash.h libxxhash-dev
if [ "$need" = check ]; then
    have_lib cmocka libcmocka-dev
    have_lib jansson libjansson-dev
    have_lib json-c libjson-c-dev
    have_cmd clang-14 clang-14
    have_file /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt-14-dev
    have_cmd python3 python3
    have_cmd mandoc mandoc
    have_cmd shellcheck shellcheck
    have_cmd zsh zsh
    have_cmd git git
    have_cmd pre-commit pre-commit
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
fi
if [ "$need" = bench ]; then
    have_cmd valgrind valgrind
    have_cmd python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
fi
if [ "$need" = neon ]; then
    have_cmd aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
    have_file /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
    have_cmd qemu-aarch64 qemu-user
fi
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "missing:$missing - install them with your system's package manager (Debian names)" >&2
    exit 2
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing:$missing"
# shellcheck disable=SC2086
{
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing
} >/dev/null || { echo "apt-get could not install:$missing" >&2; exit 2; }
