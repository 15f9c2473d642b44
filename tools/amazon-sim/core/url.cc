#include "core/url.h"

#include <algorithm>

#include "core/rng.h"

namespace amazon_sim {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <typename Visit>
void ForEachPart(std::string_view text, char separator, Visit visit) {
  while (true) {
    const std::size_t end = text.find(separator);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (unsigned char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
        c == '.' || c == '~') {
      encoded += static_cast<char>(c);
    } else {
      encoded += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return encoded;
}

Query Query::Parse(std::string_view text) {
  Query query;
  if (text.empty()) return query;
  ForEachPart(text, '&', [&](std::string_view part) {
    if (part.empty()) return;
    const std::size_t equals = part.find('=');
    std::string name = PercentDecode(part.substr(0, equals), true);
    std::string value = equals == std::string_view::npos ? "" : PercentDecode(part.substr(equals + 1), true);
    auto [slot, is_new] = query.values_.try_emplace(std::move(name), value);
    if (!is_new) slot->second += "," + value;
  });
  return query;
}

const std::string* Query::Find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Query::Get(std::string_view name) const {
  const std::string* value = Find(name);
  return value ? *value : std::string();
}

std::vector<std::string> Query::List(std::string_view name) const {
  std::vector<std::string> parts;
  const std::string* value = Find(name);
  if (value && !value->empty()) ForEachPart(*value, ',', [&](std::string_view part) { parts.emplace_back(part); });
  return parts;
}

std::uint64_t Query::Fingerprint(std::initializer_list<std::string_view> except) const {
  std::uint64_t hash = Fnv1a("");
  for (const auto& [name, value] : values_) {
    if (std::find(except.begin(), except.end(), name) != except.end()) continue;
    hash = Fnv1a(name, hash);
    hash = Fnv1a("=", hash);
    hash = Fnv1a(value, hash);
    hash = Fnv1a("&", hash);
  }
  return hash;
}

Target Target::Parse(std::string_view target) {
  Target parsed;
  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) parsed.query = Query::Parse(target.substr(question + 1));
  ForEachPart(target.substr(0, question), '/', [&](std::string_view part) {
    if (!part.empty()) parsed.segments.push_back(PercentDecode(part, false));
  });
  return parsed;
}

}  // namespace amazon_sim
