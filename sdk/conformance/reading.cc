#include "sdk/conformance/reading.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "sdk/conformance/personal_data.h"

namespace quayside::conformance {
namespace {

namespace gp = google::protobuf;

constexpr int kMostSteps = 2'000;
// Loading takes its time, and what a library keeps shows within a few steps.
constexpr int kMostLibraries = 40;
constexpr int64_t kPatienceUs = 60'000'000;
constexpr size_t kMostCursorBytes = size_t{64} << 10;

const gp::FieldDescriptor* Field(const gp::Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

template <typename Value>
void Set(gp::Message& message, const char* name, Value value,
         void (gp::Reflection::*set)(gp::Message*, const gp::FieldDescriptor*, Value) const) {
  if (const auto* field = Field(message, name)) (message.GetReflection()->*set)(&message, field, std::move(value));
}

int64_t Int64(const gp::Message& message, const char* name) {
  const auto* field = Field(message, name);
  return field == nullptr ? 0 : message.GetReflection()->GetInt64(message, field);
}

bool Bool(const gp::Message& message, const char* name) {
  const auto* field = Field(message, name);
  return field != nullptr && message.GetReflection()->GetBool(message, field);
}

std::string String(const gp::Message& message, const char* name) {
  const auto* field = Field(message, name);
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

// What tells two records of a kind apart.
std::string KeyOf(const gp::Message& item) {
  std::string key;
  for (const char* name : {"marketplace", "external_id", "sku", "outbound_id"}) {
    const std::string part = String(item, name);
    if (!part.empty()) key += (key.empty() ? "" : " ") + part;
  }
  return key;
}

std::string RecordOf(const gp::Message& item) {
  std::unique_ptr<gp::Message> record(item.New());
  record->CopyFrom(item);
  // When it was looked at is no part of what was seen.
  if (const auto* field = Field(*record, "as_of_us")) record->GetReflection()->ClearField(record.get(), field);
  return record->SerializeAsString();
}

class Reader {
 public:
  Reader(Plugin& plugin, const Method& method, const ReadingPlan& plan)
      : plugin_(plugin),
        trial_(plugin.trial()),
        method_(method),
        plan_(plan),
        contract_(FindContract(trial_.bundle.manifest, method.contract)),
        world_(trial_.bundle, trial_.cassette),
        cursor_(plan.from) {}

  Read Run() {
    if (plan_.prepare) plan_.prepare(world_);
    int polls_after_end = plan_.polls_after_end;
    for (int step = 0; step < kMostSteps; ++step) {
      const bool new_library = plan_.new_libraries && step < kMostLibraries;
      if (!instance_ || plan_.new_instances || new_library) {
        instance_.reset();
        if (new_library) own_plugin_ = std::make_unique<Plugin>(trial_);
        instance_ = std::make_unique<Instance>(own_plugin_ ? *own_plugin_ : plugin_, world_);
      }
      if (plan_.beside) plan_.beside(cursor_);
      trial_.log.At(method_.Title() + ", step " + std::to_string(step + 1));
      read_.cursors.push_back(cursor_);
      Answer answer = Step();
      if (answer.ok() && plan_.repeat_steps) answer = Step();
      if (!answer.ok()) {
        if (!WaitAfter(answer)) break;
        continue;
      }
      if (!Take(answer)) continue;
      if (polls_after_end == 0) return Finish();
      --polls_after_end;
      world_.AdvanceTo(std::max(next_poll_us_, world_.now_us() + kPatienceUs));
    }
    if (read_.problem.empty()) read_.problem = "the end is not reached in " + std::to_string(kMostSteps) + " steps";
    return Finish();
  }

 private:
  Answer Step() {
    Answer answer =
        instance_->Call(method_.contract, method_.name, PageRequest(trial_, method_, cursor_, plan_.page_size));
    if (!answer.ok()) read_.said.push_back(SaidIn(answer));
    read_.longest_sleep_us = std::max(read_.longest_sleep_us, answer.slept_us);
    return answer;
  }

  // False: it is given up.
  bool WaitAfter(const Answer& answer) {
    const bool waits = answer.status == QS_RETRY || plan_.forgiving;
    if (!waits || ++read_.failures > plan_.patience) {
      read_.problem = "the step answers " + answer.Text();
      return false;
    }
    world_.AdvanceTo(std::max(answer.error.retry_at_us(), world_.now_us() + kPatienceUs));
    return true;
  }

  // True: it was the last page.
  bool Take(const Answer& answer) {
    std::unique_ptr<gp::Message> reply(method_.reply->New());
    if (!reply->ParseFromString(answer.bytes)) throw CaseOver(method_.Title() + ": the reply is no message");
    read_.replies.push_back(answer.bytes);
    const auto* reflection = reply->GetReflection();
    for (const char* name : {"orders", "listings", "stock", "states"}) {
      const auto* field = Field(*reply, name);
      if (field == nullptr) continue;
      const int count = reflection->FieldSize(*reply, field);
      if (contract_ != nullptr && contract_->max_items() > 0 && count > contract_->max_items())
        Flaw("a page has " + std::to_string(count) + " records, the manifest says at most " +
             std::to_string(contract_->max_items()));
      for (int i = 0; i < count; ++i) {
        const gp::Message& item = reflection->GetRepeatedMessage(*reply, field, i);
        read_.items[KeyOf(item)] = RecordOf(item);
      }
    }
    if (const auto* bad = Field(*reply, "bad_records")) {
      read_.bad_records += reflection->FieldSize(*reply, bad);
      CheckBadRecords(*reply, bad);
    }
    TakeCursor(*reply);
    next_poll_us_ = Int64(*reply, "next_poll_us");
    const bool has_more = Bool(*reply, "has_more");
    if (has_more) world_.AdvanceTo(next_poll_us_);
    return !has_more;
  }

  void TakeCursor(const gp::Message& reply) {
    const auto* field = Field(reply, "next_cursor");
    if (!reply.GetReflection()->HasField(reply, field)) throw CaseOver(method_.Title() + ": a page has no next_cursor");
    pb::Cursor next;
    next.CopyFrom(reply.GetReflection()->GetMessage(reply, field));
    if (contract_ != nullptr && next.schema() != contract_->cursor_schema())
      Flaw("a cursor has schema " + std::to_string(next.schema()) + ", the manifest declares " +
           std::to_string(contract_->cursor_schema()));
    if (next.state().size() > kMostCursorBytes)
      Flaw("a cursor has " + std::to_string(next.state().size()) + " bytes; the host keeps 65536");
    if (cursor_ && next.watermark_us() < cursor_->watermark_us()) Flaw("the watermark goes backwards");
    cursor_ = next;
  }

  void CheckBadRecords(const gp::Message& reply, const gp::FieldDescriptor* field) {
    for (int i = 0; i < reply.GetReflection()->FieldSize(reply, field); ++i) {
      pb::BadRecord bad;
      bad.CopyFrom(reply.GetReflection()->GetRepeatedMessage(reply, field, i));
      if (bad.key().empty() || bad.reason().empty()) Flaw("a bad record has no key or no reason");
      if (bad.raw().size() > kMostCursorBytes) Flaw("a bad record has more than 64 KiB of raw bytes");
    }
  }

  void Flaw(std::string text) {
    if (std::find(read_.flaws.begin(), read_.flaws.end(), text) == read_.flaws.end())
      read_.flaws.push_back(std::move(text));
  }

  Read Finish() {
    instance_.reset();
    read_.invocations = world_.invocations();
    read_.exchanges = world_.exchanges();
    read_.last_cursor = cursor_;
    read_.violations = world_.violations();
    read_.unanswered = world_.unanswered();
    for (std::string& line : LoggedIn(world_)) read_.said.push_back(std::move(line));
    return std::move(read_);
  }

  Plugin& plugin_;
  const Trial& trial_;
  const Method& method_;
  const ReadingPlan& plan_;
  const pb::Contract* contract_;
  World world_;
  std::unique_ptr<Plugin> own_plugin_;
  std::unique_ptr<Instance> instance_;
  std::optional<pb::Cursor> cursor_;
  int64_t next_poll_us_ = 0;
  Read read_;
};

}  // namespace

std::string PageRequest(const Trial& trial, const Method& method, const std::optional<pb::Cursor>& cursor,
                        int page_size) {
  using gp::Reflection;
  std::unique_ptr<gp::Message> request = RequestFor(method, trial.bundle, trial.cassette);
  if (cursor) {
    const auto* field = Field(*request, "cursor");
    request->GetReflection()->MutableMessage(request.get(), field)->CopyFrom(*cursor);
  }
  const std::string marketplace = MarketplaceOf(trial.bundle, trial.cassette);
  Set<int64_t>(*request, "changed_from_us", trial.cassette.changed_from_us, &Reflection::SetInt64);
  Set<int32_t>(*request, "page_size", page_size, &Reflection::SetInt32);
  Set<std::string>(*request, "marketplace", marketplace, &Reflection::SetString);
  for (const pb::Marketplace& one : trial.bundle.manifest.marketplaces()) {
    if (one.id() == marketplace) Set<std::string>(*request, "stock_pool", one.stock_pool(), &Reflection::SetString);
  }
  return request->SerializeAsString();
}

std::string FirstRequest(const Trial& trial, const Method& method) {
  return method.kind == MethodKind::kRead ? PageRequest(trial, method, std::nullopt, 0)
                                          : RequestFor(method, trial.bundle, trial.cassette)->SerializeAsString();
}

Read ReadAll(Plugin& plugin, const Method& method, const ReadingPlan& plan) {
  return Reader(plugin, method, plan).Run();
}

Read ReadUndisturbed(Plugin& plugin, const Method& method, int page_size) {
  ReadingPlan plan;
  plan.page_size = page_size;
  Read read = ReadAll(plugin, method, plan);
  if (!read.unanswered.empty())
    throw CaseOver("the cassette has no answer to " + *read.unanswered.begin() + ": record it (--cassette)");
  if (!read.problem.empty()) throw CaseOver(method.Title() + ": " + read.problem);
  return read;
}

std::string Difference(const Read& expected, const Read& read, bool records) {
  if (!read.problem.empty()) return read.problem;
  for (const auto& [key, record] : expected.items) {
    const auto found = read.items.find(key);
    if (found == read.items.end()) return "'" + key + "' is missing";
    if (records && found->second != record) return "'" + key + "' is another record";
  }
  for (const auto& [key, record] : read.items) {
    if (!expected.items.contains(key)) return "'" + key + "' was not there before";
  }
  if (records && read.bad_records != expected.bad_records)
    return std::to_string(read.bad_records) + " bad records, not " + std::to_string(expected.bad_records);
  return {};
}

}  // namespace quayside::conformance
