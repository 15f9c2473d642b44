#include "host/security/log_scrub.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "google/protobuf/descriptor.h"
#include "quayside/plugin/v1/options.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {
namespace {

using google::protobuf::Descriptor;

constexpr std::string_view kHidden = "***";
// Of an international number without its "+"; shorter ones are something else.
constexpr int kLeastPhoneDigits = 8;

bool IsLocalPart(char c) {
  return absl::ascii_isalnum(c) || std::string_view("._%+-").find(c) != std::string_view::npos;
}
bool IsDomain(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-'; }

// The length of the e-mail address whose "@" is at `at`, and where it begins; 0: it is none.
size_t AddressAround(std::string_view text, size_t at, size_t& begin) {
  begin = at;
  while (begin > 0 && IsLocalPart(text[begin - 1])) --begin;
  size_t end = at + 1;
  while (end < text.size() && IsDomain(text[end])) ++end;
  while (end > at + 1 && !absl::ascii_isalnum(text[end - 1])) --end;
  const bool has_dot = text.substr(at + 1, end - at - 1).find('.') != std::string_view::npos;
  return begin < at && has_dot ? end - begin : 0;
}

// Which characters are part of an e-mail address, before its "@". Asked from the text's beginning to its end: each
// character is looked at a few times only, however many ask.
class LocalParts {
 public:
  explicit LocalParts(std::string_view text) : text_(text) {}
  [[nodiscard]] bool IsOfAddress(size_t at) {
    if (at < end_) return is_of_address_;
    for (end_ = at; end_ < text_.size() && IsLocalPart(text_[end_]);) ++end_;
    size_t begin = 0;
    is_of_address_ = end_ < text_.size() && text_[end_] == '@' && AddressAround(text_, end_, begin) > 0;
    return is_of_address_;
  }

 private:
  const std::string_view text_;
  size_t end_ = 0;  // of the run of characters that was looked at last
  bool is_of_address_ = false;
};

// The length of the telephone number that begins at `plus`; 0: it is none.
size_t NumberAt(std::string_view text, size_t plus) {
  int digits = 0;
  size_t end = plus + 1;
  for (size_t i = plus + 1; i < text.size(); ++i) {
    if (absl::ascii_isdigit(text[i])) {
      ++digits;
      end = i + 1;
    } else if (std::string_view(" ()-./").find(text[i]) == std::string_view::npos) {
      break;
    }
  }
  return digits >= kLeastPhoneDigits ? end - plus : 0;
}

void CollectNames(const Descriptor& message, std::set<std::string>& names) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    if (field.options().GetExtension(plugin::v1::sensitivity) != plugin::v1::SENSITIVITY_UNSPECIFIED) {
      names.insert(field.name());
    }
  }
  for (int i = 0; i < message.nested_type_count(); ++i) CollectNames(*message.nested_type(i), names);
}

void CollectNames(const google::protobuf::FileDescriptor& file, std::set<std::string>& names) {
  for (int i = 0; i < file.message_type_count(); ++i) CollectNames(*file.message_type(i), names);
  for (int i = 0; i < file.dependency_count(); ++i) CollectNames(*file.dependency(i), names);
}

std::set<std::string> MarkedNames() {
  std::set<std::string> names;
  for (const Descriptor* of_file : {plugin::v1::PullOrdersReply::descriptor(), plugin::v1::Manifest::descriptor(),
                                    plugin::v1::HttpReply::descriptor()}) {
    CollectNames(*of_file->file(), names);
  }
  return names;
}

// "recipientName", "recipient.name" and "Recipient-Name" are recipient_name.
std::string SnakeCase(std::string_view name) {
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!absl::ascii_isalnum(c)) {
      snake += '_';
      continue;
    }
    if (absl::ascii_isupper(c) && i > 0 && absl::ascii_islower(name[i - 1])) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

}  // namespace

std::string ScrubbedText(std::string_view text) {
  std::string clean;
  size_t kept = 0;  // up to here the text is in `clean`
  LocalParts local_parts(text);
  for (size_t i = 0; i < text.size(); ++i) {
    size_t begin = i;
    size_t length = 0;
    if (text[i] == '@') length = AddressAround(text, i, begin);
    // "ada+20260921@example.com" is hidden as the address that it is: who it is stands before the number.
    if (text[i] == '+' && !local_parts.IsOfAddress(i)) length = NumberAt(text, i);
    const size_t end = begin + length;
    begin = std::max(begin, kept);
    if (length == 0 || (begin == i && text[i] == '@')) continue;
    clean.append(text, kept, begin - kept).append(kHidden);
    kept = end;
    i = kept - 1;
  }
  return clean.append(text, kept, std::string_view::npos);
}

bool IsSensitiveName(std::string_view name) {
  static const auto* const marked = new std::set<std::string>(MarkedNames());  // constant, never destroyed
  const std::string snake = SnakeCase(name);
  std::string_view words = snake;
  while (marked->count(std::string(words)) == 0) {
    const size_t end = words.find('_');
    if (end == std::string_view::npos) return false;
    words.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace quayside
