// The keys a sink keeps for itself, beside those of the items.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::sinks::redis {

// The braces put all of them into one slot of a cluster.
class KeyNames {
  public:
    // What those of all sinks begin with.
    static constexpr std::string_view kBegin = "millbeck:{";

    explicit KeyNames(const std::string& sink)
        : begin_(std::string(kBegin).append(sink).append("}:")),
          positions_(begin_ + "positions"),
          rows_(begin_ + "rows"),
          sets_(begin_ + "sets"),
          prefixes_(begin_ + "prefixes"),
          item_begin_(begin_ + "item:") {}

    // Hash: `generation`, and `at <shard>` with its position.
    [[nodiscard]] const std::string& positions() const { return positions_; }
    // "" until the first change, then the version of the newest rows sent after it, or "00".
    [[nodiscard]] const std::string& rows() const { return rows_; }
    // The version of the newest change of a shard.
    [[nodiscard]] std::string newest(const std::string& shard) const {
        return begin_ + "newest:" + shard;
    }
    // Set: the names of all sorted sets written to.
    [[nodiscard]] const std::string& sets() const { return sets_; }
    // Whether the key is sets() of some sink.
    static bool is_sets(std::string_view key) {
        return key.starts_with(kBegin) && key.ends_with(kSetsEnd);
    }
    // Set: how keys of items begin.
    [[nodiscard]] const std::string& prefixes() const { return prefixes_; }
    // The version of an item whose own key has no room for it, or that is removed.
    [[nodiscard]] std::string item(std::string_view key) const {
        return std::string(item_begin_).append(key);
    }
    [[nodiscard]] const std::string& item_begin() const { return item_begin_; }
    // All of the above begin so.
    [[nodiscard]] const std::string& begin() const { return begin_; }

    static std::string position_field(const std::string& shard) { return "at " + shard; }

  private:
    static constexpr std::string_view kSetsEnd = "}:sets";

    std::string begin_, positions_, rows_, sets_, prefixes_, item_begin_;
};

}  // namespace millbeck::sinks::redis
