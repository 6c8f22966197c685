#include "runtime/cli/line_sender.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"

namespace millbeck::runtime::cli {

using base::Status;
using Json = nlohmann::json;

namespace {
constexpr base::Milliseconds kTimeout{120'000};  // of a batch, on a disk that is busy
}  // namespace

LineSender::LineSender(Client& client, const std::string& table,
                       std::function<void(std::uint64_t, const std::string&)> wrong)
    : client_(client),
      path_(fmt::format("import?table={}", percent_encode(table))),
      wrong_(std::move(wrong)) {}

Status LineSender::add(std::string_view line, std::uint64_t number) {
    batch_.body.append(line).append("\n");
    batch_.numbers.push_back(number);
    const bool full = batch_.body.size() >= kBatchBytes || batch_.numbers.size() >= kBatchLines;
    return full ? send() : Status{};
}

Status LineSender::flush() {
    if (!batch_.numbers.empty()) {
        MB_TRY_STATUS(send());
    }
    return take_answer();
}

Status LineSender::send() {
    MB_TRY_STATUS(take_answer());
    sent_ = std::exchange(batch_, {});
    answer_ = std::async(std::launch::async,
                         [this] { return client_.post(path_, sent_.body, kTimeout); });
    return {};
}

Status LineSender::take_answer() {
    if (!answer_.valid()) {
        return {};
    }
    MB_TRY(const std::string text, answer_.get());
    const Json told = Json::parse(text);
    written_ += told.at("written").get<std::uint64_t>();
    for (const Json& one : told.at("wrong")) {
        const auto line = one.at("line").get<std::size_t>();
        wrong_(sent_.numbers.at(line - 1), one.at("message").get<std::string>());
    }
    return {};
}

}  // namespace millbeck::runtime::cli
