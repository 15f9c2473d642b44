#include "host/api/list_filters.h"
#include "host/api/operations.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "quayside/v1/operation_service.grpc.pb.h"

namespace quayside {
namespace {

class OperationService final : public StreamingService, public api::OperationService::CallbackService {
 public:
  explicit OperationService(const ApiContext& context) : context_(context) {}

  grpc::Service& service() override { return *this; }
  void EndStreams() override { context_.operations.EndStreams(); }

  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* context,
                                           const api::ListOperationsRequest* request,
                                           api::ListOperationsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OperationService::List);
  }
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context, const api::GetOperationRequest* request,
                                         api::GetOperationResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OperationService::Get);
  }
  grpc::ServerWriteReactor<api::WatchOperationResponse>* WatchOperation(
      grpc::CallbackServerContext* context, const api::WatchOperationRequest* request) override {
    return context_.calls.Stream<api::WatchOperationResponse>(context, request, [&](StreamCaller caller) {
      return context_.operations.Watch(request->name(), std::move(caller));
    });
  }

 private:
  absl::Status List(const api::ListOperationsRequest& request, api::ListOperationsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(OperationQuery query, ParseOperationFilter(request.filter()));
    QS_ASSIGN_OR_RETURN(query.before_id, NumberCursor(page));
    query.order = SortOrderOf(request.order_by(), SortOrder::kDescending);
    query.limit = page.size + 1;
    QS_ASSIGN_OR_RETURN(std::vector<api::Operation> operations, context_.operations.List(query));
    for (api::Operation& operation : operations) {
      if (response.operations_size() == page.size) {
        const std::string& last = response.operations(page.size - 1).name();
        QS_ASSIGN_OR_RETURN(const int64_t id, ParseOperationName(last));
        response.set_next_page_token(MakePageToken(request, std::to_string(id)));
        break;
      }
      *response.add_operations() = std::move(operation);
    }
    return absl::OkStatus();
  }

  absl::Status Get(const api::GetOperationRequest& request, api::GetOperationResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOperationName(request.name()));
    QS_ASSIGN_OR_RETURN(*response.mutable_operation(), context_.operations.Get(id));
    return absl::OkStatus();
  }

  const ApiContext& context_;
};

}  // namespace

std::unique_ptr<StreamingService> MakeOperationService(const ApiContext& context) {
  return std::make_unique<OperationService>(context);
}

}  // namespace quayside
