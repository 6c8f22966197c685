#include "sinks/redis/copy.hpp"

#include <algorithm>
#include <utility>

#include "sinks/redis/leaderboard.hpp"
#include "sinks/redis/scan.hpp"
#include "sinks/redis/version.hpp"

namespace millbeck::sinks::redis {

using base::Status;

base::Result<std::optional<CopiedRow>> Copy::expected(const Message& row) const {
    MB_TRY(auto content, writer_.content_of(row.new_image, server_.clock().wall()));
    if (!content) {
        return std::optional<CopiedRow>{};
    }
    return std::optional(CopiedRow{std::string(row.key), std::move(*content)});
}

base::Result<std::vector<DerivedRow>> Copy::derived(std::string_view key,
                                                    std::string_view image) const {
    MB_TRY(auto entry, writer_.entry_of(key, image, server_.clock().wall()));
    std::vector<DerivedRow> rows;
    if (entry) {
        rows.push_back({key_of_place(entry->place), std::move(entry->score)});
    }
    return rows;
}

Status Copy::scan(const Visit& visit, base::Instant deadline) {
    MB_TRY_STATUS(scan_items(visit, deadline));
    return writer_.options().sorted_set.name.empty()
               ? Status{}
               : scan_leaderboards(server_, writer_.names(), visit, deadline);
}

Status Copy::scan_items(const Visit& visit, base::Instant deadline) {
    const bool is_hash = writer_.options().layout == RedisLayout::Hash;
    std::unordered_set<std::size_t> seen;
    const auto visit_page = [&](const std::vector<std::string>& found) {
        std::vector<std::string> keys;
        for (const std::string& each : found) {
            if (seen.insert(std::hash<std::string>{}(each)).second) {
                keys.push_back(each);
            }
        }
        return is_hash ? visit_hashes(keys, visit, deadline) : visit_strings(keys, visit, deadline);
    };
    return scan_keys(server_, is_hash ? writer_.prefix() : writer_.names().item_begin(),
                     is_hash ? "hash" : "string", visit_page, deadline);
}

Status Copy::visit_hashes(const std::vector<std::string>& keys, const Visit& visit,
                          base::Instant deadline) {
    CommandBuffer commands;
    for (const std::string& each : keys) {
        commands.add({"HGETALL", each});
    }
    MB_TRY(auto replies, server_.ask_strictly(commands, deadline));
    for (Reply& reply : replies) {
        std::vector<std::pair<std::string, std::string>> fields;
        std::string mark_text;
        for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
            std::string& name = reply.elements[i].text;
            std::string& value = reply.elements[i + 1].text;
            if (name == writer_.options().meta_field) {
                mark_text = std::move(value);
            } else {
                fields.emplace_back(std::move(name), std::move(value));
            }
        }
        const Mark mark = read_mark(mark_text);
        if (mark.sink == writer_.sink()) {
            MB_TRY_STATUS(visit({std::string(mark.key), hash_content(std::move(fields))}));
        }
    }
    return {};
}

Status Copy::visit_strings(const std::vector<std::string>& marks, const Visit& visit,
                           base::Instant deadline) {
    CommandBuffer commands;
    for (const std::string& each : marks) {
        commands.add({"GET", each});
        commands.add({"GET", std::string_view(each).substr(writer_.names().item_begin().size())});
    }
    MB_TRY(auto replies, server_.ask(commands, deadline));
    for (std::size_t i = 0; i + 1 < replies.size(); i += 2) {
        const Mark mark = read_mark(replies[i].text);
        const bool is_there = !mark.is_tombstone() && replies[i + 1].is_text();
        if (replies[i].is_error()) {
            return tl::unexpected(error_of(replies[i]));
        }
        if (is_there) {
            MB_TRY_STATUS(visit({std::string(mark.key), std::move(replies[i + 1].text)}));
        }
    }
    return {};
}

Status Copy::remove(const std::vector<std::string>& keys, base::Instant deadline) {
    constexpr std::size_t kPage = 1'000;
    for (std::size_t begin = 0; begin < keys.size(); begin += kPage) {
        Writing into;
        for (std::size_t i = begin; i < std::min(begin + kPage, keys.size()); ++i) {
            if (const auto place = place_of_key(keys[i])) {
                into.commands.add({"ZREM", place->set, place->member});
            } else {
                MB_TRY_STATUS(writer_.append_removal(into, keys[i]));
            }
        }
        MB_TRY_STATUS(server_.ask_strictly(into.commands, deadline).map([](const auto&) {}));
    }
    return {};
}

}  // namespace millbeck::sinks::redis
