// The folder of a sink of files: what is committed, what is being written, what is complete.
//
// <folder>/CURRENT                          the generation; below it, who wrote here last
// <folder>/LOCK                             held while somebody writes
// <folder>/<generation>/_manifest.ndjson    complete files (copy_state.hpp)
// <folder>/<generation>/_journal            commits
// <folder>/<generation>/_open/part-000012.ndjson
// <folder>/<generation>/dt=2026-11-21/hour=20/part-000012.ndjson
//
// A commit: append to parts, sync them, append one journal line, sync it.
// A part's end: close it, sync, rename it into its partition, sync both folders, append one
// manifest line, sync it. The journal may still name it: what the manifest lists is complete.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "sinks/files/copy_state.hpp"
#include "sinks/files/files_options.hpp"
#include "sinks/files/part_file.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Lines of one batch for one partition.
struct Piece {
    std::string partition;
    std::string text;
    std::uint64_t records = 0;
    SequenceSpan span;
};

// One batch, as text.
struct Write {
    std::string shard;
    std::string position;  // "": has none
    std::vector<Piece> pieces;
};

// Invariant: state_ is what is durable. After an error nothing in memory is believed: the next
//            open() goes back to state_ on the disk before anything else is written.
// Threads:   one call at a time.
// Errors:    NoSpace, Io, Corrupt; InUse: another process has the folder.
class FilesStore {
  public:
    FilesStore(const FilesOptions& options, const SinkContext& context, std::string header);

    // Locks the folder and looks whether it is as this object left it. Each success is followed by
    // one leave(); everything else happens between the two.
    base::Status enter();
    void leave() { lock_.reset(); }

    // Reads what is there and completes what a crash left open. Idempotent; cheap when open.
    base::Status open();

    // "" when the folder was never begun, or its data has gone. Requires: open.
    [[nodiscard]] const std::string& generation() const { return generation_; }
    [[nodiscard]] const Positions& positions() const { return state_.positions; }
    // Whether this is what was committed last of its shard: its answer got lost.
    [[nodiscard]] bool holds(const Write& write) const;
    [[nodiscard]] const std::string& last_sequence() const { return state_.last_sequence; }
    [[nodiscard]] bool is_open() const { return is_settled_ && !generation_.empty(); }

    // The generation without data, also when there was some. Requires: open.
    base::Status begin(const std::string& generation);

    // All of them or none. Requires: open, a generation.
    base::Status commit(std::span<const Write* const> writes);

    enum class Which { Due, All };
    // Completes files that are full or old, or all.
    base::Status complete(Which which);

    [[nodiscard]] std::vector<CompleteFile> complete_files() const;
    [[nodiscard]] base::Path root() const { return options_.folder / generation_; }

  private:
    struct Writing {
        std::unique_ptr<PartFile> file;
        PartNumber number = 0;
    };

    base::Status lock();
    base::Result<bool> is_ours();
    base::Result<bool> has_lists();
    base::Status open_again();
    base::Status take_over();
    base::Status remove_files();
    base::Status load();
    base::Status settle();
    base::Status remove_strays();
    base::Status complete_part(PartNumber number);
    base::Status move_part(PartNumber number, const OpenPart& part, CompleteFile& file);
    base::Status list_part(PartNumber number, CompleteFile file);
    base::Status make_folder(const std::string& partition);
    base::Status append_synced(base::File& file, std::uint64_t& at, std::string_view line);
    base::Status write_journal();
    base::Status write_pieces(std::span<const Write* const> writes, CopyState& change);
    base::Status write_piece(const Piece& piece, const std::string& shard, CopyState& change);
    base::Result<Writing*> part_of(const std::string& partition, CopyState& change);
    base::Status try_commit(std::span<const Write* const> writes);
    [[nodiscard]] std::string file_name(PartNumber number) const;
    [[nodiscard]] base::Path open_path(PartNumber number) const;
    [[nodiscard]] base::Path final_path(PartNumber number, const OpenPart& part) const;

    const FilesOptions options_;
    const std::string header_;
    const base::Clock& clock_;
    base::Random& random_;
    base::FileSystem& files_;

    std::unique_ptr<base::FolderLock> lock_;
    bool is_loaded_ = false;   // generation_, state_ and manifest_ are what is on the disk
    bool is_settled_ = false;  // and so are the files that they speak of
    std::string generation_;
    std::string current_;  // what CURRENT says while nobody else wrote here
    CopyState state_;
    Manifest manifest_;
    PartNumber next_number_ = 1;

    std::map<std::string, Writing> writing_;  // by partition
    std::unique_ptr<base::File> journal_;
    std::uint64_t journal_bytes_ = 0;
    std::unique_ptr<base::File> manifest_file_;
    std::uint64_t manifest_bytes_ = 0;
};

}  // namespace millbeck::sinks
