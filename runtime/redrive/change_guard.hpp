// Whether what dead letters say of their items still holds, and in which order they may go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime {

// Keys named of one letter; more are only counted.
inline constexpr std::size_t kKeysNamedMax = 10;

// The last change that a letter holds of a key was not the last: who takes it goes back.
struct ChangedKeys {
    std::vector<std::string> keys;  // canonical JSON, the first kKeysNamedMax
    std::uint64_t count = 0;
    bool is_unknown = false;  // for want of images it cannot be told; no other key has changed
};

// The letters of one trigger that are to be delivered, as they stand to each other and to those
// that are not chosen. Keys are held as 64-bit hashes: two that fall together make it more careful,
// never less.
// A change is the last of its key when the next one in a chosen letter follows on it (its old image
// is this one's new image, or the stream shows no old images), or, without a next one, when the
// table holds its new image (after a REMOVE: nothing).
// Threads: one.
class ChangeGuard {
  public:
    // Every letter of the trigger up to the last chosen one, oldest first.
    void plan_chosen(std::int64_t number, const sinks::Batch& batch);
    void plan_other(std::int64_t number, const sinks::Batch& batch) { failed(number, batch); }

    // An older letter with one of its keys, which is not delivered by this run or has failed in it.
    [[nodiscard]] std::optional<std::int64_t> behind(std::int64_t number,
                                                     const sinks::Batch& batch) const;

    // Later letters of its keys are held back from now on.
    void failed(std::int64_t number, const sinks::Batch& batch);

    // The item's canonical text with these keys, nullopt when there is none.
    using Present = std::function<base::Result<std::optional<std::string>>(std::string_view keys)>;

    // Of a chosen letter. Errors: those of `present`.
    [[nodiscard]] base::Result<ChangedKeys> changed(std::int64_t number, const sinks::Batch& batch,
                                                    const Present& present) const;

  private:
    using Key = std::uint64_t;
    struct Last {
        std::int64_t number = 0;  // of the letter
        std::uint64_t image = 0;  // hash of its new image
        bool has_image = false;   // or is a REMOVE
    };
    enum class Next : std::uint8_t { Follows, DoesNotFollow };

    std::unordered_map<Key, Last> last_;
    // By letter: its keys that come again in a later chosen one.
    std::unordered_map<std::int64_t, std::unordered_map<Key, Next>> next_;
    std::unordered_map<Key, std::int64_t> held_by_;  // the oldest letter that holds the key back
};

}  // namespace millbeck::runtime
