// millbeck dlq redrive: begins it, waits for its end, says how it went.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cli/client.hpp"

namespace millbeck::runtime::cli {

struct RedriveFlags {
    bool all = false;
    bool force = false;
    std::string rate;  // "100" or "100/s"; "": none
    bool status = false;
    bool cancel = false;
};

// What is wrong with them; "" when nothing is.
std::string redrive_complaint(const RedriveFlags& flags, bool has_numbers, bool has_trigger);

// Requires: no complaint. The exit code: kExitFailed when a letter stays.
int redrive_letters(Terminal& terminal, const ClientFlags& client, const RedriveFlags& flags,
                    const std::vector<std::uint64_t>& numbers, const std::string& trigger);

}  // namespace millbeck::runtime::cli
