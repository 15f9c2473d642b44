#!/usr/bin/env bash
# Test of breaking.sh: on copies of the protos, what breaks somebody is found and named, and what only adds is not.
# usage: breaking_catches.sh PROTO_DIR WORK_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
protos=$1
work=$2
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
failed=0

# changed DESCRIPTION FILE SED_EXPRESSION: a fresh copy with one change, which must be one.
changed() {
  rm -rf "$copy/protos"
  cp -r "$protos" "$copy/protos"
  sed -i -E "$3" "$copy/protos/$2"
  if cmp -s "$protos/$2" "$copy/protos/$2"; then
    echo "FAILED: '$1' changes nothing; $2 looks different by now"
    failed=1
    return 1
  fi
}

# must_find DESCRIPTION FILE SED_EXPRESSION WORDS
must_find() {
  changed "$1" "$2" "$3" || return 0
  if output=$("$here/breaking.sh" "$copy/protos" "$work" 2>&1); then
    echo "FAILED: not found: $1"
    failed=1
  elif [[ $output != *"$4"* ]]; then
    echo "FAILED: $1 is not named by '$4': $output"
    failed=1
  else
    echo "found: $1"
  fi
}

# must_pass DESCRIPTION FILE SED_EXPRESSION
must_pass() {
  changed "$1" "$2" "$3" || return 0
  if output=$("$here/breaking.sh" "$copy/protos" "$work" 2>&1); then
    echo "passed: $1"
  else
    echo "FAILED: refused: $1: $output"
    failed=1
  fi
}

readonly api=quayside/v1/sync_service.proto
readonly plugin=quayside/plugin/v1/plugin.proto
must_find "a field of the API is removed" $api '/string pause_note = 12;/d' 'Previously present field "12"'
must_find "a field of the API is renamed" $api 's/string pause_note = 12;/string note = 12;/' 'changed name from "pause_note" to "note"'
must_find "a field has another number" $api 's/int32 failures = 9;/int32 failures = 99;/' 'Previously present field "9"'
must_find "a field has another type" $api 's/int64 epoch = 13;/string epoch = 13;/' 'changed type from "int64" to "string"'
must_find "a method is removed" $api '/rpc GetRun\(/,/^  }/d' 'Previously present RPC "GetRun"'
must_find "an enumeration's value is removed" $api '/RUN_STATE_FAILED = 4;/d' 'Previously present enum value "4"'
must_find "a field of the manifest is removed" $plugin '/int32 max_items = 7;/d' 'Previously present field "7"'
must_pass "a field is added" $api 's/(  string pause_note = 12;)/\1\n  string added_for_this_test = 900;/'
must_pass "a message and a value are added" $plugin '$ a message AddedForThisTest { string text = 1; }'
exit $failed
