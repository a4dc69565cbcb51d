#!/usr/bin/env bash
# From a fresh clone to results: installs the Debian packages that are missing (root or sudo), builds
# build/release/tconv, and runs, from the shell, the layers of the notebook that started tconv.
set -euo pipefail
# shellcheck source=samples/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "${packages[@]}"
build release -DBUILD_TESTING=OFF
tconv="$root/build/release/tconv"

# show TITLE ARGUMENT...: the command as one would type it, then what it prints.
show() {
  printf '\n# %s\n$ tconv' "$1"
  shift
  local word
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=,@%+-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$tconv" "$@" || fail "tconv $*"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

say "Keras: a 3x3 convolution of a 4x4 input, and back up by transposed convolutions"
weights='[[1,2,1],[2,1,2],[1,1,2]]'
show 'Conv2D, valid' run 'keras.layers.Conv2D(1, (3, 3), strides=(1, 1), padding="valid")' \
  -x '[[3,5,2,7],[4,1,3,8],[6,3,8,2],[9,6,1,5]]' -w "$weights"
"$tconv" run 'keras.layers.Conv2D(1, (3, 3), padding="valid")' \
  -x '[[3,5,2,7],[4,1,3,8],[6,3,8,2],[9,6,1,5]]' -w "$weights" -o yhat.npy --quiet
show 'Conv2DTranspose, stride 1, valid' run \
  'keras.layers.Conv2DTranspose(1, (3, 3), strides=(1, 1), padding="valid")' -x yhat.npy -w "$weights"
show 'Conv2DTranspose, stride 2, valid' run \
  'keras.layers.Conv2DTranspose(1, (3, 3), strides=(2, 2), padding="valid")' -x yhat.npy -w "$weights"
show 'Conv2DTranspose, stride 1, same' run \
  'keras.layers.Conv2DTranspose(1, (3, 3), strides=(1, 1), padding="same")' -x yhat.npy -w "$weights"

say "PyTorch: ConvTranspose2d, input and weights [[0,1],[2,3]]"
k='[[0,1],[2,3]]'
show 'plain' run 'nn.ConvTranspose2d(1, 1, kernel_size=2, bias=False)' -x "$k" -w "$k"
show 'two output channels: each is its own single-channel run' run \
  'nn.ConvTranspose2d(1, 2, kernel_size=2, bias=False)' -x "[[$k]]" -w '[[[[0,1],[2,3]],[[1,1],[1,1]]]]'
show 'the second one alone' run 'nn.ConvTranspose2d(1, 1, kernel_size=2, bias=False)' \
  -x "$k" -w '[[1,1],[1,1]]'
show 'padding=1 cuts one row and column off every side' run \
  'nn.ConvTranspose2d(1, 1, kernel_size=2, padding=1, bias=False)' -x "$k" -w "$k"
show 'stride=3, padding=2' run \
  'nn.ConvTranspose2d(1, 1, kernel_size=2, stride=3, padding=2, bias=False)' -x "$k" -w "$k"
show 'stride=3' run 'nn.ConvTranspose2d(1, 1, kernel_size=2, stride=3, bias=False)' -x "$k" -w "$k"
show 'the same as JSON, in a pipe' run \
  '{"framework": "pytorch", "layer": "ConvTranspose2d", "kernel_size": 2, "stride": 3}' \
  -x "$k" -w "$k" --format json

say "Done. The program is build/release/tconv; tconv --help goes on from here."
