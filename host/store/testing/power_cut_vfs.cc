#include "host/store/testing/power_cut_vfs.h"

#include <sqlite3.h>

#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

namespace quayside {
namespace {

// SQLite allocates szOsFile bytes: this, and behind it the system's own file.
struct CutFile {
  sqlite3_file base;
  PowerCutDisk* disk;
  PowerCutDisk::FilePtr file;  // null: not a file of the disk

  [[nodiscard]] sqlite3_file* system() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  [[nodiscard]] bool is_dead() const { return file != nullptr && disk->is_off(); }
};

CutFile& Cut(sqlite3_file* file) { return *reinterpret_cast<CutFile*>(file); }
sqlite3_file* System(sqlite3_file* file) { return Cut(file).system(); }

// SQLite syncs a folder inside of the sync of a file and of the deletion of one; that it does is seen by its opening
// the folder. Set while such a call runs on this thread.
thread_local bool* t_folder_opened = nullptr;

using OpenDirectory = int (*)(const char* path, int* descriptor);
OpenDirectory SystemOpenDirectory() {
  static sqlite3_vfs* const system = sqlite3_vfs_find("unix");
  static const auto original = reinterpret_cast<OpenDirectory>(system->xGetSystemCall(system, "openDirectory"));
  return original;
}

int SeenOpenDirectory(const char* path, int* descriptor) {
  const int result = SystemOpenDirectory()(path, descriptor);
  if (result == SQLITE_OK && t_folder_opened != nullptr) *t_folder_opened = true;
  return result;
}

// Runs `call`; answers whether it synced the folder.
template <typename Call>
bool SyncsFolder(int& result, Call call) {
  bool opened = false;
  t_folder_opened = &opened;
  result = call();
  t_folder_opened = nullptr;
  return opened && result == SQLITE_OK;
}

int CloseFile(sqlite3_file* file) {
  const int result = System(file)->pMethods->xClose(System(file));
  Cut(file).file.~shared_ptr();
  return result;
}

int ReadFrom(sqlite3_file* file, void* buffer, int size, sqlite3_int64 offset) {
  if (Cut(file).is_dead()) return SQLITE_IOERR_READ;
  return System(file)->pMethods->xRead(System(file), buffer, size, offset);
}

int WriteTo(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  CutFile& cut = Cut(file);
  const std::string_view text(static_cast<const char*>(bytes), static_cast<size_t>(size));
  if (cut.file != nullptr && !cut.disk->Write(*cut.file, static_cast<size_t>(offset), text)) return SQLITE_IOERR_WRITE;
  return System(file)->pMethods->xWrite(System(file), bytes, size, offset);
}

int TruncateFile(sqlite3_file* file, sqlite3_int64 size) {
  CutFile& cut = Cut(file);
  if (cut.file != nullptr && !cut.disk->Truncate(*cut.file, static_cast<size_t>(size))) return SQLITE_IOERR_TRUNCATE;
  return System(file)->pMethods->xTruncate(System(file), size);
}

int SyncFile(sqlite3_file* file, int flags) {
  CutFile& cut = Cut(file);
  // The disk first: a write that another thread makes during the system's sync is not covered by it.
  if (cut.file != nullptr && !cut.disk->Sync(*cut.file)) return SQLITE_IOERR_FSYNC;
  int result = SQLITE_OK;
  const bool folder_too = SyncsFolder(result, [&] { return System(file)->pMethods->xSync(System(file), flags); });
  if (folder_too && cut.file != nullptr && !cut.disk->SyncNames()) return SQLITE_IOERR_DIR_FSYNC;
  return result;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  if (Cut(file).is_dead()) return SQLITE_IOERR_FSTAT;
  return System(file)->pMethods->xFileSize(System(file), size);
}

int Lock(sqlite3_file* file, int level) { return System(file)->pMethods->xLock(System(file), level); }
int Unlock(sqlite3_file* file, int level) { return System(file)->pMethods->xUnlock(System(file), level); }
int CheckReservedLock(sqlite3_file* file, int* result) {
  return System(file)->pMethods->xCheckReservedLock(System(file), result);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return System(file)->pMethods->xFileControl(System(file), operation, argument);
}
int SectorSize(sqlite3_file* file) { return System(file)->pMethods->xSectorSize(System(file)); }
int DeviceCharacteristics(sqlite3_file* file) { return System(file)->pMethods->xDeviceCharacteristics(System(file)); }
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return System(file)->pMethods->xShmMap(System(file), page, size, extend, memory);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return System(file)->pMethods->xShmLock(System(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) { System(file)->pMethods->xShmBarrier(System(file)); }
int ShmUnmap(sqlite3_file* file, int remove) { return System(file)->pMethods->xShmUnmap(System(file), remove); }

// Version 2: without memory mapping, whose writes nobody could follow. The store does not use it.
constexpr sqlite3_io_methods kMethods = {.iVersion = 2,
                                         .xClose = CloseFile,
                                         .xRead = ReadFrom,
                                         .xWrite = WriteTo,
                                         .xTruncate = TruncateFile,
                                         .xSync = SyncFile,
                                         .xFileSize = FileSize,
                                         .xLock = Lock,
                                         .xUnlock = Unlock,
                                         .xCheckReservedLock = CheckReservedLock,
                                         .xFileControl = FileControl,
                                         .xSectorSize = SectorSize,
                                         .xDeviceCharacteristics = DeviceCharacteristics,
                                         .xShmMap = ShmMap,
                                         .xShmLock = ShmLock,
                                         .xShmBarrier = ShmBarrier,
                                         .xShmUnmap = ShmUnmap,
                                         .xFetch = nullptr,
                                         .xUnfetch = nullptr};

}  // namespace

struct PowerCutVfs::Registration {
  sqlite3_vfs vfs;
  sqlite3_vfs* system;
  PowerCutDisk* disk;

