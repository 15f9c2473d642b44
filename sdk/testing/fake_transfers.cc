// Service transfer/1 of the fake host.
#include <utility>

#include "quayside/testing/fake_host.h"
#include "src/bytes.h"

namespace quayside::sdk::testing {
namespace {

std::string KeyOf(const std::string& place, const std::string& path) { return place + "/" + path; }

Error NoSuchFile(const std::string& path) { return Error::NotFound("FILE_NOT_FOUND", "there is no '" + path + "'"); }

// 64 hexadecimal digits that depend on every byte.
std::string FakeHash(const std::string& bytes) {
  constexpr uint64_t kOffset = 14695981039346656037U;
  constexpr uint64_t kPrime = 1099511628211U;
  constexpr char kDigits[] = "0123456789abcdef";
  constexpr int kWords = 4;
  std::string text;
  for (int word = 0; word < kWords; ++word) {
    uint64_t hash = kOffset + static_cast<uint64_t>(word);
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(hash >> shift) & 0xf];
  }
  return text;
}

}  // namespace

qs_status FakeHost::Transfer(const std::string& request, qs_sink* reply) {
  pb::TransferRequest parsed;
  if (!parsed.ParseFromString(request)) return QS_INVALID;
  transfers_.push_back(parsed);
  const std::optional<Error> fault = transfer_fault_ ? transfer_fault_(parsed) : std::nullopt;
  auto answer = fault ? Result<pb::TransferReply>(*fault) : Transfer(parsed);
  if (answer.ok()) return internal::WriteTo(reply, answer.value()) ? QS_OK : QS_INTERNAL;
  internal::WriteTo(reply, internal::EncodeError(answer.error()));
  return answer.error().status;
}

Result<pb::TransferReply> FakeHost::Transfer(const pb::TransferRequest& request) {
  pb::TransferReply reply;
  switch (request.request_case()) {
    case pb::TransferRequest::kList:
      *reply.mutable_list() = ListFiles(request.list());
      return reply;
    case pb::TransferRequest::kFetch: {
      QS_TRY(*reply.mutable_fetch(), FetchFile(request.fetch()));
      return reply;
    }
    case pb::TransferRequest::kPut: {
      const auto [file, is_new] =
          files_.try_emplace(KeyOf(request.put().place(), request.put().path()), request.put().body());
      reply.mutable_put()->set_existed(!is_new);
      return reply;
    }
    case pb::TransferRequest::kMove: {
      QS_TRY(*reply.mutable_move(), MoveFile(request.move()));
      return reply;
    }
    case pb::TransferRequest::kRemove:
      files_.erase(KeyOf(request.remove().place(), request.remove().path()));
      reply.mutable_remove();
      return reply;
    case pb::TransferRequest::REQUEST_NOT_SET:
      break;
  }
  return Error::Invalid("INVALID_ARGUMENT", "the transfer request is empty");
}

pb::ListedFiles FakeHost::ListFiles(const pb::ListFiles& request) const {
  constexpr int kDefault = 1000;
  const int most = request.max_files() > 0 ? request.max_files() : kDefault;
  const std::string begin =
      request.folder().empty() ? request.place() + "/" : KeyOf(request.place(), request.folder()) + "/";
  pb::ListedFiles list;
  for (const auto& [path, bytes] : files_) {
    if (path.rfind(begin, 0) != 0 || path.find('/', begin.size()) != std::string::npos) continue;
    if (list.files_size() == most) {
      list.set_truncated(true);
      break;
    }
    pb::FileEntry& entry = *list.add_files();
    entry.set_name(path.substr(begin.size()));
    entry.set_size(static_cast<int64_t>(bytes.size()));
    if (const auto time = file_times_.find(path); time != file_times_.end()) entry.set_modified_us(time->second);
  }
  return list;
}

Result<pb::FetchedFile> FakeHost::FetchFile(const pb::FetchFile& request) {
  const auto file = files_.find(KeyOf(request.place(), request.path()));
  if (file == files_.end()) return NoSuchFile(request.path());
  documents_[request.document()] = file->second;
  pb::FetchedFile reply;
  reply.set_file_size(static_cast<int64_t>(file->second.size()));
  reply.set_size(reply.file_size());
  reply.set_sha256(FakeHash(file->second));
  reply.set_charset(request.charset());
  if (const auto time = file_times_.find(file->first); time != file_times_.end()) reply.set_modified_us(time->second);
  return reply;
}

Result<pb::MovedFile> FakeHost::MoveFile(const pb::MoveFile& request) {
  const auto from = files_.find(KeyOf(request.place(), request.from()));
  if (from == files_.end()) return NoSuchFile(request.from());
  pb::MovedFile reply;
  reply.set_existed(files_.contains(KeyOf(request.place(), request.to())));
  if (reply.existed()) return reply;
  files_[KeyOf(request.place(), request.to())] = std::move(from->second);
  if (auto time = file_times_.extract(from->first); !time.empty()) {
    time.key() = KeyOf(request.place(), request.to());
    file_times_.insert(std::move(time));
  }
  files_.erase(from);
  return reply;
}

}  // namespace quayside::sdk::testing
