// What stands in front of each transaction: a script that lets it through or spoils it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sinks/redis/command_buffer.hpp"
#include "sinks/redis/key_names.hpp"
#include "sinks/redis/reply.hpp"

namespace millbeck::sinks::redis {

struct GuardQuestion {
    const KeyNames& names;
    std::string newest;      // the shard's key, see KeyNames
    std::string field;       // of the shard's position
    std::string position;    // what it is to become; "": nothing is kept
    std::string generation;  // "": any
    std::string oldest;      // version of the oldest message
    std::string_view mode;   // "changes", "rows"; "any": let all ages through
};

struct GuardAnswer {
    enum class Verdict {
        Go,
        Again,  // spoilt; the same once more
        Done,   // spoilt: this position is there already
        Late,   // spoilt: there may be newer versions of some items
        Lost,   // spoilt: another generation, or none
    };
    Verdict verdict = Verdict::Go;
    std::string newest;    // "": none
    std::string rows;      // as KeyNames::rows()
    std::string position;  // "": none
};

// Appends WATCH of the guard's keys and the script. If the verdict is not Go, the EXEC that follows
// writes nothing, nor does it when another client lets the verdict expire in between.
void append_guard(CommandBuffer& commands, const GuardQuestion& question);
// Replies to it: this many, the answer the last.
inline constexpr std::size_t kGuardCommands = 2;

base::Result<GuardAnswer> read_guard(const Reply& reply);

}  // namespace millbeck::sinks::redis
