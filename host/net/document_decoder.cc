#include "host/net/document_decoder.h"

#include "host/base/errors.h"

namespace quayside {

// A gzip file that is served with "Content-Encoding: gzip" is packed once at S3, where both say the same, and twice at
// a server that packs what it sends: the bytes themselves tell. The first unpacking must succeed.
DocumentDecoder::DocumentDecoder(const DocumentForm& form) : max_bytes_(form.max_bytes) {
  for (int i = 0; i < form.packed_for_transport; ++i)
    layers_.push_back(std::make_unique<Gunzip>(Gunzip::Mode::kAlways));
  if (form.is_gzip_file)
    layers_.push_back(std::make_unique<Gunzip>(layers_.empty() ? Gunzip::Mode::kAlways : Gunzip::Mode::kIfGzip));
  if (form.charset) text_.emplace(*form.charset);
}

absl::Status DocumentDecoder::Count(int64_t& total, size_t bytes, int64_t most) const {
  total += static_cast<int64_t>(bytes);
  return total > most ? DocumentTooLarge(max_bytes_) : absl::OkStatus();
}

absl::Status DocumentDecoder::Unpack(size_t layer, std::string_view bytes, BytesOut out) {
  if (layer == layers_.size()) return Decode(bytes, out);
  if (layer > 0) QS_RETURN_IF_ERROR(Count(between_layers_, bytes.size(), MostPackedBytes(max_bytes_)));
  return layers_[layer]->Add(bytes, [&](std::string_view unpacked) { return Unpack(layer + 1, unpacked, out); });
}

absl::Status DocumentDecoder::Decode(std::string_view bytes, BytesOut out) {
  QS_RETURN_IF_ERROR(Count(unpacked_, bytes.size(), max_bytes_));
  if (!text_) return Keep(bytes, out);
  return text_->Add(bytes, [&](std::string_view decoded) { return Keep(decoded, out); });
}

absl::Status DocumentDecoder::Keep(std::string_view bytes, BytesOut out) {
  QS_RETURN_IF_ERROR(Count(kept_, bytes.size(), max_bytes_));
  return out(bytes);
}

absl::Status DocumentDecoder::Add(std::string_view bytes, BytesOut out) { return Unpack(0, bytes, out); }

absl::Status DocumentDecoder::Finish(BytesOut out) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    QS_RETURN_IF_ERROR(layers_[i]->Finish([&](std::string_view bytes) { return Unpack(i + 1, bytes, out); }));
  }
  if (!text_) return absl::OkStatus();
  return text_->Finish([&](std::string_view decoded) { return Keep(decoded, out); });
}

}  // namespace quayside
