// Places of the log that people keep, whatever retention says: named, and kept over restarts.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

inline constexpr std::size_t kPinsMax = 100;
inline constexpr std::size_t kPinNameMax = 64;       // of letters, digits and -_.
inline constexpr std::size_t kPinReasonMax = 1'000;  // bytes

struct NamedPin {
    std::string name;
    shardlog::SequenceNumber from;
    base::WallTime made{};
    std::string reason{};
};

// Invariants: what add() has returned is on disk, and pinned from then on, also after a restart: it
//             is to be opened before the log's first maintain().
// Threads:    any; calls wait for a disk.
// Errors:     besides those named: those of the database.
class PinBook {
  public:
    // `log` outlives it.
    static base::Result<std::unique_ptr<PinBook>> open(const base::Path& file,
                                                       shardlog::ShardLog& log);
    virtual ~PinBook() = default;

    // Trimmed: the log does not reach back to `from`; Invalid: no name; InUse: it exists already;
    // LimitExceeded: kPinsMax are there.
    virtual base::Status add(const NamedPin& pin) = 0;

    // NotFound.
    virtual base::Status remove(const std::string& name) = 0;

    // By name.
    [[nodiscard]] virtual std::vector<NamedPin> all() const = 0;
};

}  // namespace millbeck::runtime
