#!/usr/bin/env bash
# Nothing that clients or plugins rely on may be taken away or change its meaning: compares the protos with the baseline
# beside this script. usage: breaking.sh PROTO_DIR WORK_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/buf.sh"
install_buf "$2"
if ! "$buf" breaking "$1" --against "$here/baseline.binpb"; then
  echo "these changes break clients or plugins that were built before; see protos/README.md" >&2
  exit 1
fi
echo "buf breaking: no findings"
