// A write that was checked against its table on the caller's thread: everything the committer needs
// without parsing or building anything again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
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
    // What the item becomes, given what it is; absent: it goes. What an update makes is put into
    // `made`, which must stay where it is. Pure.
    // Errors: ConditionFailed; those of Update::apply. Then the item stays as it is.
    [[nodiscard]] base::Result<shardlog::ItemView> decide(const shardlog::ItemView& before,
                                                          std::string& made) const;

    // What the caller asked to see of a write that happened, or of one that was refused.
    [[nodiscard]] std::optional<std::string> shown(const shardlog::ItemView& before,
                                                   const shardlog::ItemView& after) const;
    [[nodiscard]] std::optional<std::string> shown_refused(const shardlog::ItemView& before) const;

    [[nodiscard]] shardlog::Origin origin() const { return origin_; }
    [[nodiscard]] bool is_update() const { return kind_ == Kind::Update; }
    [[nodiscard]] WriteReport report() const { return report_; }
    [[nodiscard]] std::size_t bytes() const {
        return packed_.size() + item_.text().size() + before_.text.size();
    }

    // What the item was, read ahead of the committer; it holds unless the item has changed behind
    // the position read_at().
    [[nodiscard]] shardlog::ItemView before() const { return before_.view(); }
    [[nodiscard]] shardlog::SequenceNumber read_at() const { return read_at_; }
    void take_before(shardlog::SequenceNumber read_at, StoredItem before) {
        read_at_ = read_at;
        before_ = std::move(before);
    }

  private:
    enum class Kind { Put, Delete, Update, Check };

    PreparedWrite() = default;
    void take(PutWrite&& write);
    void take(DeleteWrite&& write);
    void take(UpdateWrite&& write);
    void take(CheckWrite&& write);
    [[nodiscard]] base::Status check(const TableEntry& table) const;
    void pack(const TableEntry& entry);
    [[nodiscard]] std::string_view view(std::size_t begin, std::size_t end) const {
        return std::string_view(packed_).substr(begin, end - begin);
    }

    shardlog::Item item_;  // a put's item, of the others the key
    std::string packed_;   // storage key, then the key map's text: one allocation
    std::uint32_t storage_key_bytes_ = 0;
    std::uint32_t keys_size_bytes_ = 0;
    std::uint64_t hash_ = 0;
    StoredItem before_;
    shardlog::SequenceNumber read_at_;
    shardlog::TableId table_;
    WriteCondition condition_;
    std::optional<expression::Update> update_;  // of an update
    ReturnValues return_values_ = ReturnValues::None;
    WriteReport report_ = WriteReport::Nothing;
    UpdateLimit limit_ = UpdateLimit::Item;
    Kind kind_ = Kind::Put;
    shardlog::Origin origin_ = shardlog::Origin::User;
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

// Reads the items the request writes, so that the committer, whose time all writers share, has
// nothing left to wait for. Errors: those of ItemStore::get.
base::Status read_ahead(WriteRequest& request, const ItemStore& items);

}  // namespace millbeck::capture
