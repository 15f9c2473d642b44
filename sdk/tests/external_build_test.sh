#!/bin/sh
# A plugin author's first hour: the SDK is installed somewhere, a folder copied out of this tree is configured and built with
# find_package(QuaysideSDK), and the result passes the bundle test.
#   external_build_test.sh CMAKE BUILD_DIR EXAMPLE_DIR BUNDLE_TEST GENERATOR CXX
set -eu
cmake=$1 build=$2 example=$3 bundle_test=$4 generator=$5 cxx=$6

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$cmake" --install "$build" --component sdk --prefix "$scratch/sdk" >"$scratch/install.log" 2>&1 || {
  cat "$scratch/install.log" >&2
  exit 1
}
cp -R "$example" "$scratch/plugin"
# Unoptimised: what is tested is that it builds and loads.
"$cmake" -S "$scratch/plugin" -B "$scratch/build" -G "$generator" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS="-O0 -g0" -DCMAKE_PREFIX_PATH="$scratch/sdk"
"$cmake" --build "$scratch/build"
QUAYSIDE_BUNDLE=$(dirname "$(find "$scratch/build" -name plugin.so)") "$bundle_test"
