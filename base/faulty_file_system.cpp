#include "base/faulty_file_system.hpp"

#include <fmt/format.h>

#include "base/faulty_file.hpp"

namespace millbeck::base {
namespace {

std::string_view name_of(FileCall call) {
    constexpr std::array<std::string_view, kFileCalls> kNames = {
        "open",   "read",   "write", "sync",        "reserve",        "truncate",   "map",
        "rename", "remove", "list",  "sync folder", "create folders", "lock folder"};
    return kNames[static_cast<std::size_t>(call)];
}

}  // namespace

std::optional<Fault> FaultyFileSystem::State::due(FileCall call, const Path& path) {
    ++counts[static_cast<std::size_t>(call)];
    std::optional<Fault> found;
    for (Fault& fault : faults) {
        const bool matches = fault.call == call && fault.times > 0 &&
                             path.native().find(fault.name_part) != std::string::npos;
        if (!matches) {
            continue;
        }
        if (fault.skip > 0) {
            --fault.skip;
        } else if (!found) {
            found = fault;
            if (fault.times != Fault::kForever) {
                --fault.times;
            }
        }
    }
    return found;
}

Status FaultyFileSystem::State::admit(FileCall call, const Path& path) {
    if (const auto fault = due(call, path)) {
        return fail(fault->code,
                    fmt::format("{} {}: injected fault", name_of(call), path.native()));
    }
    return {};
}

FaultyFileSystem::FaultyFileSystem(FileSystem& inner, PowerCuts power_cuts)
    : state_(std::make_shared<State>(inner, power_cuts)) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::inject(Fault fault) {
    const MutexLock lock(state_->mutex);
    state_->faults.push_back(std::move(fault));
}

void FaultyFileSystem::clear_faults() {
    const MutexLock lock(state_->mutex);
    state_->faults.clear();
}

void FaultyFileSystem::set_free_bytes(std::uint64_t bytes) {
    const MutexLock lock(state_->mutex);
    state_->free_bytes = bytes;
}

void FaultyFileSystem::set_free_bytes_unlimited() {
    const MutexLock lock(state_->mutex);
    state_->free_bytes.reset();
}

void FaultyFileSystem::shorten_next_read(std::size_t bytes) {
    const MutexLock lock(state_->mutex);
    state_->next_read_bytes = bytes;
}

Status FaultyFileSystem::flip_bit(const Path& path, std::uint64_t offset, unsigned bit) {
    MB_CHECK(bit < 8, "a byte has bits 0 to 7");
    const MutexLock lock(state_->mutex);
    MB_TRY(const std::unique_ptr<File> file, state_->inner.open(path, OpenMode::ReadWrite));
    std::array<char, 1> byte{};
    MB_TRY(const std::size_t read, file->read_at(offset, byte));
    if (read == 0) {
        return fail(Code::Invalid,
                    fmt::format("flip bit in {}: no byte {}", path.native(), offset));
    }
    byte[0] = static_cast<char>(static_cast<unsigned char>(byte[0]) ^ (1u << bit));
    return file->write_at(offset, {byte.data(), 1});
}

Status FaultyFileSystem::crash() {
    const MutexLock lock(state_->mutex);
    MB_CHECK(state_->journal.has_value(), "crash() needs PowerCuts::Recorded");
    ++state_->power_cycle;
    return state_->journal->undo(nullptr);
}

Status FaultyFileSystem::crash_keeping_some(Random& random) {
    const MutexLock lock(state_->mutex);
    MB_CHECK(state_->journal.has_value(), "crash_keeping_some() needs PowerCuts::Recorded");
    ++state_->power_cycle;
    return state_->journal->undo(&random);
}

std::uint64_t FaultyFileSystem::calls(FileCall call) const {
    const MutexLock lock(state_->mutex);
    return state_->counts[static_cast<std::size_t>(call)];
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const Path& path, OpenMode mode) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::Open, path));
    MB_TRY(const bool existed, state_->inner.exists(path));
    MB_TRY(std::unique_ptr<File> file, state_->inner.open(path, mode));
    std::shared_ptr<JournalFile> journal;
    if (state_->journal) {
        if (!existed) {
            state_->journal->note_created(path);
        }
        journal = state_->journal->file(path);
    }
    return make_faulty_file(state_, std::move(file), path, std::move(journal), state_->power_cycle);
}

Result<bool> FaultyFileSystem::exists(const Path& path) {
    return state_->inner.exists(path);
}

Status FaultyFileSystem::remove(const Path& path) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::Remove, path));
    const std::uint64_t length = state_->length_of(path);
    if (state_->journal) {
        MB_TRY_STATUS(state_->journal->note_removed(path));
    }
    MB_TRY_STATUS(state_->inner.remove(path));
    state_->give_back(length);
    return {};
}

Status FaultyFileSystem::rename(const Path& from, const Path& to) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::Rename, from));
    const std::uint64_t replaced = state_->length_of(to);
    if (state_->journal) {
        MB_TRY_STATUS(state_->journal->note_renamed(from, to));
    }
    MB_TRY_STATUS(state_->inner.rename(from, to));
    state_->give_back(replaced);
    return {};
}

Status FaultyFileSystem::create_folders(const Path& path) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::CreateFolders, path));
    return state_->inner.create_folders(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const Path& path) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::List, path));
    return state_->inner.list(path);
}

Status FaultyFileSystem::sync_folder(const Path& path) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::SyncFolder, path));
    MB_TRY_STATUS(state_->inner.sync_folder(path));
    if (state_->journal) {
        state_->journal->forget_names(path);
    }
    return {};
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(const Path& path) {
    const MutexLock lock(state_->mutex);
    MB_TRY(const std::uint64_t really_free, state_->inner.free_bytes(path));
    return state_->fitting(really_free);
}

Result<std::unique_ptr<FolderLock>> FaultyFileSystem::lock_folder(const Path& path) {
    const MutexLock lock(state_->mutex);
    MB_TRY_STATUS(state_->admit(FileCall::LockFolder, path));
    return state_->inner.lock_folder(path);
}

}  // namespace millbeck::base
