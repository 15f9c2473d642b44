#include <filesystem>
#include <fstream>
#include <iterator>

#include "host/base/text.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/front_call.h"

namespace quayside::cli {

void CheckFront(const Installation& place, Findings& found) {
  const std::string& file = place.front;
  if (file.empty()) return;
  std::ifstream text(file, std::ios::binary);
  if (!text) {
    Remark(found, "front", Concat(file, " cannot be read"), "run the doctor as root, which may look at nginx");
    return;
  }
  const auto front = ParseFront(file, std::string(std::istreambuf_iterator<char>(text), {}));
  if (!front.has_value()) {
    Remark(found, "front", Concat(file, " hands no calls of gRPC on"), "docs/remote-access.md shows how");
    return;
  }
  JudgeFrontConfig(*front, place.settings, found);
  if (front->address.empty()) return;
  const FrontAnswer answer = CallThroughFront(front->address, front->name);
  JudgeFrontAnswer(*front, answer, CertificatesOf(*front, answer), place.now, place.running(), found);
}

}  // namespace quayside::cli
