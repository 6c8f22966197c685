#include "sinks/redis/leaderboard.hpp"

#include <charconv>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "sinks/handler/base64_text.hpp"
#include "sinks/redis/scan.hpp"
#include "sinks/row.hpp"
#include "sinks/sql/binary_text.hpp"

namespace millbeck::sinks::redis {

using base::Result;
using base::Status;

namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kSet = "sorted_set";
constexpr std::string_view kMember = "member";
constexpr std::string_view kEncoded = "_base64";
constexpr std::size_t kSetsAtOnce = 16;

void append_named(std::string& out, std::string_view name, std::string_view text) {
    const bool is_text = simdjson::validate_utf8(text.data(), text.size());
    append_json_text(out, std::string(name).append(is_text ? "" : kEncoded));
    out += ':';
    append_json_text(out, is_text ? text : sql::encode_base64(text));
}

std::optional<std::string> read_named(const dom::element& key, std::string_view name) {
    std::string_view text;
    if (key[name].get(text) == simdjson::SUCCESS) {
        return std::string(text);
    }
    if (key[std::string(name).append(kEncoded)].get(text) == simdjson::SUCCESS) {
        return decode_base64(text);
    }
    return std::nullopt;
}

std::size_t hash_of(const std::string& text) {
    return std::hash<std::string>{}(text);
}

// A sorted set that is being read.
struct Walk {
    std::string set;
    bool is_shared = false;
    std::string cursor = "0";
    std::unordered_set<std::size_t> seen{};  // a page may name a member again
    bool is_done = false;
};

class LeaderboardScan {
  public:
    LeaderboardScan(Server& server, const KeyNames& names,
                    const std::function<Status(CopiedRow)>& visit, base::Instant deadline)
        : server_(server), names_(names), visit_(visit), deadline_(deadline) {}

    Status run() {
        MB_TRY_STATUS(find_others());
        std::unordered_set<std::size_t> seen;
        std::string cursor = "0";
        do {
            CommandBuffer commands;
            commands.add({"SSCAN", names_.sets(), cursor, "COUNT", "1000"});
            MB_TRY(auto replies, server_.ask_strictly(commands, deadline_));
            MB_TRY(ScanPage page, page_of(std::move(replies.front()), "SSCAN"));
            std::vector<Walk> walks;
            for (std::string& each : page.found) {
                if (seen.insert(hash_of(each)).second) {
                    walks.push_back({.set = std::move(each)});
                }
                if (walks.size() == kSetsAtOnce) {
                    MB_TRY_STATUS(read(std::exchange(walks, {})));
                }
            }
            MB_TRY_STATUS(read(std::move(walks)));
            cursor = std::move(page.cursor);
        } while (cursor != "0");
        return {};
    }

  private:
    // The lists of other sinks' sorted sets.
    Status find_others() {
        const auto keep = [this](const std::vector<std::string>& keys) -> Status {
            for (const std::string& each : keys) {
                if (KeyNames::is_sets(each) && each != names_.sets()) {
                    others_.insert(each);
                }
            }
            return {};
        };
        return scan_keys(server_, KeyNames::kBegin, "set", keep, deadline_);
    }

    Status read(std::vector<Walk> walks) {
        MB_TRY_STATUS(mark_shared(walks));
        while (!walks.empty()) {
            CommandBuffer commands;
            for (const Walk& each : walks) {
                commands.add({"ZSCAN", each.set, each.cursor, "COUNT", "1000"});
            }
            MB_TRY(auto replies, server_.ask(commands, deadline_));
            for (std::size_t i = 0; i < walks.size(); ++i) {
                MB_TRY_STATUS(take(walks[i], std::move(replies[i])));
            }
            std::erase_if(walks, [](const Walk& each) { return each.is_done; });
        }
        return {};
    }

    Status mark_shared(std::vector<Walk>& walks) {
        if (others_.empty() || walks.empty()) {
            return {};
        }
        CommandBuffer commands;
        for (const Walk& each : walks) {
            for (const std::string& other : others_) {
                commands.add({"SISMEMBER", other, each.set});
            }
        }
        MB_TRY(const auto replies, server_.ask_strictly(commands, deadline_));
        for (std::size_t i = 0; i < replies.size(); ++i) {
            walks[i / others_.size()].is_shared |= replies[i].integer == 1;
        }
        return {};
    }

    Status take(Walk& walk, Reply reply) {
        if (reply.is_error()) {
            return base::with_context("sorted set " + walk.set, error_of(reply));
        }
        MB_TRY(ScanPage page, page_of(std::move(reply), "ZSCAN"));
        for (std::size_t i = 0; i + 1 < page.found.size(); i += 2) {
            if (walk.seen.insert(hash_of(page.found[i])).second) {
                MB_TRY_STATUS(visit_({.key = key_of_place({walk.set, std::move(page.found[i])}),
                                      .content = score_text(page.found[i + 1]),
                                      .may_be_foreign = walk.is_shared}));
            }
        }
        walk.cursor = std::move(page.cursor);
        walk.is_done = walk.cursor == "0";
        return {};
    }

    Server& server_;
    const KeyNames& names_;
    const std::function<Status(CopiedRow)>& visit_;
    const base::Instant deadline_;
    std::set<std::string> others_;
};

}  // namespace

std::string key_of_place(const Place& place) {
    std::string key = "{";
    append_named(key, kSet, place.set);
    key += ',';
    append_named(key, kMember, place.member);
    return key + "}";
}

std::optional<Place> place_of_key(std::string_view key) {
    dom::parser parser;
    dom::element root;
    if (parser.parse(key.data(), key.size()).get(root) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    auto set = read_named(root, kSet);
    auto member = read_named(root, kMember);
    if (!set || !member) {
        return std::nullopt;
    }
    return Place{std::move(*set), std::move(*member)};
}

std::string score_text(std::string_view number) {
    double score = 0;
    const auto* end = number.data() + number.size();
    const auto [stopped, error] = std::from_chars(number.data(), end, score);
    // The sum makes -0 the 0 it is equal to.
    return error == std::errc{} && stopped == end ? fmt::format("{}", score + 0.0)
                                                  : std::string(number);
}

Status scan_leaderboards(Server& server, const KeyNames& names,
                         const std::function<Status(CopiedRow)>& visit, base::Instant deadline) {
    return LeaderboardScan(server, names, visit, deadline).run();
}

}  // namespace millbeck::sinks::redis
