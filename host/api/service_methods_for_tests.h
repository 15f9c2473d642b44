// Every service and method of the API, from the service files in the source tree: a new one is found without anybody
// thinking of it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "host/api/source_tree_for_tests.h"

namespace quayside {

inline std::vector<const google::protobuf::ServiceDescriptor*> AllServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  const std::filesystem::path folder = SourceTree() / "protos/quayside/v1";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = "quayside/v1/" + entry.path().filename().string();
    if (!name.ends_with("_service.proto")) continue;
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name << ": include its header in world_for_tests.h";
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

inline std::vector<const google::protobuf::MethodDescriptor*> AllMethods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto* service : AllServices()) {
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

}  // namespace quayside
