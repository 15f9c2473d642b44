#include "host/base/trace_context.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace quayside {
namespace {

constexpr size_t kLength = 55;  // of version 00
constexpr size_t kTraceIdAt = 3;
constexpr size_t kSpanIdAt = 36;
constexpr size_t kFlagsAt = 53;
constexpr uint64_t kSampledFlag = 1;

constexpr size_t kMostMembers = 32;
constexpr size_t kMostStateBytes = 512;
constexpr size_t kLongMemberBytes = 128;
constexpr size_t kMostKeyBytes = 256;
constexpr size_t kMostTenantBytes = 241;
constexpr size_t kMostSystemBytes = 14;
constexpr size_t kMostValueBytes = 256;

std::string_view TrimBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const size_t end = text.find_last_not_of(kBlanks);
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

// Lower case digits only: the standard knows no others.
std::optional<uint64_t> ParseHex(std::string_view text) {
  const bool lower = std::all_of(text.begin(), text.end(),
                                 [](unsigned char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
  uint64_t value = 0;
  if (!lower || std::from_chars(text.data(), text.data() + text.size(), value, 16).ec != std::errc()) {
    return std::nullopt;
  }
  return value;
}

bool IsKeyText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

// "vendor", or "tenant@vendor", where a tenant may begin with a digit.
bool IsKey(std::string_view key) {
  const auto begins_with_letter = [](std::string_view text) {
    return !text.empty() && absl::ascii_islower(static_cast<unsigned char>(text.front()));
  };
  const size_t at = key.find('@');
  if (at == std::string_view::npos) return begins_with_letter(key) && key.size() <= kMostKeyBytes && IsKeyText(key);
  const std::string_view tenant = key.substr(0, at);
  const std::string_view system = key.substr(at + 1);
  const bool tenant_begins =
      begins_with_letter(tenant) || (!tenant.empty() && absl::ascii_isdigit(static_cast<unsigned char>(tenant[0])));
  return tenant_begins && tenant.size() <= kMostTenantBytes && IsKeyText(tenant) && begins_with_letter(system) &&
         system.size() <= kMostSystemBytes && IsKeyText(system);
}

bool IsValue(std::string_view value) {
  return !value.empty() && value.size() <= kMostValueBytes && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c <= 0x7e && c != '='; });
}

size_t JoinedBytes(const std::vector<std::string_view>& members) {
  size_t bytes = members.empty() ? 0 : members.size() - 1;
  for (const std::string_view member : members) bytes += member.size();
  return bytes;
}

// From the end; `only_long`: those of more than 128 characters.
void DropMembers(std::vector<std::string_view>& members, bool only_long) {
  for (size_t i = members.size(); i > 0 && JoinedBytes(members) > kMostStateBytes; --i) {
    if (!only_long || members[i - 1].size() > kLongMemberBytes) {
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
  }
}

}  // namespace

std::string TraceIdText(const TraceContext& trace) {
  return absl::StrCat(absl::Hex(trace.trace_id_high, absl::kZeroPad16),
                      absl::Hex(trace.trace_id_low, absl::kZeroPad16));
}

bool IsTraceId(std::string_view text) {
  constexpr size_t kHalf = 16;
  if (text.size() != 2 * kHalf) return false;
  const std::optional<uint64_t> high = ParseHex(text.substr(0, kHalf));
  const std::optional<uint64_t> low = ParseHex(text.substr(kHalf));
  return high.has_value() && low.has_value() && (*high | *low) != 0;
}

std::string SpanIdText(const TraceContext& trace) { return absl::StrCat(absl::Hex(trace.span_id, absl::kZeroPad16)); }

std::string Traceparent(const TraceContext& trace) {
  return absl::StrCat("00-", TraceIdText(trace), "-", SpanIdText(trace), trace.sampled ? "-01" : "-00");
}

std::optional<TraceContext> ParseTraceparent(std::string_view value) {
  const std::string_view text = TrimBlanks(value);
  if (text.size() < kLength || text[2] != '-' || text[kSpanIdAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const auto version = ParseHex(text.substr(0, 2));
  const auto high = ParseHex(text.substr(kTraceIdAt, 16));
  const auto low = ParseHex(text.substr(kTraceIdAt + 16, 16));
  const auto span = ParseHex(text.substr(kSpanIdAt, 16));
  const auto flags = ParseHex(text.substr(kFlagsAt, 2));
  if (!version || *version == 0xff || !high || !low || !span || !flags) return std::nullopt;
  if (text.size() > kLength && (*version == 0 || text[kLength] != '-')) return std::nullopt;
  if ((*high == 0 && *low == 0) || *span == 0) return std::nullopt;
  return TraceContext{*high, *low, *span, (*flags & kSampledFlag) != 0, {}};
}

std::string BoundedTracestate(const std::vector<std::string_view>& values) {
  std::vector<std::string_view> members;
  std::vector<std::string_view> keys;
  size_t count = 0;
  for (std::string_view rest : values) {
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(','), rest.size());
      const std::string_view member = TrimBlanks(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (member.empty()) continue;
      const size_t equals = member.find('=');
      if (equals == std::string_view::npos || ++count > kMostMembers) return {};
      const std::string_view key = member.substr(0, equals);
      if (!IsKey(key) || !IsValue(member.substr(equals + 1))) return {};
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      keys.push_back(key);
      members.push_back(member);
    }
  }
  DropMembers(members, true);
  DropMembers(members, false);
  std::string state;
  for (const std::string_view member : members) {
    if (!state.empty()) state += ',';
    state += member;
  }
  return state;
}

std::optional<TraceContext> TraceOfHeaders(const std::vector<std::string_view>& traceparents,
                                           const std::vector<std::string_view>& tracestates) {
  if (traceparents.size() != 1) return std::nullopt;
  std::optional<TraceContext> trace = ParseTraceparent(traceparents.front());
  if (trace.has_value()) trace->state = BoundedTracestate(tracestates);
  return trace;
}

}  // namespace quayside
