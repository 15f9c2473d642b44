// An account with one place in a folder of its own, and the transfer service over it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "host/net/documents_test_support.h"
#include "host/net/transfer/transfers.h"

namespace quayside {

class TransferSecrets final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string&, const std::string& name) override {
    const auto found = values.find(name);
    if (found != values.end()) return found->second;
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing, "secret '" + name + "' is not set");
  }
  std::map<std::string, std::string> values;
};

class TransferTest : public DocumentsTest {
 protected:
  using Request = quayside::plugin::v1::TransferRequest;
  using Reply = quayside::plugin::v1::TransferReply;

  void SetUp() override {
    DocumentsTest::SetUp();
    auto* place = manifest_.add_places();
    place->set_name("in");
    place->set_address_option("address");
    place->set_user_option("user");
    place->set_host_key_option("host_key");
    place->set_password_secret("password");
    place->set_private_key_secret("private_key");
    std::filesystem::create_directories(root());
    options_["address"] = "file://" + root();
    context_.options = &options_;
    allowed_ = {{"files", "file://" + root()}};
    spool_ = OpenSpool();
  }
  [[nodiscard]] std::string root() const { return folder_ / "exchange"; }

  absl::StatusOr<Reply> Handle(const Request& request) {
    return MakeTransferService(client_, secrets_, *spool_, clock_,
                               {.allowed = PlacesOf(allowed_), .origin_map = {}, .ca_file = {}})
        ->Handle(request, context_);
  }
  static Request List(const std::string& folder = "", int most = 0) {
    Request request;
    request.mutable_list()->set_place("in");
    request.mutable_list()->set_folder(folder);
    request.mutable_list()->set_max_files(most);
    return request;
  }
  static Request Fetch(const std::string& path, const std::string& charset = "") {
    Request request;
    request.mutable_fetch()->set_place("in");
    request.mutable_fetch()->set_path(path);
    request.mutable_fetch()->set_document("copy");
    request.mutable_fetch()->set_charset(charset);
    return request;
  }
  static Request Put(const std::string& path, const std::string& body) {
    Request request;
    request.mutable_put()->set_place("in");
    request.mutable_put()->set_path(path);
    request.mutable_put()->set_body(body);
    return request;
  }
  static Request Move(const std::string& from, const std::string& to) {
    Request request;
    request.mutable_move()->set_place("in");
    request.mutable_move()->set_from(from);
    request.mutable_move()->set_to(to);
    return request;
  }
  static Request Remove(const std::string& path) {
    Request request;
    request.mutable_remove()->set_place("in");
    request.mutable_remove()->set_path(path);
    return request;
  }

  void Write(const std::string& path, const std::string& bytes) const { PutFile(root() + "/" + path, bytes); }
  [[nodiscard]] std::string Content(const std::string& path) const { return GetFile(root() + "/" + path); }
  // Every file below the place, hidden ones too.
  [[nodiscard]] std::vector<std::string> Lying() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) {
      if (entry.is_regular_file()) files.push_back(std::filesystem::relative(entry.path(), root()).string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  static std::vector<std::string> NamesOf(const Reply& reply) {
    std::vector<std::string> names;
    for (const auto& file : reply.list().files()) names.push_back(file.name());
    return names;
  }

  std::map<std::string, std::string> options_;
  std::map<std::string, std::string> allowed_;
  TransferSecrets secrets_;
};

}  // namespace quayside
