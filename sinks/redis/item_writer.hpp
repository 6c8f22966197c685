// Messages as commands: what is written for an item, and under which keys.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/redis/command_buffer.hpp"
#include "sinks/redis/key_names.hpp"
#include "sinks/redis/leaderboard.hpp"
#include "sinks/redis/redis_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/text_template.hpp"

namespace millbeck::sinks::redis {

// What the commands of a batch are gathered in.
struct Writing {
    // To be deleted before `commands`, all at once: that costs half of a DEL for each.
    std::vector<std::string> cleared{};
    CommandBuffer commands{};
    std::unordered_set<std::string> touched{};  // keys that `cleared` or `commands` speak of
    std::set<std::string> sorted_sets{};        // their keys, for the sink's list of them
    base::WallTime now{};
};

// The fields of a hash as one text: a JSON object of texts, by name.
std::string hash_content(std::vector<std::pair<std::string, std::string>> fields);

// Immutable. Threads: any.
class ItemWriter {
  public:
    // Invalid: see open_redis().
    static base::Result<ItemWriter> create(RedisOptions options, const std::string& sink,
                                           const std::string& table);

    // The key of an item. `key`: canonical JSON. Invalid where the template does not fit the key.
    [[nodiscard]] base::Result<std::string> key_of(std::string_view key) const;
    // What all keys of items begin with.
    [[nodiscard]] std::string prefix() const { return tag_ + key_.prefix(); }

    enum class Before {
        Nothing,   // there is nothing under the item's key
        Anything,  // what is there goes
    };
    // Appends the commands that put the message's item there, or take it away.
    base::Status append(Writing& into, const Message& message, Before before) const;

    // What is to be read back of this item; nullopt: it has expired already.
    [[nodiscard]] base::Result<std::optional<std::string>> content_of(std::string_view image,
                                                                      base::WallTime now) const;

    // Takes an item away without leaving a version. What it has in a sorted set stays: the entry is
    // a row of its own where copies are compared.
    base::Status append_removal(Writing& into, std::string_view key) const;

    // An item's entry in the sorted set.
    struct Entry {
        Place place;
        std::optional<std::string> score;  // as score_text(); nullopt: perhaps it is not there
    };
    // What is to be read back of it; nullopt: it has none. `image` may be "": what the key says.
    [[nodiscard]] base::Result<std::optional<Entry>> entry_of(std::string_view key,
                                                              std::string_view image,
                                                              base::WallTime now) const;

    [[nodiscard]] const RedisOptions& options() const { return options_; }
    [[nodiscard]] const std::string& sink() const { return sink_; }
    [[nodiscard]] const KeyNames& names() const { return names_; }

  private:
    struct Item;  // an image, read

    explicit ItemWriter(RedisOptions options, const std::string& sink)
        : options_(std::move(options)), sink_(sink), names_(sink) {}

    base::Status prepare(const std::string& table);
    [[nodiscard]] base::Result<Item> read(std::string_view image, base::WallTime now) const;
    [[nodiscard]] base::Result<std::string> key_of(const Row& key) const;
    [[nodiscard]] std::string string_content(const Item& item) const;
    [[nodiscard]] Place place_of(const Row& row, const std::string& key) const;
    [[nodiscard]] bool is_placed_by(const Row& key) const;

    static void clear(Writing& into, const std::string& key);
    void put(Writing& into, const std::string& key, const Message& message, const Item& item,
             Before before) const;
    void put_hash(Writing& into, const std::string& key, const std::string& mark,
                  const Item& item) const;
    void remove(Writing& into, const std::string& key, const Message& message) const;
    base::Status rank(Writing& into, const std::string& key, const Row& key_row,
                      const Message& message, const Item* item) const;

    RedisOptions options_;
    std::string sink_;
    KeyNames names_;
    std::string tag_;  // "{sink}" or ""
    std::string tombstone_seconds_;
    KeyTemplate key_;
    TextTemplate value_;
    TextTemplate set_;
    TextTemplate member_;
    // What templates, score and expiry need beside the mapped row; empty: nothing.
    RowMapping needed_;
    bool needs_more_ = false;
};

}  // namespace millbeck::sinks::redis
