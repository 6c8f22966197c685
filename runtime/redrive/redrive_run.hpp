// One run over the dead letters of one trigger (or over calls of one function): each is delivered
// again in its turn, forgotten when it was taken, kept when it was not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/redrive/change_guard.hpp"
#include "sinks/sink.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

enum class Force { No, Yes };

struct RedriveOrder {
    std::string trigger{};                 // its name; "" for calls
    std::vector<std::int64_t> numbers{};   // of letters, in rising order
    std::uint32_t records_per_second = 0;  // 0: as fast as they are taken; a call counts as one
    Force force = Force::No;               // also letters whose items have changed since
};

// Why a letter stays, or what is to be known of one that went.
struct RedriveNote {
    enum class Kind : std::uint8_t {
        Failed,            // `text`: the error
        Changed,           // skipped: the items of `keys` were changed since
        Unknown,           // skipped: it cannot be told whether they were
        Behind,            // skipped: `text` names an older letter of one of its keys that stays
        ChangedMeanwhile,  // delivered; the items of `keys` were changed at the same time, and the
                           // trigger may have delivered that first
    };
    std::int64_t number = 0;
    Kind kind = Kind::Failed;
    std::string text{};
    ChangedKeys changed{};
};
std::string_view to_string(RedriveNote::Kind kind);  // "failed", "changed", ...

inline constexpr std::size_t kRedriveNotesMax = 1'000;  // of a run; more are only counted
// What takes the letters refuses to be asked (throttled, missing) so often in a row: the run ends.
inline constexpr std::uint32_t kRefusalsMax = 10;

struct RedriveProgress {
    std::uint64_t letters = 0;  // chosen and still there
    std::uint64_t redriven = 0;
    std::uint64_t records = 0;  // of those redriven
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    std::string error{};  // why it ended before its end; "" when it did not
    bool cancelled = false;
    std::vector<RedriveNote> notes{};
};

// What a run works with; borrowed for its time.
struct RedriveDoors {
    triggers::DeadLetterStore& letters;
    const base::Clock& clock;
    // The item with these keys (canonical JSON) of the letter's table; NotFound: there is no table.
    std::function<base::Result<std::optional<std::string>>(const triggers::DeadLetter&,
                                                           std::string_view keys)>
        present;
    // Once. `batch` is null for a call. Errors: the run cannot go on (there is no such trigger).
    std::function<base::Result<sinks::Outcome>(const triggers::DeadLetter&,
                                               const sinks::Batch* batch)>
        deliver;
    // Returns at this time, or before it with false: the run is cancelled.
    std::function<bool(base::Instant until)> wait;
    std::function<void(const RedriveProgress&)> tell;  // after each letter
};

// Letters go one after the other, oldest first, so that changes of a key keep their order; one that
// fails or is held back holds back the later ones of its keys. A letter is forgotten after its
// delivery: a crash in between leaves it there, to be delivered again. Memory: one letter, and 16
// to 48 bytes for each key. Blocks until it is over.
RedriveProgress redrive(const RedriveDoors& doors, const RedriveOrder& order);

}  // namespace millbeck::runtime
