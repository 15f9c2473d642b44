// A signed overflow that the undefined-behaviour sanitizer has to find.
#include <cstdio>
#include <limits>

namespace quayside::seeded {

int After(int number) { return number + 1; }

}  // namespace quayside::seeded

int main(int argc, char**) { std::printf("%d\n", quayside::seeded::After(std::numeric_limits<int>::max() - 1 + argc)); }
