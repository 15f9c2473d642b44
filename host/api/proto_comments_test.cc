// The words above each method in the protos, which are its manual: they name the role it needs, and no reason that
// nobody can look up.
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "host/access/roles.h"
#include "host/api/service_methods_for_tests.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;

std::string ProtoText(const FileDescriptor& file) {
  std::ifstream in(SourceTree() / "protos" / file.name(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// On one line.
std::string CommentAbove(const std::string& proto, const std::string& method) {
  constexpr char kComment[] = "  // ";
  std::string comment;
  for (size_t end = proto.find("\n  rpc " + method + "("); end != std::string::npos && end > 0;) {
    const size_t begin = proto.rfind('\n', end - 1) + 1;
    const std::string line = proto.substr(begin, end - begin);
    if (!line.starts_with(kComment)) break;
    comment = line.substr(sizeof(kComment) - 1) + " " + comment;
    end = begin - 1;
  }
  return comment;
}

// NOT_FOUND, LANE_PAUSED: capitals with an underscore among them.
std::set<std::string> Constants(const std::string& text) {
  std::set<std::string> found;
  std::string word;
  for (const char c : text + " ") {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
      continue;
    }
    // Not the underscore of a field's name.
    if (!word.starts_with('_') && word.find('_') != std::string::npos) found.insert(word);
    word.clear();
  }
  return found;
}

std::set<std::string> Known(const FileDescriptor& file) {
  std::set<std::string> known = {"INVALID_ARGUMENT",    "NOT_FOUND",          "ALREADY_EXISTS",
                                 "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED", "OUT_OF_RANGE",
                                 "DATA_LOSS",           "DEADLINE_EXCEEDED",  "PERMISSION_DENIED"};
#define QS_X(enumerator, text, meaning) known.insert(text);
  QUAYSIDE_REASONS(QS_X)
#undef QS_X
  // Of its own enums, without what stands before each: NEEDS_OPERATOR.
  for (int i = 0; i < file.enum_type_count(); ++i) {
    const std::string first = file.enum_type(i)->value(0)->name();
    const size_t prefix = first.size() - std::string("UNSPECIFIED").size();
    for (int j = 0; j < file.enum_type(i)->value_count(); ++j)
      known.insert(file.enum_type(i)->value(j)->name().substr(prefix));
  }
  return known;
}

TEST(ProtoComments, EachMethod_NamesItsRole_AndReasonsThatAreDocumented) {
  if (SourceTree().empty()) GTEST_SKIP() << "the source tree is not here";
  for (const MethodDescriptor* method : AllMethods()) {
    const std::string comment = CommentAbove(ProtoText(*method->file()), method->name());
    EXPECT_THAT(comment, HasSubstr("Role " + RoleText(RequiredRole(*method)) + ".")) << method->full_name();
    const std::set<std::string> known = Known(*method->file());
    for (const std::string& word : Constants(comment)) {
      EXPECT_TRUE(known.contains(word)) << method->full_name() << " speaks of " << word;
    }
  }
}

}  // namespace
}  // namespace quayside
