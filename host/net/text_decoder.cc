#include "host/net/text_decoder.h"

#include <iconv.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/utf8.h"

namespace quayside {
namespace {

constexpr size_t kDecodedPieceBytes = 64 << 10;

struct ByteOrderMark {
  std::string_view bytes;
  std::string_view charset;
};
constexpr std::array<ByteOrderMark, 3> kByteOrderMarks = {
    {{"\xef\xbb\xbf", "UTF-8"}, {"\xfe\xff", "UTF-16BE"}, {"\xff\xfe", "UTF-16LE"}}};
constexpr size_t kLongestMark = 3;

// Length of the run of ASCII at the front. Most of most texts is: eight bytes at a time.
size_t AsciiLength(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t length = 0;
  for (uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
    memcpy(&word, text.data() + length, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (length < text.size() && static_cast<unsigned char>(text[length]) < 0x80) ++length;
  return length;
}

}  // namespace

class TextDecoder::Converter {
 public:
  virtual ~Converter() = default;

  // Hands a sequence that a piece's end cut in two to Convert as a whole.
  absl::Status Add(std::string_view bytes, Out out) {
    if (cut_.empty()) return Convert(bytes, out);
    const std::string joined = Concat(std::exchange(cut_, {}), bytes);
    return Convert(joined, out);
  }

  absl::Status Finish(Out out) {
    if (!cut_.empty()) QS_RETURN_IF_ERROR(Replace(out));
    return Flush(out);
  }

  [[nodiscard]] int64_t undecodable() const { return undecodable_; }

 protected:
  // Leaves an incomplete sequence at the end of `bytes` in cut_.
  virtual absl::Status Convert(std::string_view bytes, Out out) = 0;
  virtual absl::Status Flush(Out) { return absl::OkStatus(); }

  absl::Status Replace(Out out) {
    ++undecodable_;
    return out(kReplacementCharacter);
  }

  std::string cut_;

 private:
  int64_t undecodable_ = 0;
};

class TextDecoder::Utf8Converter final : public Converter {
 protected:
  absl::Status Convert(std::string_view bytes, Out out) override {
    size_t sound = 0;  // bytes of valid UTF-8 at the front
    const auto hand_on = [&]() -> absl::Status {
      const std::string_view run = bytes.substr(0, sound);
      bytes.remove_prefix(sound);
      sound = 0;
      return run.empty() ? absl::OkStatus() : out(run);
    };
    while (sound < bytes.size()) {
      sound += AsciiLength(bytes.substr(sound));
      if (sound == bytes.size()) break;
      const Utf8Step step = NextUtf8(bytes.substr(sound));
      if (step.kind == Utf8Step::kCharacter) {
        sound += step.length;
        continue;
      }
      QS_RETURN_IF_ERROR(hand_on());
      if (step.kind == Utf8Step::kCut) {
        cut_ = bytes;
        return absl::OkStatus();
      }
      QS_RETURN_IF_ERROR(Replace(out));
      bytes.remove_prefix(step.length);
    }
    return hand_on();
  }
};

class TextDecoder::IconvConverter final : public Converter {
 public:
  explicit IconvConverter(const Charset& charset)
      : handle_(iconv_open("UTF-8", std::string(charset.iconv_name).c_str())), buffer_(kDecodedPieceBytes, '\0') {}
  ~IconvConverter() override {
    if (is_open()) iconv_close(handle_);
  }
  IconvConverter(const IconvConverter&) = delete;
  IconvConverter& operator=(const IconvConverter&) = delete;

  [[nodiscard]] bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

 protected:
  absl::Status Convert(std::string_view bytes, Out out) override {
    char* in = const_cast<char*>(bytes.data());  // iconv never writes there
    size_t left = bytes.size();
    while (left > 0) {
      int error = 0;
      QS_RETURN_IF_ERROR(Run(&in, &left, error, out));
      if (error == EINVAL) {
        cut_.assign(in, left);
        return absl::OkStatus();
      }
      if (error == EILSEQ) {
        QS_RETURN_IF_ERROR(Replace(out));
        ++in;
        --left;
      }
    }
    return absl::OkStatus();
  }

  // Some charsets hold a character back until they know whether a combining one follows.
  absl::Status Flush(Out out) override {
    int error = 0;
    return Run(nullptr, nullptr, error, out);
  }

 private:
  absl::Status Run(char** in, size_t* left, int& error, Out out) {
    char* end = buffer_.data();
    size_t room = buffer_.size();
    error = iconv(handle_, in, left, &end, &room) == static_cast<size_t>(-1) ? errno : 0;
    const std::string_view made(buffer_.data(), buffer_.size() - room);
    return made.empty() ? absl::OkStatus() : out(made);
  }

  const iconv_t handle_;
  std::string buffer_;
};

TextDecoder::TextDecoder(const Charset& declared) : charset_(declared) {}
TextDecoder::~TextDecoder() = default;

int64_t TextDecoder::undecodable() const { return converter_ == nullptr ? 0 : converter_->undecodable(); }

absl::Status TextDecoder::Begin(Out out) {
  std::string_view rest = beginning_;
  for (const ByteOrderMark& mark : kByteOrderMarks) {
    if (!rest.starts_with(mark.bytes)) continue;
    charset_ = *FindCharset(mark.charset);
    rest.remove_prefix(mark.bytes.size());
    break;
  }
  if (charset_.name == "UTF-8") {
    converter_ = std::make_unique<Utf8Converter>();
  } else {
    auto converter = std::make_unique<IconvConverter>(charset_);
    if (!converter->is_open()) {
      return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                       Concat("the C library of this machine cannot decode ", charset_.name,
                              "; its charset modules (gconv) are not installed"));
    }
    converter_ = std::move(converter);
  }
  return converter_->Add(rest, out);
}

absl::Status TextDecoder::Add(std::string_view bytes, Out out) {
  if (converter_ == nullptr) {
    const size_t taken = std::min(bytes.size(), kLongestMark - beginning_.size());
    beginning_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (beginning_.size() < kLongestMark) return absl::OkStatus();
    QS_RETURN_IF_ERROR(Begin(out));
  }
  return converter_->Add(bytes, out);
}

absl::Status TextDecoder::Finish(Out out) {
  if (converter_ == nullptr) QS_RETURN_IF_ERROR(Begin(out));
  return converter_->Finish(out);
}

}  // namespace quayside
