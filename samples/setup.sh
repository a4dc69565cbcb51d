# Sourced by samples/quickstart.sh and tests/run.sh: what a fresh Debian 12 machine lacks, and how
# tconv is built. Safe to run again: packages that are there are left alone, builds are incremental.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

packages=(
  g++ cmake ninja-build          # the compiler and the build
  libcli11-dev libfmt-dev        # command line, text
  nlohmann-json3-dev             # JSON
  zlib1g-dev                     # .npz archives
  libxxhash-dev                  # digests of files
  libhwy-dev                     # vector instructions
  protobuf-compiler libprotobuf-dev libonnx-dev  # ONNX models
)
test_packages=(doctest-dev librapidcheck-dev clang-format python3)

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

install_packages() {
  local missing=() as_root=()
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "Packages: all there"
    return
  fi
  say "Packages: installing ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "need root, or sudo, to install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq || fail "apt-get update"
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null || fail "apt-get install ${missing[*]}"
}

# build PRESET [CMAKE_OPTION...]
build() {
  local preset=$1
  shift
  say "Build: $preset, in build/$preset"
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  (cd "$root" && cmake --preset "$preset" "${launcher[@]}" "$@" >/dev/null) || fail "cmake --preset $preset"
  cmake --build "$root/build/$preset" || fail "cmake --build build/$preset"
}
