// Tumbling windows: stretches of time whose records a function sees with a state that it hands on
// from call to call (AWS: TumblingWindowInSeconds). Pure. Source: Lambda Developer Guide, "Tumbling
// windows"; recorded events.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::triggers {

// Above this a window is ended early, with the state that grew too large.
inline constexpr std::size_t kWindowStateBytesMax = 1'000'000;

// How long after its end a window without newer records is held open for records of its time that
// come late.
inline constexpr base::Milliseconds kWindowGrace{5'000};

// A window that is open on a shard, as it is stored beside the checkpoint.
struct WindowState {
    base::WallTime start{};
    base::WallTime end{};      // the first instant that is not in it
    std::string state = "{}";  // a JSON object on one line, as the function returned it
};

// Which window is open on a shard, and what belongs to it. A window opens with its first record and
// is open until its last call was made. Windows lie at multiples of their length since 1970; one
// that is open ends as it began, also when the trigger's length has changed since.
// Threads: the worker's strand.
class TumblingWindow {
  public:
    // length: whole seconds; 0: none open but the one that is stored.
    TumblingWindow(base::Milliseconds length, std::optional<WindowState> open);

    // Whether a record of this time may join; opens its window if none is. A record from before the
    // window (a clock was set back) joins it.
    bool takes(base::WallTime time);

    [[nodiscard]] bool is_open() const { return open_.has_value(); }
    [[nodiscard]] const std::optional<WindowState>& open() const { return open_; }

    // When it closes although nothing comes. Requires: is_open().
    [[nodiscard]] base::WallTime idle_close() const { return open_->end + kWindowGrace; }

    // The state is too large: the next call is the last one.
    [[nodiscard]] bool ends_early() const {
        return open_ && open_->state.size() > kWindowStateBytesMax;
    }

    // Requires (both): is_open().
    void returned(std::string state) { open_->state = std::move(state); }
    void close() { open_.reset(); }

  private:
    base::Milliseconds length_;
    std::optional<WindowState> open_;
};

// What follows `Records` in the event of a window, without the comma before it. `stream_arn` and
// `shard_id` need no escapes.
enum class Call { Ordinary, Final, Early };
std::string window_members(const WindowState& window, Call call, std::string_view shard_id,
                           std::string_view stream_arn);

// `{"window":{"start":...,"end":...},"isFinalInvokeForWindow":...,"isWindowTerminatedEarly":...}`:
// what a failure document tells of it.
std::string window_info(const WindowState& window, Call call);

// The `state` of a function's reply, on one line. Errors: Malformed (no JSON object with a `state`
// that is an object).
base::Result<std::string> read_state(std::string_view reply);

}  // namespace millbeck::triggers
