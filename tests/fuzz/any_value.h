// Plain structures made of arbitrary bytes, and compared member by member: a member added later takes part by itself.
#pragma once

#include <boost/pfr.hpp>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace quayside::fuzz {

// Takes values off the front of an input; zeros when it is used up.
class ValueReader {
 public:
  explicit ValueReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    T value{};
    Fill(value);
    return value;
  }

 private:
  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  // Whole numbers of any size, small ones more often than by chance.
  template <typename T>
  T Number() {
    const int size = Byte() % (sizeof(T) + 1);
    uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | Byte();
    return static_cast<T>(value);
  }

  template <typename T>
  void Fill(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value.resize(Byte() % 24);
      for (char& c : value) c = static_cast<char>(Byte() & 0x7f);  // every ASCII character is UTF-8
    } else if constexpr (std::is_same_v<T, bool>) {
      value = Byte() % 2 == 1;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(Byte() % 8);
    } else if constexpr (std::is_integral_v<T>) {
      value = Number<T>();
    } else if constexpr (requires { value.has_value(); }) {
      if (Byte() % 2 == 1) Fill(value.emplace());
    } else if constexpr (requires { value.emplace_back(); }) {
      value.resize(Byte() % 8);
      for (auto& element : value) Fill(element);
    } else {
      boost::pfr::for_each_field(value, [this](auto& field) { this->Fill(field); });
    }
  }

  std::string_view bytes_;
};

template <typename T>
bool SameValue(const T& a, const T& b) {
  if constexpr (requires { a.has_value(); }) {
    return a.has_value() == b.has_value() && (!a.has_value() || SameValue(*a, *b));
  } else if constexpr (requires { a == b; }) {
    return a == b;
  } else {
    bool same = true;
    boost::pfr::for_each_field(a, [&](const auto& field, auto index) {
      same = same && SameValue(field, boost::pfr::get<decltype(index)::value>(b));
    });
    return same;
  }
}

}  // namespace quayside::fuzz
