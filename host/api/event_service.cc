#include "absl/strings/str_cat.h"
#include "host/api/event_batch.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/api/unreadable_requests.h"
#include "host/api/watch.h"
#include "host/base/errors.h"
#include "quayside/v1/event_service.grpc.pb.h"

namespace quayside {
namespace {

// Watch sends messages as bytes, so that streams can share them.
using EventMethods = api::EventService::WithRawCallbackMethod_Watch<
    api::EventService::WithCallbackMethod_ListEvents<api::EventService::Service>>;

class EventService final : public StreamingService, public EventMethods {
 public:
  explicit EventService(const ApiContext& context) : context_(context), pump_(context) {}

  grpc::Service& service() override { return *this; }
  void EndStreams() override { pump_.Stop(); }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* bytes) override {
    api::WatchRequest request;
    grpc::Slice slice;
    if (!bytes->DumpToSingleSlice(&slice).ok() ||
        !request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
      return new RefusedStream<grpc::ByteBuffer>(context_.calls.Answer(NotAMessage()));
    }
    return context_.calls.Stream<grpc::ByteBuffer>(
        context, &request, [&](StreamCaller caller) { return pump_.Open(request, std::move(caller)); });
  }
  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context, const api::ListEventsRequest* request,
                                       api::ListEventsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &EventService::List);
  }

 private:
  absl::Status List(const api::ListEventsRequest& request, api::ListEventsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(EventQuery query, ParseEventFilter(request.filter()));
    QS_ASSIGN_OR_RETURN(const int64_t seen, NumberCursor(page));
    query.type_prefixes = {request.type_prefixes().begin(), request.type_prefixes().end()};
    QS_RETURN_IF_ERROR(CheckEventFilter(request.after_revision(), query.type_prefixes));
    query.after_revision = request.after_revision();
    query.order = SortOrderOf(request.order_by(), SortOrder::kAscending);
    if (!page.cursor.empty())
      (query.order == SortOrder::kAscending ? query.after_revision : query.before_revision) = seen;
    query.limit = page.size + 1;
    return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const EventSpan span, ReadEventSpan(tx));
      // 0 is the oldest there is.
      if (query.after_revision != 0) QS_RETURN_IF_ERROR(CheckHistory(span, query.after_revision));
      QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> records, tx.ListEvents(query));
      for (const EventRecord& record : records) {
        if (response.events_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, absl::StrCat(response.events(page.size - 1).revision())));
          break;
        }
        *response.add_events() = ToProto(record);
      }
      return absl::OkStatus();
    });
  }

  const ApiContext& context_;
  WatchPump pump_;
};

}  // namespace

std::unique_ptr<StreamingService> MakeEventService(const ApiContext& context) {
  return std::make_unique<EventService>(context);
}

}  // namespace quayside
