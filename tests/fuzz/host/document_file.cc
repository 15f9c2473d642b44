// A sealed document whose file was changed on the disk: three bytes say where and what, and the rest does, too; a pair
// of equal places cuts the file there. It is read as it was written, or refused.
#include "host/net/document_file.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "host/base/errors.h"
#include "tests/fuzz/target.h"

namespace {

using quayside::Aead;
using quayside::SecretKey;

class OneKeyCipher final : public quayside::Cipher {
 public:
  absl::StatusOr<std::string> Seal(std::string_view plain, std::string_view context) const override {
    std::string sealed;
    QS_RETURN_IF_ERROR(aead_.Seal(plain, context, sealed));
    return sealed;
  }
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const override {
    std::string plain;
    if (!aead_.Open(sealed, context, plain)) return absl::DataLossError("cannot be opened");
    return plain;
  }

 private:
  static const SecretKey& Fill(SecretKey& key) {
    for (size_t i = 0; i < SecretKey::kSize; ++i) key.data()[i] = static_cast<unsigned char>(i);
    return key;
  }
  SecretKey key_;
  const Aead aead_{Fill(key_)};
};

// Gone with the process; each has one of its own.
struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / ("quayside_fuzz_document_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  const std::filesystem::path path;
};

constexpr char kId[] = "shop/report-1";
const std::string& Plain() {
  static const std::string plain = [] {
    std::string text;
    while (text.size() < 150'000) text += "line " + std::to_string(text.size()) + "\n";
    return text;
  }();
  return plain;
}

std::string Written(const Folder& folder, const OneKeyCipher& cipher) {
  const std::string path = folder.path / "written";
  std::filesystem::remove(path);
  auto writer = quayside::DocumentWriter::Create(path, kId, cipher);
  quayside::fuzz::Require(writer.ok() && (*writer)->Append(Plain()).ok() && (*writer)->Finish("utf-8", 0, 1).ok(),
                          "a document can be written");
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Change(std::string& file, std::string_view edits) {
  for (; edits.size() >= 4; edits.remove_prefix(4)) {
    const auto at = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(edits[i])); };
    const size_t place = (at(0) << 16 | at(1) << 8 | at(2)) % (file.size() + 1);
    if (at(0) == at(1)) {
      file.resize(place);
    } else if (place < file.size()) {
      file[place] = edits[3];
    } else {
      file += edits[3];
    }
  }
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(document_file) {
  static const Folder folder;
  static const OneKeyCipher cipher;
  static const std::string written = Written(folder, cipher);
  std::string file = written;
  Change(file, input);
  const std::string path = folder.path / "changed";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << file;
  const auto reader = DocumentReader::Open(path, kId, cipher);
  Require(!DocumentReader::Open(path, "shop/report-2", cipher).ok(), "a document is read by its own name only");
  if (!reader.ok()) {
    Require(HasReason(reader.status(), Reason::kDocumentDamaged), "a refused file is damaged");
    Require(file != written, "an unchanged file is read");
    return;
  }
  Require((*reader)->facts().size == static_cast<int64_t>(Plain().size()), "a document has its size");
  for (int64_t offset = 0; offset < (*reader)->facts().size; offset += kDocumentBlockBytes) {
    const auto part = (*reader)->Read(offset, kDocumentBlockBytes);
    if (part.ok()) {
      Require(*part == Plain().substr(static_cast<size_t>(offset), static_cast<size_t>(kDocumentBlockBytes)),
              "what is read was written");
    } else {
      Require(file != written && HasReason(part.status(), Reason::kDocumentDamaged), "a refused part is damaged");
    }
  }
}
