#!/usr/bin/env bash
# keep.sh BUILD_DIR VERSION: keeps the SDK's examples as this release builds them, for every later release to load. Run once, at a
# release; what is kept is never changed afterwards.
set -euo pipefail
build=$(realpath "$1") version=$2
cd "$(dirname "$0")"
archive=$PWD/kept/$(uname -m)-$version.tar.xz
[[ ! -e $archive ]] || { echo "$archive is there already" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for example in minimal c_minimal; do
  mkdir "$scratch/$example"
  cp "$build/bundles/$example/manifest.json" "../../sdk/examples/$example/cassette.json" "$scratch/$example/"
  strip --strip-unneeded -o "$scratch/$example/plugin.so" "$build/bundles/$example/plugin.so"
done
mkdir -p kept
tar --create --xz --file "$archive" --directory "$scratch" --sort=name --owner=0 --group=0 --mtime=@0 minimal c_minimal
ls -l "$archive"
