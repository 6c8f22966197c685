#include "runtime/api/cancellation.hpp"

#include <algorithm>

#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {

CancellationReasons invalid_action(std::size_t actions, std::size_t at, std::string message) {
    CancellationReasons reasons(actions);
    reasons[at].code = "ValidationError";
    reasons[at].message = std::move(message);
    return reasons;
}

std::optional<CancellationReasons> cancellation_of(std::span<const capture::WriteResult> results) {
    const auto invalid = std::ranges::find_if(results, [](const capture::WriteResult& result) {
        return result.refusal && result.refusal->code != base::Code::ConditionFailed;
    });
    if (invalid != results.end()) {
        return invalid_action(results.size(), static_cast<std::size_t>(invalid - results.begin()),
                              invalid->refusal->message);
    }
    CancellationReasons reasons(results.size());
    bool cancelled = false;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].refusal) {
            reasons[i] = {"ConditionalCheckFailed", results[i].refusal->message,
                          results[i].attributes};
            cancelled = true;
        }
    }
    return cancelled ? std::optional(std::move(reasons)) : std::nullopt;
}

void send_cancelled(Reply& reply, const CancellationReasons& reasons) {
    std::string codes;
    JsonWriter json;
    json.begin_array();
    for (const CancellationReason& reason : reasons) {
        codes.append(codes.empty() ? "" : ", ").append(reason.code);
        json.begin_object().key("Code").text(reason.code);
        if (!reason.message.empty()) {
            json.key("Message").text(reason.message);
        }
        if (reason.item) {
            json.key("Item").raw(*reason.item);
        }
        json.end_object();
    }
    reply.fail(kTransactionCanceled,
               "Transaction cancelled, please refer cancellation reasons for specific reasons [" +
                   codes + "]",
               R"("CancellationReasons":)" + json.end_array().take());
}

}  // namespace millbeck::runtime