  static Registration& Of(sqlite3_vfs* vfs) { return *static_cast<Registration*>(vfs->pAppData); }
  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags);
  static int Delete(sqlite3_vfs* vfs, const char* path, int sync_folder);
};

int PowerCutVfs::Registration::Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  const Registration& self = Of(vfs);
  CutFile* const cut = new (file) CutFile{.base = {.pMethods = nullptr}, .disk = self.disk, .file = nullptr};
  const std::optional<std::string> name = path != nullptr ? self.disk->NameOf(path) : std::nullopt;
  if (name.has_value() && self.disk->is_off()) return SQLITE_CANTOPEN;
  const int result = self.system->xOpen(self.system, path, cut->system(), flags, out_flags);
  if (result != SQLITE_OK) return result;
  if (name.has_value()) {
    cut->file = self.disk->OpenOrMake(*name);
    if (cut->file == nullptr) {
      cut->system()->pMethods->xClose(cut->system());
      return SQLITE_CANTOPEN;
    }
  }
  cut->base.pMethods = &kMethods;
  return SQLITE_OK;
}

int PowerCutVfs::Registration::Delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  const Registration& self = Of(vfs);
  const std::optional<std::string> name = self.disk->NameOf(path);
  if (name.has_value() && !self.disk->Delete(*name)) return SQLITE_IOERR_DELETE;
  int result = SQLITE_OK;
  const bool synced = SyncsFolder(result, [&] { return self.system->xDelete(self.system, path, sync_folder); });
  if (synced && name.has_value() && !self.disk->SyncNames()) return SQLITE_IOERR_DIR_FSYNC;
  return result;
}

PowerCutVfs::PowerCutVfs(PowerCutDisk& disk) : registration_(std::make_unique<Registration>()) {
  sqlite3_vfs* const system = sqlite3_vfs_find("unix");
  if (system == nullptr) throw std::runtime_error("SQLite has no unix VFS");
  registration_->system = system;
  registration_->disk = &disk;
  // Everything but opening and deleting is the system's.
  registration_->vfs = *system;
  registration_->vfs.zName = "power-cut";
  registration_->vfs.szOsFile = static_cast<int>(sizeof(CutFile)) + system->szOsFile;
  registration_->vfs.pNext = nullptr;
  registration_->vfs.pAppData = registration_.get();
  registration_->vfs.xOpen = Registration::Open;
  registration_->vfs.xDelete = Registration::Delete;
  SystemOpenDirectory();  // before it is replaced
  system->xSetSystemCall(system, "openDirectory", reinterpret_cast<sqlite3_syscall_ptr>(SeenOpenDirectory));
  if (sqlite3_vfs_register(&registration_->vfs, 1) != SQLITE_OK) throw std::runtime_error("SQLite takes no VFS");
}

PowerCutVfs::~PowerCutVfs() {
  sqlite3_vfs_unregister(&registration_->vfs);
  sqlite3_vfs* const system = registration_->system;
  system->xSetSystemCall(system, "openDirectory", nullptr);
}

}  // namespace quayside
