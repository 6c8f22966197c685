#include "base/power_cut_journal.hpp"

#include <algorithm>

namespace millbeck::base {
namespace {

constexpr std::size_t kSectorBytes = 512;
// Removed files are kept in memory; larger ones do not belong in a test of power cuts.
constexpr std::size_t kRemovedBytesMax = 1u << 30;

bool toss(Random& random) {
    return random.next_u64() % 2 == 0;
}

// A file's contents in memory, for changes only.
class Contents {
  public:
    explicit Contents(std::string bytes) : bytes_(std::move(bytes)) {}

    Status truncate(std::uint64_t length) {
        bytes_.resize(length);
        return {};
    }
    Status write_at(std::uint64_t offset, std::string_view bytes) {
        bytes_.resize(std::max<std::size_t>(bytes_.size(), offset + bytes.size()));
        bytes_.replace(offset, bytes.size(), bytes);
        return {};
    }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

// The bytes of `file` in [offset, offset + length), as many as there are.
Result<std::string> read_range(File& file, std::uint64_t offset, std::size_t length) {
    std::string bytes(length, '\0');
    MB_TRY(const std::size_t read, file.read_at(offset, bytes));
    bytes.resize(read);
    return bytes;
}

}  // namespace

Status JournalFile::note_write(File& file, std::uint64_t offset, std::string_view bytes) {
    MB_TRY(const std::uint64_t length, file.size());
    MB_TRY(std::string before, read_range(file, offset, bytes.size()));
    changes_.push_back({offset, std::move(before), std::string(bytes), length,
                        std::max(length, offset + bytes.size())});
    return {};
}

Status JournalFile::note_truncate(File& file, std::uint64_t length, std::uint64_t new_length) {
    const std::uint64_t cut = length > new_length ? length - new_length : 0;
    MB_TRY(std::string before, read_range(file, new_length, cut));
    changes_.push_back({new_length, std::move(before), {}, length, new_length});
    return {};
}

void JournalFile::note_length(std::uint64_t length, std::uint64_t new_length) {
    changes_.push_back({length, {}, {}, length, new_length});
}

void JournalFile::note_synced() {
    const bool nothing_lost = std::all_of(changes_.begin(), changes_.end(), [](const Change& one) {
        return one.fate == Fate::Pending;
    });
    if (nothing_lost) {
        changes_.clear();
        return;
    }
    for (Change& change : changes_) {
        change.fate = change.fate == Fate::Pending ? Fate::Synced : change.fate;
    }
}

void JournalFile::note_lost() {
    for (Change& change : changes_) {
        change.fate = change.fate == Fate::Pending ? Fate::Lost : change.fate;
    }
}

Status JournalFile::undo(File& file, Random* random) {
    MB_TRY_STATUS(leave_durable(file, random));
    changes_.clear();
    return file.sync_data();
}

std::string JournalFile::durable(std::string bytes) const {
    Contents contents(std::move(bytes));
    const Status left = leave_durable(contents, nullptr);
    MB_CHECK(left.has_value(), "changing a string cannot fail");
    return contents.take();
}

// Back to before the first change, then forward again over what is on disk.
template <typename Target>
Status JournalFile::leave_durable(Target& target, Random* random) const {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        MB_TRY_STATUS(target.truncate(change->length_before));
        MB_TRY_STATUS(target.write_at(change->offset, change->before));
    }
    for (const Change& change : changes_) {
        if (change.fate == Fate::Synced) {
            MB_TRY_STATUS(redo(target, change));
        } else if (random != nullptr) {
            MB_TRY_STATUS(redo_some(target, change, *random));
        }
    }
    return {};
}

template <typename Target>
Status JournalFile::redo(Target& target, const Change& change) {
    if (change.after.empty()) {
        return target.truncate(change.length_after);
    }
    return target.write_at(change.offset, change.after);
}

template <typename Target>
Status JournalFile::redo_some(Target& target, const Change& change, Random& random) {
    if (change.after.empty() && toss(random)) {
        return target.truncate(change.length_after);
    }
    const std::string_view after = change.after;
    for (std::size_t at = 0; at < after.size();) {
        // Cut at the sectors of the file, not of the write.
        const std::size_t sector = kSectorBytes - (change.offset + at) % kSectorBytes;
        const std::size_t bytes = std::min(sector, after.size() - at);
        if (toss(random)) {
            MB_TRY_STATUS(target.write_at(change.offset + at, after.substr(at, bytes)));
        }
        at += bytes;
    }
    return {};
}

std::shared_ptr<JournalFile> PowerCutJournal::file(const Path& path) {
    std::shared_ptr<JournalFile>& journal = journals_[path];
    if (journal == nullptr) {
        journal = std::make_shared<JournalFile>();
    }
    return journal;
}

void PowerCutJournal::note_created(const Path& path) {
    names_.push_back({{}, path, std::nullopt});
}

Status PowerCutJournal::note_removed(const Path& path) {
    MB_TRY(std::optional<std::string> contents, durable_contents(path));
    if (contents) {
        names_.push_back({{}, path, std::move(contents)});
        journals_.erase(path);
    }
    return {};
}

Status PowerCutJournal::note_renamed(const Path& from, const Path& to) {
    MB_TRY(const bool exists, files_.exists(from));
    if (!exists) {
        return {};
    }
    MB_TRY(std::optional<std::string> replaced, durable_contents(to));
    names_.push_back({from, to, std::move(replaced)});
    journals_[to] = file(from);
    journals_.erase(from);
    return {};
}

void PowerCutJournal::forget_names(const Path& folder) {
    std::erase_if(names_, [&](const NameChange& change) {
        const Path parent = change.to.parent_path();
        return (parent.empty() ? Path(".") : parent).lexically_normal() ==
               (folder / "").parent_path().lexically_normal();
    });
}

Status PowerCutJournal::undo(Random* random) {
    for (const auto& [path, journal] : journals_) {
        if (!journal->has_changes()) {
            continue;
        }
        MB_TRY(const std::unique_ptr<File> file, files_.open(path, OpenMode::ReadWrite));
        MB_TRY_STATUS(journal->undo(*file, random));
    }
    journals_.clear();
    const std::size_t kept = random != nullptr ? random->next_u64() % (names_.size() + 1) : 0;
    while (names_.size() > kept) {
        MB_TRY_STATUS(undo_name(names_.back()));
        names_.pop_back();
    }
    names_.clear();
    return {};
}

Result<std::optional<std::string>> PowerCutJournal::durable_contents(const Path& path) {
    MB_TRY(const bool exists, files_.exists(path));
    if (!exists) {
        return std::optional<std::string>();
    }
    MB_TRY(std::string bytes, read_all(files_, path, kRemovedBytesMax));
    return std::optional<std::string>(file(path)->durable(std::move(bytes)));
}

Status PowerCutJournal::undo_name(const NameChange& change) {
    if (!change.from.empty()) {
        MB_TRY_STATUS(files_.rename(change.to, change.from));
    } else if (!change.replaced) {
        return files_.remove(change.to);
    }
    if (change.replaced) {
        MB_TRY(const std::unique_ptr<File> file, files_.open(change.to, OpenMode::CreateOrExtend));
        return file->write_at(0, *change.replaced);
    }
    return {};
}

}  // namespace millbeck::base
