#!/usr/bin/env bash
# Holds the protos to buf's STANDARD rules. usage: lint.sh PROTO_DIR WORK_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
cp "$here/package.json" "$2/"
if [[ ! -x $2/node_modules/.bin/buf ]]; then
  (cd "$2" && npm install --no-audit --no-fund --no-package-lock --loglevel=error)
fi
"$2/node_modules/.bin/buf" lint "$1"
echo "buf lint: no findings"
