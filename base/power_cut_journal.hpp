// What a power cut would take back: every change since the last sync, with the bytes it replaced.
// Internal to the faulty file system.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/random.hpp"

namespace millbeck::base {

// The unsynced changes of one file's contents. Threads: one at a time.
class JournalFile {
  public:
    // Call each before the change is made; `file` is the file as it is now.
    Status note_write(File& file, std::uint64_t offset, std::string_view bytes);
    Status note_truncate(File& file, std::uint64_t length, std::uint64_t new_length);
    void note_length(std::uint64_t length, std::uint64_t new_length);

    // After a sync: nothing to take back, unless a sync has failed before.
    void forget_synced();
    // After a failed sync: what is unsynced now, and all that follows, stays lost.
    void poison() { poisoned_ = true; }

    [[nodiscard]] bool has_changes() const { return !changes_.empty(); }

    // Takes everything back; with `random`, then lets some of it reach the disk after all.
    Status undo(File& file, Random* random);

    // `bytes` as they would be after undo().
    [[nodiscard]] std::string durable(std::string bytes) const;

  private:
    struct Change {
        std::uint64_t offset = 0;
        std::string before;  // the bytes at `offset` that the change replaced or cut off
        std::string after;
        std::uint64_t length_before = 0;
        std::uint64_t length_after = 0;
    };
    static Status redo_some(File& file, const Change& change, Random& random);

    std::vector<Change> changes_;
    bool poisoned_ = false;
};

// The unsynced changes of names, and the journals of all files by their present name.
class PowerCutJournal {
  public:
    explicit PowerCutJournal(FileSystem& files) : files_(files) {}

    // The journal of the file at `path`, made when there is none.
    std::shared_ptr<JournalFile> file(const Path& path);

    void note_created(const Path& path);
    // Call each before the change is made. A missing file is no change.
    Status note_removed(const Path& path);
    Status note_renamed(const Path& from, const Path& to);

    // After a folder's sync: its names are on disk.
    void forget_names(const Path& folder);

    // Takes back contents first, then names, last change first; with `random`, some stay.
    Status undo(Random* random);

  private:
    struct NameChange {
        Path from;  // empty: `to` was created or removed
        Path to;
        std::optional<std::string> replaced;  // the durable contents `to` had before
    };
    // The durable contents of the file at `path`; nullopt when there is none.
    Result<std::optional<std::string>> durable_contents(const Path& path);
    Status undo_name(const NameChange& change);

    FileSystem& files_;
    std::map<Path, std::shared_ptr<JournalFile>> journals_;
    std::vector<NameChange> names_;
};

}  // namespace millbeck::base
