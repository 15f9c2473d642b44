#include "tools/quayside/connection.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

constexpr absl::Duration kUsualTimeout = absl::Seconds(10);
constexpr absl::Duration kSlowTimeout = absl::Seconds(60);
constexpr absl::Duration kRetryPause = absl::Milliseconds(250);
constexpr int kLargestAnswer = 64 << 20;
// Every answer of the host carries its clock, in microseconds.
constexpr char kTimeMetadata[] = "quayside-time-us";

std::optional<absl::Time> HostTime(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerInitialMetadata();
  const auto found = metadata.find(kTimeMetadata);
  int64_t micros = 0;
  if (found == metadata.end() ||
      !absl::SimpleAtoi(absl::string_view(found->second.data(), found->second.size()), &micros)) {
    return std::nullopt;
  }
  return absl::FromUnixMicros(micros);
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

bool FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return false;
  std::string text;
  for (const auto& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return message.ParseFromString(text);
}

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return CallError(status.error_code(), status.error_message(), status.error_details());
}

absl::Status BrokenAnswer(const std::string& path) {
  return absl::InternalError(absl::StrCat("the answer of ", path, " cannot be read"));
}

// True when the message has a request_id; an empty one is filled in.
bool EnsureRequestId(google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return false;
  const auto* reflection = request.GetReflection();
  if (reflection->GetString(request, field).empty()) reflection->SetString(&request, field, NewRequestId());
  return true;
}

}  // namespace

std::string NewRequestId() {
  std::random_device device;
  const auto word = [&device] { return static_cast<unsigned>(device()); };
  const unsigned a = word(), b = word(), c = word(), d = word();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16U, b & 0xFFFU, (c >> 16U & 0x3FFFU) | 0x8000U,
                         c & 0xFFFFU, d);
}

class Connection::Transport {
 public:
  Transport(const Target& target, const CallTrace& trace)
      : authorization_(target.token.empty() ? "" : absl::StrCat("Bearer ", target.token)), trace_(trace) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kLargestAnswer);
    // A host that restarts is back within seconds; the default of a minute is made for fleets.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    // Also how long gRPC waits for the first word of a host it has reached: a busy one is no absent one.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    // Otherwise this process would share connections with others of the same arguments in it (tests).
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(target.remote ? target.place.path : absl::StrCat("unix:", target.place.path),
                                         CredentialsOf(target), arguments);
    stub_ = std::make_unique<grpc::GenericStub>(channel_);
  }

  absl::Status Unary(const std::string& path, const google::protobuf::Message& request,
                     google::protobuf::Message& response, absl::Duration timeout,
                     std::optional<absl::Time>& host_time) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    AddMetadata(context);
    grpc::CompletionQueue queue;
    auto call = stub_->PrepareUnaryCall(&context, path, ToBytes(request), &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    AwaitOne(queue);
    host_time = HostTime(context);
    if (!status.ok()) return ToStatus(status);
    return FromBytes(answer, response) ? absl::OkStatus() : BrokenAnswer(path);
  }

  absl::Status ServerStream(const std::string& path, const google::protobuf::Message& request,
                            google::protobuf::Message& message, const StreamHandler& handler, Interrupt& interrupt) {
    grpc::ClientContext context;
    AddMetadata(context);
    grpc::CompletionQueue queue;
    const Interrupt::Listener cancel(interrupt, [&context] { context.TryCancel(); });
    auto call = stub_->PrepareCall(&context, path, &queue);
    call->StartCall(nullptr);
    bool alive = AwaitOne(queue);
    if (alive) {
      call->WriteLast(ToBytes(request), grpc::WriteOptions(), nullptr);
      alive = AwaitOne(queue);
    }
    if (alive) handler.on_open();
    absl::Status broken;
    while (alive) {
      grpc::ByteBuffer bytes;
      call->Read(&bytes, nullptr);
      if (!AwaitOne(queue)) break;
      if (!FromBytes(bytes, message)) {
        broken = BrokenAnswer(path);
        context.TryCancel();
        break;
      }
      handler.on_message();
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    AwaitOne(queue);
    if (interrupt.triggered()) return absl::OkStatus();
    return broken.ok() ? ToStatus(status) : broken;
  }

  absl::Status ClientStream(const std::string& path, const google::protobuf::Message& message,
                            const std::function<bool()>& next, google::protobuf::Message& response,
                            std::optional<absl::Time>& host_time) {
    grpc::ClientContext context;
    AddMetadata(context);
    grpc::CompletionQueue queue;
    auto call = stub_->PrepareCall(&context, path, &queue);
    call->StartCall(nullptr);
    bool alive = AwaitOne(queue);
    while (alive && next()) {
      call->Write(ToBytes(message), nullptr);
      alive = AwaitOne(queue);
    }
    if (alive) {
      call->WritesDone(nullptr);
      AwaitOne(queue);
    }
    grpc::ByteBuffer bytes;
    call->Read(&bytes, nullptr);
    const bool answered = AwaitOne(queue);
    grpc::Status status;
    call->Finish(&status, nullptr);
    AwaitOne(queue);
    host_time = HostTime(context);
    if (!status.ok()) return ToStatus(status);
    return answered && FromBytes(bytes, response) ? absl::OkStatus() : BrokenAnswer(path);
  }

 private:
  // One operation is under way at a time, so tags carry nothing. False: the operation failed (stream over).
  static bool AwaitOne(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  }

  static std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Target& target) {
    if (!target.encrypted) return grpc::InsecureChannelCredentials();
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = target.ca;
    options.pem_cert_chain = target.cert;
    options.pem_private_key = target.key;
    return grpc::SslCredentials(options);
  }

  // Who calls, and for what.
  void AddMetadata(grpc::ClientContext& context) const {
    if (!authorization_.empty()) context.AddMetadata("authorization", authorization_);
    context.AddMetadata("traceparent", trace_.traceparent);
    if (!trace_.tracestate.empty()) context.AddMetadata("tracestate", trace_.tracestate);
  }

  const std::string authorization_;
  const CallTrace trace_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

