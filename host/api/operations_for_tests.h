// A host whose operations are begun, watched and left behind, as its API's tests need them.
#pragma once
#include "gmock/gmock.h"
#include "host/api/operation_settling.h"
#include "host/api/world_for_tests.h"

namespace quayside {

class OperationsWorld : public testing::Test {
 protected:
  OperationsWorld() {
    std::filesystem::create_directory(folder_.path() + "/data");
    ApiOptions options;
    options.backup_folder = folder_.path() + "/data/backups";
    world_ = std::make_unique<ApiWorld>(options);
  }

  // The one message of a stream that is asked for in the background.
  template <class Stub, class Request, class Response>
  Answer<Response> First(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                                       const Request&),
                         const std::string& text) {
    grpc::ClientContext context;
    const auto reader = (world_->stub<Stub>().*method)(&context, FromText<Request>(text));
    Answer<Response> answer;
    int messages = 0;
    for (Response message; reader->Read(&message); ++messages) answer.response = message;
    answer.status = reader->Finish();
    EXPECT_EQ(messages, answer.ok() ? 1 : 0);
    return answer;
  }
  // All messages until the operation is over.
  std::vector<api::Operation> Watch(const std::string& name) {
    grpc::ClientContext context;
    api::WatchOperationRequest request;
    request.set_name(name);
    const auto reader = world_->stub<OperationCalls>().WatchOperation(&context, request);
    std::vector<api::Operation> seen;
    for (api::WatchOperationResponse message; reader->Read(&message);) seen.push_back(message.operation());
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return seen;
  }
  api::Operation Ended(const std::string& name) {
    const std::vector<api::Operation> seen = Watch(name);
    return seen.empty() ? api::Operation() : seen.back();
  }
  api::Operation Shown(const std::string& name) {
    return world_->Ask(&OperationCalls::GetOperation, "name: '" + name + "'")->operation();
  }
  // As a host that was killed left it.
  std::string Leave(const std::string& method, std::map<std::string, std::string> facts) {
    const int64_t id = world_->ids().Next();
    world_->Write([&](Tx& tx) {
      return tx.PutOperation({.id = id,
                              .method = method,
                              .subject = "host",
                              .actor = "tokens/ci",
                              .started_us = world_->clock.Now(),
                              .facts = std::move(facts)});
    });
    return "operations/" + std::to_string(id);
  }
  void Settle() {
    const auto logger = MakeNullLogger();
    const absl::Status settled = SettleOperations(world_->store(), world_->clock, *logger);
    ASSERT_TRUE(settled.ok()) << settled;
  }
  std::vector<std::string> AuditOf(const std::string& resource) {
    std::vector<std::string> texts;
    const auto listed = world_->Ask(&Audits::ListAuditRecords, "resource: '" + resource + "'");
    for (const api::AuditRecord& record : listed->records()) {
      texts.push_back(record.actor() + " " + record.action() + " " + record.outcome());
    }
    return texts;
  }

  std::vector<std::string> BackupPathsInTheTrail() {
    std::vector<std::string> paths;
    const auto listed = world_->Ask(&Audits::ListAuditRecords, "");
    for (const api::AuditRecord& record : listed->records()) {
      const auto path = record.details().find("path");
      if (record.action() == "AdminService.CreateBackup" && path != record.details().end()) {
        paths.push_back(path->second);
      }
    }
    return paths;
  }

  TempFolder folder_;
  std::unique_ptr<ApiWorld> world_;
};

}  // namespace quayside
