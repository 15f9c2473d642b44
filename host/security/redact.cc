#include "host/security/redact.h"

#include <algorithm>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/unknown_field_set.h"
#include "quayside/plugin/v1/options.pb.h"

namespace quayside {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::TextFormat;

std::vector<const FieldDescriptor*> SetFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

plugin::v1::Sensitivity SensitivityOf(const FieldDescriptor& field) {
  return field.options().GetExtension(plugin::v1::sensitivity);
}

bool IsMessage(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

// Calls `use` for the message or messages in the field; stops when it answers true, and then answers true.
template <typename Use>
bool AnyMessage(const Message& message, const FieldDescriptor& field, Use use) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) return use(reflection.GetMessage(message, &field));
  const int size = reflection.FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (use(reflection.GetRepeatedMessage(message, &field, i))) return true;
  }
  return false;
}

std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  std::string text;
  TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

// One text per element (map entries sorted, since their order is not defined).
std::vector<std::string> ElementTexts(const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> texts;
  if (IsMessage(field)) {
    AnyMessage(message, field, [&](const Message& element) {
      const std::string inner = RedactedText(element);
      texts.push_back(inner.empty() ? "{ }" : "{ " + inner + " }");
      return false;
    });
    if (field.is_map()) std::sort(texts.begin(), texts.end());
  } else if (!field.is_repeated()) {
    texts.push_back(": " + ScalarText(message, field, -1));
  } else {
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int i = 0; i < size; ++i) texts.push_back(": " + ScalarText(message, field, i));
  }
  return texts;
}

void CollectTexts(const Message& message, const FieldDescriptor& field, std::vector<std::string>& values) {
  const Reflection& reflection = *message.GetReflection();
  if (IsMessage(field)) {
    // All of a marked message is sensitive, whatever its own fields say.
    AnyMessage(message, field, [&](const Message& element) {
      for (const FieldDescriptor* inner : SetFields(element)) CollectTexts(element, *inner, values);
      return false;
    });
    return;
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return;
  std::vector<std::string> found;
  if (field.is_repeated()) {
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
      found.push_back(reflection.GetRepeatedString(message, &field, i));
  } else {
    found.push_back(reflection.GetString(message, &field));
  }
  for (std::string& value : found) {
    if (!value.empty()) values.push_back(std::move(value));
  }
}

void CollectSensitive(const Message& message, std::vector<std::string>& values) {
  for (const FieldDescriptor* field : SetFields(message)) {
    if (SensitivityOf(*field) != plugin::v1::SENSITIVITY_UNSPECIFIED) {
      CollectTexts(message, *field, values);
    } else if (IsMessage(*field)) {
      AnyMessage(message, *field, [&](const Message& element) {
        CollectSensitive(element, values);
        return false;
      });
    }
  }
}

void CollectPersonal(const Message& message, const std::string& prefix, bool all, std::vector<PersonalField>& found) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* field : SetFields(message)) {
    // All of a marked message is personal, whatever its own fields say.
    const bool personal = all || SensitivityOf(*field) == plugin::v1::SENSITIVITY_PERSONAL;
    if (!personal && !IsMessage(*field)) continue;
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      std::string path = prefix + field->name();
      if (field->is_repeated()) path += "[" + std::to_string(i) + "]";
      if (IsMessage(*field)) {
        const Message& element = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                      : reflection.GetMessage(message, field);
        CollectPersonal(element, path + ".", personal, found);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        found.push_back({std::move(path), field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                               : reflection.GetString(message, field)});
      } else {
        found.push_back({std::move(path), ScalarText(message, *field, field->is_repeated() ? i : -1)});
      }
    }
  }
}

}  // namespace

std::string RedactedText(const Message& message) {
  std::string text;
  for (const FieldDescriptor* field : SetFields(message)) {
    const bool sensitive = SensitivityOf(*field) != plugin::v1::SENSITIVITY_UNSPECIFIED;
    const std::vector<std::string> elements =
        sensitive ? std::vector<std::string>{": ***"} : ElementTexts(message, *field);
    for (const std::string& element : elements) {
      if (!text.empty()) text += ' ';
      text += field->name();
      if (element.front() == '{') text += ' ';
      text += element;
    }
  }
  return text;
}

void ClearPersonal(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  reflection.MutableUnknownFields(&message)->Clear();
  for (const FieldDescriptor* field : SetFields(message)) {
    if (SensitivityOf(*field) == plugin::v1::SENSITIVITY_PERSONAL) {
      reflection.ClearField(&message, field);
    } else if (!IsMessage(*field)) {
      continue;
    } else if (field->is_repeated()) {
      const int size = reflection.FieldSize(message, field);
      for (int i = 0; i < size; ++i) ClearPersonal(*reflection.MutableRepeatedMessage(&message, field, i));
    } else {
      ClearPersonal(*reflection.MutableMessage(&message, field));
    }
  }
}

std::vector<PersonalField> PersonalFields(const Message& message) {
  std::vector<PersonalField> found;
  CollectPersonal(message, "", false, found);
  return found;
}

bool HasPersonal(const Message& message) {
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return true;
  const std::vector<const FieldDescriptor*> fields = SetFields(message);
  return std::any_of(fields.begin(), fields.end(), [&](const FieldDescriptor* field) {
    if (SensitivityOf(*field) == plugin::v1::SENSITIVITY_PERSONAL) return true;
    return IsMessage(*field) &&
           AnyMessage(message, *field, [](const Message& element) { return HasPersonal(element); });
  });
}

std::vector<std::string> SensitiveValues(const Message& message) {
  std::vector<std::string> values;
  CollectSensitive(message, values);
  return values;
}

}  // namespace quayside
