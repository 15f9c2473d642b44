#include "sdk/conformance/trouble.h"

#include <utility>

namespace quayside::conformance {
namespace {

namespace gp = google::protobuf;

sdk::Result<pb::HttpReply> WithStatus(pb::HttpReply reply, int status) {
  reply.set_status(status);
  reply.set_body("");
  pb::Header& header = *reply.add_headers();
  header.set_name("retry-after");
  header.set_value("30");
  return reply;
}

sdk::Result<pb::HttpReply> HalfOf(pb::HttpReply reply) {
  if (reply.status() == 0) return sdk::Error::RetryAt(0, "HTTP_FAILED", "nobody recorded the answer");
  reply.mutable_body()->resize(reply.body().size() / 2);
  return reply;
}

}  // namespace

const std::vector<Trouble>& Troubles() {
  static const auto& troubles = *new std::vector<Trouble>{
      {"HTTP 429", [](pb::HttpReply reply, int64_t) { return WithStatus(std::move(reply), 429); }, false, true},
      {"HTTP 503", [](pb::HttpReply reply, int64_t) { return WithStatus(std::move(reply), 503); }, false, true},
      {"a broken line",
       [](pb::HttpReply, int64_t) -> sdk::Result<pb::HttpReply> {
         return sdk::Error::RetryAt(0, "HTTP_FAILED", "the line broke");
       },
       false, false},
      {"an empty allowance",
       [](pb::HttpReply, int64_t now_us) -> sdk::Result<pb::HttpReply> {
         return sdk::Error::RetryAt(now_us + 30'000'000, "RATE_LIMITED", "the budget is empty");
       },
       false, true},
      {"half a body", [](pb::HttpReply reply, int64_t) { return HalfOf(std::move(reply)); }, true, false},
  };
  return troubles;
}

const std::vector<Ending>& Endings() {
  static const auto& endings = *new std::vector<Ending>{
      {"a cancelled step",
       [](World& world) { world.fake().Cancel(); },
       [](World& world) { world.fake().Cancel(); },
       {QS_CANCELLED, "STEP_CANCELLED", "the step is to end", {}}},
      {"a step past its deadline",
       [](World& world) { world.SetDeadline(world.now_us()); },
       [](World& world) { world.fake().SetNow(world.deadline_us()); },
       {QS_DEADLINE, "STEP_DEADLINE", "the step's time is over", {}}},
  };
  return endings;
}

BadLine::BadLine(World& world, const Trouble& trouble) : world_(world) {
  world_.AnswerHttp([this, &trouble](pb::HttpReply reply) {
    // A body of a byte has no half.
    const bool meets = !trouble.is_torn || reply.body().size() > 1;
    met_ = met_ || meets;
    passed_ = passed_ || (!meets && reply.status() >= 200 && reply.status() < 300);
    return trouble.change(std::move(reply), world_.now_us());
  });
  // The host itself sees that a file or a document breaks off.
  if (trouble.is_torn) return;
  of_files_ = [this, &trouble]() -> std::optional<sdk::Error> {
    auto answer = trouble.change(pb::HttpReply(), world_.now_us());
    if (answer.ok()) return std::nullopt;  // a status is HTTP's alone
    return std::move(answer.error());
  };
}

BadLine::BadLine(World& world, const Ending& ending) : world_(world) {
  world_.AnswerHttp([this, &ending](pb::HttpReply) -> sdk::Result<pb::HttpReply> {
    met_ = true;
    return ending.answer;
  });
  of_files_ = [&ending] { return std::optional(ending.answer); };
}

void BadLine::FilesToo() {
  if (!of_files_) return;
  const auto fault = [this] {
    auto error = of_files_();
    met_ = met_ || error.has_value();
    return error;
  };
  world_.fake().OnTransfer([fault](const pb::TransferRequest&) { return fault(); });
  world_.OnDocument(fault);
}

void ExpectMet(Log& log, bool met, size_t exchanges) {
  if (!met && exchanges > 0) log.Fail("it goes out when all is well, and never met the trouble: nothing was tried");
}

bool SaysToComeAgain(const gp::Message& reply) {
  const auto* reflection = reply.GetReflection();
  std::vector<const gp::FieldDescriptor*> fields;
  reflection->ListFields(reply, &fields);
  for (const gp::FieldDescriptor* field : fields) {
    if (field->name() == "has_more" && reflection->GetBool(reply, field)) return true;
    if ((field->name() == "next_poll_us" || field->name() == "ask_again_us") && reflection->GetInt64(reply, field) > 0)
      return true;
    if (field->cpp_type() != gp::FieldDescriptor::CPPTYPE_MESSAGE || !field->is_repeated()) continue;
    for (int i = 0; i < reflection->FieldSize(reply, field); ++i) {
      if (SaysToComeAgain(reflection->GetRepeatedMessage(reply, field, i))) return true;
    }
  }
  return false;
}

}  // namespace quayside::conformance
