// Which records a replay delivers. Values only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shardlog/history.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/record.hpp"

namespace millbeck::runtime {

// How `row_key` narrows the records down.
enum class KeyMatch {
    Any,     // it does not
    Prefix,  // of the row keys that begin with it: one partition
    Item,    // of this one
};

struct ReplayChoice {
    shardlog::TableId table;
    shardlog::LogRange range;  // both inclusive; nothing when `to` is below `from`
    KeyMatch match = KeyMatch::Any;
    std::string row_key = {};
    // Only records of these positions, in rising order; empty: of all.
    std::vector<shardlog::SequenceNumber> only = {};

    [[nodiscard]] bool takes(const shardlog::RecordView& record) const {
        if (record.table != table || record.sequence < range.from || record.sequence > range.to) {
            return false;
        }
        switch (match) {
            case KeyMatch::Any:
                return true;
            case KeyMatch::Prefix:
                return record.row_key.substr(0, row_key.size()) == row_key;
            case KeyMatch::Item:
                return record.row_key == row_key;
        }
        return false;
    }
};

}  // namespace millbeck::runtime
