#include "sinks/files/files_store.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace millbeck::sinks {

namespace {

using base::Code;
using base::OpenMode;
using base::Path;
using base::Status;

constexpr std::string_view kCurrent = "CURRENT";
constexpr std::string_view kManifest = "_manifest.ndjson";
constexpr std::string_view kJournal = "_journal";
constexpr std::string_view kOpen = "_open";
constexpr std::size_t kCurrentBytesMax = 1'024;
constexpr std::size_t kOwnerBytes = 16;
constexpr std::size_t kListBytesMax = 1u << 30;
// Then the journal is written anew.
constexpr std::uint64_t kJournalBytesMax = 4u << 20;

// "" when there is none.
base::Result<std::string> read_if_there(base::FileSystem& files, const Path& path,
                                        std::size_t bytes_max) {
    MB_TRY(const bool is_there, files.exists(path));
    if (!is_there) {
        return std::string();
    }
    return base::read_all(files, path, bytes_max);
}

}  // namespace

FilesStore::FilesStore(const FilesOptions& options, const SinkContext& context, std::string header)
    : options_(options),
      header_(std::move(header)),
      clock_(context.clock),
      random_(context.random),
      files_(context.files) {}

std::string FilesStore::file_name(PartNumber number) const {
    const bool is_csv = options_.format == FilesOptions::Format::Csv;
    return fmt::format("part-{:06}.{}{}", number, is_csv ? "csv" : "ndjson",
                       options_.zstd ? ".zst" : "");
}

Path FilesStore::open_path(PartNumber number) const {
    return root() / kOpen / file_name(number);
}

Path FilesStore::final_path(PartNumber number, const OpenPart& part) const {
    return root() / part.partition / file_name(number);
}

// ---- who writes here

Status FilesStore::lock() {
    auto locked = files_.lock_folder(options_.folder);
    if (!locked && locked.error().code == Code::NotFound) {
        MB_TRY_STATUS(files_.create_folders(options_.folder));
        locked = files_.lock_folder(options_.folder);
    }
    MB_TRY(lock_, std::move(locked));
    return {};
}

Status FilesStore::enter() {
    MB_TRY_STATUS(lock());
    if (!is_loaded_) {
        return {};
    }
    const auto ours = is_ours();
    if (!ours) {
        leave();
        return tl::unexpected<base::Error>(ours.error());
    }
    is_loaded_ = *ours;
    is_settled_ = is_settled_ && *ours;
    return {};
}

// Another one may have begun a generation, or gone on with this one; or the data has gone.
base::Result<bool> FilesStore::is_ours() {
    MB_TRY(const std::string current,
           read_if_there(files_, options_.folder / kCurrent, kCurrentBytesMax));
    if (current != current_ || generation_.empty()) {
        return false;
    }
    return has_lists();
}

base::Result<bool> FilesStore::has_lists() {
    MB_TRY(const bool has_manifest, files_.exists(root() / kManifest));
    if (!has_manifest) {
        return false;
    }
    return files_.exists(root() / kJournal);
}

Status FilesStore::take_over() {
    current_ = fmt::format("{}\n{}\n", generation_, base::make_hex(random_, kOwnerBytes));
    return base::write_atomically(files_, options_.folder / kCurrent, current_);
}

// ---- opening

Status FilesStore::open() {
    if (is_settled_) {
        return {};
    }
    Status opened = open_again();
    is_settled_ = opened.has_value();
    return opened;
}

Status FilesStore::open_again() {
    writing_.clear();
    if (!is_loaded_) {
        MB_TRY_STATUS(load());
        if (!generation_.empty()) {
            MB_TRY_STATUS(take_over());
        }
        is_loaded_ = true;
    }
    return generation_.empty() ? Status{} : settle();
}

Status FilesStore::load() {
    state_ = {};
    manifest_ = {};
    next_number_ = 1;
    MB_TRY(generation_, read_if_there(files_, options_.folder / kCurrent, kCurrentBytesMax));
    generation_.erase(std::find(generation_.begin(), generation_.end(), '\n'), generation_.end());
    if (generation_.empty()) {
        return {};
    }
    MB_TRY(const bool is_whole, has_lists());
    if (!is_whole) {
        generation_.clear();
        return {};
    }
    MB_TRY(const std::string journal, read_if_there(files_, root() / kJournal, kListBytesMax));
    MB_TRY(state_, read_journal(journal));
    MB_TRY(const std::string listed, read_if_there(files_, root() / kManifest, kListBytesMax));
    MB_TRY(manifest_, read_manifest(listed));
    for (const auto& [number, file] : manifest_.files) {
        state_.open.erase(number);
        next_number_ = std::max(next_number_, number + 1);
    }
    for (const auto& [number, part] : state_.open) {
        next_number_ = std::max(next_number_, number + 1);
        MB_TRY(const bool is_open, files_.exists(open_path(number)));
        MB_TRY(const bool is_moved, files_.exists(final_path(number, part)));
        if (!is_open && !is_moved) {
            generation_.clear();  // somebody took its data away
            return {};
        }
    }
    return {};
}

