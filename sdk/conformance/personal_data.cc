#include "sdk/conformance/personal_data.h"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <utility>

#include "quayside/plugin/v1/options.pb.h"

namespace quayside::conformance {
namespace {

namespace gp = google::protobuf;

// Texts of fields that identify a person.
void Collect(const gp::Message& message, std::vector<std::string>& texts) {
  constexpr size_t kShortest = 5;  // "DE" and "1" are everywhere
  std::vector<const gp::FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const gp::FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    const bool personal = field->options().GetExtension(pb::sensitivity) != pb::SENSITIVITY_UNSPECIFIED;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE) {
        Collect(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                     : reflection->GetMessage(message, field),
                texts);
      } else if (personal && field->cpp_type() == gp::FieldDescriptor::CPPTYPE_STRING) {
        std::string text = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                : reflection->GetString(message, field);
        if (text.size() >= kShortest) texts.push_back(std::move(text));
      }
    }
  }
}

}  // namespace

void PersonalData::Learn(const gp::Message& message) { Collect(message, texts_); }

void PersonalData::LearnReply(const Method& method, const std::string& bytes) {
  const std::unique_ptr<gp::Message> reply(method.reply->New());
  if (reply->ParseFromString(bytes)) Learn(*reply);
}

void PersonalData::ExpectNoneIn(Log& log, const std::string& text, const std::string& where) const {
  for (const std::string& one : texts_) {
    if (text.find(one) == std::string::npos) continue;
    log.Fail(where + " holds personal data: '" + text + "'");
    return;
  }
}

void PersonalData::ExpectNoneIn(Log& log, World& world, const Answer& answer, const std::string& where) const {
  for (const std::string& line : LoggedIn(world)) ExpectNoneIn(log, line, where + ": a log line");
  ExpectNoneIn(log, SaidIn(answer), where + ": the error");
}

PersonalData PersonalDataOf(Plugin& plugin, const Method& method) {
  const Trial& trial = plugin.trial();
  PersonalData personal;
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  personal.Learn(*request);
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  personal.LearnReply(method, instance.Call(method.contract, method.name, request->SerializeAsString()).bytes);
  return personal;
}

std::vector<std::string> LoggedIn(World& world) {
  std::vector<std::string> lines;
  for (const pb::LogRecord& record : world.fake().logs()) {
    std::string line = record.message();
    for (const auto& [name, value] : record.fields()) line += " " + name + "=" + value;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string SaidIn(const Answer& answer) {
  return answer.ok() ? std::string() : answer.error.message() + answer.error.reason() + answer.error.field();
}

}  // namespace quayside::conformance
