// Why a transaction was cancelled: one reason for each of its actions, in their order.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/reply.hpp"

namespace millbeck::runtime {

struct CancellationReason {
    std::string code = "None";
    std::string message;  // "": none
    std::optional<std::string> item;
};
using CancellationReasons = std::vector<CancellationReason>;

// `actions` reasons of which the one at `at` is a ValidationError with this message.
CancellationReasons invalid_action(std::size_t actions, std::size_t at, std::string message);

// From what the store refused; nullopt: nothing was. The first action that is invalid hides all
// others, whose conditions the service does not look at.
std::optional<CancellationReasons> cancellation_of(std::span<const capture::WriteResult> results);

// TransactionCanceledException.
void send_cancelled(Reply& reply, const CancellationReasons& reasons);

}  // namespace millbeck::runtime