// Whatever was said of these files before, by a process that died or a sync that failed: from here
// on the disk holds what state_ and manifest_ say. That is why both lists are written anew.
Status FilesStore::settle() {
    const Path manifest = root() / kManifest;
    MB_TRY_STATUS(base::write_atomically(files_, manifest, manifest_.text));
    MB_TRY(manifest_file_, files_.open(manifest, OpenMode::ReadWrite));
    manifest_bytes_ = manifest_.text.size();
    MB_TRY_STATUS(files_.create_folders(root() / kOpen));
    MB_TRY_STATUS(write_journal());
    std::vector<PartNumber> left;
    for (const auto& [number, part] : state_.open) {
        left.push_back(number);
    }
    for (const PartNumber number : left) {
        MB_TRY_STATUS(complete_part(number));
    }
    return remove_strays();
}

// Files of a crash before their first commit.
Status FilesStore::remove_strays() {
    MB_TRY(const std::vector<std::string> names, files_.list(root() / kOpen));
    for (const std::string& name : names) {
        MB_TRY_STATUS(files_.remove(root() / kOpen / name));
    }
    return {};
}

Status FilesStore::write_journal() {
    const std::string text = journal_line(state_);
    journal_.reset();
    MB_TRY_STATUS(base::write_atomically(files_, root() / kJournal, text));
    MB_TRY(journal_, files_.open(root() / kJournal, OpenMode::ReadWrite));
    journal_bytes_ = text.size();
    return {};
}

Status FilesStore::append_synced(base::File& file, std::uint64_t& at, std::string_view line) {
    MB_TRY_STATUS(file.write_at(at, line));
    MB_TRY_STATUS(file.sync_data());
    at += line.size();
    return {};
}

// ---- generations

Status FilesStore::begin(const std::string& generation) {
    if (generation == generation_) {
        MB_TRY_STATUS(remove_files());
    } else if (!generation_.empty()) {
        MB_TRY_STATUS(complete(Which::All));
    }
    is_settled_ = false;
    is_loaded_ = false;
    generation_ = generation;
    MB_TRY_STATUS(files_.create_folders(root() / kOpen));
    MB_TRY_STATUS(base::write_atomically(files_, root() / kManifest, ""));
    MB_TRY_STATUS(base::write_atomically(files_, root() / kJournal, journal_line({})));
    MB_TRY_STATUS(files_.sync_folder(options_.folder));
    MB_TRY_STATUS(take_over());
    return open();
}

// Off the manifest first: no reader is told of a file that is going.
Status FilesStore::remove_files() {
    is_settled_ = false;
    const std::vector<CompleteFile> gone = complete_files();
    MB_TRY_STATUS(base::write_atomically(files_, root() / kManifest, ""));
    for (const CompleteFile& file : gone) {
        MB_TRY_STATUS(files_.remove(root() / file.file));
    }
    return {};
}

// ---- commits

bool FilesStore::holds(const Write& write) const {
    const auto found = state_.positions.find(write.shard);
    return !write.position.empty() && found != state_.positions.end() &&
           found->second == write.position;
}

Status FilesStore::commit(std::span<const Write* const> writes) {
    Status committed = try_commit(writes);
    is_settled_ = committed.has_value();
    if (committed) {
        // A file that cannot be completed now is completed later; its lines are safe.
        static_cast<void>(complete(Which::Due));
    }
    return committed;
}

Status FilesStore::try_commit(std::span<const Write* const> writes) {
    CopyState change;
    MB_TRY_STATUS(write_pieces(writes, change));
    for (auto& [number, part] : change.open) {
        Writing& writing = writing_.at(part.partition);
        MB_TRY_STATUS(writing.file->sync());
        part.bytes = writing.file->size();
    }
    MB_TRY_STATUS(append_synced(*journal_, journal_bytes_, journal_line(change)));
    state_.merge(change);
    return journal_bytes_ > kJournalBytesMax ? write_journal() : Status{};
}

Status FilesStore::write_pieces(std::span<const Write* const> writes, CopyState& change) {
    for (const Write* write : writes) {
        for (const Piece& piece : write->pieces) {
            MB_TRY_STATUS(write_piece(piece, write->shard, change));
        }
        if (!write->position.empty()) {
            change.positions[write->shard] = write->position;
        }
    }
    return {};
}

Status FilesStore::write_piece(const Piece& piece, const std::string& shard, CopyState& change) {
    MB_TRY(Writing* const writing, part_of(piece.partition, change));
    MB_TRY_STATUS(writing->file->append(piece.text));
    OpenPart& part = change.open[writing->number];
    part.text_bytes += piece.text.size();
    part.records += piece.records;
    part.shards.try_emplace(shard, piece.span).first->second.last = piece.span.last;
    if (is_newer(piece.span.last, change.last_sequence)) {
        change.last_sequence = piece.span.last;
    }
    return {};
}

