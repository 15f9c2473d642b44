#!/usr/bin/env bash
# readmes.sh SOURCE_DIR: each top-level folder has a README that the one at the top leads to; the READMEs of tests/, tools/ and
# plugins/ tell of every folder in them, and tests/README.md of every campaign.
set -uo pipefail
cd "$1"
problems=0
miss() { echo "$*"; problems=$((problems + 1)); }
for folder in docs host plugins protos sdk tests tools; do
  [[ -f $folder/README.md ]] || miss "$folder has no README.md"
  grep -q "($folder/README.md)" README.md || miss "README.md does not lead to $folder/README.md"
done
for folder in tests tools plugins; do
  for inner in "$folder"/*/; do
    name=$(basename "$inner")
    [[ $name == __pycache__ || $name == tests ]] || grep -q "\`$name/\`" "$folder/README.md" || miss "$folder/README.md does not tell of $name/"
  done
done
for tool in tools/*; do
  [[ ! -f $tool || $tool == *.* || $tool == */CMakeLists.txt ]] || grep -q "\`$(basename "$tool")\`" tools/README.md || miss "tools/README.md does not tell of $tool"
done
for campaign in tests/campaign/all/[a-z]*.py; do
  grep -q "\`$(basename "$campaign" .py)\`" tests/README.md || miss "tests/README.md does not tell of the campaign $(basename "$campaign" .py)"
done
((problems == 0))
