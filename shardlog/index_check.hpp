// Whether an index names exactly the records that its segment holds.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "shardlog/record.hpp"
#include "shardlog/segment_index.hpp"

namespace millbeck::shardlog {

// Compares the records of a segment, in order, with what its index says. Of an index that is not
// there nothing is compared.
class IndexCheck {
  public:
    explicit IndexCheck(std::shared_ptr<const SegmentIndex> index) : index_(std::move(index)) {
        if (index_) {
            for (const ShardOffsets& shard : index_->all()) {
                shards_.emplace(shard.shard.value(), Expected{shard, 0});
            }
        }
    }

    // "" when the index names it.
    std::string see(const RecordView& record, std::uint64_t offset) {
        if (!index_ || record.shard.value() == 0) {
            return "";
        }
        const auto found = shards_.find(record.shard.value());
        if (found == shards_.end() || found->second.seen == found->second.offsets.count) {
            return fmt::format("it lacks the record at position {}", record.sequence.to_string());
        }
        Expected& expected = found->second;
        if (expected.offsets.at(expected.seen++) != offset) {
            return fmt::format("it has another place for the record at position {}",
                               record.sequence.to_string());
        }
        return "";
    }

    // "" when all it names was seen.
    [[nodiscard]] std::string rest() const {
        for (const auto& [shard, expected] : shards_) {
            if (expected.seen < expected.offsets.count) {
                return fmt::format("it names {} records of shard {} that are not there",
                                   expected.offsets.count - expected.seen, shard);
            }
        }
        return "";
    }

  private:
    struct Expected {
        ShardOffsets offsets;
        std::uint32_t seen = 0;
    };
    std::shared_ptr<const SegmentIndex> index_;
    std::map<std::uint32_t, Expected> shards_;
};

}  // namespace millbeck::shardlog
