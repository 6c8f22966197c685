// A write that was checked against its table on the caller's thread: everything the committer needs
// without parsing or building anything again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/row_key.hpp"
#include "capture/table_store.hpp"

namespace millbeck::capture {

// Moves freely; views of it are valid while it stays where it is.
class PreparedWrite {
  public:
    // Checks size and keys and moves the item or key out of `write`.
    // Errors: NotFound (no such table), Invalid with the service's text.
    static base::Result<PreparedWrite> make(const TableMap& tables, Write&& write);

    [[nodiscard]] shardlog::TableId table() const { return table_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }  // of storage_key()
    [[nodiscard]] std::string_view storage_key() const { return view(0, storage_key_bytes_); }
    [[nodiscard]] std::string_view row_key() const {
        return view(kTablePrefixBytes, storage_key_bytes_);
    }
    [[nodiscard]] shardlog::ItemView keys() const {
        return {view(storage_key_bytes_, packed_.size()), keys_size_bytes_};
    }
    // What the item shall be; absent for a delete.
    [[nodiscard]] shardlog::ItemView after() const {
        return is_put_ ? item_.view() : shardlog::ItemView{};
    }
    [[nodiscard]] ReturnValues return_values() const { return return_values_; }
    [[nodiscard]] std::size_t bytes() const { return packed_.size() + item_.text().size(); }

  private:
    PreparedWrite() = default;
    void pack(const TableEntry& entry);
    [[nodiscard]] std::string_view view(std::size_t begin, std::size_t end) const {
        return std::string_view(packed_).substr(begin, end - begin);
    }

    shardlog::Item item_;  // a put's item, a delete's key
    std::string packed_;   // storage key, then the key map's text: one allocation
    std::uint32_t storage_key_bytes_ = 0;
    std::uint32_t keys_size_bytes_ = 0;
    std::uint64_t hash_ = 0;
    shardlog::TableId table_;
    ReturnValues return_values_ = ReturnValues::None;
    bool is_put_ = false;
};

// What one submit() brought: its commits one after the other, and who waits for them.
struct WriteRequest {
    std::vector<PreparedWrite> writes;
    std::vector<std::uint32_t> commit_ends;  // index behind the last write of each commit
    std::size_t bytes = 0;
    Completion done;
};

// All commits or none. Errors: those of PreparedWrite::make; Invalid for an empty commit or two
// writes of one item in one commit.
base::Result<WriteRequest> prepare(const TableMap& tables, std::vector<Commit>&& commits);

}  // namespace millbeck::capture
