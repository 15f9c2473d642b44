#!/usr/bin/env bash
# Makes the present protos the baseline that breaking.sh compares with: at a release, and for a break that is meant.
# usage: renew_baseline.sh [WORK_DIR], unless given build/release/npm
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/buf.sh"
install_buf "${1:-$root/build/release/npm}"
"$buf" build "$root/protos" --exclude-source-info -o "$here/baseline.binpb"
echo "tests/proto/baseline.binpb is the protos as they are now; commit it, and say why"
