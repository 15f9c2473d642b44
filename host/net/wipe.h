// Overwrites a secret before its memory goes back to the allocator. Best effort: copies made by the transport are not
// reached.
#pragma once

#include <string.h>

#include <string>

namespace quayside {

inline void Wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  text.clear();
}

// Wipes `text` when the scope ends, however it ends.
class WipeAtEnd {
 public:
  explicit WipeAtEnd(std::string& text) : text_(text) {}
  ~WipeAtEnd() { Wipe(text_); }
  WipeAtEnd(const WipeAtEnd&) = delete;
  WipeAtEnd& operator=(const WipeAtEnd&) = delete;

 private:
  std::string& text_;
};

}  // namespace quayside
