#!/usr/bin/env bash
# Everything that must hold, from nothing: installs the Debian packages that are missing (root or
# sudo), checks the formatting, and builds and tests the release and the sanitized (dev) presets.
# tests/run.sh PRESET... tests only those.
set -euo pipefail
# shellcheck source=samples/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../samples/setup.sh"

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(release dev)

install_packages "${packages[@]}" "${test_packages[@]}"

say "Formatting"
(cd "$root" && find src include tests -name '*.[ch]pp' -print0 |
  xargs -0 clang-format --dry-run -Werror) || fail "clang-format -i would change these files"

for preset in "${presets[@]}"; do
  build "$preset" -DBUILD_TESTING=ON
  if [ "$preset" = release ] && [ "$(uname -m)" = x86_64 ]; then
    say "Machine code of the kernels"
    (cd "$root" && python3 tests/kernels/lint.py "build/$preset") || fail "spills or folded loads"
  fi
  say "Test: $preset"
  (cd "$root" && ctest --preset "$preset" -j2) || fail "tests of preset $preset"
done
say "All tests passed: ${presets[*]}"
