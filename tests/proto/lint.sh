#!/usr/bin/env bash
# Holds the protos to buf's STANDARD rules. usage: lint.sh PROTO_DIR WORK_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/buf.sh"
install_buf "$2"
"$buf" lint "$1"
echo "buf lint: no findings"
