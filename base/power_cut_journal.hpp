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

    // After a sync: what was waiting for it is on disk. What an earlier failed sync lost stays
    // lost, unless it was written again; until the power cut both are kept, to be put in their
    // order.
    void note_synced();
    // After a failed sync: what was waiting for it is lost, even if a later sync succeeds.
    void note_lost();

    [[nodiscard]] bool has_changes() const { return !changes_.empty(); }

    // Leaves in the file what is on disk; with `random`, some of the rest reaches it after all.
    Status undo(File& file, Random* random);

    // `bytes` as they would be after undo().
    [[nodiscard]] std::string durable(std::string bytes) const;

  private:
    enum class Fate {
        Pending,  // no sync has been tried yet
        Lost,     // a sync failed: the page counts as clean and is never written
        Synced,   // on disk, above something that was lost before
    };
    struct Change {
        std::uint64_t offset = 0;
        std::string before;  // the bytes at `offset` that the change replaced or cut off
        std::string after;
        std::uint64_t length_before = 0;
        std::uint64_t length_after = 0;
        Fate fate = Fate::Pending;
    };
    // `Target` has truncate() and write_at() as File has.
    template <typename Target>
    Status leave_durable(Target& target, Random* random) const;
    template <typename Target>
    static Status redo(Target& target, const Change& change);
    template <typename Target>
    static Status redo_some(Target& target, const Change& change, Random& random);

    std::vector<Change> changes_;  // in the order they were made
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
