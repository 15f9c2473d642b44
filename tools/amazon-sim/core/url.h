// Request targets taken apart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace amazon_sim {

// Decodes %XX; with `plus_is_space` also '+', as in queries and forms. Broken escapes stay as they are.
std::string PercentDecode(std::string_view text, bool plus_is_space);
std::string PercentEncode(std::string_view text);

// Decoded parameters of a query or a form body. A name given twice is joined with a comma, which is what repeating an
// array parameter means.
class Query {
 public:
  static Query Parse(std::string_view text);

  std::size_t size() const { return values_.size(); }
  bool Has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // Null when absent.
  const std::string* Find(std::string_view name) const;
  std::string Get(std::string_view name) const;
  // Splits at commas; empty when absent.
  std::vector<std::string> List(std::string_view name) const;
  // Of every parameter except those named: two requests for pages of one search have the same.
  std::uint64_t Fingerprint(std::initializer_list<std::string_view> except) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

struct Target {
  std::vector<std::string> segments;  // decoded path segments, without empty ones
  Query query;

  static Target Parse(std::string_view target);
};

}  // namespace amazon_sim
