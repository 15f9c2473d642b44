#!/usr/bin/env bash
# format.sh SOURCE_DIR: every C and C++ file of the tree is as clang-format would write it.
set -uo pipefail
cd "$1"
files=$(find host plugins protos sdk tests tools -type f \( -name '*.cc' -o -name '*.h' -o -name '*.c' \) | sort)
count=$(wc -l <<<"$files")
# A wrong folder must not pass as a clean one.
((count > 100)) || { echo "only $count files found in $1"; exit 1; }
if ! findings=$(xargs -P "$(nproc)" -n 50 clang-format --dry-run --Werror --ferror-limit=1 <<<"$files" 2>&1); then
  grep -E 'error:' <<<"$findings" || echo "$findings"
  echo "clang-format -i these files"
  exit 1
fi
echo "$count files"
