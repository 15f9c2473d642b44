#!/bin/sh
# generate.sh [PROTOS]: messages and stubs of the API from its protos into generated/ beside this file.
set -eu
protos=$(cd "${1:-/usr/share/quayside/protos}" && pwd)
cd "$(dirname "$0")"
mkdir -p generated
protoc -I "$protos" --python_out=generated --grpc_python_out=generated --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" \
  "$protos"/quayside/v1/*.proto "$protos/quayside/plugin/v1/options.proto"
