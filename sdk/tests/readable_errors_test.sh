#!/bin/sh
# What the compiler says of a class that is no plugin, in words that a person understands.
#   readable_errors_test.sh CXX SDK_INCLUDE MESSAGES_INCLUDE
set -u
cxx=$1 sdk=$2 messages=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
problems=0

# check NAME WORDS CLASS: the compiler refuses CLASS with WORDS; without WORDS it takes it.
check() {
  printf '#include "quayside/sdk.h"\nusing namespace quayside::sdk;\n%s\nQUAYSIDE_PLUGIN(Shop)\n' "$3" >"$scratch/shop.cc"
  "$cxx" -std=c++20 -fsyntax-only -I "$sdk" -I "$messages" "$scratch/shop.cc" >"$scratch/said" 2>&1
  status=$?
  if [ -z "$2" ]; then
    [ $status -eq 0 ] && return
  elif [ $status -ne 0 ] && grep -qF "$2" "$scratch/said"; then
    return
  fi
  echo "$1: expected '$2', exit $status:"
  head -20 "$scratch/said"
  problems=$((problems + 1))
}

create='static Result<std::unique_ptr<Shop>> Create(const pb::InstanceConfig&) { return std::make_unique<Shop>(); }'
run='Result<pb::CheckReply> Check(Step&) override { return pb::CheckReply(); }'
pull='Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest&, Step&) override { return pb::PullOrdersReply(); }'
check whole '' "struct Shop final : Plugin, OrderSync { $create $run $pull };"
check plugin 'Shop must derive publicly from quayside::sdk::Plugin' "struct Shop final : OrderSync { static Result<int> UpgradeCursor(); };"
check contract 'Shop offers nothing: derive it from OrderSync' "struct Shop final : Plugin { $create $run };"
check method "Shop lacks a method that Plugin or one of its contracts demands" \
  "struct Shop : Plugin, OrderSync { static Result<std::unique_ptr<Shop>> Create(const pb::InstanceConfig&); $run };"
check create 'Shop needs: static Result<std::unique_ptr<Shop>> Create(const pb::InstanceConfig&)' \
  "struct Shop final : Plugin, OrderSync { $run $pull };"
[ $problems -eq 0 ]
