// The methods of every contract of this SDK, with their messages: what a plugin can declare.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "sdk/conformance/bundle.h"
#include "sdk/conformance/cassette.h"

namespace quayside::conformance {

enum class MethodKind {
  kRead,   // pages with a cursor
  kWrite,  // intents in, one outcome each out
  kOther,
};

struct Method {
  const char* contract;
  const char* name;
  MethodKind kind;
  const google::protobuf::Message* request;  // prototypes
  const google::protobuf::Message* reply;
  // What is sent when the cassette has no request of its own, as JSON.
  const char* sample;
  [[nodiscard]] std::string Title() const { return std::string(contract) + " " + name; }
};

[[nodiscard]] const std::vector<Method>& AllMethods();

// Names of the contracts, each once.
[[nodiscard]] std::vector<std::string> AllContracts();

// Of the manifest, in the order of AllMethods().
[[nodiscard]] std::vector<Method> DeclaredMethods(const Bundle& bundle);

// The cassette's request for the method, else its sample. Throws CaseOver when the cassette's is no such message.
[[nodiscard]] std::unique_ptr<google::protobuf::Message> RequestFor(const Method& method, const Bundle& bundle,
                                                                    const Cassette& cassette);

// The account's first marketplace.
[[nodiscard]] std::string MarketplaceOf(const Bundle& bundle, const Cassette& cassette);

}  // namespace quayside::conformance
