// The parts of an HTTP request (services.proto), one line each.
#pragma once

#include <string>
#include <utility>

#include "quayside/plugin/v1/services.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

// `origin` as the manifest names it, `operation` as its rate limits do.
inline pb::HttpRequest MakeRequest(std::string method, std::string origin, std::string path, std::string operation) {
  pb::HttpRequest request;
  request.set_method(std::move(method));
  request.set_origin(std::move(origin));
  request.set_path(std::move(path));
  request.set_operation(std::move(operation));
  return request;
}

// Raw text: the host percent-encodes both.
inline void AddQuery(pb::HttpRequest& request, std::string name, std::string value) {
  pb::QueryParameter& parameter = *request.add_query();
  parameter.set_name(std::move(name));
  parameter.set_value(std::move(value));
}

// The host puts the credential of that name (manifest) into header, query or form under `key`; a plugin never sees it.
inline void AddCredential(pb::HttpRequest& request, std::string name, pb::CredentialUse::Place place, std::string key) {
  pb::CredentialUse& use = *request.add_credentials();
  use.set_name(std::move(name));
  use.set_place(place);
  use.set_key(std::move(key));
}

}  // namespace quayside::sdk