Connection::Connection(const Target& target, const CallTrace& trace, absl::Duration timeout,
                       std::function<absl::Time()> clock)
    : transport_(std::make_unique<Transport>(target, trace)), timeout_(timeout), clock_(std::move(clock)) {}

Connection::~Connection() = default;

absl::Status Connection::CallInto(const google::protobuf::Message& request, google::protobuf::Message& response,
                                  Pace pace) {
  const std::string path = MethodPath(request, response);
  if (path.empty()) {
    return absl::InternalError(absl::StrCat("no method takes a ", request.GetDescriptor()->full_name()));
  }
  const std::unique_ptr<google::protobuf::Message> sent(request.New());
  sent->CopyFrom(request);
  const bool is_mutation = EnsureRequestId(*sent);
  const absl::Duration timeout = timeout_ > absl::ZeroDuration() ? timeout_
                                 : pace == Pace::kSlow           ? kSlowTimeout
                                                                 : kUsualTimeout;
  std::optional<absl::Time> host_time;
  absl::Status status = transport_->Unary(path, *sent, response, timeout, host_time);
  if (absl::IsUnavailable(status) && (is_mutation || IsUnreachable(status))) {
    absl::SleepFor(kRetryPause);
    status = transport_->Unary(path, *sent, response, timeout, host_time);
  }
  if (host_time.has_value()) ahead_ = *host_time - clock_();
  return status;
}

absl::Status Connection::Stream(const google::protobuf::Message& request, google::protobuf::Message& message,
                                const StreamHandler& handler, Interrupt& interrupt) {
  const std::string path = MethodPath(request, message);
  if (path.empty())
    return absl::InternalError(absl::StrCat("no method takes a ", request.GetDescriptor()->full_name()));
  return transport_->ServerStream(path, request, message, handler, interrupt);
}

absl::Status Connection::Upload(google::protobuf::Message& message, const std::function<bool()>& next,
                                google::protobuf::Message& response) {
  const std::string path = MethodPath(message, response);
  if (path.empty())
    return absl::InternalError(absl::StrCat("no method takes a ", message.GetDescriptor()->full_name()));
  std::optional<absl::Time> host_time;
  const absl::Status status = transport_->ClientStream(path, message, next, response, host_time);
  if (host_time.has_value()) ahead_ = *host_time - clock_();
  return status;
}

std::string MethodPath(const google::protobuf::Message& request, const google::protobuf::Message& response) {
  const auto* file = request.GetDescriptor()->file();
  for (int i = 0; i < file->service_count(); ++i) {
    const auto* service = file->service(i);
    for (int j = 0; j < service->method_count(); ++j) {
      const auto* method = service->method(j);
      if (method->input_type() == request.GetDescriptor() && method->output_type() == response.GetDescriptor()) {
        return absl::StrCat("/", service->full_name(), "/", method->name());
      }
    }
  }
  return "";
}

}  // namespace quayside::cli
