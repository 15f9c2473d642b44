// A read of freed memory that the address sanitizer has to find.
#include <cstdio>
#include <string>

namespace quayside::seeded {

const char* TextOf(const std::string& text) { return text.c_str(); }

void ReadFreed(int size) {
  const char* const freed = TextOf(std::string(static_cast<size_t>(size), 'x'));
  std::printf("%c\n", freed[size / 2]);
}

}  // namespace quayside::seeded

int main(int argc, char**) { quayside::seeded::ReadFreed(100 + argc); }
