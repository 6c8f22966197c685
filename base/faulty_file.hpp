// What the faulty file system and the files it opened share; internal to the two.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/faulty_file_system.hpp"
#include "base/mutex.hpp"
#include "base/power_cut_journal.hpp"

namespace millbeck::base {

constexpr std::size_t kFileCalls = static_cast<std::size_t>(FileCall::LockFolder) + 1;

struct FaultyFileSystem::State {
    explicit State(FileSystem& files, PowerCuts power_cuts) : inner(files) {
        if (power_cuts == PowerCuts::Recorded) {
            journal.emplace(files);
        }
    }

    FileSystem& inner;
    mutable Mutex mutex;
    std::vector<Fault> faults MB_GUARDED_BY(mutex);
    std::array<std::uint64_t, kFileCalls> counts MB_GUARDED_BY(mutex){};
    std::optional<std::uint64_t> free_bytes MB_GUARDED_BY(mutex);
    std::optional<std::size_t> next_read_bytes MB_GUARDED_BY(mutex);
    std::optional<PowerCutJournal> journal MB_GUARDED_BY(mutex);
    std::uint64_t power_cycle MB_GUARDED_BY(mutex) = 0;

    // Counts the call; the fault that is due for it, if any.
    std::optional<Fault> due(FileCall call, const Path& path) MB_REQUIRES(mutex);

    // Counts the call; its error if a fault is due.
    Status admit(FileCall call, const Path& path) MB_REQUIRES(mutex);

    // Room for `growth` more bytes: how many of them fit.
    [[nodiscard]] std::uint64_t fitting(std::uint64_t growth) const MB_REQUIRES(mutex) {
        return free_bytes ? std::min(growth, *free_bytes) : growth;
    }
    void take(std::uint64_t bytes) MB_REQUIRES(mutex) {
        if (free_bytes) {
            *free_bytes -= bytes;
        }
    }
    void give_back(std::uint64_t bytes) MB_REQUIRES(mutex) {
        if (free_bytes) {
            *free_bytes += bytes;
        }
    }

    // The length of what is at `path` now; 0 when there is nothing.
    std::uint64_t length_of(const Path& path) MB_REQUIRES(mutex) {
        const auto file = inner.open(path, OpenMode::Read);
        return file ? (*file)->size().value_or(0) : 0;
    }
};

// A file opened through `state`; `journal` is null when power cuts are not recorded.
std::unique_ptr<File> make_faulty_file(std::shared_ptr<FaultyFileSystem::State> state,
                                       std::unique_ptr<File> inner, const Path& path,
                                       std::shared_ptr<JournalFile> journal,
                                       std::uint64_t power_cycle);

}  // namespace millbeck::base
