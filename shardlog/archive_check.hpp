// Whether the archive's files are what they were when they were written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/past_index.hpp"
#include "shardlog/record.hpp"

namespace millbeck::shardlog {

// Compares the records of a segment with what its index of the past says. Of one that is not there
// nothing is compared.
class PastCheck {
  public:
    explicit PastCheck(std::shared_ptr<const PastIndex> index) : index_(std::move(index)) {}

    // "" when the index names it.
    [[nodiscard]] std::string see(const RecordView& record, std::uint64_t offset) const;

  private:
    std::shared_ptr<const PastIndex> index_;
};

struct ArchiveCheckDoors {
    // A damaged place of a file.
    std::function<void(std::string file, std::uint64_t offset, std::string what)> damaged;
    // So many records and bytes more, uncompressed, were read; false ends the check.
    std::function<bool(std::uint64_t records, std::uint64_t bytes)> go_on;
    // The archive's oldest position now: what went meanwhile is passed over.
    std::function<SequenceNumber()> oldest;
};

// Reads every archive file from end to end, oldest first: header, table and index with their
// checksums, each block, each frame's checksum and place, each record's place in the index; and
// that each file begins where the one before ends. Returns how many there are. Memory: a block of
// each file in turn. The files are mapped: a disk that fails under them ends the process.
// Errors: Io when the folder cannot be listed; all else is damage.
base::Result<std::uint64_t> check_archive(base::FileSystem& files, const base::Path& folder,
                                          const ArchiveCheckDoors& doors);

}  // namespace millbeck::shardlog
