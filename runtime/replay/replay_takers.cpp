// What a replay delivers to: opened, compared, one replay for a sink.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/replay/replay_registry.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {

std::string kind_of(const std::string& name) {
    return fmt::format("difference of {}", name);
}

}  // namespace

// Two would take each other's place at the target.
Status ReplayRegistry::check_target(const ReplaySpec& spec) const {
    if (spec.target.kind != ReplayTarget::Kind::Sink) {
        return {};
    }
    for (const auto& [name, entry] : entries_) {
        const ReplaySpec& other = entry.record.spec;
        if (name != spec.name && !has_ended(entry.record.state) && other.target == spec.target) {
            return base::fail(
                Code::InUse, fmt::format("the replay \"{}\" delivers to \"{}\" and is {}; wait for "
                                         "it, or cancel it",
                                         name, spec.target.name, to_string(entry.record.state)));
        }
    }
    return {};
}

Result<ReplayTaker> ReplayRegistry::open_taker(const ReplaySpec& spec) {
    MB_TRY(auto sink, context_.open_target(spec.target));
    if (spec.compared.trigger.empty()) {
        return ReplayTaker{std::move(sink)};
    }
    MB_TRY(auto before,
           context_.open_target({ReplayTarget::Kind::Function, spec.compared.function}));
    auto comparing = std::make_shared<ComparingSink>(
        std::move(before), std::move(sink), spec.compared.reports_items,
        [this, name = spec.name](const ReplayDifference& difference) {
            return keep_difference(name, difference);
        });
    return ReplayTaker{comparing, comparing};
}

// Under its first record: one that is found again after a crash is kept once.
Status ReplayRegistry::keep_difference(const std::string& name,
                                       const ReplayDifference& difference) {
    {
        const base::MutexLock lock(mutex_);
        Entry& entry = entries_.at(name);
        if (entry.differences_kept >= kDifferencesKept) {
            return {};
        }
        ++entry.differences_kept;
    }
    return documents_->put(kind_of(name), {.name = difference.first, .json = to_json(difference)});
}

Result<std::vector<std::string>> ReplayRegistry::differences(const std::string& name) const {
    MB_TRY_STATUS(find(name));
    MB_TRY(auto documents, documents_->all(kind_of(name)));
    std::vector<std::string> all;
    all.reserve(documents.size());
    for (auto& document : documents) {
        all.push_back(std::move(document.json));
    }
    return all;
}

Status ReplayRegistry::forget_differences(const std::string& name) {
    MB_TRY(const auto documents, documents_->all(kind_of(name)));
    for (const auto& document : documents) {
        MB_TRY([[maybe_unused]] const bool removed,
               documents_->remove(kind_of(name), document.name));
    }
    return {};
}

}  // namespace millbeck::runtime
