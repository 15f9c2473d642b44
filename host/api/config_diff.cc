#include "host/api/config_diff.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"

namespace quayside {
namespace {

using google::protobuf::FieldDescriptor;

using Texts = std::vector<std::pair<std::string, std::string>>;

std::string TextOf(const quayside::v1::ChannelConfig& config, const FieldDescriptor& field) {
  const auto& reflection = *config.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(config, &field) ? "on" : "off";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(config, &field));
    default:
      return reflection.GetString(config, &field);
  }
}

std::string ListText(const quayside::v1::ChannelConfig& config, const FieldDescriptor& field) {
  const auto& reflection = *config.GetReflection();
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(config, &field); ++i)
    elements.push_back(reflection.GetRepeatedString(config, &field, i));
  return absl::StrJoin(elements, ",");
}

// Every option with a value.
Texts TextsOf(const quayside::v1::ChannelConfig& config) {
  Texts texts;
  const auto& reflection = *config.GetReflection();
  const auto* descriptor = quayside::v1::ChannelConfig::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    if (field.is_map()) continue;  // the plugin's, below
    if (field.is_repeated()) {
      if (reflection.FieldSize(config, &field) > 0) texts.emplace_back(field.name(), ListText(config, field));
    } else if (reflection.HasField(config, &field)) {
      texts.emplace_back(field.name(), TextOf(config, field));
    }
  }
  const std::map<std::string, std::string> options(config.options().begin(), config.options().end());
  for (const auto& [name, value] : options) texts.emplace_back(absl::StrCat("options.", name), value);
  return texts;
}

std::optional<std::string> Find(const Texts& texts, const std::string& option) {
  for (const auto& [name, value] : texts) {
    if (name == option) return value;
  }
  return std::nullopt;
}

}  // namespace

std::vector<quayside::v1::OptionChange> CompareConfigs(const quayside::v1::ChannelConfig& before,
                                                       const quayside::v1::ChannelConfig& after) {
  const Texts old_texts = TextsOf(before);
  const Texts new_texts = TextsOf(after);
  std::vector<quayside::v1::OptionChange> changes;
  const auto add = [&](const std::string& option) {
    const std::optional<std::string> was = Find(old_texts, option);
    const std::optional<std::string> is = Find(new_texts, option);
    if (was == is) return;
    quayside::v1::OptionChange& change = changes.emplace_back();
    change.set_option(option);
    if (was.has_value()) change.set_before(*was);
    if (is.has_value()) change.set_after(*is);
  };
  for (const auto& [option, value] : new_texts) add(option);
  for (const auto& [option, value] : old_texts) {
    if (!Find(new_texts, option).has_value()) add(option);
  }
  return changes;
}

std::map<std::string, std::string> ChangeTexts(const std::vector<quayside::v1::OptionChange>& changes) {
  std::map<std::string, std::string> texts;
  for (const quayside::v1::OptionChange& change : changes) {
    texts[change.option()] = absl::StrCat(change.has_before() ? change.before() : "unset", " -> ",
                                          change.has_after() ? change.after() : "unset");
  }
  return texts;
}

}  // namespace quayside