// The part of a partition as this commit changes it.
base::Result<FilesStore::Writing*> FilesStore::part_of(const std::string& partition,
                                                       CopyState& change) {
    Writing& writing = writing_[partition];
    if (!writing.file) {
        writing.number = next_number_;
        MB_TRY(writing.file,
               PartFile::create(files_, open_path(writing.number),
                                {.is_on = options_.zstd, .level = options_.zstd_level}));
        MB_TRY_STATUS(files_.sync_folder(root() / kOpen));
        ++next_number_;
        OpenPart& part = change.open[writing.number];
        part.partition = partition;
        part.since = base::to_millis(clock_.wall());
        if (!header_.empty()) {
            MB_TRY_STATUS(writing.file->append(header_));
            part.text_bytes = header_.size();
        }
    } else if (!change.open.contains(writing.number)) {
        OpenPart& part = change.open[writing.number];
        part = state_.open.at(writing.number);
        part.shards.clear();
    }
    return &writing;
}

// ---- complete files

Status FilesStore::complete(Which which) {
    const std::int64_t now = base::to_millis(clock_.wall());
    std::vector<std::pair<std::int64_t, PartNumber>> open;
    std::set<PartNumber> due;
    for (const auto& [number, part] : state_.open) {
        const bool is_due =
            part.text_bytes >= options_.file_bytes || now - part.since >= options_.file_age.count();
        if (which == Which::All || is_due) {
            due.insert(number);
        }
        open.emplace_back(part.since, number);
    }
    std::sort(open.begin(), open.end());
    for (std::size_t i = 0; i + options_.open_files_max < open.size(); ++i) {
        due.insert(open[i].second);
    }
    for (const PartNumber number : due) {
        writing_.erase(state_.open.at(number).partition);
        if (Status completed = complete_part(number); !completed) {
            is_settled_ = false;
            return completed;
        }
    }
    return {};
}

// Works from what is durable, so that it is the same after a crash and without one.
Status FilesStore::complete_part(PartNumber number) {
    const OpenPart& part = state_.open.at(number);
    CompleteFile file{.number = number,
                      .file = final_path(number, part).lexically_relative(root()).native(),
                      .bytes = 0,
                      .records = part.records};
    MB_TRY_STATUS(move_part(number, part, file));
    return list_part(number, std::move(file));
}

Status FilesStore::move_part(PartNumber number, const OpenPart& part, CompleteFile& file) {
    const Path from = open_path(number);
    const Path to = root() / file.file;
    const std::string_view closing = PartFile::close_bytes(options_.zstd);
    file.bytes = part.bytes + closing.size();
    MB_TRY_STATUS(make_folder(part.partition));
    MB_TRY(const bool is_open, files_.exists(from));
    if (is_open) {
        MB_TRY(const std::unique_ptr<base::File> open, files_.open(from, OpenMode::ReadWrite));
        MB_TRY(const std::uint64_t size, open->size());
        if (size < part.bytes) {
            return base::fail(Code::Corrupt, fmt::format("{} has {} bytes, {} were synced",
                                                         from.native(), size, part.bytes));
        }
        MB_TRY_STATUS(open->truncate(part.bytes));
        MB_TRY_STATUS(open->write_at(part.bytes, closing));
        MB_TRY_STATUS(open->sync_data());
        MB_TRY_STATUS(files_.rename(from, to));
    }
    MB_TRY_STATUS(files_.sync_folder(to.parent_path()));
    return files_.sync_folder(root() / kOpen);
}

Status FilesStore::list_part(PartNumber number, CompleteFile file) {
    MB_TRY(const bool is_there, files_.exists(root() / file.file));
    if (!is_there) {
        return base::fail(Code::Corrupt, fmt::format("{} is gone", (root() / file.file).native()));
    }
    const std::string line = manifest_line(file, state_.open.at(number));
    MB_TRY_STATUS(append_synced(*manifest_file_, manifest_bytes_, line));
    add(manifest_, std::move(file), line);
    state_.open.erase(number);
    return {};
}

// Each folder on the way is synced, or a power cut could take it with all that is in it.
Status FilesStore::make_folder(const std::string& partition) {
    MB_TRY(const bool is_there, files_.exists(root() / partition));
    if (is_there) {
        return {};
    }
    MB_TRY_STATUS(files_.create_folders(root() / partition));
    Path folder = root();
    for (const Path& part : Path(partition)) {
        MB_TRY_STATUS(files_.sync_folder(folder));
        folder /= part;
    }
    return files_.sync_folder(folder);
}

std::vector<CompleteFile> FilesStore::complete_files() const {
    std::vector<CompleteFile> found;
    for (const auto& [number, file] : manifest_.files) {
        found.push_back(file);
    }
    return found;
}

}  // namespace millbeck::sinks
