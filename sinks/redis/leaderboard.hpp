// Entries of sorted sets as rows of their own, to be compared beside the items.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/redis/key_names.hpp"
#include "sinks/redis/server.hpp"

namespace millbeck::sinks::redis {

// Where an item stands in a leaderboard.
struct Place {
    std::string set;  // its key
    std::string member;
    friend bool operator==(const Place&, const Place&) = default;
};

// `{"sorted_set":"top:eu","member":"alice"}`; a text that is no UTF-8 comes as base64, under
// `sorted_set_base64` or `member_base64`. The keys of items have objects as values: none is like
// it.
std::string key_of_place(const Place& place);

// nullopt: it is the key of something else.
std::optional<Place> place_of_key(std::string_view key);

// Scores that are the same double have the same text, whether the table's item or Redis says it.
std::string score_text(std::string_view number);

// All entries of the sorted sets in the list `names.sets()`, each once, with its key and score as
// above. Those of a set that another sink's list names, too, may be foreign. Remembers 64 bits of
// each set, and of each entry of the sets it is reading, 16 at once.
// Errors: of the server; Io also where a set's key holds something else.
base::Status scan_leaderboards(Server& server, const KeyNames& names,
                               const std::function<base::Status(CopiedRow)>& visit,
                               base::Instant deadline);

}  // namespace millbeck::sinks::redis
