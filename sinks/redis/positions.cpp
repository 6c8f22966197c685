#include "sinks/redis/positions.hpp"

#include <set>
#include <utility>

#include "sinks/redis/scan.hpp"
#include "sinks/redis/version.hpp"

namespace millbeck::sinks::redis {

using base::Status;

namespace {

constexpr std::string_view kGeneration = "generation";
constexpr std::string_view kAt = "at ";

}  // namespace

base::Result<std::optional<sinks::Positions>> Positions::positions(const std::string& generation,
                                                                   base::Instant deadline) {
    const KeyNames& names = writer_.names();
    CommandBuffer commands;
    commands.add({"HGETALL", names.positions()});
    commands.add({"EXISTS", names.rows()});
    MB_TRY(const auto replies, server_.ask_strictly(commands, deadline));
    sinks::Positions found;
    bool is_ours = false;
    const std::vector<Reply>& fields = replies[0].elements;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        if (fields[i].text.starts_with(kAt)) {
            found.emplace(fields[i].text.substr(kAt.size()), fields[i + 1].text);
        } else if (fields[i].text == kGeneration) {
            is_ours = fields[i + 1].text == generation;
        }
    }
    if (!is_ours || replies[1].integer == 0) {
        return std::optional<sinks::Positions>{};
    }
    return std::optional(std::move(found));
}

Status Positions::begin(const std::string& generation, base::Instant deadline) {
    const KeyNames& names = writer_.names();
    // First of all nobody writes any more, and a crash from here on leaves no generation.
    MB_TRY_STATUS(unlink(server_, {names.positions(), names.rows()}, deadline));
    MB_TRY_STATUS(remove_hashes(deadline));
    MB_TRY_STATUS(remove_members(names.sets(), deadline));
    MB_TRY_STATUS(remove_strings(deadline));
    MB_TRY_STATUS(scan_keys(
        server_, names.begin(), "",
        [&](const std::vector<std::string>& keys) { return unlink(server_, keys, deadline); },
        deadline));
    CommandBuffer commands;
    commands.add({"MULTI"});
    commands.add({"DEL", names.positions()});
    commands.add({"HSET", names.positions(), kGeneration, generation});
    commands.add({"SET", names.rows(), ""});
    commands.add({"SADD", names.prefixes(), writer_.prefix()});
    commands.add({"EXEC"});
    return server_.ask_strictly(commands, deadline).map([](const auto&) {});
}

// Items of the layouts json and template: each has its mark beside it.
Status Positions::remove_strings(base::Instant deadline) {
    const std::string& begin = writer_.names().item_begin();
    return scan_keys(
        server_, begin, "",
        [&](const std::vector<std::string>& marks) -> Status {
            CommandBuffer commands;
            for (const std::string& each : marks) {
                commands.add({"GET", each});
            }
            MB_TRY(const auto replies, server_.ask_strictly(commands, deadline));
            std::vector<std::string> keys;
            for (std::size_t i = 0; i < marks.size(); ++i) {
                if (!read_mark(replies[i].text).is_tombstone()) {
                    keys.push_back(marks[i].substr(begin.size()));
                }
                keys.push_back(marks[i]);
            }
            return unlink(server_, keys, deadline);
        },
        deadline);
}

// Items of the layout hash: those that our mark is in.
Status Positions::remove_hashes(base::Instant deadline) {
    CommandBuffer commands;
    commands.add({"SMEMBERS", writer_.names().prefixes()});
    MB_TRY(const auto known, server_.ask_strictly(commands, deadline));
    std::set<std::string> prefixes{writer_.prefix()};
    for (const Reply& each : known[0].elements) {
        prefixes.insert(each.text);
    }
    const auto remove_ours = [&](const std::vector<std::string>& hashes) -> Status {
        CommandBuffer looks;
        for (const std::string& each : hashes) {
            looks.add({"HGET", each, writer_.options().meta_field});
        }
        MB_TRY(const auto replies, server_.ask_strictly(looks, deadline));
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            if (read_mark(replies[i].text).sink == writer_.sink()) {
                keys.push_back(hashes[i]);
            }
        }
        return unlink(server_, keys, deadline);
    };
    for (const std::string& each : prefixes) {
        MB_TRY_STATUS(scan_keys(server_, each, "hash", remove_ours, deadline));
    }
    return {};
}

Status Positions::remove_members(const std::string& set, base::Instant deadline) {
    CommandBuffer commands;
    commands.add({"SMEMBERS", set});
    MB_TRY(const auto members, server_.ask_strictly(commands, deadline));
    std::vector<std::string> keys;
    for (const Reply& each : members[0].elements) {
        keys.push_back(each.text);
    }
    return unlink(server_, keys, deadline);
}

}  // namespace millbeck::sinks::redis
